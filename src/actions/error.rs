//! Why a step could not be carried out. That is never "the check was false".

use crate::diagnostic::Span;
use crate::event::Detail;
use crate::target::{AwsFacts, FactKind};

/// The class of an error: decides what `retry` and `eventually` do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// AWS says that the thing does not exist.
    NotFound,
    /// AWS refuses for want of a permission.
    Denied,
    /// The request itself is wrong; repeating it cannot help.
    Invalid,
    /// Throttled to the end.
    Throttled,
    /// The network, a 5xx, a reset, a credential that could not be had.
    Infrastructure,
    /// Our own time-out.
    TimedOut,
    /// The request may or may not have been accepted, and there is no token to ask again with.
    Unknown,
    /// An answer that we do not understand.
    Unintelligible,
    /// The target's rules forbid it.
    Refused,
}

/// An error with what is needed to act on it. Its text is a fragment that reads after "failed to".
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct ActionError {
    /// The class.
    pub kind: ErrorKind,
    /// What failed, for example `start the execution of orders-etl: no such state machine`.
    pub message: String,
    /// AWS's error code, if AWS gave one; `expect: {aws_error: …}` is held against it.
    pub code: Option<String>,
    /// The argument at fault.
    pub span: Option<Span>,
    /// What to do.
    pub help: Option<String>,
    /// Service, operation, request id, the command to look further.
    pub details: Vec<Detail>,
}

impl ActionError {
    /// An error of a class.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), code: None, span: None, help: None, details: Vec::new() }
    }

    /// An argument that cannot be used.
    pub fn invalid(message: impl Into<String>, span: Option<&Span>) -> Self {
        Self { span: span.cloned(), ..Self::new(ErrorKind::Invalid, message) }
    }

    /// Adds what to do.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl From<FactKind> for ErrorKind {
    fn from(kind: FactKind) -> Self {
        match kind {
            FactKind::NotFound => Self::NotFound,
            FactKind::Denied => Self::Denied,
            FactKind::Throttled => Self::Throttled,
            FactKind::Invalid => Self::Invalid,
            FactKind::Infrastructure | FactKind::NotSent => Self::Infrastructure,
            FactKind::Unintelligible => Self::Unintelligible,
        }
    }
}

impl ActionError {
    /// A call that AWS did not carry out. `what` reads after "failed to".
    pub fn aws(what: impl std::fmt::Display, facts: AwsFacts) -> Self {
        let code = facts.code.as_deref().map(|code| format!("{code}: ")).unwrap_or_default();
        let status = facts.status.map(|status| format!(", HTTP {status}")).unwrap_or_default();
        let request = facts.request_id.map(|id| format!(", request {id}")).unwrap_or_default();
        let call = format!("{} {}{status}{request}", facts.service, facts.operation);
        Self {
            help: facts.code.as_deref().and_then(help_by_code).or_else(|| help(facts.kind)).map(str::to_owned),
            code: facts.code,
            details: vec![Detail::new("call", call)],
            ..Self::new(facts.kind.into(), format!("{what}: {code}{}", facts.message))
        }
    }
}

impl ActionError {
    /// The same error once something was started or has run: asking again would start it a second time, so `retry` must not take it
    /// for a passing one.
    #[must_use]
    pub fn after_start(self) -> Self {
        match self.kind {
            ErrorKind::Infrastructure | ErrorKind::Throttled | ErrorKind::Unintelligible => {
                Self { kind: ErrorKind::Unknown, ..self }
            }
            _ => self,
        }
    }
}

/// What to do about a refusal that has nothing to do with permissions.
fn help_by_code(code: &str) -> Option<&'static str> {
    match code {
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => Some(
            "the credentials have expired: renew them, or give the target a `role`, whose credentials are renewed as they run out",
        ),
        "RequestTimeTooSkewed" | "InvalidSignatureException" | "SignatureDoesNotMatch" => {
            Some("AWS does not take the signature: is this machine's clock right, and is it the right secret key?")
        }
        _ => None,
    }
}

fn help(kind: FactKind) -> Option<&'static str> {
    match kind {
        FactKind::Denied => Some("the target's role lacks the permission, or the resource's own policy refuses it"),
        FactKind::NotFound => Some("check the name, the target's account and its region"),
        FactKind::Throttled => {
            Some("AWS throttled the call to the end; fewer cases at a time (`limits.concurrency`) may help")
        }
        FactKind::Infrastructure | FactKind::NotSent => Some("check the network, the endpoint and the credentials"),
        FactKind::Invalid | FactKind::Unintelligible => None,
    }
}

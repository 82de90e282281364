//! What every service of the sandbox answers with when it refuses: AWS's error shape, before a protocol gives it its bytes.

/// A refusal in AWS's terms. The server renders it in the protocol of the service (AWS JSON, REST JSON, REST XML, query).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ApiError {
    /// HTTP status code.
    pub status: u16,
    /// AWS's error code, for example `StateMachineDoesNotExist`.
    pub code: String,
    /// The sentence that the caller reads.
    pub message: String,
}

impl ApiError {
    /// A refusal that is the caller's fault (HTTP 400).
    pub fn client(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(400, code, message)
    }

    /// A refusal with any status.
    pub fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into() }
    }

    /// Something that AWS has and the sandbox has not: named, never answered with a made-up success.
    pub fn unsupported(what: impl std::fmt::Display) -> Self {
        Self::new(501, "NotImplemented", format!("the shakedown sandbox does not support {what}"))
    }
}

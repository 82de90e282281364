//! What goes into an invocation and what comes out of it.

use axum::body::Bytes;

use super::limits;
use crate::sandbox::wire::ApiError;

/// A request to run a function once.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// A name, a partial ARN or an ARN, with or without a qualifier.
    pub function: String,
    /// A version or an alias; `$LATEST` when absent.
    pub qualifier: Option<String>,
    /// JSON of at most 6 MB (1 MB for an asynchronous invocation). Empty means `{}`.
    pub payload: Bytes,
    /// The mobile SDKs' client context, as JSON text.
    pub client_context: Option<String>,
    /// An X-Ray header to pass on.
    pub trace_id: Option<String>,
}

impl Invocation {
    /// A request with nothing but a payload.
    pub fn new(function: impl Into<String>, payload: impl Into<Bytes>) -> Self {
        Self {
            function: function.into(),
            qualifier: None,
            payload: payload.into(),
            client_context: None,
            trace_id: None,
        }
    }
}

/// The end of a synchronous invocation. A function's own error is a result, too: see `function_error`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvokeResult {
    /// 200, also when the function failed.
    pub status_code: u16,
    /// The function's answer, or AWS's error document.
    pub payload: Bytes,
    /// `Unhandled` when the function failed.
    pub function_error: Option<String>,
    /// `$LATEST` or the number that an alias stands for.
    pub executed_version: String,
    /// The whole log, at most its last megabyte.
    pub log: Vec<u8>,
    /// The id that the function and its log know the invocation by.
    pub request_id: String,
}

/// Refuses a payload that AWS would refuse, and fills in the empty one.
pub fn check_payload(payload: Bytes, kind: &str, limit: usize) -> Result<Bytes, ApiError> {
    if payload.is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    if payload.len() > limit {
        return Err(too_large(payload.len(), kind, limit));
    }
    match serde_json::from_slice::<serde::de::IgnoredAny>(&payload) {
        Ok(_) => Ok(payload),
        Err(error) => {
            let message = format!("Could not parse request body into json: {error}");
            Err(ApiError::client("InvalidRequestContentException", message))
        }
    }
}

/// The refusal of a payload of `length` bytes.
pub fn too_large(length: usize, kind: &str, limit: usize) -> ApiError {
    let message = format!("{length} byte payload is too large for the {kind} invocation type (limit {limit} bytes)");
    ApiError::new(413, "RequestTooLargeException", message)
}

/// The name and payload limit of a kind of invocation.
pub const SYNCHRONOUS: (&str, usize) = ("RequestResponse", limits::SYNCHRONOUS_PAYLOAD);
/// See [`SYNCHRONOUS`].
pub const ASYNCHRONOUS: (&str, usize) = ("Event", limits::ASYNCHRONOUS_PAYLOAD);

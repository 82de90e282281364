//! SDK errors as facts: service, operation, code, request id, and what class of error it is.

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;

/// What is known of a call that AWS did not carry out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsFacts {
    /// `s3`, `stepfunctions`, …
    pub service: &'static str,
    /// `StartExecution`, …
    pub operation: &'static str,
    /// AWS's code, if there was an answer with one.
    pub code: Option<String>,
    /// AWS's sentence, or what the network did.
    pub message: String,
    /// The request's id.
    pub request_id: Option<String>,
    /// The HTTP status.
    pub status: Option<u16>,
    /// The class.
    pub kind: FactKind,
}

/// The class of a call that was not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactKind {
    /// The thing does not exist.
    NotFound,
    /// For want of a permission.
    Denied,
    /// Throttled to the end of the SDK's patience.
    Throttled,
    /// The request itself is wrong.
    Invalid,
    /// Network, time-out of the connection, credentials, a 5xx: it may or may not have arrived.
    Infrastructure,
    /// It provably never left this machine.
    NotSent,
    /// An answer that cannot be read.
    Unintelligible,
}

/// Reads the facts out of an SDK error.
pub fn facts<E>(service: &'static str, operation: &'static str, error: &SdkError<E, Response>) -> AwsFacts
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let metadata = error.as_service_error().map(ProvideErrorMetadata::meta);
    let code = metadata.and_then(|m| m.code()).map(str::to_owned);
    let status = error.raw_response().map(|response| response.status().as_u16());
    let request_id = metadata.and_then(RequestId::request_id).map(str::to_owned);
    let message = metadata.and_then(|m| m.message()).map_or_else(|| chain(error), str::to_owned);
    AwsFacts { service, operation, kind: kind(error, code.as_deref(), status), code, message, request_id, status }
}

fn kind<E>(error: &SdkError<E, Response>, code: Option<&str>, status: Option<u16>) -> FactKind {
    match error {
        SdkError::ConstructionFailure(_) => FactKind::Invalid,
        SdkError::DispatchFailure(failure) if failure.is_user() => FactKind::NotSent,
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) => FactKind::Infrastructure,
        SdkError::ServiceError(_) => of_answer(code.unwrap_or_default(), status.unwrap_or(0)),
        _ => FactKind::Unintelligible,
    }
}

/// The class of an answer, by code and then by status. Codes are those of the services' API models.
fn of_answer(code: &str, status: u16) -> FactKind {
    const THROTTLED: [&str; 7] = [
        "ThrottlingException",
        "Throttling",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "SlowDown",
        "ProvisionedThroughputExceededException",
        "RequestThrottled",
    ];
    const NOT_FOUND: [&str; 8] = [
        "NoSuchKey",
        "NoSuchBucket",
        "NotFound",
        "ResourceNotFoundException",
        "StateMachineDoesNotExist",
        "ExecutionDoesNotExist",
        "EntityNotFoundException",
        "MetadataException",
    ];
    const DENIED: [&str; 6] = [
        "AccessDenied",
        "AccessDeniedException",
        "UnauthorizedOperation",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
    ];
    if THROTTLED.contains(&code) || status == 429 {
        FactKind::Throttled
    } else if NOT_FOUND.contains(&code) || status == 404 {
        FactKind::NotFound
    } else if DENIED.contains(&code) || status == 401 || status == 403 {
        FactKind::Denied
    } else if status >= 500 {
        FactKind::Infrastructure
    } else {
        FactKind::Invalid
    }
}

/// An error with its causes, each said once.
fn chain(error: &dyn std::error::Error) -> String {
    let mut texts = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !texts.iter().any(|known| known.contains(&text)) {
            texts.push(text);
        }
        source = cause.source();
    }
    texts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_case::test_case;

    #[test_case("SlowDown", 503, FactKind::Throttled)]
    #[test_case("", 429, FactKind::Throttled)]
    #[test_case("NoSuchKey", 404, FactKind::NotFound)]
    #[test_case("StateMachineDoesNotExist", 400, FactKind::NotFound)]
    #[test_case("AccessDenied", 403, FactKind::Denied)]
    #[test_case("ValidationException", 400, FactKind::Invalid)]
    #[test_case("InternalError", 500, FactKind::Infrastructure)]
    fn an_answer_has_a_class_by_code_and_status(code: &str, status: u16, expected: FactKind) {
        assert_eq!(of_answer(code, status), expected);
    }
}

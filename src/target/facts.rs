//! SDK errors as facts: service, operation, code, request id, and what class of error it is.

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use hyper_util::client::legacy::Error as ConnectError;

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

impl FactKind {
    /// Whether the call provably had no effect: AWS refused it, or it was never sent. What the network or the service broke, and an
    /// answer that cannot be read, leave that open.
    pub const fn is_refusal(self) -> bool {
        match self {
            Self::NotFound | Self::Denied | Self::Throttled | Self::Invalid | Self::NotSent => true,
            Self::Infrastructure | Self::Unintelligible => false,
        }
    }
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

fn kind<E>(error: &SdkError<E, Response>, code: Option<&str>, status: Option<u16>) -> FactKind
where
    E: std::error::Error + 'static,
{
    match error {
        SdkError::ConstructionFailure(_) => FactKind::Invalid,
        SdkError::DispatchFailure(failure) if failure.is_user() || was_never_sent(error) => FactKind::NotSent,
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) => FactKind::Infrastructure,
        SdkError::ServiceError(_) => class(code.unwrap_or_default(), status.unwrap_or(0)),
        _ => FactKind::Unintelligible,
    }
}

/// Whether a request provably never left this machine: there were no credentials to sign it with, or no connection to send it on. A
/// connection that broke proves nothing: the request may have arrived.
fn was_never_sent(error: &(dyn std::error::Error + 'static)) -> bool {
    causes(error).any(|cause| {
        let refused = |error: &std::io::Error| error.kind() == std::io::ErrorKind::ConnectionRefused;
        cause.is::<CredentialsError>()
            || cause.downcast_ref::<ConnectError>().is_some_and(ConnectError::is_connect)
            || cause.downcast_ref().is_some_and(refused)
    })
}

/// Whether the want of credentials is what stopped a call.
pub(super) fn lacks_credentials(error: &(dyn std::error::Error + 'static)) -> bool {
    causes(error).any(<dyn std::error::Error>::is::<CredentialsError>)
}

fn causes<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}

/// Codes by class, from the services' API models and the SDK's own list of throttles. A code decides before the status: Lambda
/// reports a throttle of EC2 and a refusal of KMS as 502.
const CLASSES: [(FactKind, &[&str]); 4] = [
    (
        FactKind::Throttled,
        &[
            "Throttling",
            "ThrottlingException",
            "ThrottledException",
            "RequestThrottled",
            "RequestThrottledException",
            "TooManyRequestsException",
            "ProvisionedThroughputExceededException",
            "RequestLimitExceeded",
            "BandwidthLimitExceeded",
            "LimitExceededException",
            "SlowDown",
            "PriorRequestNotComplete",
            "EC2ThrottledException",
        ],
    ),
    (
        FactKind::NotFound,
        &[
            "NoSuchKey",
            "NoSuchBucket",
            "NotFound",
            "ResourceNotFoundException",
            "StateMachineDoesNotExist",
            "ExecutionDoesNotExist",
            "EntityNotFoundException",
        ],
    ),
    (
        FactKind::Denied,
        &[
            "AccessDenied",
            "AccessDeniedException",
            "KMSAccessDeniedException",
            "EC2AccessDeniedException",
            "UnauthorizedOperation",
            "ExpiredToken",
            "ExpiredTokenException",
            "RequestExpired",
            "InvalidToken",
            "InvalidAccessKeyId",
            "InvalidClientTokenId",
            "UnrecognizedClientException",
            "SignatureDoesNotMatch",
            "InvalidSignatureException",
            "IncompleteSignature",
            "MissingAuthenticationToken",
            "AuthFailure",
        ],
    ),
    (FactKind::Infrastructure, &["RequestTimeout", "RequestTimeoutException", "InternalError", "InternalFailure"]),
];

/// The class of an answer, by code and then by status.
pub(crate) fn class(code: &str, status: u16) -> FactKind {
    let by_code = CLASSES.iter().find(|(_, codes)| codes.contains(&code)).map(|(kind, _)| *kind);
    by_code.unwrap_or(match status {
        // A success whose text cannot be read: it was carried out, for all that is known.
        200..=299 => FactKind::Unintelligible,
        429 => FactKind::Throttled,
        404 => FactKind::NotFound,
        401 | 403 => FactKind::Denied,
        500.. => FactKind::Infrastructure,
        _ => FactKind::Invalid,
    })
}

/// An error with its causes, each said once.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    for text in causes(error).map(ToString::to_string) {
        if !texts.iter().any(|known| known.contains(&text)) {
            texts.push(text);
        }
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
    #[test_case("TooManyRequestsException", 429, FactKind::Throttled; "lambda throttles")]
    #[test_case("EC2ThrottledException", 502, FactKind::Throttled; "lambda reports the throttle of another service as 502")]
    #[test_case("KMSAccessDeniedException", 502, FactKind::Denied; "lambda reports the refusal of a key as 502")]
    #[test_case("ServiceException", 500, FactKind::Infrastructure)]
    #[test_case("", 200, FactKind::Unintelligible; "a success that cannot be read")]
    #[test_case("", 404, FactKind::NotFound; "a head without a body")]
    #[test_case("ExpiredTokenException", 400, FactKind::Denied)]
    #[test_case("UnrecognizedClientException", 400, FactKind::Denied)]
    #[test_case("RequestTimeout", 400, FactKind::Infrastructure; "s3 waited for our bytes")]
    #[test_case("ExecutionAlreadyExists", 400, FactKind::Invalid)]
    fn an_answer_has_a_class_by_code_and_status(code: &str, status: u16, expected: FactKind) {
        assert_eq!(class(code, status), expected);
    }
}

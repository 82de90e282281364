//! Refusals of services as failures of tasks.

use uuid::Uuid;

use crate::sandbox::stepfunctions::TaskFailure;
use crate::sandbox::wire::ApiError;

/// Exceptions that S3's model has; every other code of S3 is an `S3Exception`.
const MODELLED_BY_S3: [&str; 9] = [
    "BucketAlreadyExists",
    "BucketAlreadyOwnedByYou",
    "EncryptionTypeMismatch",
    "IdempotencyParameterMismatch",
    "InvalidObjectState",
    "InvalidRequest",
    "NoSuchBucket",
    "NoSuchKey",
    "NoSuchUpload",
];

/// A refusal of an SDK integration (`aws-sdk:athena:…`), as recorded in November 2025; the service as in `Athena.InvalidRequestException`.
pub fn of_sdk(service: &str, error: &ApiError) -> TaskFailure {
    let (message, status, id) = (&error.message, error.status, Uuid::new_v4());
    TaskFailure {
        error: format!("{service}.{}", exception(&error.code)),
        cause: format!(
            "{message} (Service: {service}, Status Code: {status}, Request ID: {id}) (SDK Attempt Count: 1)"
        ),
    }
}

/// A refusal of `aws-sdk:s3:…`, whose causes carry one id more.
pub fn of_s3(error: &ApiError) -> TaskFailure {
    let known = MODELLED_BY_S3.contains(&error.code.as_str());
    let name = if known { exception(&error.code) } else { "S3Exception".to_owned() };
    let (message, status) = (&error.message, error.status);
    let (id, extended) = (Uuid::new_v4().simple().to_string().to_ascii_uppercase(), Uuid::new_v4().simple());
    let id = id.get(..16).unwrap_or(&id);
    TaskFailure {
        error: format!("S3.{name}"),
        cause: format!(
            "{message} (Service: S3, Status Code: {status}, Request ID: {id}, Extended Request ID: {extended})"
        ),
    }
}

/// A refusal of an optimised integration (`athena:…`, `lambda:invoke`); the service by both of its names.
pub fn of_optimised(service: &str, full_name: &str, error: &ApiError) -> TaskFailure {
    let (message, status, code, id) = (&error.message, error.status, &error.code, Uuid::new_v4());
    TaskFailure {
        error: format!("{service}.{}", exception(code)),
        cause: format!(
            "{message} (Service: {full_name}; Status Code: {status}; Error Code: {code}; Request ID: {id}; Proxy: null)"
        ),
    }
}

/// A job that ended badly: its description is the cause.
pub fn of_job(description: &serde_json::Value) -> TaskFailure {
    TaskFailure { error: "States.TaskFailed".to_owned(), cause: description.to_string() }
}

fn exception(code: &str) -> String {
    if code.ends_with("Exception") { code.to_owned() } else { format!("{code}Exception") }
}

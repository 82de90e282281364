//! Which service a request is for.

use http::request::Parts;

use super::credential::Credential;
use crate::sandbox::events;

/// Header that names the operation of the AWS JSON protocols.
pub const TARGET: &str = "x-amz-target";

/// A service of the sandbox, or one it has not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Service {
    S3,
    Sts,
    StepFunctions,
    Athena,
    Glue,
    Lambda,
    EventBridge,
    /// The sandbox itself.
    Control,
    /// A service that the sandbox does not serve, by its signing name.
    Other(String),
}

/// The sandbox's own paths come first; then the credential's scope decides, then the target header, then the path. What is left is S3's.
pub fn service(parts: &Parts, credential: Option<&Credential>) -> Service {
    if parts.uri.path().starts_with(events::PREFIX) {
        return Service::Control;
    }
    if let Some(credential) = credential {
        return of_scope(&credential.service);
    }
    let target = parts.headers.get(TARGET).and_then(|target| target.to_str().ok());
    target.map_or_else(|| of_path(parts.uri.path()), of_target)
}

/// The operation that the target header names.
pub fn operation(parts: &Parts) -> Option<&str> {
    let target = parts.headers.get(TARGET)?.to_str().ok()?;
    target.rsplit_once('.').map(|(_, operation)| operation)
}

fn of_scope(scope: &str) -> Service {
    match scope {
        "s3" => Service::S3,
        "sts" => Service::Sts,
        "states" => Service::StepFunctions,
        "athena" => Service::Athena,
        "glue" => Service::Glue,
        "lambda" => Service::Lambda,
        "events" => Service::EventBridge,
        other => Service::Other(other.to_owned()),
    }
}

fn of_target(target: &str) -> Service {
    match target.split('.').next().unwrap_or_default() {
        "AWSStepFunctions" => Service::StepFunctions,
        "AmazonAthena" => Service::Athena,
        "AWSGlue" => Service::Glue,
        "AWSEvents" => Service::EventBridge,
        other => Service::Other(other.to_owned()),
    }
}

fn of_path(path: &str) -> Service {
    if path.starts_with("/2015-03-31/functions") { Service::Lambda } else { Service::S3 }
}

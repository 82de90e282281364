//! Which call a request is, in the words of the sandbox's own counts: `stepfunctions.StartExecution`.

use bytes::Bytes;
use http::{Method, Request};

/// The services of the product, each with a protocol of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    StepFunctions,
    Athena,
    Lambda,
    S3,
    Sts,
}

/// The service of an operation's name.
pub fn service(operation: &str) -> Service {
    match operation.split('.').next().unwrap() {
        "stepfunctions" => Service::StepFunctions,
        "athena" => Service::Athena,
        "lambda" => Service::Lambda,
        "sts" => Service::Sts,
        _ => Service::S3,
    }
}

/// The operation of a request.
pub fn operation(request: &Request<Bytes>) -> String {
    if let Some(target) = request.headers().get("x-amz-target").and_then(|value| value.to_str().ok()) {
        let (service, operation) = target.split_once('.').unwrap();
        let service = if service == "AWSStepFunctions" { "stepfunctions" } else { "athena" };
        return format!("{service}.{operation}");
    }
    let path = request.uri().path();
    if let Some(rest) = path.strip_prefix("/2015-03-31/functions/") {
        return format!("lambda.{}", lambda(rest));
    }
    if path == "/" && request.method() == Method::POST {
        let action = url::form_urlencoded::parse(request.body()).find(|(name, _)| name == "Action");
        return format!("sts.{}", action.map(|(_, value)| value.into_owned()).unwrap_or_default());
    }
    format!("s3.{}", s3(request.method(), path, request.uri().query().unwrap_or_default()))
}

fn lambda(rest: &str) -> &'static str {
    match rest.split_once('/').map(|(_, verb)| verb) {
        Some("invocations") => "Invoke",
        Some("configuration") => "GetFunctionConfiguration",
        _ => "GetFunction",
    }
}

fn s3(method: &Method, path: &str, query: &str) -> &'static str {
    let has_key = path.trim_start_matches('/').split_once('/').is_some_and(|(_, key)| !key.is_empty());
    match (method.as_str(), has_key) {
        ("GET", false) => "ListObjectsV2",
        ("HEAD", false) => "HeadBucket",
        ("POST", false) if query.contains("delete") => "DeleteObjects",
        ("GET", true) => "GetObject",
        ("HEAD", true) => "HeadObject",
        ("PUT", true) => "PutObject",
        ("DELETE", true) => "DeleteObject",
        _ => "Other",
    }
}

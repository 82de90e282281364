//! Operations of Lambda that the sandbox has not, told apart so that the refusal can name them.

use axum::http::{Method, Uri};

use super::error::Refusal;
use crate::sandbox::wire::ApiError;

/// What a path contains, and the operation that is meant; the first that fits. An empty method means any.
const OPERATIONS: &[(&str, &str, &str)] = &[
    ("", "/event-source-mappings", "event source mappings"),
    ("", "/layers", "layers"),
    ("", "/code-signing-config", "code signing"),
    ("", "/tags", "tags (TagResource, UntagResource, ListTags)"),
    ("", "/account-settings", "GetAccountSettings"),
    ("POST", "/response-streaming-invocations", "InvokeWithResponseStream"),
    ("POST", "/invoke-async", "InvokeAsync"),
    ("POST", "/policy", "AddPermission"),
    ("GET", "/policy", "GetPolicy"),
    ("DELETE", "/policy", "RemovePermission"),
    ("", "/concurrency", "reserved concurrency"),
    ("", "/provisioned-concurrency", "provisioned concurrency"),
    ("", "/event-invoke-config", "the configuration of asynchronous invocations"),
    ("", "/url", "function URLs"),
    ("", "/runtime-management-config", "runtime management"),
    ("", "/recursion-config", "the configuration of recursion"),
    ("", "/durable-execution", "durable executions"),
];

pub async fn refuse(method: Method, uri: Uri) -> Refusal {
    let path = uri.path();
    let fits =
        |(verb, part, _): &&(&str, &str, &str)| (verb.is_empty() || *verb == method.as_str()) && path.contains(part);
    let operation = match OPERATIONS.iter().find(fits) {
        Some((_, _, name)) => format!("{name} ({method} {path})"),
        None => format!("{method} {path}"),
    };
    ApiError::unsupported(format!("the Lambda operation {operation}")).into()
}

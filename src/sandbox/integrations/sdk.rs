//! SDK integrations of services that speak AWS JSON: the API itself, with capital member names and times as text.

use serde_json::Value;

use super::failure;
use super::times::Times;
use crate::sandbox::server::JsonService;
use crate::sandbox::stepfunctions::TaskFailure;

/// Operations of `aws-sdk:athena`.
pub const ATHENA: [&str; 12] = [
    "batchGetQueryExecution",
    "getDatabase",
    "getQueryExecution",
    "getQueryResults",
    "getTableMetadata",
    "getWorkGroup",
    "listDatabases",
    "listQueryExecutions",
    "listTableMetadata",
    "listWorkGroups",
    "startQueryExecution",
    "stopQueryExecution",
];

/// Operations of `aws-sdk:glue`.
pub const GLUE: [&str; 6] = ["getDatabase", "getDatabases", "getPartition", "getPartitions", "getTable", "getTables"];

/// Operations of `aws-sdk:sfn`.
pub const SFN: [&str; 7] = [
    "describeExecution",
    "listExecutions",
    "sendTaskFailure",
    "sendTaskHeartbeat",
    "sendTaskSuccess",
    "startExecution",
    "stopExecution",
];

/// Calls a service whose members are written with a capital already.
pub async fn call(
    service: &dyn JsonService,
    name: &str,
    operation: &str,
    parameters: &Value,
) -> Result<Value, TaskFailure> {
    let answer = service.handle(&capital(operation), parameters.clone()).await;
    answer.map(|answer| object(Times::Text.rewrite(answer))).map_err(|error| failure::of_sdk(name, &error))
}

/// Calls Step Functions, whose own members begin in lower case.
pub async fn call_sfn(service: &dyn JsonService, operation: &str, parameters: &Value) -> Result<Value, TaskFailure> {
    let answer = service.handle(&capital(operation), lower_members(parameters)).await;
    let answer = answer.map(|answer| capital_members(&Times::Text.rewrite(answer)));
    answer.map(object).map_err(|error| failure::of_sdk("Sfn", &error))
}

/// `getTable` as the API has it: `GetTable`.
pub fn capital(name: &str) -> String {
    first(name, |letter| letter.to_ascii_uppercase())
}

/// An operation without output yields an empty object.
fn object(answer: Value) -> Value {
    if answer.is_null() { Value::Object(serde_json::Map::new()) } else { answer }
}

/// Member names with a capital, at every depth.
pub fn capital_members(value: &Value) -> Value {
    renamed(value, &capital)
}

/// Member names in lower case, of the outermost object: what is within belongs to the caller.
pub fn lower_members(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let lower = |name: &String| first(name, |letter| letter.to_ascii_lowercase());
            Value::Object(members.iter().map(|(name, value)| (lower(name), value.clone())).collect())
        }
        other => other.clone(),
    }
}

fn renamed(value: &Value, rename: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, value)| (rename(name), renamed(value, rename))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(|item| renamed(item, rename)).collect()),
        other => other.clone(),
    }
}

fn first(name: &str, change: impl Fn(char) -> char) -> String {
    let mut letters = name.chars();
    letters.next().map(change).into_iter().chain(letters).collect()
}

//! Events that never come here: a rule that waits for them only would wait in silence.

use serde_json::Value;

use crate::sandbox::wire::ApiError;

/// What S3 sends in the sandbox.
const OF_S3: [&str; 2] = ["Object Created", "Object Deleted"];

/// Refuses a pattern that asks for events of AWS which the sandbox never sends.
pub fn refuse(pattern: &Value) -> Result<(), ApiError> {
    let Some(sources) = literals(&pattern["source"]) else { return Ok(()) };
    if let Some(source) = sources.iter().find(|_| sources.iter().all(|source| is_silent(source))) {
        return Err(ApiError::unsupported(format!("events of {source}: only S3 and PutEvents send events")));
    }
    let is_s3 = sources.iter().all(|source| *source == "aws.s3");
    let types = literals(&pattern["detail-type"]).filter(|types| is_s3 && !types.iter().any(|it| OF_S3.contains(it)));
    match types.as_deref() {
        Some([first, ..]) => {
            Err(ApiError::unsupported(format!("the event `{first}` of S3, only {}", OF_S3.join(" and "))))
        }
        _ => Ok(()),
    }
}

/// No caller can send in the name of AWS.
fn is_silent(source: &str) -> bool {
    source.starts_with("aws.") && source != "aws.s3"
}

/// The texts of a list that has nothing else.
fn literals(value: &Value) -> Option<Vec<&str>> {
    value.as_array()?.iter().map(Value::as_str).collect()
}

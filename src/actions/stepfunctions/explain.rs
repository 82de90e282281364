//! Why an execution failed, in the words that end an investigation.

use serde_json::Value as Json;

use crate::event::Detail;
use crate::service::history::History;
use crate::service::stepfunctions::parsed;
use crate::value::Value;

/// The failed state, its input and cause, and the way that was taken.
pub(super) fn failure(history: &History, top_level: &dyn Fn(&str) -> bool) -> Vec<Detail> {
    let mut details = Vec::new();
    if let Some(state) = history.failed_state() {
        let error = state.error.map(|error| format!(": {error}")).unwrap_or_default();
        details.push(Detail::new("failed state", format!("{}{error}", state.name)));
        details.extend(state.cause.map(|cause| Detail::new("cause", laid_out(&cause))));
        details.extend(state.input.map(|input| Detail::new("input", laid_out(&input))));
    }
    let path: Vec<String> = history
        .path(top_level)
        .into_iter()
        .map(|visit| match visit.duration.and_then(|d| chrono::TimeDelta::from_std(d).ok()) {
            Some(duration) => format!("{} ({})", visit.name, crate::value::duration_text(duration)),
            None => visit.name,
        })
        .collect();
    details.push(Detail::new("path", path.join(" → ")));
    details
}

/// Where the execution can be seen.
pub(super) fn place(arn: &str) -> Vec<Detail> {
    let region = arn.split(':').nth(3).unwrap_or_default();
    vec![
        Detail::new("execution", arn),
        Detail::new(
            "console",
            format!("https://{region}.console.aws.amazon.com/states/home?region={region}#/v2/executions/details/{arn}"),
        ),
        Detail::new(
            "look further",
            format!("aws stepfunctions get-execution-history --region {region} --execution-arn {arn}"),
        ),
    ]
}

/// JSON, and JSON inside its strings, on lines of their own.
pub(super) fn laid_out(text: &str) -> String {
    match parsed(text) {
        Json::String(text) => text,
        other => serde_json::to_string_pretty(&other).unwrap_or_else(|_| text.to_owned()),
    }
}

/// The sentence of a cause: Lambda's `errorMessage`, or the text itself, on one line.
pub(super) fn decisive(cause: &Value) -> String {
    let message = cause.get("errorMessage").and_then(Value::as_text).or_else(|| cause.as_text());
    message.map_or_else(|| cause.display().to_string(), |text| text.lines().next().unwrap_or_default().to_owned())
}

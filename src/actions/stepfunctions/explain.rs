//! Why an execution failed, in the words that end an investigation.

use serde_json::Value as Json;

use super::hung;
use crate::actions::{ActionError, console};
use crate::clock;
use crate::event::Detail;
use crate::service::Services;
use crate::service::failed::FailedState;
use crate::service::history::History;
use crate::service::stepfunctions::{Execution, parsed};
use crate::value::Value;

/// The failed state with its cause, tries and input, or where the execution hung, and the way that was taken.
pub(super) async fn failure(services: &Services, history: &History, top_level: Option<&[String]>) -> Vec<Detail> {
    let mut details = match history.failed_state() {
        Some(state) => of_state(&state),
        None => hung::details(history),
    };
    details.extend(failed_items(services, history).await);
    details.extend(top_level.map(|top_level| Detail::new("states taken", way(history, top_level))));
    details
}

fn of_state(state: &FailedState) -> Vec<Detail> {
    let error = state.error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
    let items: Vec<String> = state.items.iter().map(ToString::to_string).collect();
    let mut details = vec![Detail::new("failed state", format!("{}{error}{}", state.name, items.concat()))];
    details.extend(state.cause.as_ref().map(|cause| Detail::new("cause", laid_out(cause))));
    if state.tries.len() > 1 {
        details.push(Detail::new("tries", format!("{}: {}", state.tries.len(), counted(&state.tries))));
    }
    details.extend(state.input.as_ref().map(|input| Detail::new("input", laid_out(input))));
    details
}

/// Errors in order, the same one after the other once: `LedgerBusy × 3, Broken`.
fn counted(errors: &[String]) -> String {
    let runs = errors.chunk_by(|one, other| one == other);
    let words = runs.filter_map(|run| {
        let error = run.first()?;
        Some(if run.len() > 1 { format!("{error} × {}", run.len()) } else { error.clone() })
    });
    words.collect::<Vec<_>>().join(", ")
}

/// The top-level states in order, each with the time that it took.
fn way(history: &History, top_level: &[String]) -> String {
    let visits = history.path(|name| top_level.iter().any(|top| top == name)).into_iter();
    let words = visits.map(|visit| match visit.duration {
        Some(duration) => format!("{} ({})", visit.name, clock::words(duration)),
        None => format!("{} (not left)", visit.name),
    });
    words.collect::<Vec<_>>().join(" → ")
}

/// The items of distributed maps that failed: how many, and one of them. They are executions of their own.
async fn failed_items(services: &Services, history: &History) -> Vec<Detail> {
    let mut details = Vec::new();
    for (name, arn) in history.map_runs() {
        let Ok(run) = services.map_run(&arn).await else { continue };
        if run.failed == 0 {
            continue;
        }
        details.push(Detail::new("failed items", format!("{} of {} items of {name}", run.failed, run.items)));
        if let Ok(Some(child)) = services.failed_child(&arn).await
            && let Ok(child) = services.describe_execution(&child).await
        {
            details.push(Detail::new("one of them", child.arn));
            details.extend(child.error.map(|error| Detail::new("its error", error)));
            details.extend(child.cause.map(|cause| Detail::new("its cause", laid_out(&cause))));
            details.extend(child.input.map(|input| Detail::new("its input", laid_out(&input))));
        }
        let list = format!("stepfunctions list-executions --map-run-arn {arn} --status-filter FAILED");
        details.push(Detail::new("list them", command(services, &arn, &list)));
    }
    details
}

/// What AWS says of a failure, where the history may not be read.
pub(super) fn without_history(execution: &Execution, error: &ActionError) -> Vec<Detail> {
    let mut details: Vec<Detail> = execution.cause.iter().map(|cause| Detail::new("cause", laid_out(cause))).collect();
    let help = error.help.as_ref().map(|help| format!("\n{help}")).unwrap_or_default();
    details.push(Detail::new("failed state", format!("not known: failed to {}{help}", error.message)));
    details
}

/// Where the execution can be seen. An endpoint of one's own has no console.
pub(super) fn place(services: &Services, arn: &str) -> Vec<Detail> {
    let mut details = vec![Detail::new("execution", arn)];
    if services.account.endpoint.is_none() {
        details.extend(link(arn).map(|url| Detail::new("console", url)));
    }
    let command = command(services, arn, &format!("stepfunctions get-execution-history --execution-arn {arn}"));
    let lives = if services.ephemeral { "\n(the sandbox lives as long as this run)" } else { "" };
    details.push(Detail::new("look further", format!("{command}{lives}")));
    details
}

/// A command of the `aws` CLI that asks where the target is, in the region of an ARN.
pub(super) fn command(services: &Services, arn: &str, text: &str) -> String {
    let region = arn.split(':').nth(3).unwrap_or_default();
    let endpoint = services.account.endpoint.as_ref();
    let endpoint = endpoint.map(|endpoint| format!(" --endpoint-url {endpoint}")).unwrap_or_default();
    format!("aws {text} --region {region}{endpoint}")
}

/// The console's page of an execution.
fn link(arn: &str) -> Option<String> {
    let mut parts = arn.split(':').skip(1);
    let (partition, region) = (parts.next()?, parts.nth(1)?);
    let host = console::host(partition, region)?;
    Some(format!("https://{host}/states/home?region={region}#/v2/executions/details/{arn}"))
}

/// JSON, and JSON inside its strings, on lines of their own.
pub(super) fn laid_out(text: &str) -> String {
    match unfolded(parsed(text)) {
        Json::String(text) => text,
        Json::Array(_) if matches!(parsed(text), Json::String(_)) => text.to_owned(),
        other => serde_json::to_string_pretty(&other).unwrap_or_else(|_| text.to_owned()),
    }
}

/// JSON with the mappings and lists that its strings hold: services put whole documents into a cause. Strings of several lines, as
/// stack traces have them, become lists of lines.
fn unfolded(json: Json) -> Json {
    match json {
        Json::Object(map) => map.into_iter().map(|(key, value)| (key, unfolded(value))).collect(),
        Json::Array(items) => items.into_iter().flat_map(|item| elements(unfolded(item))).collect(),
        Json::String(text) if text.starts_with(['{', '[']) => match parsed(&text) {
            inner @ (Json::Object(_) | Json::Array(_)) => inner,
            _ => Json::String(text),
        },
        Json::String(text) if text.trim_end().contains('\n') => text.lines().map(str::to_owned).collect(),
        other => other,
    }
}

/// The lines of a text that stands in a list stand in that list themselves.
fn elements(item: Json) -> Vec<Json> {
    match item {
        Json::String(text) => vec![Json::String(text.trim_end().to_owned())],
        Json::Array(lines) if lines.iter().all(Json::is_string) => lines,
        other => vec![other],
    }
}

/// The sentence of a cause: Lambda's `errorMessage`, or the text itself, on one line.
pub(super) fn decisive(cause: &Value) -> String {
    let message = cause.get("errorMessage").and_then(Value::as_text).or_else(|| cause.as_text());
    message.map_or_else(|| cause.display().to_string(), |text| text.lines().next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_case::test_case;

    #[test_case("aws", "eu-west-1", Some("https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/"))]
    #[test_case(
        "aws-cn",
        "cn-north-1",
        Some("https://cn-north-1.console.amazonaws.cn/states/home?region=cn-north-1#/")
    )]
    #[test_case(
        "aws-us-gov",
        "us-gov-west-1",
        Some("https://us-gov-west-1.console.amazonaws-us-gov.com/states/home?region=us-gov-west-1#/")
    )]
    #[test_case("aws-iso", "us-iso-east-1", None; "a console that is not known is not made up")]
    fn a_console_is_that_of_the_partition(partition: &str, region: &str, expected: Option<&str>) {
        let arn = format!("arn:{partition}:states:{region}:111122223333:execution:etl:x");
        let expected = expected.map(|start| format!("{start}v2/executions/details/{arn}"));
        assert_eq!(link(&arn), expected);
    }

    #[test]
    fn json_in_the_strings_of_a_cause_is_laid_out() {
        let cause = r#"{"errorMessage": "{\"row\": 17}", "stackTrace": ["x"]}"#;
        assert_eq!(
            laid_out(cause),
            "{\n  \"errorMessage\": {\n    \"row\": 17\n  },\n  \"stackTrace\": [\n    \"x\"\n  ]\n}"
        );
        assert_eq!(laid_out("plain {text"), "plain {text");
        assert_eq!(laid_out("two\nlines"), "two\nlines");
        let trace = r#"{"stackTrace": ["  File a\n    raise\n", "x\n"]}"#;
        assert_eq!(laid_out(trace), "{\n  \"stackTrace\": [\n    \"  File a\",\n    \"    raise\",\n    \"x\"\n  ]\n}");
    }
}

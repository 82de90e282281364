//! The output of an execution, and what is expected of it by default.

use crate::actions::{ActionError, Call, ErrorKind, Group, Output, OutputField};
use crate::event::{Detail, Finding};
use crate::service::history::History;
use crate::service::stepfunctions::{Ended, Execution, SyncExecution, parsed};
use crate::value::{Map, Value};

use super::explain;

/// Fields that take the execution's history.
const FROM_HISTORY: [&str; 4] = ["path", "states", "caught", "maps"];

pub(super) const OUTPUTS: &[OutputField] = &[
    OutputField { name: "status", doc: "`SUCCEEDED`, `FAILED`, `TIMED_OUT` or `ABORTED`." },
    OutputField { name: "output", doc: "The output, any JSON value; null unless it succeeded." },
    OutputField { name: "error", doc: "The error's name; null if it succeeded." },
    OutputField { name: "cause", doc: "The error's cause, parsed where it is JSON; null if it succeeded." },
    OutputField { name: "duration", doc: "From its start to its end by AWS's clock, a duration." },
    OutputField { name: "execution_arn", doc: "The execution's ARN." },
    OutputField { name: "path", doc: "The top-level states in the order they were entered, a list of names." },
    OutputField { name: "states", doc: "By name: `entered`, `failed`, `retried`, `input`, `output`." },
    OutputField { name: "caught", doc: "Failures that a `Catch` took, a list of `{state, error}`." },
    OutputField { name: "maps", doc: "Map states by name: `items`, `failed`." },
];

pub(super) const DEFAULTS: &[Group] =
    &[Group { fields: &["status", "error", "cause"], doc: "`status` is SUCCEEDED", wrong: not_succeeded }];

pub(super) const SYNC_OUTPUTS: &[OutputField] = &[
    OutputField { name: "status", doc: "`SUCCEEDED`, `FAILED` or `TIMED_OUT`." },
    OutputField { name: "output", doc: "The output, any JSON value; null unless it succeeded." },
    OutputField { name: "error", doc: "The error's name; null if it succeeded." },
    OutputField { name: "cause", doc: "The error's cause, parsed where it is JSON; null if it succeeded." },
    OutputField { name: "duration", doc: "From its start to its end by AWS's clock, a duration." },
    OutputField { name: "billed_duration", doc: "What is billed, a duration." },
];

pub(super) const SYNC_DEFAULTS: &[Group] = DEFAULTS;

/// By default an execution succeeds. One that was not waited for has nothing to be judged yet.
fn not_succeeded(output: &Value) -> Option<Finding> {
    let status = output.get("status")?;
    if matches!(status.as_text(), Some("SUCCEEDED" | "RUNNING")) {
        return None;
    }
    let error = output.get("error").filter(|error| **error != Value::Null);
    let cause = output.get("cause").filter(|cause| **cause != Value::Null);
    let said = match (error.and_then(Value::as_text), cause) {
        (Some(error), Some(cause)) => format!(": {error}: {}", explain::decisive(cause)),
        (Some(error), None) => format!(": {error}"),
        (None, Some(cause)) => format!(": {}", explain::decisive(cause)),
        (None, None) => String::new(),
    };
    let word = status.as_text().unwrap_or_default();
    Some(Finding {
        path: Some("status".to_owned()),
        expected: Some("\"SUCCEEDED\"".to_owned()),
        actual: Some(status.display().to_string()),
        ..Finding::new(format!("the execution is {word}{said}"))
    })
}

/// The output document of an execution that has ended. History is read only where it is looked at or must explain.
pub(super) async fn document(call: &Call<'_>, execution: Execution) -> Result<Output, ActionError> {
    let mut fields = basics(&execution);
    fields.insert("execution_arn".into(), Value::text(&execution.arn));
    let mut details = explain::place(&execution.arn);
    let failed = execution.status != "SUCCEEDED";
    if failed || FROM_HISTORY.iter().any(|field| call.uses.contains(field)) {
        match history(call, &execution.arn).await {
            Ok((history, top_level)) => {
                let is_top_level = |name: &str| top_level.iter().any(|top| top == name);
                if failed {
                    details.splice(0..0, explain::failure(&history, &is_top_level));
                }
                fields.extend(from_history(&history, &is_top_level));
            }
            // A failed execution is judged as failed even where its history may not be read.
            Err(error) if failed => details.push(Detail::new("history", format!("failed to {error}"))),
            Err(error) => return Err(error),
        }
    }
    Ok(Output { value: Value::Map(fields), details })
}

async fn history(call: &Call<'_>, arn: &str) -> Result<(History, Vec<String>), ActionError> {
    let events = call.services.execution_history(arn).await;
    let events = events.map_err(|error| ActionError::aws(format!("read the history of {arn}"), error))?;
    let definition = call.services.definition_of_execution(arn).await;
    let definition = definition.map_err(|error| ActionError::aws(format!("read the definition of {arn}"), error))?;
    let top_level = parsed(&definition)["States"].as_object().map(|states| states.keys().cloned().collect());
    Ok((History::new(events), top_level.unwrap_or_default()))
}

fn basics(execution: &Execution) -> Map {
    let duration = execution.duration.and_then(|d| chrono::TimeDelta::from_std(d).ok());
    Map::from([
        ("status".to_owned(), Value::text(&execution.status)),
        ("output".to_owned(), json(execution.output.as_deref())),
        ("error".to_owned(), execution.error.as_ref().map_or(Value::Null, Value::text)),
        ("cause".to_owned(), json(execution.cause.as_deref())),
        ("duration".to_owned(), duration.map_or(Value::Null, Value::Duration)),
    ])
}

fn json(text: Option<&str>) -> Value {
    text.map_or(Value::Null, |text| Value::from_json(parsed(text)))
}

fn from_history(history: &History, top_level: &dyn Fn(&str) -> bool) -> Map {
    let path = history.path(top_level).into_iter().map(|visit| Value::text(visit.name)).collect();
    let states = history.states().into_iter().map(|(name, state)| {
        let fields = Map::from([
            ("entered".to_owned(), Value::integer(state.entered)),
            ("failed".to_owned(), Value::integer(state.failed)),
            ("retried".to_owned(), Value::integer(state.retried)),
            ("input".to_owned(), json(state.input.as_deref())),
            ("output".to_owned(), json(state.output.as_deref())),
        ]);
        (name, Value::Map(fields))
    });
    let caught = history.caught().into_iter().map(|caught| {
        let fields = [("state".to_owned(), Value::text(caught.state)), ("error".to_owned(), Value::text(caught.error))];
        Value::Map(Map::from(fields))
    });
    let maps = history.maps().into_iter().map(|(name, map)| {
        let fields =
            [("items".to_owned(), Value::integer(map.items)), ("failed".to_owned(), Value::integer(map.failed))];
        (name, Value::Map(Map::from(fields)))
    });
    Map::from([
        ("path".to_owned(), Value::List(path)),
        ("states".to_owned(), Value::Map(states.collect())),
        ("caught".to_owned(), Value::List(caught.collect())),
        ("maps".to_owned(), Value::Map(maps.collect())),
    ])
}

/// The output of a start that nobody waits for yet.
pub(super) fn not_waited_for(arn: &str) -> Output {
    let fields = [("status".to_owned(), Value::text("RUNNING")), ("execution_arn".to_owned(), Value::text(arn))];
    Output { value: Value::Map(Map::from(fields)), details: explain::place(arn) }
}

/// The output document of an EXPRESS execution.
pub(super) fn sync_document(answer: &SyncExecution) -> Result<Output, ActionError> {
    let execution = &answer.execution;
    if execution.ended == Ended::Unknown {
        let message = format!(
            "understand {}: its status is `{}`, which this version does not know",
            execution.arn, execution.status
        );
        return Err(ActionError::new(ErrorKind::Unintelligible, message));
    }
    let mut fields = basics(execution);
    let billed = answer.billed.and_then(|d| chrono::TimeDelta::from_std(d).ok());
    fields.insert("billed_duration".into(), billed.map_or(Value::Null, Value::Duration));
    let mut details = vec![Detail::new("execution", &execution.arn)];
    if let Some(cause) = &execution.cause {
        details.push(Detail::new("cause", explain::laid_out(cause)));
    }
    Ok(Output { value: Value::Map(fields), details })
}

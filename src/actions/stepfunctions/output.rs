//! The output of an execution, and what is expected of it by default.

use indexmap::IndexMap;

use crate::actions::{ActionError, ErrorKind, Group, Output, OutputField};
use crate::event::{Detail, Finding};
use crate::service::Services;
use crate::service::history::{History, MapCounts};
use crate::service::stepfunctions::{Ended, Execution, SyncExecution, parsed};
use crate::value::{Map, Value};

use super::explain;

/// Fields that take the execution's history.
pub(super) const FROM_HISTORY: [&str; 4] = ["path", "states", "caught", "maps"];

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
    OutputField { name: "redrives", doc: "How often it was redriven, a number." },
    OutputField {
        name: "version",
        doc: "The ARN of the machine's version that ran; null unless one was named, or an alias.",
    },
    OutputField { name: "alias", doc: "The ARN of the alias that it was started by; null unless one was named." },
];

/// The same, and how many others there were.
pub(super) const AWAITED_OUTPUTS: &[OutputField] = &[
    OUTPUTS[0],
    OUTPUTS[1],
    OUTPUTS[2],
    OUTPUTS[3],
    OUTPUTS[4],
    OUTPUTS[5],
    OUTPUTS[6],
    OUTPUTS[7],
    OUTPUTS[8],
    OUTPUTS[9],
    OUTPUTS[10],
    OUTPUTS[11],
    OUTPUTS[12],
    OutputField { name: "others", doc: "How many executions of the machine started since then that do not match." },
];

const SUCCEEDED: Group =
    Group { fields: &["status", "error", "cause"], doc: "`status` is SUCCEEDED", wrong: not_succeeded };

pub(super) const DEFAULTS: &[Group] =
    &[SUCCEEDED, Group { fields: &["maps"], doc: "no item of a Map state failed", wrong: items_failed }];

pub(super) const SYNC_OUTPUTS: &[OutputField] = &[
    OutputField { name: "status", doc: "`SUCCEEDED`, `FAILED` or `TIMED_OUT`." },
    OutputField { name: "output", doc: "The output, any JSON value; null unless it succeeded." },
    OutputField { name: "error", doc: "The error's name; null if it succeeded." },
    OutputField { name: "cause", doc: "The error's cause, parsed where it is JSON; null if it succeeded." },
    OutputField { name: "duration", doc: "From its start to its end by AWS's clock, a duration." },
    OutputField { name: "billed_duration", doc: "What is billed, a duration." },
];

pub(super) const SYNC_DEFAULTS: &[Group] = &[SUCCEEDED];

/// What an execution that was started by something else has beside that.
pub(super) const AWAITED_DEFAULTS: &[Group] = &[
    Group { fields: &["execution_arn"], doc: "an execution came", wrong: none_came },
    SUCCEEDED,
    Group { fields: &["maps"], doc: "no item of a Map state failed", wrong: items_failed },
];

/// By default an execution comes.
fn none_came(output: &Value) -> Option<Finding> {
    (output.get("execution_arn") == Some(&Value::Null)).then(|| {
        let others = output.get("others").map(|others| others.display().to_string()).unwrap_or_default();
        Finding::new(match others.as_str() {
            "0" => "no execution came: none was started since then".to_owned(),
            "1" => "no execution came that matches: one other was started since then".to_owned(),
            others => format!("no execution came that matches: {others} others were started since then"),
        })
    })
}

/// The output where no execution came.
pub(super) fn none(others: u64) -> Value {
    let known = Map::from([("others".to_owned(), Value::integer(others))]);
    Value::Map(AWAITED_OUTPUTS.iter().map(|field| (field.name.to_owned(), Value::Null)).chain(known).collect())
}

/// By default an execution succeeds. One that was not waited for has nothing to be judged yet.
fn not_succeeded(output: &Value) -> Option<Finding> {
    let status = output.get("status").filter(|status| **status != Value::Null)?;
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

/// By default no item of a Map state fails: a distributed map succeeds although some did, within its tolerance.
fn items_failed(output: &Value) -> Option<Finding> {
    // An execution that failed says so itself; its maps were cut short.
    if output.get("status").and_then(Value::as_text) != Some("SUCCEEDED") {
        return None;
    }
    let maps = output.get("maps").and_then(Value::as_map)?;
    let (name, map) =
        maps.iter().find(|(_, map)| map.get("failed").is_some_and(|failed| *failed != Value::integer(0)))?;
    let count = |field| map.get(field).map(|count| count.display().to_string()).unwrap_or_default();
    let (failed, items) = (count("failed"), count("items"));
    let finding = Finding {
        path: Some(format!("maps.{name}.failed")),
        expected: Some("0".to_owned()),
        actual: Some(failed.clone()),
        ..Finding::new(format!("the execution succeeded, but {failed} of {items} items of the map {name} failed"))
    };
    Some(finding.with_help("expect `maps` to say how many may fail"))
}

pub(super) fn counted(maps: IndexMap<String, MapCounts>) -> Value {
    let maps = maps.into_iter().map(|(name, map)| {
        let fields =
            [("items".to_owned(), Value::integer(map.items)), ("failed".to_owned(), Value::integer(map.failed))];
        (name, Value::Map(Map::from(fields)))
    });
    Value::Map(maps.collect())
}

pub(super) fn basics(execution: &Execution) -> Map {
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

/// The fields that the history gives; `path` only where the top level's states are known.
pub(super) fn from_history(history: &History, top_level: Option<&[String]>) -> Map {
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
    let states = Value::Map(states.collect());
    let caught = history.caught().into_iter().map(|caught| {
        let fields = [("state".to_owned(), Value::text(caught.state)), ("error".to_owned(), Value::text(caught.error))];
        Value::Map(Map::from(fields))
    });
    let mut fields = Map::from([("states".to_owned(), states), ("caught".to_owned(), Value::List(caught.collect()))]);
    if let Some(top_level) = top_level {
        let path = history.path(|name| top_level.iter().any(|top| top == name)).into_iter();
        fields.insert("path".to_owned(), Value::List(path.map(|visit| Value::text(visit.name)).collect()));
    }
    fields
}

/// The output of a start that nobody waits for yet.
pub(super) fn not_waited_for(services: &Services, arn: &str) -> Output {
    let fields = [("status".to_owned(), Value::text("RUNNING")), ("execution_arn".to_owned(), Value::text(arn))];
    Output::with_details(Value::Map(Map::from(fields)), explain::place(services, arn))
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
    Ok(Output::with_details(Value::Map(fields), details))
}

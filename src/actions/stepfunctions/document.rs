//! The output document of an execution that has ended, with the calls that it takes.

use indexmap::IndexMap;
use serde_json::Value as Json;

use super::output::{FROM_HISTORY, basics, counted, from_history};
use super::{explain, names};
use crate::actions::{ActionError, Call, Output};
use crate::event::Detail;
use crate::service::history::{History, MapCounts};
use crate::service::stepfunctions::{Execution, parsed};
use crate::target::{AwsFacts, FactKind};
use crate::value::{Map, Value};

/// The output document of an execution that has ended. History is read where it is looked at, where it must explain, and where an
/// execution that succeeded may not have succeeded in all: where the machine has a Map state or a `Catch`.
pub(super) async fn document(
    call: &Call<'_>,
    execution: Execution,
    definition: Option<String>,
) -> Result<Output, ActionError> {
    let mut output = Output::with_details(Value::Null, explain::place(call.services, &execution.arn));
    let mut fields = basics(&execution);
    fields.extend(identity(&execution));
    let failed = execution.status != "SUCCEEDED";
    let looked_at = FROM_HISTORY.iter().any(|field| call.uses.contains(field));
    if failed && !looked_at {
        output.details.splice(0..0, explained(call, &execution, definition, &mut fields).await);
        return Ok(Output { value: Value::Map(fields), ..output });
    }
    let definition = match definition {
        Some(definition) => definition,
        None => definition_of(call, &execution.arn).await?,
    };
    names::check(call, &definition)?;
    let states = parsed(&definition);
    if looked_at || has(&states, is_map) {
        let history = history(call, &execution.arn).await.map_err(|error| cannot_judge(&execution, error))?;
        let top_level = top_level(&definition);
        fields.extend(from_history(&history, Some(&top_level)));
        fields.insert("maps".into(), maps(call, &history).await?);
        if failed {
            output.details.splice(0..0, explain::failure(call.services, &history, Some(&top_level)).await);
        } else {
            output.notes.extend(caught(call, &history));
        }
    } else if has(&states, catches) {
        output.notes.extend(match history(call, &execution.arn).await {
            Ok(history) => caught(call, &history),
            Err(error) => Some(format!("whether a Catch was taken is not known: failed to {}", error.message)),
        });
    }
    Ok(Output { value: Value::Map(fields), ..output })
}

/// Which execution it was, and of what.
fn identity(execution: &Execution) -> Map {
    let text = |text: &Option<String>| text.as_ref().map_or(Value::Null, Value::text);
    Map::from([
        ("execution_arn".to_owned(), Value::text(&execution.arn)),
        ("redrives".to_owned(), execution.redrives.map_or(Value::Null, Value::integer)),
        ("version".to_owned(), text(&execution.version)),
        ("alias".to_owned(), text(&execution.alias)),
    ])
}

/// That an execution succeeded by a way that its machine has for failures, unless somebody judges that.
fn caught(call: &Call<'_>, history: &History) -> Option<String> {
    let caught = history.caught();
    if caught.is_empty() || call.uses.contains("caught") {
        return None;
    }
    let states: Vec<String> = caught.iter().map(|caught| format!("{} ({})", caught.state, caught.error)).collect();
    Some(format!("succeeded through a Catch: {}", states.join(", ")))
}

/// Why an execution failed. It is judged as failed even where its history or definition may not be read.
async fn explained(
    call: &Call<'_>,
    execution: &Execution,
    definition: Option<String>,
    fields: &mut Map,
) -> Vec<Detail> {
    let history = match history(call, &execution.arn).await {
        Ok(history) => history,
        Err(error) => return explain::without_history(execution, &error),
    };
    let definition = match definition {
        Some(definition) => Some(definition),
        None => definition_of(call, &execution.arn).await.ok(),
    };
    let top_level = definition.as_deref().map(top_level);
    fields.extend(from_history(&history, top_level.as_deref()));
    explain::failure(call.services, &history, top_level.as_deref()).await
}

/// What is looked at could not be read. What AWS says of the execution is not lost with it.
fn cannot_judge(execution: &Execution, mut error: ActionError) -> ActionError {
    error.details.push(Detail::new("execution", format!("{}: {}", execution.arn, execution.status)));
    error.details.extend(execution.error.as_ref().map(|name| Detail::new("error", name)));
    error.details.extend(execution.cause.as_ref().map(|cause| Detail::new("cause", explain::laid_out(cause))));
    error
}

async fn history(call: &Call<'_>, arn: &str) -> Result<History, ActionError> {
    let events = call.services.execution_history(arn).await;
    let events =
        events.map_err(|error| reading(format!("read the history of {arn}"), "states:GetExecutionHistory", error))?;
    Ok(History::new(events))
}

async fn definition_of(call: &Call<'_>, arn: &str) -> Result<String, ActionError> {
    let definition = call.services.definition_of_execution(arn).await;
    definition.map_err(|error| {
        reading(format!("read the definition of {arn}"), "states:DescribeStateMachineForExecution", error)
    })
}

/// An error of a call that only reads, with the permission that it takes.
pub(super) fn reading(what: String, permission: &str, error: AwsFacts) -> ActionError {
    let denied = error.kind == FactKind::Denied;
    let error = ActionError::aws(what, error);
    if denied { error.with_help(format!("the target's role needs {permission}")) } else { error }
}

fn top_level(definition: &str) -> Vec<String> {
    parsed(definition)["States"].as_object().map(|states| states.keys().cloned().collect()).unwrap_or_default()
}

/// Whether some mapping anywhere in a definition is of a kind.
fn has(part: &Json, kind: fn(&serde_json::Map<String, Json>) -> bool) -> bool {
    match part {
        Json::Object(fields) => kind(fields) || fields.values().any(|part| has(part, kind)),
        Json::Array(items) => items.iter().any(|part| has(part, kind)),
        _ => false,
    }
}

fn is_map(state: &serde_json::Map<String, Json>) -> bool {
    state.get("Type").is_some_and(|kind| kind == "Map")
}

fn catches(state: &serde_json::Map<String, Json>) -> bool {
    state.get("Catch").is_some_and(Json::is_array)
}

/// Map states by name; what a distributed one did is counted by its run.
async fn maps(call: &Call<'_>, history: &History) -> Result<Value, ActionError> {
    let mut maps = history.maps();
    let mut distributed: IndexMap<String, MapCounts> = IndexMap::new();
    for (name, arn) in history.map_runs() {
        let run = call.services.map_run(&arn).await;
        let run = run.map_err(|error| reading(format!("count the items of {arn}"), "states:DescribeMapRun", error))?;
        let sum = distributed.entry(name).or_default();
        sum.items += run.items;
        sum.failed += run.failed;
    }
    maps.extend(distributed);
    Ok(counted(maps))
}

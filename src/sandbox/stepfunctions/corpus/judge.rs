//! What a row expects, taken from the names and shapes of its recorded answers, against what was answered.

use super::compare::difference;
use super::drive::Driven;
use super::rows::Row;
use serde_json::{Value, json};

/// The judgement of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The whole history, or the whole answer, is the recorded one.
    Strict,
    /// The outcome is, something on the way is not.
    Outcome(String),
    Wrong(String),
    /// The row holds nothing that this judge can compare.
    Unjudged(String),
}

/// Judges a row by its recorded histories, else by its outputs, else by the refusal of its definition.
pub fn judge(row: &Row, driven: &Driven) -> Verdict {
    let histories: Vec<&Value> = row
        .expected
        .iter()
        .filter(|(name, _)| !name.contains("[True]"))
        .filter_map(|(_, answer)| answer.get("events"))
        .collect();
    if !histories.is_empty() {
        return histories
            .iter()
            .enumerate()
            .map(|(at, recorded)| history(recorded, driven.history(at)))
            .fold(Verdict::Strict, worse);
    }
    if let Some(cases) = row.expected.get("cases").and_then(Value::as_array) {
        let outputs = cases.iter().enumerate().map(|(at, case)| output(&case["output"], driven.history(at)));
        return outputs.fold(Verdict::Strict, worse);
    }
    if let Some(recorded) = row.expected.get("validation_response") {
        return validation(recorded, driven);
    }
    if let Some(Ok(actual)) = driven.answers("StartSyncExecution").next() {
        let recorded =
            row.expected.values().find(|answer| answer["status"].is_string() && answer["startDate"].is_string());
        return recorded.map_or(Verdict::Unjudged("no answer of a synchronous start".to_owned()), |recorded| {
            sync(recorded, actual)
        });
    }
    match row.expected.values().find_map(refusal) {
        Some((code, message)) => refused(&code, &message, driven),
        None => Verdict::Unjudged("no history, output or refusal of a definition".to_owned()),
    }
}

fn worse(left: Verdict, right: Verdict) -> Verdict {
    let rank = |verdict: &Verdict| match verdict {
        Verdict::Strict => 0,
        Verdict::Outcome(_) => 1,
        Verdict::Unjudged(_) => 2,
        Verdict::Wrong(_) => 3,
    };
    if rank(&right) > rank(&left) { right } else { left }
}

fn history(recorded: &Value, actual: Result<&[Value], String>) -> Verdict {
    let actual = match actual {
        Ok(actual) => json!(actual),
        Err(reason) => return Verdict::Wrong(reason),
    };
    if terminal(recorded) == RUNNING {
        return Verdict::Unjudged("the recorded history has no end".to_owned());
    }
    if let Some(found) = difference(&terminal(recorded), &terminal(&actual)) {
        return Verdict::Wrong(format!("outcome{found}"));
    }
    let (recorded, actual) = without_loose_ids(recorded, &actual);
    difference(&recorded, &actual).map_or(Verdict::Strict, |found| Verdict::Outcome(format!("history{found}")))
}

/// Where branches ran side by side, the recording gives a list as an event's id: there the events could be in any order, so
/// on either side they lose their ids and are sorted.
fn without_loose_ids(recorded: &Value, actual: &Value) -> (Value, Value) {
    let (mut left, mut right) =
        (recorded.as_array().cloned().unwrap_or_default(), actual.as_array().cloned().unwrap_or_default());
    let loose: Vec<usize> = (0..left.len().min(right.len())).filter(|at| left[*at]["id"].is_array()).collect();
    for events in [&mut left, &mut right] {
        let mut sorted: Vec<Value> = loose.iter().map(|at| without_ids(&events[*at])).collect();
        let name = |event: &Value, details: &str| event[details]["name"].to_string();
        sorted.sort_by_key(|event| {
            let names = ["stateEnteredEventDetails", "stateExitedEventDetails"].map(|details| name(event, details));
            (event["type"].to_string(), names)
        });
        for (at, event) in loose.iter().zip(sorted) {
            events[*at] = event;
        }
    }
    (Value::Array(left), Value::Array(right))
}

fn without_ids(event: &Value) -> Value {
    let members =
        event.as_object().into_iter().flatten().filter(|(name, _)| !["id", "previousEventId"].contains(&name.as_str()));
    Value::Object(members.map(|(name, value)| (name.clone(), value.clone())).collect())
}

/// In place of an end.
const RUNNING: &str = "still running";

/// The type, output and error of the event that ended the execution.
fn terminal(events: &Value) -> Value {
    const ENDS: [&str; 4] = ["ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"];
    let is_end = |event: &&Value| event["type"].as_str().is_some_and(|kind| ENDS.contains(&kind));
    let Some(Value::Object(event)) = events.as_array().into_iter().flatten().find(is_end) else {
        return json!(RUNNING);
    };
    let details = event.values().find(|value| value.is_object()).cloned().unwrap_or_default();
    json!({"type": event["type"], "output": details["output"], "error": details["error"]})
}

fn output(recorded: &Value, actual: Result<&[Value], String>) -> Verdict {
    match actual.map(|events| terminal(&json!(events))) {
        Ok(end) => difference(recorded, &end["output"])
            .map_or(Verdict::Strict, |found| Verdict::Wrong(format!("output{found}"))),
        Err(reason) => Verdict::Wrong(reason),
    }
}

/// The answer of a synchronous start; what it is billed for is not compared.
fn sync(recorded: &Value, actual: &Value) -> Verdict {
    let outcome =
        |answer: &Value| json!({"status": answer["status"], "output": answer["output"], "error": answer["error"]});
    if let Some(found) = difference(&outcome(recorded), &outcome(actual)) {
        return Verdict::Wrong(format!("outcome{found}"));
    }
    let [mut recorded, mut actual] = [without_metadata(recorded), actual.clone()];
    for answer in [&mut recorded, &mut actual] {
        answer["billingDetails"] = Value::Null;
    }
    difference(&recorded, &actual).map_or(Verdict::Strict, |found| Verdict::Outcome(format!("answer{found}")))
}

fn validation(recorded: &Value, driven: &Driven) -> Verdict {
    let Some(Ok(actual)) = driven.answers("ValidateStateMachineDefinition").next() else {
        return Verdict::Wrong("the validation was refused".to_owned());
    };
    let recorded = without_metadata(recorded);
    if let Some(found) = difference(&recorded["result"], &actual["result"]) {
        return Verdict::Wrong(format!("result{found}"));
    }
    difference(&recorded, actual).map_or(Verdict::Strict, Verdict::Outcome)
}

fn without_metadata(answer: &Value) -> Value {
    let members = answer.as_object().into_iter().flatten().filter(|(name, _)| *name != "ResponseMetadata");
    Value::Object(members.map(|(name, value)| (name.clone(), value.clone())).collect())
}

/// The code and message of a refused definition, in either shape of the recordings.
fn refusal(answer: &Value) -> Option<(String, String)> {
    if let (Some(code), Some(message)) = (answer["Error"]["Code"].as_str(), answer["Error"]["Message"].as_str()) {
        return (code == "InvalidDefinition").then(|| (code.to_owned(), message.to_owned()));
    }
    let message = answer["exception_value"].as_str()?;
    let (_, message) = message.split_once("CreateStateMachine operation: ")?;
    Some((answer["exception_typename"].as_str()?.to_owned(), message.to_owned()))
}

/// Messages that begin with `Error=` are not AWS's (the recorder's own parser wrote them), so only the code counts.
fn refused(code: &str, message: &str, driven: &Driven) -> Verdict {
    match driven.answers("CreateStateMachine").find_map(|answer| answer.as_ref().err()) {
        None => Verdict::Wrong(format!("expected a refusal: {message}")),
        Some(error) if error.code != code => {
            Verdict::Wrong(format!("expected {code}, got {}: {}", error.code, error.message))
        }
        Some(_) if message.starts_with("Error=") => Verdict::Strict,
        Some(error) => difference(&json!(message), &json!(error.message))
            .map_or(Verdict::Strict, |found| Verdict::Outcome(format!("message{found}"))),
    }
}

#[test]
fn outcome_and_history_are_told_apart() {
    let recorded = json!([
        {"id": 1, "type": "PassStateExited", "timestamp": "timestamp"},
        {"id": 2, "type": "ExecutionSucceeded", "timestamp": "timestamp", "executionSucceededEventDetails": {"output": {"a": 1}}},
    ]);
    let actual = |id: u64, output: &str| {
        vec![
            json!({"id": id, "type": "PassStateExited", "timestamp": 1.5}),
            json!({"id": 2, "type": "ExecutionSucceeded", "timestamp": 1.5, "executionSucceededEventDetails": {"output": output}}),
        ]
    };
    assert_eq!(history(&recorded, Ok(&actual(1, "{\"a\":1}"))), Verdict::Strict);
    assert!(matches!(history(&recorded, Ok(&actual(9, "{\"a\":1}"))), Verdict::Outcome(_)));
    assert!(matches!(history(&recorded, Ok(&actual(1, "{\"a\":2}"))), Verdict::Wrong(_)));
    assert!(matches!(history(&recorded, Ok(&[])), Verdict::Wrong(_)));
    assert!(matches!(history(&recorded, Err("refused".to_owned())), Verdict::Wrong(_)));
    assert!(matches!(history(&json!([]), Ok(&[])), Verdict::Unjudged(_)));
}

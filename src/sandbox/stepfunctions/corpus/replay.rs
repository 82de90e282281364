//! What the services answered when the row was recorded, taken from its histories: a task answers the same again. So the
//! interpreter is measured on rows with tasks, and nothing else is.

use super::infer;
use super::rows::Row;
use crate::sandbox::stepfunctions::{TaskCall, TaskFailure, TaskOutput, TaskRunner};
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

const GET: &str = "arn:aws:states:::aws-sdk:s3:getObject";
const PUT: &str = "arn:aws:states:::aws-sdk:s3:putObject";

/// A runner that replays the recorded answers in order, and keeps the objects that Map states write and read.
#[derive(Debug, Default)]
pub struct Replay {
    answers: Mutex<VecDeque<Answer>>,
    objects: Mutex<HashMap<(String, String), Value>>,
}

/// How a recorded task ended.
#[derive(Debug, Clone, Default)]
struct Answer {
    submitted: Option<Value>,
    end: Option<Result<Value, TaskFailure>>,
}

impl Replay {
    /// The answers in the histories of a row.
    pub fn of(row: &Row) -> Self {
        let histories = row.expected.values().filter_map(|answer| answer["events"].as_array());
        let answers = histories.flat_map(|events| {
            let scheduled = events.iter().filter(|event| kind(event).ends_with("Scheduled"));
            scheduled.map(|event| answer(events, event)).collect::<Vec<_>>()
        });
        let objects = infer::object(row).into_iter().map(|(place, body)| (place, json!(body)));
        Self { answers: Mutex::new(answers.collect()), objects: Mutex::new(objects.collect()) }
    }

    /// The objects of Map states, which are in no event.
    fn object(&self, call: &TaskCall) -> Result<Value, TaskFailure> {
        let text = |name: &str| call.parameters[name].as_str().unwrap_or_default().to_owned();
        let place = (text("Bucket"), text("Key"));
        let mut objects = self.objects.lock().unwrap();
        if call.resource == PUT {
            objects.insert(place, call.parameters["Body"].clone());
            return Ok(json!({"ETag": "etag"}));
        }
        let missing = || failure("S3.NoSuchKeyException", "The specified key does not exist.");
        objects.get(&place).map(|body| json!({"Body": body})).ok_or_else(missing)
    }
}

#[async_trait::async_trait]
impl TaskRunner for Replay {
    async fn run(&self, call: TaskCall) -> Result<TaskOutput, TaskFailure> {
        let next = self.answers.lock().unwrap().pop_front();
        let Some(answer) = next else {
            let known = [GET, PUT].contains(&call.resource.as_str());
            let nothing = || Err(failure("Replay.Exhausted", "more tasks were started than were recorded"));
            return if known { self.object(&call) } else { nothing() }.map(|output| TaskOutput { output });
        };
        match (answer.submitted, answer.end) {
            (Some(output), _) if call.resource.ends_with(".waitForTaskToken") => Ok(TaskOutput { output }),
            (submitted, Some(end)) => {
                if let Some(output) = submitted {
                    call.submitted.report(output);
                }
                end.map(|output| TaskOutput { output })
            }
            // The recorded task did not end by itself: the interpreter must time it out.
            (_, None) => std::future::pending().await,
        }
    }

    fn supports(&self, _resource: &str) -> bool {
        true
    }
}

fn failure(error: &str, cause: &str) -> TaskFailure {
    TaskFailure { error: error.to_owned(), cause: cause.to_owned() }
}

/// Follows the events of a task from where it was scheduled.
fn answer(events: &[Value], scheduled: &Value) -> Answer {
    let mut answer = Answer::default();
    let mut at = &scheduled["id"];
    while let Some(event) = events.iter().find(|event| event["previousEventId"] == *at) {
        let details = details(event);
        match kind(event) {
            kind if kind.ends_with("Submitted") => answer.submitted = Some(output(details)),
            kind if kind.ends_with("Succeeded") => answer.end = Some(Ok(output(details))),
            kind if kind.ends_with("Failed") => {
                answer.end = Some(Err(failure(&text(details, "error"), &text(details, "cause"))));
            }
            kind if kind.ends_with("Started") => {}
            _ => break,
        }
        if answer.end.is_some() {
            break;
        }
        at = &event["id"];
    }
    answer
}

fn kind(event: &Value) -> &str {
    event["type"].as_str().unwrap_or_default()
}

fn details(event: &Value) -> &Value {
    event
        .as_object()
        .into_iter()
        .flatten()
        .map(|(_, value)| value)
        .find(|value| value.is_object())
        .unwrap_or(&Value::Null)
}

/// An output is JSON in a string; the recording has taken objects out of their strings.
fn output(details: &Value) -> Value {
    match &details["output"] {
        Value::String(text) => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
        other => other.clone(),
    }
}

/// A text; the recording has taken objects out of their strings.
fn text(details: &Value, name: &str) -> String {
    match &details[name] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

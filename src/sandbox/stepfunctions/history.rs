//! The event history of an execution, in AWS's own event shapes.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};

use super::clock::{Clock, epoch};

/// Events that a STANDARD execution may have (quota of Step Functions).
pub const LIMIT: usize = 25_000;

/// An event without its id, previous id and time: its type and the name and content of its details.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    kind: String,
    details: Option<(&'static str, Value)>,
}

impl Event {
    /// An event without details.
    pub fn plain(kind: impl Into<String>) -> Self {
        Self { kind: kind.into(), details: None }
    }

    fn with(kind: impl Into<String>, name: &'static str, details: Value) -> Self {
        Self { kind: kind.into(), details: Some((name, details)) }
    }

    /// The execution began.
    pub fn started(input: &str, role_arn: &str) -> Self {
        let details = json!({"input": input, "inputDetails": whole(), "roleArn": role_arn});
        Self::with("ExecutionStarted", "executionStartedEventDetails", details)
    }

    /// The execution ended well.
    pub fn succeeded(output: &str) -> Self {
        let details = json!({"output": output, "outputDetails": whole()});
        Self::with("ExecutionSucceeded", "executionSucceededEventDetails", details)
    }

    /// The execution failed.
    pub fn failed(error: Option<&str>, cause: Option<&str>) -> Self {
        Self::with("ExecutionFailed", "executionFailedEventDetails", fault(error, cause))
    }

    /// The execution was stopped by a caller.
    pub fn aborted(error: Option<&str>, cause: Option<&str>) -> Self {
        Self::with("ExecutionAborted", "executionAbortedEventDetails", fault(error, cause))
    }

    /// The execution took longer than the machine's `TimeoutSeconds`.
    pub fn timed_out() -> Self {
        Self::with("ExecutionTimedOut", "executionTimedOutEventDetails", json!({}))
    }

    /// A state was entered; `kind` is the state's type.
    pub fn entered(kind: &str, name: &str, input: &Value) -> Self {
        let details = json!({"name": name, "input": input.to_string(), "inputDetails": whole()});
        Self::with(format!("{kind}StateEntered"), "stateEnteredEventDetails", details)
    }

    /// A state was left, perhaps with variables assigned.
    pub fn exited(kind: &str, name: &str, output: &Value, assigned: &Map<String, Value>) -> Self {
        let mut details = json!({"name": name, "output": output.to_string(), "outputDetails": whole()});
        if !assigned.is_empty() {
            let texts: Map<String, Value> = assigned.iter().map(|(k, v)| (k.clone(), json!(v.to_string()))).collect();
            details["assignedVariables"] = Value::Object(texts);
            details["assignedVariablesDetails"] = whole();
        }
        Self::with(format!("{kind}StateExited"), "stateExitedEventDetails", details)
    }

    /// A map began over so many items.
    pub fn map_started(length: usize) -> Self {
        Self::with("MapStateStarted", "mapStateStartedEventDetails", json!({"length": length}))
    }

    /// Something happened to one iteration; `what` is Started, Succeeded, Failed or Aborted.
    pub fn iteration(what: IterationEvent, name: &str, index: usize) -> Self {
        let (kind, details) = match what {
            IterationEvent::Started => ("MapIterationStarted", "mapIterationStartedEventDetails"),
            IterationEvent::Succeeded => ("MapIterationSucceeded", "mapIterationSucceededEventDetails"),
            IterationEvent::Failed => ("MapIterationFailed", "mapIterationFailedEventDetails"),
            IterationEvent::Aborted => ("MapIterationAborted", "mapIterationAbortedEventDetails"),
        };
        Self::with(kind, details, json!({"name": name, "index": index}))
    }

    /// A distributed map began its run of child executions.
    pub fn map_run_started(arn: &str) -> Self {
        Self::with("MapRunStarted", "mapRunStartedEventDetails", json!({"mapRunArn": arn}))
    }

    /// A distributed map's run failed.
    pub fn map_run_failed(error: Option<&str>, cause: Option<&str>) -> Self {
        Self::with("MapRunFailed", "mapRunFailedEventDetails", fault(error, cause))
    }

    /// A function was scheduled by its ARN.
    pub fn function_scheduled(resource: &str, input: &Value, timeout: Option<u64>, credentials: Option<Value>) -> Self {
        let mut details = json!({"resource": resource, "input": input.to_string(), "inputDetails": whole()});
        if let Some(timeout) = timeout {
            details["timeoutInSeconds"] = json!(timeout);
        }
        if let Some(credentials) = credentials {
            details["taskCredentials"] = credentials;
        }
        Self::with("LambdaFunctionScheduled", "lambdaFunctionScheduledEventDetails", details)
    }

    /// A function answered.
    pub fn function_succeeded(output: &Value) -> Self {
        let details = json!({"output": output.to_string(), "outputDetails": whole()});
        Self::with("LambdaFunctionSucceeded", "lambdaFunctionSucceededEventDetails", details)
    }

    /// A function failed.
    pub fn function_failed(error: Option<&str>, cause: Option<&str>) -> Self {
        Self::with("LambdaFunctionFailed", "lambdaFunctionFailedEventDetails", fault(error, cause))
    }

    /// A function took too long.
    pub fn function_timed_out(error: Option<&str>, cause: Option<&str>) -> Self {
        Self::with("LambdaFunctionTimedOut", "lambdaFunctionTimedOutEventDetails", fault(error, cause))
    }

    /// Something happened to a service task; `more` is joined to its type and call.
    pub fn task(what: TaskEvent, service: (&str, &str), more: Value) -> Self {
        let mut details = json!({"resourceType": service.0, "resource": service.1});
        if let (Value::Object(details), Value::Object(more)) = (&mut details, more) {
            details.extend(more);
        }
        let (kind, name) = match what {
            TaskEvent::Scheduled => ("TaskScheduled", "taskScheduledEventDetails"),
            TaskEvent::Started => ("TaskStarted", "taskStartedEventDetails"),
            TaskEvent::Submitted => ("TaskSubmitted", "taskSubmittedEventDetails"),
            TaskEvent::Succeeded => ("TaskSucceeded", "taskSucceededEventDetails"),
            TaskEvent::Failed => ("TaskFailed", "taskFailedEventDetails"),
            TaskEvent::TimedOut => ("TaskTimedOut", "taskTimedOutEventDetails"),
        };
        Self::with(kind, name, details)
    }
}

/// What happened to an iteration of a map.
#[derive(Debug, Clone, Copy)]
pub enum IterationEvent {
    Started,
    Succeeded,
    Failed,
    Aborted,
}

/// What happened to a service task.
#[derive(Debug, Clone, Copy)]
pub enum TaskEvent {
    Scheduled,
    Started,
    Submitted,
    Succeeded,
    Failed,
    TimedOut,
}

/// An output as the details of an event hold it.
pub fn output_details(output: &Value) -> Value {
    json!({"output": output.to_string(), "outputDetails": whole()})
}

/// An error and cause as the details of an event hold them: what is not there is left out.
pub fn fault(error: Option<&str>, cause: Option<&str>) -> Value {
    let mut details = Map::new();
    for (name, text) in [("error", error), ("cause", cause)] {
        details.extend(text.map(|text| (name.to_owned(), json!(text))));
    }
    Value::Object(details)
}

fn whole() -> Value {
    json!({"truncated": false})
}

/// The events of one execution, in the order they happened. Ids count from 1.
#[derive(Debug)]
pub struct History {
    clock: Clock,
    limit: Option<usize>,
    events: Mutex<Events>,
}

#[derive(Debug, Default)]
struct Events {
    all: Vec<Value>,
    /// The event that ends the execution is there: nothing comes after it.
    ended: bool,
}

impl History {
    /// An empty history. `limit` is the number of events it may hold; EXPRESS executions have none.
    pub fn new(clock: Clock, limit: Option<usize>) -> Self {
        Self { clock, limit, events: Mutex::default() }
    }

    /// The first event of an execution.
    pub fn begin(&self, event: Event) {
        self.push(&mut self.lock().all, 0, event);
    }

    /// Adds an event and gives its id; `None` when the history has ended or is full (one place is kept for the event that ends it).
    pub fn add(&self, previous: u64, event: Event) -> Option<u64> {
        let mut events = self.lock();
        if events.ended || self.limit.is_some_and(|limit| events.all.len() + 1 >= limit) {
            return None;
        }
        Some(self.push(&mut events.all, previous, event))
    }

    /// Adds the event that ends the execution, for which there is always room; without a previous one it follows the last.
    pub fn end(&self, previous: Option<u64>, event: Event) {
        let mut events = self.lock();
        events.ended = true;
        let previous = previous.unwrap_or(events.all.len() as u64);
        self.push(&mut events.all, previous, event);
    }

    /// At most `most` events after the one with an id, in their order or in reverse, and whether there are more.
    pub fn page(&self, after: Option<u64>, reverse: bool, most: usize) -> (Vec<Value>, bool) {
        let events = &self.lock().all;
        let after = after.map(|id| usize::try_from(id).unwrap_or(usize::MAX).min(events.len()));
        let rest = if reverse {
            &events[..after.map_or(events.len(), |id| id.saturating_sub(1))]
        } else {
            &events[after.unwrap_or(0)..]
        };
        let page = if reverse {
            rest.iter().rev().take(most).cloned().collect()
        } else {
            rest.iter().take(most).cloned().collect()
        };
        (page, rest.len() > most)
    }

    fn push(&self, events: &mut Vec<Value>, previous: u64, event: Event) -> u64 {
        let id = events.len() as u64 + 1;
        let mut record = json!({
            "timestamp": epoch(self.clock.now()), "type": event.kind, "id": id, "previousEventId": previous,
        });
        if let Some((name, details)) = event.details {
            record[name] = details;
        }
        events.push(record);
        id
    }

    fn lock(&self) -> MutexGuard<'_, Events> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

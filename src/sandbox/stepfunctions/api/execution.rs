//! An execution as it is kept: its state behind a small lock, its history, and the task that drives it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tokio::task::AbortHandle;

use super::super::{
    clock::{Clock, epoch},
    history::{Event, History},
    interpreter::{Ended, Failure, Identity},
};
use super::record::Revision;

/// The status of an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Running,
    Succeeded,
    Failed,
    TimedOut,
    Aborted,
}

impl Status {
    /// As AWS writes it.
    pub fn text(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
            Self::Aborted => "ABORTED",
        }
    }
}

/// One execution.
pub struct Execution {
    /// Counts executions in the order they were started.
    pub sequence: u64,
    pub identity: Identity,
    /// The input as it was given.
    pub input: String,
    pub revision: Revision,
    pub history: Arc<History>,
    clock: Clock,
    state: Mutex<State>,
}

struct State {
    status: Status,
    stopped: Option<DateTime<Utc>>,
    output: Option<String>,
    error: Option<String>,
    cause: Option<String>,
    task: Option<AbortHandle>,
}

impl Execution {
    /// An execution that runs, with the first event in its history.
    pub fn begin(
        sequence: u64,
        identity: Identity,
        input: String,
        revision: Revision,
        history: Arc<History>,
        clock: Clock,
    ) -> Self {
        history.begin(Event::started(&input, &identity.role_arn));
        let state =
            State { status: Status::Running, stopped: None, output: None, error: None, cause: None, task: None };
        Self { sequence, identity, input, revision, history, clock, state: Mutex::new(state) }
    }

    /// Keeps the task that drives the execution, to abort it; at once if the execution was stopped before.
    pub fn driven_by(&self, task: AbortHandle) {
        let mut state = self.lock();
        match state.status {
            Status::Running => state.task = Some(task),
            Status::Aborted => task.abort(),
            Status::Succeeded | Status::Failed | Status::TimedOut => {}
        }
    }

    /// Writes the end; `None` is the machine's time-out. An execution that was stopped stays so.
    pub fn finish(&self, ended: Option<Ended>) {
        let Some(ended) = ended else {
            let event = Event::timed_out();
            return self.close(None, Status::TimedOut, event, None, &Failure::timeout());
        };
        match ended.result {
            Ok(output) => {
                let output = output.to_string();
                let event = Event::succeeded(&output);
                self.close(Some(ended.previous), Status::Succeeded, event, Some(output), &Failure::bare(None, None));
            }
            Err(failure) => {
                let event = Event::failed(failure.error.as_deref(), failure.cause.as_deref());
                self.close(Some(ended.previous), Status::Failed, event, None, &failure);
            }
        }
    }

    /// The task that drives the execution is gone: what has not ended has failed.
    pub fn lose(&self) {
        let failure = Failure::new("States.Runtime", "The task that drove the execution ended before it did.");
        let event = Event::failed(failure.error.as_deref(), failure.cause.as_deref());
        self.close(None, Status::Failed, event, None, &failure);
    }

    /// Stops the execution and gives the time it stopped; one that has ended stays as it is.
    pub fn stop(&self, error: Option<String>, cause: Option<String>) -> DateTime<Utc> {
        let event = Event::aborted(error.as_deref(), cause.as_deref());
        self.close(None, Status::Aborted, event, None, &Failure::bare(error, cause));
        self.lock().stopped.unwrap_or_else(|| self.clock.now())
    }

    fn close(&self, previous: Option<u64>, status: Status, event: Event, output: Option<String>, failure: &Failure) {
        let mut state = self.lock();
        if state.status != Status::Running {
            return;
        }
        self.history.end(previous, event);
        if let (Status::Aborted, Some(task)) = (status, state.task.take()) {
            task.abort();
        }
        state.status = status;
        state.stopped = Some(self.clock.now());
        state.output = output;
        state.error.clone_from(&failure.error);
        state.cause.clone_from(&failure.cause);
    }

    /// Whether it is an execution of an EXPRESS machine.
    pub fn is_express(&self) -> bool {
        self.identity.arn.contains(":express:")
    }

    /// The status now.
    pub fn status(&self) -> Status {
        self.lock().status
    }

    /// As `ListExecutions` lists it.
    pub fn listed(&self) -> Value {
        let state = self.lock();
        let mut answer = json!({
            "executionArn": self.identity.arn, "stateMachineArn": self.identity.machine_arn,
            "name": self.identity.name, "status": state.status.text(), "startDate": epoch(self.identity.started),
            "redriveCount": 0,
        });
        if let Some(stopped) = state.stopped {
            answer["stopDate"] = epoch(stopped);
        }
        answer
    }

    /// As `DescribeExecution` answers. Without data, input and output are left out and said not to be included.
    pub fn describe(&self, data: bool) -> Value {
        let mut answer = self.listed();
        self.describe_data(&mut answer, data);
        let status = self.status();
        answer["redriveStatus"] = match status {
            Status::Running | Status::Succeeded => {
                let reason = format!("Execution is {} and cannot be redriven", status.text());
                answer["redriveStatusReason"] = json!(reason);
                json!("NOT_REDRIVABLE")
            }
            Status::Failed | Status::TimedOut | Status::Aborted => json!("REDRIVABLE"),
        };
        answer
    }

    /// As `StartSyncExecution` answers.
    pub fn describe_sync(&self, data: bool) -> Value {
        let mut answer = self.listed();
        if let Value::Object(members) = &mut answer {
            members.shift_remove("redriveCount");
        }
        self.describe_data(&mut answer, data);
        answer["outputDetails"] = json!({"included": data});
        let stopped = self.lock().stopped.unwrap_or(self.identity.started);
        let millis = (stopped - self.identity.started).num_milliseconds().max(1);
        // Billed in steps of 100 ms and of 64 MB (Step Functions pricing).
        let billed = (millis + 99) / 100 * 100;
        answer["billingDetails"] = json!({"billedDurationInMilliseconds": billed, "billedMemoryUsedInMB": 64});
        answer
    }

    fn describe_data(&self, answer: &mut Value, data: bool) {
        let state = self.lock();
        if data {
            answer["input"] = json!(self.input);
        }
        answer["inputDetails"] = json!({"included": data});
        if let Some(output) = &state.output {
            if data {
                answer["output"] = json!(output);
            }
            answer["outputDetails"] = json!({"included": data});
        }
        for (name, text) in [("error", &state.error), ("cause", &state.cause)] {
            if let Some(text) = text {
                answer[name] = json!(text);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

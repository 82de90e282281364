//! Task states: schedule, call, wait for what must be waited for, select the result.

use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::super::{
    history::{Event, TaskEvent, fault, output_details},
    machine::TaskState,
    task::{Resource, Submitted, TaskCall, TaskFailure, TaskOutput},
    token::{Signal, Waiting},
};
use super::data::MOST_BYTES;
use super::failure::Failure;
use super::frame::Frame;
use super::outcome::Outcome;
use super::run::{Scope, Track};

/// One attempt at a task: what is called, and within what.
struct Attempt<'a> {
    resource: &'a str,
    /// The type and call of a service; nothing for a function that is called by its own ARN.
    service: Option<(String, String)>,
    timeout: Option<u64>,
    heartbeat: Option<u64>,
}

impl Frame<'_> {
    /// One attempt at a Task state.
    pub async fn task(
        &mut self,
        task: &TaskState,
        track: &mut Track<'_>,
        scope: &Scope,
        retries: u64,
    ) -> Result<Outcome, Failure> {
        let waiting = task.resource.ends_with(".waitForTaskToken").then(|| self.run.tokens.issue());
        self.refresh(scope, Some(retries), waiting.as_ref().map(|waiting| waiting.token.as_str()));
        let parameters = self.effective_input()?;
        let attempt = self.attempt(task)?;
        let credentials = self.credentials(task)?;
        track.event(attempt.scheduled(&parameters, &self.run.place.region, credentials))?;
        track.event(attempt.happened(TaskEvent::Started, json!({})))?;
        let limit = attempt.timeout.map(Duration::from_secs);
        let call = self.call(&attempt, parameters, waiting, track);
        let called = self.run.clock.within(limit, call).await.unwrap_or_else(|| Err(Failure::timeout()));
        let result = called.and_then(|output| attempt.sized(output));
        track.event(attempt.ended(&result))?;
        let result = self.selected_result(result?)?;
        let assigned = self.assigned(self.state.data.assign.as_ref(), &result)?;
        Ok(Outcome::new(self.output(result)?, assigned))
    }

    fn attempt<'t>(&self, task: &'t TaskState) -> Result<Attempt<'t>, Failure> {
        let service = match Resource::parse(&task.resource) {
            Some(Resource::Service { kind, call }) => Some((kind, call)),
            _ => None,
        };
        let input = self.selected_input()?;
        let seconds = |amount: &Option<_>, field| match amount {
            Some(amount) => self.amount(amount, field, &input).map(Some),
            None => Ok(None),
        };
        Ok(Attempt {
            resource: &task.resource,
            service,
            timeout: seconds(&task.timeout, "TimeoutSecondsPath")?,
            heartbeat: seconds(&task.heartbeat, "HeartbeatSecondsPath")?,
        })
    }

    fn credentials(&self, task: &TaskState) -> Result<Option<Value>, Failure> {
        let Some(template) = &task.credentials else { return Ok(None) };
        let credentials = self.template(template, &self.selected_input()?)?;
        Ok(Some(json!({"roleArn": credentials["RoleArn"]})))
    }

    /// Calls the service and writes down what is reported on the way.
    async fn call(
        &self,
        attempt: &Attempt<'_>,
        parameters: Value,
        waiting: Option<Waiting>,
        track: &mut Track<'_>,
    ) -> Result<Value, Failure> {
        let (sender, submitted) = unbounded_channel();
        let work = self.run.tasks.run(TaskCall {
            resource: attempt.resource.to_owned(),
            parameters,
            submitted: Submitted::new(sender),
        });
        let output = attempt.watch(work, submitted, track).await?;
        let Some(waiting) = waiting else { return Ok(output) };
        track.event(attempt.happened(TaskEvent::Submitted, output_details(&output)))?;
        self.await_callback(attempt, waiting).await
    }

    async fn await_callback(&self, attempt: &Attempt<'_>, mut waiting: Waiting) -> Result<Value, Failure> {
        let heartbeat = attempt.heartbeat.map(Duration::from_secs);
        loop {
            match self.run.clock.within(heartbeat, waiting.next()).await {
                None => return Err(Failure::heartbeat()),
                Some(Signal::Heartbeat) => {}
                Some(Signal::Success(output)) => return Ok(output),
                Some(Signal::Failure { error, cause }) => return Err(Failure::bare(error, cause)),
            }
        }
    }
}

impl Attempt<'_> {
    /// Waits for the work to end and writes each submission into the history when it is reported.
    async fn watch(
        &self,
        mut work: BoxFuture<'_, Result<TaskOutput, TaskFailure>>,
        mut submitted: UnboundedReceiver<Value>,
        track: &mut Track<'_>,
    ) -> Result<Value, Failure> {
        let done = loop {
            tokio::select! {
                biased;
                Some(output) = submitted.recv() => {
                    track.event(self.happened(TaskEvent::Submitted, output_details(&output)))?;
                }
                done = &mut work => break done,
            }
        };
        while let Ok(output) = submitted.try_recv() {
            track.event(self.happened(TaskEvent::Submitted, output_details(&output)))?;
        }
        done.map(|done| done.output).map_err(|failure| Failure::new(failure.error, failure.cause))
    }

    /// A result that is too large is a failure of the task.
    fn sized(&self, output: Value) -> Result<Value, Failure> {
        let what = self.service.as_ref().map_or(self.resource, |(kind, _)| kind.as_str());
        if output.to_string().len() > MOST_BYTES { Err(Failure::data_limit(what)) } else { Ok(output) }
    }

    fn scheduled(&self, parameters: &Value, region: &str, credentials: Option<Value>) -> Event {
        let Some((kind, call)) = &self.service else {
            return Event::function_scheduled(self.resource, parameters, self.timeout, credentials);
        };
        let mut details = Map::new();
        details.insert("region".to_owned(), json!(region));
        details.insert("parameters".to_owned(), json!(parameters.to_string()));
        details.extend(self.timeout.map(|seconds| ("timeoutInSeconds".to_owned(), json!(seconds))));
        details.extend(self.heartbeat.map(|seconds| ("heartbeatInSeconds".to_owned(), json!(seconds))));
        details.extend(credentials.map(|credentials| ("taskCredentials".to_owned(), credentials)));
        Event::task(TaskEvent::Scheduled, (kind, call), Value::Object(details))
    }

    /// An event of a service task; a function has no event but its start.
    fn happened(&self, what: TaskEvent, more: Value) -> Event {
        match &self.service {
            Some((kind, call)) => Event::task(what, (kind, call), more),
            None => Event::plain("LambdaFunctionStarted"),
        }
    }

    fn ended(&self, result: &Result<Value, Failure>) -> Event {
        match (result, self.service.is_some()) {
            (Ok(output), true) => self.happened(TaskEvent::Succeeded, output_details(output)),
            (Ok(output), false) => Event::function_succeeded(output),
            (Err(failure), service) => self.failed(failure, service),
        }
    }

    fn failed(&self, failure: &Failure, service: bool) -> Event {
        let (error, cause) = (failure.error.as_deref(), failure.cause.as_deref());
        match (failure.is_timeout(), service) {
            (true, true) => self.happened(TaskEvent::TimedOut, fault(error, cause)),
            (false, true) => self.happened(TaskEvent::Failed, fault(error, cause)),
            (true, false) => Event::function_timed_out(error, cause),
            (false, false) => Event::function_failed(error, cause),
        }
    }
}

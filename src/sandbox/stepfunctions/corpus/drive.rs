//! Makes the calls of a row, and gathers what they answered and the histories of its executions.

use super::replay::Replay;
use super::rows::{Call, Row};
use crate::sandbox::stepfunctions::{Config, StepFunctions};
use crate::sandbox::wire::ApiError;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// The operations that a row may call here.
pub const OPERATIONS: [&str; 6] = [
    "CreateStateMachine",
    "UpdateStateMachine",
    "StartExecution",
    "StartSyncExecution",
    "StopExecution",
    "ValidateStateMachineDefinition",
];

/// How often an execution is looked at before it counts as still running; the delays grow to a day of paused time.
const LOOKS: usize = 400;

/// The calls that were made with their answers, and the history of each start in order.
#[derive(Debug, Default)]
pub struct Driven {
    answers: Vec<(String, Result<Value, ApiError>)>,
    histories: Vec<Result<Vec<Value>, String>>,
}

impl Driven {
    /// The answers to an operation, in order.
    pub fn answers<'a>(&'a self, operation: &'a str) -> impl Iterator<Item = &'a Result<Value, ApiError>> {
        self.answers.iter().filter(move |(name, _)| name == operation).map(|(_, answer)| answer)
    }

    /// The history of the execution that was started as the nth, or why there is none.
    pub fn history(&self, nth: usize) -> Result<&[Value], String> {
        match self.histories.get(nth) {
            Some(Ok(events)) => Ok(events),
            Some(Err(reason)) => Err(reason.clone()),
            None => Err("the row started fewer executions than it recorded".to_owned()),
        }
    }
}

/// Drives a row in a sandbox of its own.
pub async fn drive(row: &Row) -> Driven {
    let aborted = row.expected.values().any(|answer| answer.to_string().contains("ExecutionAborted"));
    let mut driver = Driver { service: service(row), aborted, driven: Driven::default() };
    for call in row.calls.iter().filter(|call| call.service == "stepfunctions") {
        driver.call(call).await;
    }
    driver.driven
}

/// A service in the region and account of the recorded ARNs.
fn service(row: &Row) -> StepFunctions {
    let config = Config { region: "us-east-1".to_owned(), account: "000000000000".to_owned() };
    StepFunctions::new(config, Arc::new(Replay::of(row)))
}

struct Driver {
    service: StepFunctions,
    /// Whether the recording shows an execution that was stopped; everywhere else a stop is only tidying up.
    aborted: bool,
    driven: Driven,
}

impl Driver {
    async fn call(&mut self, call: &Call) {
        match call.operation.as_str() {
            "StopExecution" => {}
            "StartExecution" => self.start(call).await,
            _ => {
                self.ask(&call.operation, &call.params).await.ok();
            }
        }
    }

    async fn start(&mut self, call: &Call) {
        let history = match self.ask(&call.operation, &call.params).await {
            Ok(answer) => self.finish(&answer["executionArn"]).await,
            Err(error) => Err(self.reason(&error)),
        };
        self.driven.histories.push(history);
    }

    /// Why an execution could not be started: most often because its machine was refused.
    fn reason(&self, error: &ApiError) -> String {
        let refused = self.driven.answers("CreateStateMachine").find_map(|answer| answer.as_ref().err());
        refused.unwrap_or(error).to_string()
    }

    async fn finish(&mut self, arn: &Value) -> Result<Vec<Value>, String> {
        if self.aborted {
            self.settle(arn).await?;
            self.ask("StopExecution", &json!({"executionArn": arn})).await.map_err(|error| error.to_string())?;
        }
        let mut delay = Duration::from_millis(1);
        for _ in 0..LOOKS {
            let answer = self
                .service_call("DescribeExecution", &json!({"executionArn": arn}))
                .await
                .map_err(|error| error.to_string())?;
            if answer["status"] != "RUNNING" {
                return self.events(arn).await;
            }
            tokio::time::sleep(delay).await;
            delay = (delay * 2).min(Duration::from_hours(24));
        }
        Err("it is still running after a year".to_owned())
    }

    /// Waits until nothing more happens by itself.
    async fn settle(&self, arn: &Value) -> Result<(), String> {
        let mut before = 0;
        loop {
            tokio::time::sleep(Duration::from_millis(1)).await;
            let now = self.events(arn).await?.len();
            if now == before {
                return Ok(());
            }
            before = now;
        }
    }

    async fn events(&self, arn: &Value) -> Result<Vec<Value>, String> {
        let mut events = vec![];
        let mut body = json!({"executionArn": arn, "maxResults": 1000});
        loop {
            let answer = self.service_call("GetExecutionHistory", &body).await.map_err(|error| error.to_string())?;
            events.extend(answer["events"].as_array().cloned().unwrap_or_default());
            if answer["nextToken"].is_null() {
                return Ok(events);
            }
            body["nextToken"] = answer["nextToken"].clone();
        }
    }

    async fn ask(&mut self, operation: &str, params: &Value) -> Result<Value, ApiError> {
        let answer = self.service_call(operation, params).await;
        self.driven.answers.push((operation.to_owned(), answer.clone()));
        answer
    }

    async fn service_call(&self, operation: &str, params: &Value) -> Result<Value, ApiError> {
        self.service.handle(operation, params.clone()).await
    }
}

//! Executions that a task starts: `states:startExecution`, and its two forms that wait.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use super::failure;
use super::metadata::Metadata;
use super::sdk::{capital_members, lower_members};
use super::times::Times;
use crate::sandbox::server::JsonService;
use crate::sandbox::stepfunctions::{TaskCall, TaskFailure};

/// What follows `states:` in a resource.
pub const OPERATIONS: [&str; 4] =
    ["startExecution", "startExecution.sync", "startExecution.sync:2", "startExecution.waitForTaskToken"];

/// First and longest delay between two looks at an execution.
const DELAYS: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(500));

/// Starts an execution, and waits for its end if the operation says so.
pub async fn call(service: &Arc<dyn JsonService>, operation: &str, call: &TaskCall) -> Result<Value, TaskFailure> {
    let started = ask(&**service, "StartExecution", start_parameters(&call.parameters)).await?;
    let execution = started["ExecutionArn"].clone();
    let started = Metadata::of(&started, "application/x-amz-json-1.0").beside(started);
    match operation {
        "startExecution.sync" => wait(service, execution, started, call).await,
        "startExecution.sync:2" => wait(service, execution, started, call).await.map(parsed),
        _ => Ok(started),
    }
}

/// The input of an execution is JSON text in the API, and any value in a definition.
fn start_parameters(parameters: &Value) -> Value {
    let mut parameters = lower_members(parameters);
    if let Some(members) = parameters.as_object_mut() {
        if let Some(input) = members.get_mut("input")
            && !input.is_string()
        {
            *input = json!(input.to_string());
        }
        members.entry("name").or_insert_with(|| json!(Uuid::new_v4().to_string()));
    }
    parameters
}

async fn wait(
    service: &Arc<dyn JsonService>,
    execution: Value,
    started: Value,
    call: &TaskCall,
) -> Result<Value, TaskFailure> {
    call.submitted.report(started);
    let guard = StopOnDrop { service: Arc::clone(service), execution: Some(execution.clone()) };
    let mut delay = DELAYS.0;
    let description = loop {
        let description = ask(&**service, "DescribeExecution", json!({"executionArn": execution})).await?;
        if description["Status"] != "RUNNING" {
            break description;
        }
        tokio::time::sleep(delay).await;
        delay = (delay * 2).min(DELAYS.1);
    };
    guard.disarm();
    if description["Status"] == "SUCCEEDED" { Ok(description) } else { Err(failure::of_job(&description)) }
}

/// The second form yields input and output as values.
fn parsed(mut description: Value) -> Value {
    for member in ["Input", "Output"] {
        let value = description[member].as_str().and_then(|text| serde_json::from_str(text).ok());
        if let Some(value) = value {
            description[member] = value;
        }
    }
    description
}

async fn ask(service: &dyn JsonService, operation: &str, parameters: Value) -> Result<Value, TaskFailure> {
    let answer = service.handle(operation, parameters).await;
    let answer = answer.map(|answer| capital_members(&Times::Milliseconds.rewrite(answer)));
    answer.map_err(|error| failure::of_optimised("StepFunctions", "AWSStepFunctions", &error))
}

/// Stops the execution of a task that is abandoned, as AWS does.
struct StopOnDrop {
    service: Arc<dyn JsonService>,
    execution: Option<Value>,
}

impl StopOnDrop {
    fn disarm(mut self) {
        self.execution = None;
    }
}

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        let (Some(arn), Ok(runtime)) = (self.execution.take(), tokio::runtime::Handle::try_current()) else { return };
        let service = Arc::clone(&self.service);
        runtime.spawn(async move {
            if let Err(error) = service.handle("StopExecution", json!({"executionArn": arn})).await {
                tracing::debug!(%error, "an abandoned execution could not be stopped");
            }
        });
    }
}

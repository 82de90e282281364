//! Athena's optimised integration.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::failure;
use super::metadata::Metadata;
use super::sdk::capital;
use super::times::Times;
use crate::sandbox::server::JsonService;
use crate::sandbox::stepfunctions::{TaskCall, TaskFailure};

/// What follows `athena:` in a resource.
pub const OPERATIONS: [&str; 5] =
    ["startQueryExecution", "startQueryExecution.sync", "getQueryExecution", "getQueryResults", "stopQueryExecution"];

/// First and longest delay between two looks at a query.
const DELAYS: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(500));

/// Calls Athena as a task does.
pub async fn call(athena: &Arc<dyn JsonService>, operation: &str, call: &TaskCall) -> Result<Value, TaskFailure> {
    match operation {
        "startQueryExecution.sync" => start_and_wait(athena, call).await,
        operation => {
            let answer = ask(&**athena, &capital(operation), call.parameters.clone()).await?;
            Ok(with_metadata(answer))
        }
    }
}

async fn start_and_wait(athena: &Arc<dyn JsonService>, call: &TaskCall) -> Result<Value, TaskFailure> {
    let started = ask(&**athena, "StartQueryExecution", call.parameters.clone()).await?;
    let query = json!({"QueryExecutionId": started["QueryExecutionId"]});
    call.submitted.report(with_metadata(started));
    let guard = StopOnDrop { athena: Arc::clone(athena), query: Some(query.clone()) };
    let mut delay = DELAYS.0;
    let execution = loop {
        let answer = ask(&**athena, "GetQueryExecution", query.clone()).await?;
        let execution = answer["QueryExecution"].clone();
        if matches!(execution["Status"]["State"].as_str(), Some("SUCCEEDED" | "FAILED" | "CANCELLED")) {
            break execution;
        }
        tokio::time::sleep(delay).await;
        delay = (delay * 2).min(DELAYS.1);
    };
    guard.disarm();
    if execution["Status"]["State"] == "SUCCEEDED" {
        Ok(json!({"QueryExecution": execution}))
    } else {
        Err(failure::of_job(&execution))
    }
}

async fn ask(athena: &dyn JsonService, operation: &str, parameters: Value) -> Result<Value, TaskFailure> {
    let answer = athena.handle(operation, parameters).await;
    let answer = answer.map(|answer| Times::Milliseconds.rewrite(answer));
    answer.map_err(|error| failure::of_optimised("Athena", "AmazonAthena", &error))
}

fn with_metadata(answer: Value) -> Value {
    Metadata::of(&answer, "application/x-amz-json-1.1").beside(answer)
}

/// Stops the query of a task that is abandoned, as AWS does when an execution is stopped or a state times out.
struct StopOnDrop {
    athena: Arc<dyn JsonService>,
    query: Option<Value>,
}

impl StopOnDrop {
    fn disarm(mut self) {
        self.query = None;
    }
}

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        let (Some(query), Ok(runtime)) = (self.query.take(), tokio::runtime::Handle::try_current()) else { return };
        let athena = Arc::clone(&self.athena);
        runtime.spawn(async move {
            if let Err(error) = athena.handle("StopQueryExecution", query).await {
                tracing::debug!(%error, "an abandoned query could not be stopped");
            }
        });
    }
}

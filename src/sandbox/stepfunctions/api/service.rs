//! The service: what it keeps, and which operation goes where.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indexmap::IndexMap;
use serde_json::Value;

use crate::sandbox::wire::ApiError;

use super::super::{clock::Clock, map_runs::MapRuns, task::TaskRunner, token::Tokens};
use super::execution::Execution;
use super::params::Params;
use super::record::Record;

/// The operations that [`StepFunctions::handle`] answers; any other is refused by name.
pub const OPERATIONS: [&str; 21] = [
    "CreateStateMachine",
    "DeleteStateMachine",
    "DescribeExecution",
    "DescribeMapRun",
    "DescribeStateMachine",
    "DescribeStateMachineForExecution",
    "GetExecutionHistory",
    "ListExecutions",
    "ListMapRuns",
    "ListStateMachines",
    "ListTagsForResource",
    "SendTaskFailure",
    "SendTaskHeartbeat",
    "SendTaskSuccess",
    "StartExecution",
    "StartSyncExecution",
    "StopExecution",
    "TagResource",
    "UntagResource",
    "UpdateStateMachine",
    "ValidateStateMachineDefinition",
];

/// Where the service pretends to be.
#[derive(Debug, Clone)]
pub struct Config {
    /// For example `eu-west-1`.
    pub region: String,
    /// Twelve digits.
    pub account: String,
}

/// Step Functions: state machines and executions in memory. Executions are tokio tasks.
pub struct StepFunctions {
    pub(super) config: Config,
    pub(super) tasks: Arc<dyn TaskRunner>,
    pub(super) clock: Clock,
    pub(super) tokens: Tokens,
    pub(super) map_runs: MapRuns,
    store: Mutex<Store>,
}

/// What is kept.
#[derive(Default)]
pub(super) struct Store {
    /// By ARN.
    pub machines: IndexMap<String, Record>,
    /// By ARN, in the order they were started. EXPRESS executions are here only while they run.
    pub executions: IndexMap<String, Arc<Execution>>,
    /// The number of executions ever started.
    pub sequence: u64,
}

impl StepFunctions {
    /// An empty service. It must be made on a tokio runtime, whose time it uses.
    pub fn new(config: Config, tasks: Arc<dyn TaskRunner>) -> Self {
        let (clock, tokens) = (Clock::start(), Tokens::default());
        Self { config, tasks, clock, tokens, map_runs: MapRuns::default(), store: Mutex::default() }
    }

    /// Answers one operation of the API, for example `StartExecution`, with its JSON body.
    ///
    /// # Errors
    /// AWS's own refusals; [`ApiError::unsupported`] for operations that the sandbox has not.
    pub async fn handle(&self, operation: &str, body: Value) -> Result<Value, ApiError> {
        let params = Params::new(body)?;
        match operation {
            "CreateStateMachine" => self.create(&params),
            "DescribeStateMachine" => self.describe(&params),
            "UpdateStateMachine" => self.update(&params),
            "DeleteStateMachine" => self.delete(&params),
            "ListStateMachines" => self.list(&params),
            "ValidateStateMachineDefinition" => self.validate(&params),
            "StartExecution" => self.start(&params),
            "StartSyncExecution" => self.start_sync(&params).await,
            "DescribeExecution" => self.describe_execution(&params),
            "DescribeStateMachineForExecution" => self.describe_for_execution(&params),
            "GetExecutionHistory" => self.history(&params),
            "StopExecution" => self.stop(&params),
            "ListExecutions" => self.list_executions(&params),
            "DescribeMapRun" => self.describe_map_run(&params),
            "ListMapRuns" => self.list_map_runs(&params),
            "ListTagsForResource" => self.list_tags(&params),
            "TagResource" => self.tag(&params),
            "UntagResource" => self.untag(&params),
            "SendTaskSuccess" | "SendTaskFailure" | "SendTaskHeartbeat" => self.signal(operation, &params),
            other => Err(ApiError::unsupported(format!("the operation {other} of Step Functions"))),
        }
    }

    /// Stops every execution that runs, for the shutdown of the sandbox.
    pub fn stop_all(&self) {
        let executions: Vec<_> = self.lock().executions.values().cloned().collect();
        for execution in executions {
            execution.stop(None, Some("The sandbox was shut down.".to_owned()));
        }
    }

    /// For tests: how many executions of a state machine were really started: an idempotent repetition does not count.
    #[cfg(test)]
    pub fn started(&self, state_machine_arn: &str) -> u64 {
        self.lock().machines.get(state_machine_arn).map_or(0, |record| record.started)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

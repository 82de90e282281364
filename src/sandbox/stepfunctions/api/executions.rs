//! Describing, stopping and listing executions.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::sandbox::wire::ApiError;

use super::super::clock::epoch;
use super::execution::Execution;
use super::names::{no_execution, no_machine, wrong_type};
use super::paging::{invalid_token, place, token};
use super::params::Params;
use super::record::{MachineType, Record};
use super::service::StepFunctions;

/// The statuses that `ListExecutions` filters by, in the order in which AWS lists them.
const STATUSES: [&str; 6] = ["SUCCEEDED", "TIMED_OUT", "PENDING_REDRIVE", "ABORTED", "FAILED", "RUNNING"];

impl StepFunctions {
    /// An execution of a STANDARD machine; the API does not show others.
    pub(super) fn execution(&self, params: &Params) -> Result<Arc<Execution>, ApiError> {
        let arn = params.arn("executionArn")?;
        if arn.contains(":express:") {
            let message = "Invalid Arn: 'Resource type not valid in this context: express'";
            return Err(ApiError::client("InvalidArn", message));
        }
        self.lock().executions.get(arn).cloned().ok_or_else(|| no_execution(arn))
    }

    pub(super) fn describe_execution(&self, params: &Params) -> Result<Value, ApiError> {
        let data = params.one_of("includedData", &["ALL_DATA", "METADATA_ONLY"])? != Some("METADATA_ONLY");
        Ok(self.execution(params)?.describe(data))
    }

    pub(super) fn describe_for_execution(&self, params: &Params) -> Result<Value, ApiError> {
        let execution = self.execution(params)?;
        let identity = &execution.identity;
        Ok(Record::describe_for_execution(&identity.machine_arn, &identity.machine_name, &execution.revision))
    }

    pub(super) fn stop(&self, params: &Params) -> Result<Value, ApiError> {
        let error = params.at_most("error", 256)?.map(str::to_owned);
        let cause = params.at_most("cause", 32_768)?.map(str::to_owned);
        let stopped = self.execution(params)?.stop(error, cause);
        Ok(json!({"stopDate": epoch(stopped)}))
    }

    /// The newest first.
    pub(super) fn list_executions(&self, params: &Params) -> Result<Value, ApiError> {
        if params.value("mapRunArn").is_some() {
            return Err(ApiError::unsupported("listing the executions of a map run"));
        }
        let arn = params.arn("stateMachineArn")?;
        let status = params.one_of("statusFilter", &STATUSES)?;
        let redriven = params.one_of("redriveFilter", &["REDRIVEN", "NOT_REDRIVEN"])? == Some("REDRIVEN");
        let most = params.max_results()?;
        let before = params.at_most("nextToken", 3096)?.map(sequence).transpose()?;
        let store = self.lock();
        if store.machines.get(arn).ok_or_else(|| no_machine(arn))?.kind == MachineType::Express {
            return Err(wrong_type());
        }
        let wanted = |execution: &&Arc<Execution>| {
            execution.identity.machine_arn == arn
                && before.is_none_or(|before| execution.sequence < before)
                && status.is_none_or(|status| execution.status().text() == status)
                && !redriven
        };
        let mut rest = store.executions.values().rev().filter(wanted);
        let page: Vec<_> = rest.by_ref().take(most).collect();
        let mut answer = json!({"executions": page.iter().map(|execution| execution.listed()).collect::<Vec<_>>()});
        if let (Some(last), true) = (page.last(), rest.next().is_some()) {
            answer["nextToken"] = json!(token("executions", &last.sequence.to_string()));
        }
        Ok(answer)
    }
}

fn sequence(token: &str) -> Result<u64, ApiError> {
    place("executions", token)?.parse().map_err(|_| invalid_token())
}

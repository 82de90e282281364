//! Listing and describing the runs of distributed maps.

use serde_json::{Value, json};

use crate::sandbox::wire::ApiError;

use super::paging::{invalid_token, place, token};
use super::params::Params;
use super::service::StepFunctions;

impl StepFunctions {
    pub(super) fn describe_map_run(&self, params: &Params) -> Result<Value, ApiError> {
        let arn = params.arn("mapRunArn")?;
        let missing = || ApiError::client("ResourceNotFound", format!("Resource not found: '{arn}'"));
        self.map_runs.describe(arn).ok_or_else(missing)
    }

    pub(super) fn list_map_runs(&self, params: &Params) -> Result<Value, ApiError> {
        let execution = self.execution(params)?;
        let most = params.max_results()?;
        let skipped = params.at_most("nextToken", 1024)?.map(index).transpose()?.unwrap_or(0);
        let runs = self.map_runs.of_execution(&execution.identity.arn);
        let page: Vec<&Value> = runs.iter().skip(skipped).take(most).collect();
        let mut answer = json!({ "mapRuns": page });
        if skipped + most < runs.len() {
            answer["nextToken"] = json!(token("map-runs", &(skipped + most).to_string()));
        }
        Ok(answer)
    }
}

fn index(token: &str) -> Result<usize, ApiError> {
    place("map-runs", token)?.parse().map_err(|_| invalid_token())
}

//! Checking a definition without creating anything.

use serde_json::{Value, json};

use crate::sandbox::wire::ApiError;

use super::super::machine::Problem;
use super::machines::machine_type;
use super::params::Params;
use super::service::StepFunctions;

impl StepFunctions {
    pub(super) fn validate(&self, params: &Params) -> Result<Value, ApiError> {
        let definition = params.text("definition")?;
        let most = params.max_results()?;
        params.one_of("severity", &["ERROR", "WARNING"])?;
        let problems = self.read(definition, machine_type(params)?).err().unwrap_or_default();
        let diagnostics: Vec<Value> = problems.iter().take(most).map(Problem::diagnostic).collect();
        let result = if problems.is_empty() { "OK" } else { "FAIL" };
        Ok(json!({"result": result, "diagnostics": diagnostics, "truncated": problems.len() > most}))
    }
}

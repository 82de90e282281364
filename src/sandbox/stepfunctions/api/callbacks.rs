//! The callbacks of tasks that wait for a token.

use serde_json::{Value, json};

use crate::sandbox::wire::ApiError;

use super::super::token::Signal;
use super::paging::invalid_token;
use super::params::Params;
use super::service::StepFunctions;

impl StepFunctions {
    /// `SendTaskSuccess`, `SendTaskFailure` and `SendTaskHeartbeat`.
    pub(super) fn signal(&self, operation: &str, params: &Params) -> Result<Value, ApiError> {
        let token = params.text("taskToken")?;
        let signal = match operation {
            "SendTaskSuccess" => Signal::Success(output(params.text("output")?)?),
            "SendTaskFailure" => Signal::Failure {
                error: params.at_most("error", 256)?.map(str::to_owned),
                cause: params.at_most("cause", 32_768)?.map(str::to_owned),
            },
            _ => Signal::Heartbeat,
        };
        if self.tokens.signal(token, signal) { Ok(json!({})) } else { Err(invalid_token()) }
    }
}

fn output(text: &str) -> Result<Value, ApiError> {
    serde_json::from_str(text).map_err(|error| ApiError::client("InvalidOutput", format!("Invalid Output: '{error}'")))
}

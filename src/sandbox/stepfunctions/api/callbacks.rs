//! The callbacks of tasks that wait for a token.

use serde_json::{Value, json};

use crate::sandbox::wire::ApiError;

use super::super::token::{Heard, Signal};
use super::paging::invalid_token;
use super::params::{Params, constraint};
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
        match self.tokens.signal(token, signal) {
            Heard::Yes => Ok(json!({})),
            Heard::TooLate => {
                let message = "Task Timed Out: 'Provided task does not exist anymore'";
                Err(ApiError::client("TaskTimedOut", message))
            }
            Heard::Never => Err(invalid_token()),
        }
    }
}

/// Bytes of an output (quota of Step Functions).
const MOST_BYTES: usize = 262_144;

fn output(text: &str) -> Result<Value, ApiError> {
    if text.len() > MOST_BYTES {
        let rule = format!("Member must have length less than or equal to {MOST_BYTES}");
        return Err(constraint("'<output>'", "output", &rule));
    }
    serde_json::from_str(text).map_err(|error| ApiError::client("InvalidOutput", format!("Invalid Output: '{error}'")))
}

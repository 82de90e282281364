//! The event history of an execution, page by page.

use serde_json::{Value, json};

use crate::sandbox::wire::ApiError;

use super::paging::{invalid_token, place, token};
use super::params::Params;
use super::service::StepFunctions;

impl StepFunctions {
    /// Events in their order or in reverse. A token keeps its place while events are added.
    pub(super) fn history(&self, params: &Params) -> Result<Value, ApiError> {
        let execution = self.execution(params)?;
        let limit = params.max_results()?;
        let reverse = params.flag("reverseOrder", false)?;
        let data = params.flag("includeExecutionData", true)?;
        let list = if reverse { "history-reversed" } else { "history" };
        let after = params.at_most("nextToken", 1024)?.map(|token| last_id(list, token)).transpose()?;
        let (events, more) = execution.history.page(after, reverse, limit);
        let last_shown = events.last().map(|event| event["id"].to_string());
        let mut answer = json!({"events": events.into_iter().map(|event| shown(event, data)).collect::<Vec<_>>()});
        if let (Some(last), true) = (last_shown, more) {
            answer["nextToken"] = json!(token(list, &last));
        }
        Ok(answer)
    }
}

fn last_id(list: &str, token: &str) -> Result<u64, ApiError> {
    place(list, token)?.parse().map_err(|_| invalid_token())
}

/// An event with or without its data: inputs, outputs and variables.
fn shown(mut event: Value, data: bool) -> Value {
    if !data && let Value::Object(members) = &mut event {
        for details in members.values_mut().filter_map(Value::as_object_mut) {
            for name in ["input", "output", "parameters", "assignedVariables"] {
                details.shift_remove(name);
            }
        }
    }
    event
}

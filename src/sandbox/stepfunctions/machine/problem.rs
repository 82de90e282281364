//! What is wrong with a definition, and where, in AWS's words.

use serde_json::{Value, json};

/// One problem of a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// AWS's code, for example `SCHEMA_VALIDATION_FAILED`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// A path such as `/States/Load/Next`; `/` is the definition itself, empty is no place at all (AWS writes `null`).
    pub location: String,
}

impl Problem {
    /// As `CreateStateMachine` lists it.
    pub fn text(&self) -> String {
        let place = if self.location.is_empty() { "null" } else { &self.location };
        format!("{}: {} at {place}", self.code, self.message)
    }

    /// As `ValidateStateMachineDefinition` lists it.
    pub fn diagnostic(&self) -> Value {
        let mut diagnostic = json!({"severity": "ERROR", "code": self.code, "message": self.message});
        if !self.location.is_empty() {
            diagnostic["location"] = json!(self.location);
        }
        diagnostic
    }
}

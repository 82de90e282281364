//! What a state that did its work hands on.

use serde_json::{Map, Value};

/// What a state that did its work hands on.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The state's output.
    pub output: Value,
    /// The variables it assigns.
    pub assigned: Map<String, Value>,
    /// Where a Choice leads; other states say so themselves.
    pub next: Option<String>,
}

impl Outcome {
    /// An output and variables.
    pub fn new(output: Value, assigned: Map<String, Value>) -> Self {
        Self { output, assigned, next: None }
    }
}

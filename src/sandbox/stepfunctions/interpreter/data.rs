//! The flow of data through a state: `InputPath`, `Parameters`, `ResultSelector`, `ResultPath`, `OutputPath`, `Assign`.

use serde_json::{Map, Value};

use super::super::{
    jsonpath::Path,
    machine::{Amount, Placement, Selector},
    template::Template,
};
use super::failure::Failure;
use super::frame::Frame;

/// The most bytes of an input, result or output (quota of Step Functions).
pub const MOST_BYTES: usize = 262_144;

impl Frame<'_> {
    /// The input after `InputPath`.
    pub fn selected_input(&self) -> Result<Value, Failure> {
        self.select(&self.state.data.input_path, self.input.clone())
    }

    /// The input after `InputPath` and `Parameters`.
    pub fn effective_input(&self) -> Result<Value, Failure> {
        let input = self.selected_input()?;
        match &self.state.data.parameters {
            Some(parameters) => self.template(parameters, &input),
            None => Ok(input),
        }
    }

    /// The result after `ResultSelector`.
    pub fn selected_result(&self, result: Value) -> Result<Value, Failure> {
        match &self.state.data.result_selector {
            Some(selector) => self.template(selector, &result),
            None => Ok(result),
        }
    }

    /// The output of the state for a result: after `ResultPath` and `OutputPath`, within the size that AWS allows.
    pub fn output(&self, result: Value) -> Result<Value, Failure> {
        let placed = self.place(&self.state.data.result_path, result)?;
        let output = self.select(&self.state.data.output_path, placed)?;
        if output.to_string().len() > MOST_BYTES {
            return Err(Failure::data_limit(&self.state.name));
        }
        Ok(output)
    }

    /// A result in its place in the input as it came.
    pub fn place(&self, placement: &Placement, result: Value) -> Result<Value, Failure> {
        match placement {
            Placement::Replace => Ok(result),
            Placement::Discard => Ok(self.input.clone()),
            Placement::At(path) => path.insert(self.input.clone(), result).map_err(|error| self.path_failure(&error)),
        }
    }

    fn select(&self, selector: &Selector, data: Value) -> Result<Value, Failure> {
        match selector {
            Selector::Whole => Ok(data),
            Selector::Nothing => Ok(Value::Object(Map::new())),
            Selector::Path(path) => self.path(path, &data),
        }
    }

    /// The variables that `Assign` sets, over the result.
    pub fn assigned(&self, assign: Option<&Template>, data: &Value) -> Result<Map<String, Value>, Failure> {
        let Some(assign) = assign else { return Ok(Map::new()) };
        match self.template(assign, data)? {
            Value::Object(assigned) => Ok(assigned),
            other => Err(self.runtime(format!("Assign must yield an object but was: {other}"))),
        }
    }

    /// A number that is given or found; `field` is the name of the path's field.
    pub fn amount(&self, amount: &Amount, field: &str, data: &Value) -> Result<u64, Failure> {
        match amount {
            Amount::Fixed(number) => Ok(*number),
            Amount::Path(path) => self.found(path, field, data),
        }
    }

    fn found(&self, path: &Path, field: &str, data: &Value) -> Result<u64, Failure> {
        let value = self.field(path, field, data)?;
        let Some(number) = whole(&value) else {
            let (shown, path) = (shown(&value), path.text());
            let message = format!("The {field} field refers to value \"{shown}\" which is not a valid integer: {path}");
            return Err(self.runtime(message));
        };
        let name = field.trim_end_matches("Path");
        u64::try_from(number).map_err(|_| self.runtime(format!("{name} cannot be negative.")))
    }
}

/// A number without a fraction.
pub fn whole(value: &Value) -> Option<i128> {
    match value {
        Value::Number(number) => number.to_string().parse().ok(),
        _ => None,
    }
}

/// A value inside a message: a text without its quotes, anything else as JSON.
pub fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

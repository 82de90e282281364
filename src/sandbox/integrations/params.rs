//! Parameters of a task: typed access, and refusal of what the sandbox does not look at.

use serde_json::{Map, Value};

use crate::sandbox::wire::ApiError;

/// The parameters of one call. Each that is asked for is ticked off.
pub struct Params {
    call: String,
    members: Map<String, Value>,
}

impl Params {
    /// The parameters of a call, which is named in refusals.
    pub fn new(call: &str, parameters: &Value) -> Result<Self, ApiError> {
        match parameters {
            Value::Object(members) => Ok(Self { call: call.to_owned(), members: members.clone() }),
            _ => Err(ApiError::client("InvalidRequest", format!("the parameters of {call} must be an object"))),
        }
    }

    /// A text that must be there.
    pub fn required(&mut self, name: &str) -> Result<String, ApiError> {
        let missing = || ApiError::client("InvalidRequest", format!("{} needs the parameter {name}", self.call));
        match self.members.get(name) {
            None | Some(Value::Null) => Err(missing()),
            Some(_) => self.text(name).map(Option::unwrap_or_default),
        }
    }

    /// A text.
    pub fn text(&mut self, name: &str) -> Result<Option<String>, ApiError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(self.wrong(name, "text", &other)),
        }
    }

    /// A whole number.
    pub fn integer(&mut self, name: &str) -> Result<Option<i32>, ApiError> {
        match self.take(name) {
            None => Ok(None),
            Some(value) => {
                let number = value.as_i64().and_then(|number| i32::try_from(number).ok());
                number.map(Some).ok_or_else(|| self.wrong(name, "a whole number", &value))
            }
        }
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, name: &str) -> Result<Option<bool>, ApiError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(value)),
            Some(other) => Err(self.wrong(name, "true or false", &other)),
        }
    }

    /// Texts by name.
    pub fn texts(&mut self, name: &str) -> Result<Option<Vec<(String, String)>>, ApiError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Object(members)) => {
                let text = |(key, value): (String, Value)| match value {
                    Value::String(text) => Ok((key, text)),
                    other => Err(self.wrong(&format!("{name}.{key}"), "text", &other)),
                };
                members.into_iter().map(text).collect::<Result<_, _>>().map(Some)
            }
            Some(other) => Err(self.wrong(name, "an object", &other)),
        }
    }

    /// Any value.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        self.members.shift_remove(name).filter(|value| !value.is_null())
    }

    /// Refuses what nobody asked for: a parameter without an effect would be a made-up success.
    pub fn end(self) -> Result<(), ApiError> {
        match self.members.keys().next() {
            Some(name) => Err(ApiError::unsupported(format!("the parameter {name} of {}", self.call))),
            None => Ok(()),
        }
    }

    fn wrong(&self, name: &str, expected: &str, found: &Value) -> ApiError {
        let message = format!("the parameter {name} of {} must be {expected}, and is {found}", self.call);
        ApiError::client("InvalidRequest", message)
    }
}

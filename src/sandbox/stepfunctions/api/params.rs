//! Reading the body of a request, with AWS's words for what is wrong with it.

use serde_json::{Map, Value};

use crate::sandbox::wire::ApiError;

/// The body of one request.
pub struct Params(Map<String, Value>);

impl Params {
    /// Reads a body, which must be an object.
    pub fn new(body: Value) -> Result<Self, ApiError> {
        match body {
            Value::Object(members) => Ok(Self(members)),
            Value::Null => Ok(Self(Map::new())),
            _ => Err(ApiError::client("SerializationException", "The request body must be a JSON object")),
        }
    }

    /// A member that is there and not null.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A text, if it is there.
    pub fn optional(&self, name: &str) -> Result<Option<&str>, ApiError> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(ApiError::client("SerializationException", format!("'{name}' must be a string"))),
        }
    }

    /// A text that must be there.
    pub fn text(&self, name: &str) -> Result<&str, ApiError> {
        self.optional(name)?.ok_or_else(|| constraint("null", name, "Member must not be null"))
    }

    /// An ARN that must be there.
    pub fn arn(&self, name: &str) -> Result<&str, ApiError> {
        let arn = self.text(name)?;
        if arn.starts_with("arn:") {
            return Ok(arn);
        }
        Err(ApiError::client("InvalidArn", format!("Invalid Arn: 'Invalid ARN prefix: {arn}'")))
    }

    /// A boolean, or what it is otherwise.
    pub fn flag(&self, name: &str, otherwise: bool) -> Result<bool, ApiError> {
        match self.value(name) {
            None => Ok(otherwise),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(ApiError::client("SerializationException", format!("'{name}' must be a boolean"))),
        }
    }

    /// A text out of a few.
    pub fn one_of(&self, name: &str, allowed: &[&str]) -> Result<Option<&str>, ApiError> {
        let text = self.optional(name)?;
        if let Some(wrong) = text.filter(|text| !allowed.contains(text)) {
            let rule = format!("Member must satisfy enum value set: [{}]", allowed.join(", "));
            return Err(constraint(&format!("'{wrong}'"), name, &rule));
        }
        Ok(text)
    }

    /// `maxResults`: from 0 (which means the default) to 1,000; the default is 100.
    pub fn max_results(&self) -> Result<usize, ApiError> {
        let Some(value) = self.value("maxResults") else { return Ok(100) };
        match value.as_i64() {
            Some(0) => Ok(100),
            Some(number) if number < 0 => {
                let rule = "Member must have value greater than or equal to 0";
                Err(constraint(&format!("'{number}'"), "maxResults", rule))
            }
            Some(number) if number <= 1000 => Ok(usize::try_from(number).unwrap_or(100)),
            _ => {
                let rule = "Member must have value less than or equal to 1000";
                Err(constraint(&format!("'{value}'"), "maxResults", rule))
            }
        }
    }

    /// A text of at most so many characters.
    pub fn at_most(&self, name: &str, most: usize) -> Result<Option<&str>, ApiError> {
        let text = self.optional(name)?;
        if let Some(long) = text.filter(|text| text.chars().count() > most) {
            let rule = format!("Member must have length less than or equal to {most}");
            return Err(constraint(&format!("'{long}'"), name, &rule));
        }
        Ok(text)
    }
}

/// A member that breaks a rule of the API model.
pub fn constraint(value: &str, name: &str, rule: &str) -> ApiError {
    let message =
        format!("1 validation error detected: Value {value} at '{name}' failed to satisfy constraint: {rule}");
    ApiError::client("ValidationException", message)
}

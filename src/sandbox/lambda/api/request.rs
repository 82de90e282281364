//! The fields of a request document: each is read once, and what nobody read is refused by name.

use serde_json::{Map, Value};

use crate::sandbox::wire::ApiError;

/// Fields that change nothing about how the sandbox runs a function.
const WITHOUT_EFFECT: &[&str] =
    &["Architectures", "EphemeralStorage", "KMSKeyArn", "PackageType", "SnapStart", "SourceKMSKeyArn", "TracingConfig"];

/// A request document.
#[derive(Debug)]
pub struct Fields {
    operation: &'static str,
    fields: Map<String, Value>,
}

impl Fields {
    /// Reads a body; an empty one has no fields.
    pub fn parse(operation: &'static str, body: &[u8]) -> Result<Self, ApiError> {
        let fields = match body {
            [] => Map::new(),
            _ => serde_json::from_slice(body).map_err(|error| {
                ApiError::client("SerializationException", format!("the request is not a JSON object: {error}"))
            })?,
        };
        Ok(Self { operation, fields })
    }

    /// The field of that name, unless absent or null.
    pub fn value(&mut self, name: &str) -> Option<Value> {
        self.fields.shift_remove(name).filter(|it| !it.is_null())
    }

    pub fn string(&mut self, name: &str) -> Result<Option<String>, ApiError> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(wrong_type(name, "a string")),
        }
    }

    pub fn required(&mut self, name: &str) -> Result<String, ApiError> {
        self.string(name)?.ok_or_else(|| {
            let message = format!("1 validation error detected: Value null at '{name}' failed to satisfy constraint: Member must not be null");
            ApiError::client("ValidationException", message)
        })
    }

    pub fn integer(&mut self, name: &str) -> Result<Option<u32>, ApiError> {
        match self.value(name) {
            None => Ok(None),
            Some(value) => match value.as_u64().and_then(|it| u32::try_from(it).ok()) {
                Some(number) => Ok(Some(number)),
                None => Err(wrong_type(name, "a positive integer")),
            },
        }
    }

    pub fn boolean(&mut self, name: &str) -> Result<bool, ApiError> {
        match self.value(name) {
            None => Ok(false),
            Some(Value::Bool(it)) => Ok(it),
            Some(_) => Err(wrong_type(name, "a boolean")),
        }
    }

    /// A nested document, with the same rules.
    pub fn document(&mut self, name: &str) -> Result<Option<Self>, ApiError> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Object(fields)) => Ok(Some(Self { operation: self.operation, fields })),
            Some(_) => Err(wrong_type(name, "an object")),
        }
    }

    /// Everything that is left, as texts by name.
    pub fn texts(self) -> Result<impl Iterator<Item = (String, String)>, ApiError> {
        let texts = self.fields.into_iter().map(|(name, value)| match value {
            Value::String(text) => Ok((name, text)),
            _ => Err(wrong_type(&name, "a string")),
        });
        Ok(texts.collect::<Result<Vec<_>, _>>()?.into_iter())
    }

    /// Refuses what was not read, unless it is empty or has no effect here.
    pub fn finish(self) -> Result<(), ApiError> {
        let is_empty = |value: &Value| match value {
            Value::Null | Value::Bool(false) => true,
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(fields) => fields.is_empty(),
            _ => false,
        };
        let left =
            self.fields.iter().find(|(name, value)| !WITHOUT_EFFECT.contains(&name.as_str()) && !is_empty(value));
        match left {
            Some((name, _)) => Err(ApiError::unsupported(format!("the field {name} of {}", self.operation))),
            None => Ok(()),
        }
    }
}

fn wrong_type(name: &str, expected: &str) -> ApiError {
    ApiError::client("SerializationException", format!("{name} must be {expected}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finish(text: &str) -> String {
        let mut fields = Fields::parse("CreateFunction", text.as_bytes()).unwrap();
        let handler = fields.string("Handler").map(Option::unwrap_or_default);
        match handler.and_then(|it| fields.finish().map(|()| it)) {
            Ok(handler) => handler,
            Err(error) => error.message,
        }
    }

    #[test]
    fn what_is_not_served_is_named() {
        assert_eq!(finish(r#"{"Handler": "a.b", "TracingConfig": {"Mode": "Active"}, "Layers": []}"#), "a.b");
        assert!(finish(r#"{"Layers": ["arn"]}"#).contains("the field Layers of CreateFunction"));
        assert!(finish(r#"{"Handler": 1}"#).contains("Handler must be a string"));
    }
}

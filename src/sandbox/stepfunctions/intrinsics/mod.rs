//! Intrinsic functions.
use serde_json::Value;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct IntrinsicError {
    pub message: String,
}
#[derive(Debug, Clone)]
pub struct Intrinsic;
impl Intrinsic {
    pub fn parse(_text: &str) -> Result<Self, String> {
        Ok(Self)
    }
    pub fn evaluate(&self, data: &Value, _context: &Value) -> Result<Value, IntrinsicError> {
        Ok(data.clone())
    }
}

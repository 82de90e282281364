//! Choice rules.
use super::jsonpath::PathError;
use serde_json::Value;

#[derive(Debug, Clone)]
pub struct Rule;
impl Rule {
    pub fn parse(_rule: &Value) -> Result<Self, String> {
        Ok(Self)
    }
    pub fn matches(&self, _data: &Value, _context: &Value) -> Result<bool, PathError> {
        Ok(false)
    }
}

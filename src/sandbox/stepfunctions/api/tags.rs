//! Tags of state machines.

use serde_json::{Value, json};

use crate::sandbox::wire::ApiError;

use super::machines::Tags;
use super::params::{Params, constraint};
use super::record::Record;
use super::service::StepFunctions;

impl StepFunctions {
    pub(super) fn list_tags(&self, params: &Params) -> Result<Value, ApiError> {
        self.tagged(params, |record| {
            let tags = record.tags.iter().map(|(key, value)| json!({"key": key, "value": value}));
            json!({"tags": tags.collect::<Vec<_>>()})
        })
    }

    pub(super) fn tag(&self, params: &Params) -> Result<Value, ApiError> {
        let tags = read(params.value("tags"))?;
        self.tagged(params, |record| {
            record.tags.extend(tags);
            json!({})
        })
    }

    pub(super) fn untag(&self, params: &Params) -> Result<Value, ApiError> {
        let keys = params.value("tagKeys").and_then(Value::as_array);
        let keys = keys.ok_or_else(|| constraint("null", "tagKeys", "Member must not be null"))?;
        self.tagged(params, |record| {
            for key in keys.iter().filter_map(Value::as_str) {
                record.tags.shift_remove(key);
            }
            json!({})
        })
    }

    fn tagged(&self, params: &Params, change: impl FnOnce(&mut Record) -> Value) -> Result<Value, ApiError> {
        let arn = params.arn("resourceArn")?;
        let mut store = self.lock();
        let record = store.machines.get_mut(arn);
        let missing = || ApiError::client("ResourceNotFound", format!("Resource not found: '{arn}'"));
        record.map(change).ok_or_else(missing)
    }
}

/// The tags of a request.
pub fn read(value: Option<&Value>) -> Result<Tags, ApiError> {
    let list = value.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let tag = |tag: &Value| {
        let key = tag["key"].as_str().filter(|key| !key.is_empty());
        let key = key.ok_or_else(|| constraint("null", "tags.key", "Member must not be null"))?;
        Ok((key.to_owned(), tag["value"].as_str().unwrap_or_default().to_owned()))
    };
    list.iter().map(tag).collect()
}

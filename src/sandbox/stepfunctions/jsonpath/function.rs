//! The functions that may end a path: `$.list.length()`. Those of Jayway that answer with exact values.

use crate::sandbox::stepfunctions::intrinsics::Decimal;
use serde_json::{Number, Value};

/// A function at the end of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// Number of elements or members; null for anything else.
    Length,
    /// The names of an object.
    Keys,
    /// The smallest number of a list.
    Min,
    /// The largest number of a list.
    Max,
    /// The first element of a list.
    First,
    /// The last element of a list.
    Last,
}

impl Function {
    /// The function of that name; Jayway's others are refused by name.
    pub fn named(name: &str) -> Result<Self, String> {
        match name {
            "length" | "size" => Ok(Self::Length),
            "keys" => Ok(Self::Keys),
            "min" => Ok(Self::Min),
            "max" => Ok(Self::Max),
            "first" => Ok(Self::First),
            "last" => Ok(Self::Last),
            _ => Err(format!("the function '{name}()' is not supported in a path")),
        }
    }

    /// Applies the function to what the path before it found; the error is a clause.
    pub fn apply(self, value: &Value) -> Result<Value, String> {
        match self {
            Self::Length => Ok(length(value)),
            Self::Keys => Ok(value.as_object().map_or(Value::Null, |map| map.keys().cloned().collect())),
            Self::Min => extreme(value, std::cmp::Ordering::Less),
            Self::Max => extreme(value, std::cmp::Ordering::Greater),
            Self::First => edge(value, <[Value]>::first),
            Self::Last => edge(value, <[Value]>::last),
        }
    }
}

fn length(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.len().into(),
        Value::Object(map) => map.len().into(),
        _ => Value::Null,
    }
}

fn edge(value: &Value, pick: fn(&[Value]) -> Option<&Value>) -> Result<Value, String> {
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    pick(items).cloned().ok_or_else(|| "Aggregation function attempted to calculate value using empty array".to_owned())
}

fn extreme(value: &Value, wanted: std::cmp::Ordering) -> Result<Value, String> {
    let numbers = value.as_array().into_iter().flatten().filter_map(|item| match item {
        Value::Number(number) => Some(number),
        _ => None,
    });
    let best =
        numbers.reduce(|best, next| if Decimal::of(next).cmp(&Decimal::of(best)) == wanted { next } else { best });
    best.map(|number: &Number| Value::Number(number.clone()))
        .ok_or_else(|| "Aggregation function attempted to calculate value using empty array".to_owned())
}

//! Equality of a recorded and an actual value: numbers by value, JSON in strings by its content, tokens by what they stand for.

use super::pattern::{is_pattern, stands_for};
use crate::sandbox::stepfunctions::intrinsics::Decimal;
use serde_json::{Map, Value};

/// The first difference, as a line for the listing; none if there is none.
pub fn difference(recorded: &Value, actual: &Value) -> Option<String> {
    differ("", recorded, actual)
}

fn differ(place: &str, recorded: &Value, actual: &Value) -> Option<String> {
    match (recorded, actual) {
        (Value::Object(left), Value::Object(right)) => members(place, left, right),
        (Value::Array(left), Value::Array(right)) => elements(place, left, right),
        (Value::Number(left), Value::Number(right)) if Decimal::of(left) == Decimal::of(right) => None,
        (Value::String(left), Value::String(right)) if stands_for(left, right) => None,
        (Value::String(left), Value::String(right)) => match (embedded(left), embedded(right)) {
            (Some(left), Some(right)) => differ(place, &left, &right),
            _ => Some(unlike(place, recorded, actual)),
        },
        (_, Value::String(text)) if embedded(text).is_some() => differ(place, recorded, &embedded(text)?),
        (Value::String(text), _) if is_pattern(text) && stands_for(text, &actual.to_string()) => None,
        _ if recorded == actual => None,
        _ => Some(unlike(place, recorded, actual)),
    }
}

fn members(place: &str, left: &Map<String, Value>, right: &Map<String, Value>) -> Option<String> {
    let inner = left.iter().find_map(|(name, value)| differ(&format!("{place}/{name}"), value, right.get(name)?));
    let gone = || {
        left.keys().find(|name| !right.contains_key(*name)).map(|name| format!("{place}: expected the member '{name}'"))
    };
    let new = || {
        right.keys().find(|name| !left.contains_key(*name)).map(|name| format!("{place}: got the member '{name}' too"))
    };
    inner.or_else(gone).or_else(new)
}

fn elements(place: &str, left: &[Value], right: &[Value]) -> Option<String> {
    let inner = left.iter().zip(right).enumerate().find_map(|(at, (l, r))| differ(&format!("{place}/{at}"), l, r));
    let counts = || format!("{place}: expected {} elements, got {}", left.len(), right.len());
    inner.or_else(|| (left.len() != right.len()).then(counts))
}

fn unlike(place: &str, recorded: &Value, actual: &Value) -> String {
    format!("{place}: expected {}, got {}", brief(recorded), brief(actual))
}

/// The JSON in a string, if it is an object or a list; scalars stay text.
fn embedded(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().filter(|value: &Value| value.is_object() || value.is_array())
}

fn brief(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(220) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

#[test]
fn values_are_compared_by_what_they_mean() {
    use serde_json::json;
    assert_eq!(difference(&json!({"a": 1, "t": "timestamp"}), &json!({"t": 5.5, "a": 1.0})), None);
    assert_eq!(difference(&json!({"input": {"a": [1]}}), &json!({"input": "{\"a\":[1]}"})), None);
    assert_eq!(difference(&json!("[1, 2]"), &json!("[1,2]")), None);
    assert_eq!(difference(&json!({"a": "1"}), &json!({"a": 1})), Some("/a: expected \"1\", got 1".to_owned()));
    assert_eq!(difference(&json!([1]), &json!([1, 2])), Some(": expected 1 elements, got 2".to_owned()));
}

//! Values inside a text: `s3://bucket/{{ run.date }}/`.

use super::error::{ErrorKind, EvalError};
use crate::value::{Timestamp, Value, duration_text, number_text};

/// The text form of a value that stands between other text: numbers exact, dates and instants ISO 8601, sizes in bytes.
///
/// Null, lists, mappings and bytes have none.
pub(super) fn text_of(value: &Value) -> Result<String, EvalError> {
    let none = |what: &str, help: &str| {
        Err(EvalError::new(ErrorKind::Type, format!("{what} has no text form")).with_help(help))
    };
    Ok(match value {
        Value::Text(text) => text.clone(),
        Value::Bool(bool) => bool.to_string(),
        Value::Number(number) => number_text(number),
        Value::NotFinite(word) => word.as_str().to_owned(),
        Value::Date(date) => date.to_string(),
        Value::Time(time) => time.to_string(),
        Value::Timestamp(timestamp @ (Timestamp::Local(_) | Timestamp::Zoned(_))) => timestamp.iso_text(),
        Value::Duration(duration) => duration_text(*duration),
        Value::Size(bytes) => bytes.to_string(),
        Value::Null => return none("null", "choose a text for it: `{{ x == null ? 'none' : x }}`"),
        Value::List(_) => {
            return none("a list", "join it, `{{ list.join(',') }}`, or let the scalar be just the `{{ }}`");
        }
        Value::Map(_) => return none("a mapping", "name a field of it, or let the scalar be just the `{{ }}`"),
        Value::Bytes(_) => return none("bytes", "write `base64(x)` or `string(x)`"),
    })
}

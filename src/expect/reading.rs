//! Two values brought to one type: "the expected text is read as the type of the actual value".

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::value::{Timestamp, Value, compare, read};

type Both<'v> = (Cow<'v, Value>, Cow<'v, Value>);

/// Whether the actual value is the expected one, all the way down.
pub(super) fn equal(expected: &Value, actual: &Value) -> bool {
    match (expected, actual) {
        (Value::List(expected), Value::List(actual)) => {
            expected.len() == actual.len() && expected.iter().zip(actual).all(|(a, b)| equal(a, b))
        }
        (Value::Map(expected), Value::Map(actual)) => {
            expected.len() == actual.len()
                && expected.iter().all(|(key, value)| actual.get(key).is_some_and(|actual| equal(value, actual)))
        }
        _ => align(expected, actual).is_some_and(|(expected, actual)| expected == actual),
    }
}

/// The order of the actual value to the expected one (`Less`: it is smaller), or why there is none.
pub(super) fn order(actual: &Value, expected: &Value) -> Result<Ordering, String> {
    if let (Value::Text(a), Value::Text(b)) = (actual, expected) {
        return texts(a, b).ok_or_else(|| "strings have no order, unless both are dates or timestamps".to_owned());
    }
    let (expected, actual) = align(expected, actual).ok_or_else(|| match expected {
        Value::Text(bound) => {
            format!("the types differ: {} expected, {} found", ordered_type(bound), actual.type_name())
        }
        _ => differ(expected, actual),
    })?;
    compare(&actual, &expected).ok_or_else(|| differ(&expected, &actual))
}

/// What a text is beside a value that has an order.
fn ordered_type(text: &str) -> &'static str {
    if read::read_duration(text).is_ok() {
        "duration"
    } else if read::read_size(text).is_ok() {
        "size"
    } else if read::read_date(text).is_ok() {
        "date"
    } else if read::read_time(text).is_ok() {
        "time"
    } else if read::read_timestamp(text).is_ok() {
        "timestamp"
    } else {
        "string"
    }
}

/// The order of two texts that are both dates or both timestamps.
fn texts(a: &str, b: &str) -> Option<Ordering> {
    if let (Ok(a), Ok(b)) = (read::read_date(a), read::read_date(b)) {
        return Some(a.cmp(&b));
    }
    let (a, b) = (read::read_timestamp(a).ok()?, read::read_timestamp(b).ok()?);
    compare(&Value::Timestamp(a), &Value::Timestamp(b))
}

/// Why two values are not of one type: `the types differ: integer against string`.
pub(super) fn differ(expected: &Value, actual: &Value) -> String {
    match (expected, actual) {
        (Value::Timestamp(expected), Value::Timestamp(actual)) if is_zoned(*expected) != is_zoned(*actual) => {
            "one has a time zone, the other has none".to_owned()
        }
        (
            Value::Text(text),
            Value::Date(_) | Value::Time(_) | Value::Timestamp(_) | Value::Duration(_) | Value::Size(_),
        ) => {
            format!("the types differ: {} expected, {} found", ordered_type(text), actual.type_name())
        }
        (Value::Number(_), Value::Duration(_)) => "a duration is written with its unit: 5m, 1h30m".to_owned(),
        _ => format!("the types differ: {} expected, {} found", expected.type_name(), actual.type_name()),
    }
}

/// What to say of two values that are not equal, beyond showing them: that they are of different types.
pub(super) fn why_unequal(expected: &Value, actual: &Value) -> Option<String> {
    match align(expected, actual) {
        None => Some(differ(expected, actual)),
        Some((expected, actual)) => match (expected.as_ref(), actual.as_ref()) {
            (Value::Timestamp(a), Value::Timestamp(b)) if is_zoned(*a) != is_zoned(*b) => {
                Some(differ(&expected, &actual))
            }
            _ => None,
        },
    }
}

const fn is_zoned(timestamp: Timestamp) -> bool {
    matches!(timestamp, Timestamp::Zoned(_))
}

/// Both values in the type of one of them; none if they have no type in common.
pub(super) fn align<'v>(expected: &'v Value, actual: &'v Value) -> Option<Both<'v>> {
    if std::mem::discriminant(expected) == std::mem::discriminant(actual) {
        return Some((Cow::Borrowed(expected), Cow::Borrowed(actual)));
    }
    match (expected, actual) {
        (Value::Number(_), Value::NotFinite(_)) | (Value::NotFinite(_), Value::Number(_)) => {
            Some((Cow::Borrowed(expected), Cow::Borrowed(actual)))
        }
        (Value::Text(text), _) => Some((Cow::Owned(read_as(text, actual)?), Cow::Borrowed(actual))),
        (Value::Date(_) | Value::Time(_) | Value::Timestamp(_) | Value::Duration(_), Value::Text(text)) => {
            Some((Cow::Borrowed(expected), Cow::Owned(read_as(text, expected)?)))
        }
        (Value::Number(_), Value::Size(bytes)) => Some((Cow::Borrowed(expected), Cow::Owned(Value::integer(*bytes)))),
        (Value::Size(bytes), Value::Number(_)) => Some((Cow::Owned(Value::integer(*bytes)), Cow::Borrowed(actual))),
        (Value::Number(number), Value::Duration(_)) if number.sign() == bigdecimal::num_bigint::Sign::NoSign => {
            Some((Cow::Owned(Value::Duration(chrono::TimeDelta::zero())), Cow::Borrowed(actual)))
        }
        _ => None,
    }
}

/// A text as a value of the other's type, if that type has a text form of its own.
fn read_as(text: &str, other: &Value) -> Option<Value> {
    match other {
        Value::Date(_) => read::read_date(text).ok().map(Value::Date),
        Value::Time(_) => read::read_time(text).ok().map(Value::Time),
        Value::Timestamp(_) => read::read_timestamp(text).ok().map(Value::Timestamp),
        Value::Duration(_) => read::read_duration(text).ok().map(Value::Duration),
        Value::Size(_) => read::read_size(text).ok().map(Value::Size),
        Value::NotFinite(_) => read::read_double(text).ok(),
        _ => None,
    }
}

//! Order within one kind of value.

use std::cmp::Ordering;

use super::{NotFinite, Timestamp, Value};

/// The order of two values of the same kind; `None` when they have no order: two kinds, a date against a timestamp, a
/// local timestamp against a zoned one, NaN, null, lists, mappings. Numbers are compared exactly; text by its characters' code points.
pub fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Number(a), Value::Number(b)) => Some(a.cmp(b)),
        (Value::NotFinite(a), Value::NotFinite(b)) => rank(*a)?.partial_cmp(&rank(*b)?),
        (Value::NotFinite(a), Value::Number(_)) => rank(*a)?.partial_cmp(&0),
        (Value::Number(_), Value::NotFinite(b)) => 0.partial_cmp(&rank(*b)?),
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (Value::Date(a), Value::Date(b)) => Some(a.cmp(b)),
        (Value::Time(a), Value::Time(b)) => Some(a.cmp(b)),
        (Value::Timestamp(Timestamp::Local(a)), Value::Timestamp(Timestamp::Local(b))) => Some(a.cmp(b)),
        (Value::Timestamp(Timestamp::Zoned(a)), Value::Timestamp(Timestamp::Zoned(b))) => Some(a.cmp(b)),
        (Value::Duration(a), Value::Duration(b)) => Some(a.cmp(b)),
        (Value::Size(a), Value::Size(b)) => Some(a.cmp(b)),
        (Value::Bytes(a), Value::Bytes(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// Where the infinities stand beside every number, which stands at 0; NaN has no place.
const fn rank(value: NotFinite) -> Option<i8> {
    match value {
        NotFinite::Nan => None,
        NotFinite::Infinity => Some(1),
        NotFinite::NegativeInfinity => Some(-1),
    }
}

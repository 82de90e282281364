//! What a plain scalar means: YAML 1.2's core schema (<https://yaml.org/spec/1.2.2/#103-core-schema>), kept exact.

use crate::value::{NotFinite, Value, read};

use super::{Kind, Node};

/// Whether a plain scalar is null.
pub(super) fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// The value of a plain scalar that is not null. Differs from the core schema in one point: a number with a leading zero
/// (`007`, also `00.5`) is text, because people mean an identifier.
pub(super) fn plain_value(text: &str) -> Value {
    if let Ok(bool) = read::read_bool(text) {
        return Value::Bool(bool);
    }
    if let Some(not_finite) = not_finite(text) {
        return Value::NotFinite(not_finite);
    }
    if let Some(integer) = radix_integer(text) {
        return integer;
    }
    match read::read_number(text) {
        Ok(number) if !has_leading_zero(text) => Value::Number(number),
        _ => Value::text(text),
    }
}

fn not_finite(text: &str) -> Option<NotFinite> {
    match text {
        ".nan" | ".NaN" | ".NAN" => Some(NotFinite::Nan),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Some(NotFinite::Infinity),
        "-.inf" | "-.Inf" | "-.INF" => Some(NotFinite::NegativeInfinity),
        _ => None,
    }
}

/// `0x1F` and `0o17`, up to 120 bits; longer ones stay text.
fn radix_integer(text: &str) -> Option<Value> {
    let (radix, digits) = match text.split_at_checked(2)? {
        ("0x", digits) => (16, digits),
        ("0o", digits) => (8, digits),
        _ => return None,
    };
    if digits.len() > 30 || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    i128::from_str_radix(digits, radix).ok().map(Value::integer)
}

fn has_leading_zero(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text).as_bytes();
    matches!(digits, [b'0', second, ..] if second.is_ascii_digit())
}

/// See [`Node::describe`].
pub(super) fn describe(node: &Node) -> String {
    match &node.kind {
        Kind::Null => "null".to_owned(),
        Kind::List(_) => "a list".to_owned(),
        Kind::Map(_) => "a mapping".to_owned(),
        Kind::Scalar(scalar) => match scalar.value() {
            value @ Value::Text(_) => format!("the text {}", value.display()),
            value @ (Value::Number(_) | Value::NotFinite(_)) => format!("the number {}", value.display()),
            value => value.display().to_string(),
        },
    }
}

//! Operators on exact values: arithmetic, order, equality, membership.

use std::cmp::Ordering;

use bigdecimal::{BigDecimal, Context, RoundingMode, Zero as _};
use std::num::NonZeroU64;

use super::compile::SIGNIFICANT_DIGITS;
use super::error::{ErrorKind, EvalError};
use super::tree::Operator;
use crate::value::{Timestamp, Value, compare, integer_of};

type Outcome = Result<Value, EvalError>;

/// Applies an operator to two values.
pub(super) fn apply(operator: Operator, left: &Value, right: &Value) -> Outcome {
    guard(left)?;
    guard(right)?;
    match operator {
        Operator::Equal => equal(operator, left, right).map(Value::Bool),
        Operator::NotEqual => equal(operator, left, right).map(|equal| Value::Bool(!equal)),
        Operator::Less => order(operator, left, right).map(|order| Value::Bool(order.is_lt())),
        Operator::LessOrEqual => order(operator, left, right).map(|order| Value::Bool(order.is_le())),
        Operator::Greater => order(operator, left, right).map(|order| Value::Bool(order.is_gt())),
        Operator::GreaterOrEqual => order(operator, left, right).map(|order| Value::Bool(order.is_ge())),
        Operator::In => member(left, right).map(Value::Bool),
        Operator::Add | Operator::Subtract => add(operator, left, right),
        Operator::Multiply | Operator::Divide | Operator::Remainder => scale(operator, left, right),
    }
}

/// The negative of a number or duration.
pub(super) fn negate(value: &Value) -> Outcome {
    guard(value)?;
    match value {
        Value::Number(number) => result(-number),
        Value::Duration(duration) => Ok(Value::Duration(-*duration)),
        other => Err(EvalError::new(ErrorKind::Type, format!("`-` does not apply to {}", described(other)))),
    }
}

/// Refuses numbers that CEL's own types could not hold: what is compared here is compared as written.
pub(super) fn guard(value: &Value) -> Result<(), EvalError> {
    match value {
        Value::Number(number) => guard_number(number),
        Value::List(items) => items.iter().try_for_each(guard),
        Value::Map(map) => map.values().try_for_each(guard),
        _ => Ok(()),
    }
}

fn guard_number(number: &BigDecimal) -> Result<(), EvalError> {
    let integer = number.fractional_digit_count() <= 0;
    if integer && integer_of(number).is_none() {
        return Err(too_large(number, "is outside the 64-bit integers"));
    }
    if !integer && number.normalized().digits() > SIGNIFICANT_DIGITS {
        return Err(too_large(number, "has more than 15 significant digits"));
    }
    Ok(())
}

fn too_large(number: &BigDecimal, why: &str) -> EvalError {
    let shown = Value::Number(number.clone());
    EvalError::new(ErrorKind::Range, format!("{} {why}, which an expression cannot hold exactly", shown.display()))
        .with_help("use a matcher under `expect`: matchers are exact")
}

fn described(value: &Value) -> String {
    if value.is_null() { "null".to_owned() } else { format!("{} ({})", value.type_name(), value.display()) }
}

fn unsupported(operator: Operator, left: &Value, right: &Value) -> EvalError {
    let message = format!("`{}` does not apply to {} and {}", operator.as_str(), described(left), described(right));
    let error = EvalError::new(ErrorKind::Type, message);
    match (left, right) {
        (Value::Number(_), Value::Text(_)) | (Value::Text(_), Value::Number(_)) => {
            error.with_help("a number is not its text: convert with `int()`, `double()` or `string()`")
        }
        (Value::Date(_), Value::Text(_)) | (Value::Text(_), Value::Date(_)) => {
            error.with_help("write the date as `date('2026-01-16')`")
        }
        (Value::Timestamp(_), Value::Text(_)) | (Value::Text(_), Value::Timestamp(_)) => {
            error.with_help("write the timestamp as `timestamp('2026-01-16T18:00:00Z')`")
        }
        (Value::Duration(_), Value::Text(_)) | (Value::Text(_), Value::Duration(_)) => {
            error.with_help("write the duration as `duration('5m')`")
        }
        (Value::Size(_), Value::Text(_)) | (Value::Text(_), Value::Size(_)) => {
            error.with_help("write the size in bytes: 1GB is 1000000000")
        }
        (Value::Null, _) | (_, Value::Null) => error.with_help("null is only equal to null: ask `x == null` first"),
        _ => error,
    }
}

/// A size in bytes counts as a number: `scanned < 1000000`.
fn as_number(value: &Value) -> Option<BigDecimal> {
    match value {
        Value::Number(number) => Some(number.clone()),
        Value::Size(bytes) => Some((*bytes).into()),
        _ => None,
    }
}

fn order(operator: Operator, left: &Value, right: &Value) -> Result<Ordering, EvalError> {
    if let (Value::Size(_), _) | (_, Value::Size(_)) = (left, right)
        && let (Some(left), Some(right)) = (as_number(left), as_number(right))
    {
        return Ok(left.cmp(&right));
    }
    compare(left, right).ok_or_else(|| unsupported(operator, left, right))
}

fn equal(operator: Operator, left: &Value, right: &Value) -> Result<bool, EvalError> {
    if left.is_null() || right.is_null() {
        return Ok(left.is_null() && right.is_null());
    }
    match (left, right) {
        (Value::Size(_), _) | (_, Value::Size(_)) => order(operator, left, right).map(Ordering::is_eq),
        (Value::NotFinite(_) | Value::Number(_), Value::NotFinite(_) | Value::Number(_)) => Ok(left == right),
        (Value::Timestamp(a), Value::Timestamp(b)) if is_zoned(a) != is_zoned(b) => {
            Err(unsupported(operator, left, right))
        }
        _ if std::mem::discriminant(left) == std::mem::discriminant(right) => Ok(left == right),
        _ => Err(unsupported(operator, left, right)),
    }
}

const fn is_zoned(timestamp: &Timestamp) -> bool {
    matches!(timestamp, Timestamp::Zoned(_))
}

/// `x in list` (equal to an element) and `'key' in mapping`.
fn member(left: &Value, right: &Value) -> Result<bool, EvalError> {
    match (left, right) {
        (_, Value::List(items)) => Ok(items.contains(left)),
        (Value::Text(key), Value::Map(map)) => Ok(map.contains_key(key)),
        _ => Err(unsupported(Operator::In, left, right)),
    }
}

fn add(operator: Operator, left: &Value, right: &Value) -> Outcome {
    let minus = operator == Operator::Subtract;
    if let (Some(a), Some(b)) = (as_number(left), as_number(right)) {
        return result(if minus { a - b } else { a + b });
    }
    let overflow = || {
        EvalError::new(ErrorKind::Range, format!("`{}` leaves the range of {}s", operator.as_str(), left.type_name()))
    };
    match (left, right) {
        (Value::Text(a), Value::Text(b)) if !minus => Ok(Value::Text(format!("{a}{b}"))),
        (Value::List(a), Value::List(b)) if !minus => Ok(Value::List([a.as_slice(), b.as_slice()].concat())),
        (Value::Bytes(a), Value::Bytes(b)) if !minus => Ok(Value::Bytes([a.as_slice(), b.as_slice()].concat())),
        (Value::Duration(a), Value::Duration(b)) => {
            let sum = if minus { a.checked_sub(b) } else { a.checked_add(b) };
            sum.map(Value::Duration).ok_or_else(overflow)
        }
        (Value::Timestamp(moment), Value::Duration(by)) => {
            let by = if minus { -*by } else { *by };
            moved(*moment, by).map(Value::Timestamp).ok_or_else(overflow)
        }
        (Value::Duration(by), Value::Timestamp(moment)) if !minus => {
            moved(*moment, *by).map(Value::Timestamp).ok_or_else(overflow)
        }
        (Value::Timestamp(Timestamp::Zoned(a)), Value::Timestamp(Timestamp::Zoned(b))) if minus => {
            Ok(Value::Duration(a.signed_duration_since(b)))
        }
        (Value::Timestamp(Timestamp::Local(a)), Value::Timestamp(Timestamp::Local(b))) if minus => {
            Ok(Value::Duration(a.signed_duration_since(*b)))
        }
        (Value::Date(a), Value::Date(b)) if minus => Ok(Value::Duration(a.signed_duration_since(*b))),
        _ => Err(unsupported(operator, left, right)),
    }
}

fn moved(moment: Timestamp, by: chrono::TimeDelta) -> Option<Timestamp> {
    match moment {
        Timestamp::Local(local) => local.checked_add_signed(by).map(Timestamp::Local),
        Timestamp::Zoned(instant) => instant.checked_add_signed(by).map(Timestamp::Zoned),
    }
}

/// Multiplication and division. Integers divide to an integer, as in CEL; a decimal quotient is rounded to 15 digits.
fn scale(operator: Operator, left: &Value, right: &Value) -> Outcome {
    let (Some(a), Some(b)) = (as_number(left), as_number(right)) else {
        return Err(unsupported(operator, left, right));
    };
    if operator == Operator::Multiply {
        return result(a * b);
    }
    if b.is_zero() {
        return Err(EvalError::new(ErrorKind::Range, "division by zero"));
    }
    let integers = a.fractional_digit_count() <= 0 && b.fractional_digit_count() <= 0;
    match (operator, integers) {
        (Operator::Remainder, true) => result(a % b),
        (Operator::Remainder, false) => Err(unsupported(operator, left, right)),
        (_, true) => result(quotient(&a, &b).with_scale_round(0, RoundingMode::Down)),
        (_, false) => {
            let rounded = quotient(&a, &b).round_to(SIGNIFICANT_DIGITS);
            let scale = rounded.normalized().fractional_digit_count().max(1);
            result(rounded.with_scale(scale))
        }
    }
}

trait RoundTo {
    fn round_to(self, digits: u64) -> Self;
}

impl RoundTo for BigDecimal {
    fn round_to(self, digits: u64) -> Self {
        let digits = NonZeroU64::new(digits).unwrap_or(NonZeroU64::MIN);
        self.with_precision_round(digits, RoundingMode::HalfEven)
    }
}

/// The quotient to 100 digits, the crate's default precision: enough to cut 64-bit integers exactly.
fn quotient(a: &BigDecimal, b: &BigDecimal) -> BigDecimal {
    debug_assert!(Context::default().precision().get() >= 40);
    a / b
}

fn result(number: BigDecimal) -> Outcome {
    let value = Value::Number(number);
    guard(&value)?;
    Ok(value)
}

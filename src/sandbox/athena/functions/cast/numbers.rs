//! Casts to number types, rounding half up.

use bigdecimal::num_bigint::BigInt;
use bigdecimal::{BigDecimal, RoundingMode};
use datafusion::arrow::datatypes::DataType;

use super::super::error::{Outcome, fail};
use super::super::text::{java_double, render};
use super::super::types;
use super::super::value::Value;

/// A boolean, number or text as a number of the type.
pub fn to_number(value: &Value, from: &DataType, to: &DataType) -> Outcome<Value> {
    match to {
        DataType::Float32 | DataType::Float64 => to_double(value, to),
        DataType::Decimal128(precision, scale) => to_decimal(value, from, *precision, *scale),
        _ => to_integer(value, from, to),
    }
}

fn type_label(to: &DataType) -> String {
    if to == &DataType::Int32 { "INT".to_owned() } else { types::name(to).to_uppercase() }
}

fn bad<T>(value: &Value, from: &DataType, to: &DataType) -> Outcome<T> {
    let shown = render(value, from)?;
    let kind =
        if matches!(value, Value::Text(_)) { String::new() } else { format!("{} ", types::name(from).to_uppercase()) };
    fail("INVALID_CAST_ARGUMENT", format!("Cannot cast {kind}'{shown}' to {}", type_label(to)))
}

fn to_integer(value: &Value, from: &DataType, to: &DataType) -> Outcome<Value> {
    let number = match value {
        Value::Boolean(flag) => Some(i64::from(*flag)),
        Value::Integer(number) => Some(*number),
        Value::Double(number) => round_to_integer(*number),
        Value::Decimal(unscaled, scale) => rescale(*unscaled, *scale, 0).and_then(|whole| i64::try_from(whole).ok()),
        other => other.as_text().parse().ok(),
    };
    let bits = match to {
        DataType::Int8 => 8,
        DataType::Int16 => 16,
        DataType::Int32 => 32,
        _ => 64,
    };
    match number {
        Some(number) if bits == 64 || (number >> (bits - 1)) == 0 || (number >> (bits - 1)) == -1 => {
            Ok(Value::Integer(number))
        }
        Some(number) if matches!(value, Value::Integer(_)) => {
            fail("INVALID_CAST_ARGUMENT", format!("Out of range for {}: {number}", types::name(to)))
        }
        _ => bad(value, from, to),
    }
}

/// The nearest integer, halves away from zero; `None` for NaN and what a bigint cannot hold.
fn round_to_integer(number: f64) -> Option<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    let rounded = number.round();
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
    (-LIMIT..LIMIT).contains(&rounded).then_some(rounded as i64)
}

fn to_double(value: &Value, to: &DataType) -> Outcome<Value> {
    let number = match value {
        Value::Boolean(flag) => f64::from(u8::from(*flag)),
        #[expect(clippy::cast_precision_loss, reason = "the cast that the query asks for")]
        Value::Integer(number) => *number as f64,
        Value::Double(number) => *number,
        Value::Decimal(unscaled, scale) => {
            parse_double(&super::super::text::decimal(*unscaled, *scale)).unwrap_or(f64::NAN)
        }
        other => match parse_double(other.as_text().trim()) {
            Some(number) => number,
            None => {
                return fail(
                    "INVALID_CAST_ARGUMENT",
                    format!("Cannot cast '{}' to {}", other.as_text(), type_label(to)),
                );
            }
        },
    };
    Ok(Value::Double(number))
}

/// A double as Java reads it: `1e5`, `NaN`, `Infinity`; not Rust's `inf`.
pub fn parse_double(text: &str) -> Option<f64> {
    match text.trim_start_matches(['+', '-']) {
        "NaN" => Some(f64::NAN),
        "Infinity" if text.starts_with('-') => Some(f64::NEG_INFINITY),
        "Infinity" => Some(f64::INFINITY),
        digits if digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') => text.parse().ok(),
        _ => None,
    }
}

fn to_decimal(value: &Value, from: &DataType, precision: u8, scale: i8) -> Outcome<Value> {
    let fitted = match value {
        Value::Boolean(flag) => rescale(i128::from(*flag), 0, scale),
        Value::Integer(number) => rescale(i128::from(*number), 0, scale),
        Value::Decimal(unscaled, old) => rescale(*unscaled, *old, scale),
        Value::Double(number) => parse_decimal(&java_double(*number, from == &DataType::Float32), scale),
        other => parse_decimal(other.as_text().trim(), scale),
    };
    match fitted {
        Some(unscaled) if unscaled.unsigned_abs() < 10_u128.pow(u32::from(precision)) => {
            Ok(Value::Decimal(unscaled, scale))
        }
        _ => {
            let kind = types::name(from).to_uppercase();
            let shown = render(value, from)?;
            fail("INVALID_CAST_ARGUMENT", format!("Cannot cast {kind} '{shown}' to DECIMAL({precision}, {scale})"))
        }
    }
}

fn parse_decimal(text: &str, scale: i8) -> Option<i128> {
    let number: BigDecimal = text.parse().ok()?;
    let (unscaled, _): (BigInt, i64) =
        number.with_scale_round(scale.into(), RoundingMode::HalfUp).into_bigint_and_exponent();
    i128::try_from(unscaled).ok()
}

/// The unscaled value at another scale, halves away from zero; `None` when it overflows.
pub fn rescale(unscaled: i128, from: i8, to: i8) -> Option<i128> {
    let power = |digits: i8| 10_i128.checked_pow(u32::try_from(digits).ok()?);
    if to >= from {
        return unscaled.checked_mul(power(to - from)?);
    }
    let divisor = power(from - to)?;
    let (quotient, remainder) = (unscaled / divisor, unscaled % divisor);
    let away = remainder.unsigned_abs() >= divisor.unsigned_abs() - divisor.unsigned_abs() / 2;
    Some(if away { quotient + unscaled.signum() } else { quotient })
}

//! Mathematical functions.

use std::f64::consts;

use bigdecimal::num_bigint::BigInt;
use datafusion::arrow::datatypes::DataType;

use super::arithmetic::divide_half_up;
use super::error::{Outcome, bad_argument, fail};
use super::row::{Call, Kind, Returns, RowFunction, Types, function};
use super::strings::count;
use super::value::Value;

const DOUBLE: Returns = Returns::Is(DataType::Float64);
const BIGINT: Returns = Returns::Is(DataType::Int64);
const BOOLEAN: Returns = Returns::Is(DataType::Boolean);

/// The mathematical functions.
pub fn functions() -> Vec<RowFunction> {
    [doubles(), constants(), rounding(), others()].concat()
}

macro_rules! of_double {
    ($($name:literal => $body:expr),* $(,)?) => {
        vec![$(function($name, &[Kind::Double], DOUBLE, |_, v| {
            let body: fn(f64) -> f64 = $body;
            Ok(Value::Double(body(v[0].as_double())))
        })),*]
    };
}

fn doubles() -> Vec<RowFunction> {
    of_double! {
        "sqrt" => f64::sqrt, "cbrt" => f64::cbrt, "exp" => f64::exp, "ln" => f64::ln, "log2" => f64::log2,
        "log10" => f64::log10, "degrees" => f64::to_degrees, "radians" => f64::to_radians, "sin" => f64::sin,
        "cos" => f64::cos, "tan" => f64::tan, "asin" => f64::asin, "acos" => f64::acos, "atan" => f64::atan,
        "sinh" => f64::sinh, "cosh" => f64::cosh, "tanh" => f64::tanh,
    }
}

fn constants() -> Vec<RowFunction> {
    vec![
        function("pi", &[], DOUBLE, |_, _| Ok(Value::Double(consts::PI))),
        function("e", &[], DOUBLE, |_, _| Ok(Value::Double(consts::E))),
        function("nan", &[], DOUBLE, |_, _| Ok(Value::Double(f64::NAN))),
        function("infinity", &[], DOUBLE, |_, _| Ok(Value::Double(f64::INFINITY))),
    ]
}

fn rounding() -> Vec<RowFunction> {
    use Kind::{Bigint, Number};
    vec![
        function("abs", &[Number], Returns::Same(0), |_, v| abs(&v[0])),
        function("sign", &[Number], Returns::Via(sign_type), |_, v| Ok(sign(&v[0]))),
        function("ceiling", &[Number], Returns::Via(whole), |_, v| Ok(to_whole(&v[0], f64::ceil, 1))),
        function("floor", &[Number], Returns::Via(whole), |_, v| Ok(to_whole(&v[0], f64::floor, -1))),
        function("round", &[Number, Bigint], Returns::Via(rounded), round).optional(1),
        function("truncate", &[Number, Bigint], Returns::Via(truncated), truncate).optional(1),
    ]
}

fn others() -> Vec<RowFunction> {
    use Kind::{Any, Bigint, Double, Text};
    vec![
        function("power", &[Double, Double], DOUBLE, |_, v| Ok(Value::Double(v[0].as_double().powf(v[1].as_double())))),
        function("atan2", &[Double, Double], DOUBLE, |_, v| {
            Ok(Value::Double(v[0].as_double().atan2(v[1].as_double())))
        }),
        function("log", &[Double, Double], DOUBLE, |_, v| {
            Ok(Value::Double(v[1].as_double().ln() / v[0].as_double().ln()))
        }),
        function("is_nan", &[Double], BOOLEAN, |_, v| Ok(Value::Boolean(v[0].as_double().is_nan()))),
        function("is_finite", &[Double], BOOLEAN, |_, v| Ok(Value::Boolean(v[0].as_double().is_finite()))),
        function("is_infinite", &[Double], BOOLEAN, |_, v| Ok(Value::Boolean(v[0].as_double().is_infinite()))),
        function("width_bucket", &[Double, Any, Double, Bigint], BIGINT, width_bucket).optional(2),
        function("from_base", &[Text, Bigint], BIGINT, |_, v| from_base(v[0].as_text(), v[1].as_integer())),
        function("to_base", &[Bigint, Bigint], Returns::Is(DataType::Utf8), |_, v| {
            to_base(v[0].as_integer(), v[1].as_integer())
        }),
    ]
}

fn abs(value: &Value) -> Outcome<Value> {
    Ok(match value {
        Value::Double(number) => Value::Double(number.abs()),
        Value::Decimal(unscaled, scale) => Value::Decimal(unscaled.abs(), *scale),
        other => match other.as_integer().checked_abs() {
            Some(number) => Value::Integer(number),
            None => {
                return fail(
                    "NUMERIC_VALUE_OUT_OF_RANGE",
                    format!("Value {} is out of range for abs(bigint)", other.as_integer()),
                );
            }
        },
    })
}

fn sign_type(types: &Types<'_>) -> Outcome<DataType> {
    Ok(match &types.arguments[0] {
        DataType::Decimal128(..) => DataType::Decimal128(1, 0),
        other => other.clone(),
    })
}

fn sign(value: &Value) -> Value {
    match value {
        Value::Double(number) if *number == 0.0 || number.is_nan() => Value::Double(*number),
        Value::Double(number) => Value::Double(number.signum()),
        Value::Decimal(unscaled, _) => Value::Decimal(unscaled.signum(), 0),
        other => Value::Integer(other.as_integer().signum()),
    }
}

/// The type of a decimal without its fraction; one digit more where there was a fraction.
fn whole(types: &Types<'_>) -> Outcome<DataType> {
    Ok(match &types.arguments[0] {
        DataType::Decimal128(precision, scale) => {
            let digits = precision - scale.unsigned_abs() + u8::from(*scale > 0);
            DataType::Decimal128(digits.clamp(1, 38), 0)
        }
        other => other.clone(),
    })
}

fn to_whole(value: &Value, double: fn(f64) -> f64, towards: i128) -> Value {
    match value {
        Value::Double(number) => Value::Double(double(*number)),
        Value::Decimal(unscaled, scale) => {
            let unit = 10_i128.pow(u32::from(scale.unsigned_abs()));
            let rest = unscaled % unit != 0 && unscaled.signum() == towards;
            Value::Decimal(unscaled / unit + if rest { towards } else { 0 }, 0)
        }
        other => other.clone(),
    }
}

fn rounded(types: &Types<'_>) -> Outcome<DataType> {
    match (&types.arguments[0], types.arguments.len()) {
        (DataType::Decimal128(precision, scale), 2) => Ok(DataType::Decimal128((precision + 1).min(38), *scale)),
        _ => whole(types),
    }
}

fn truncated(types: &Types<'_>) -> Outcome<DataType> {
    match (&types.arguments[0], types.arguments.len()) {
        (DataType::Decimal128(precision, scale), 1) => {
            Ok(DataType::Decimal128((precision - scale.unsigned_abs()).max(1), 0))
        }
        (other, _) => Ok(other.clone()),
    }
}

/// The number at so many digits after the point (before it, if negative): `round` of the exact quotient.
fn at_digits(unscaled: i128, scale: i8, digits: i64, half_up: bool) -> Outcome<i128> {
    let dropped = i64::from(scale) - digits;
    if dropped <= 0 {
        return Ok(unscaled);
    }
    let Ok(dropped @ 1..=76) = u32::try_from(dropped) else { return Ok(0) };
    let (number, unit) = (BigInt::from(unscaled), BigInt::from(10).pow(dropped));
    let quotient = if half_up { divide_half_up(&number, &unit) } else { &number / &unit };
    i128::try_from(quotient * unit).or_else(|_| fail("NUMERIC_VALUE_OUT_OF_RANGE", "decimal overflow"))
}

fn digits_of(values: &[Value]) -> i64 {
    values.get(1).map_or(0, Value::as_integer)
}

fn exact(call: &Call<'_>, values: &[Value], half_up: bool) -> Outcome<Value> {
    let digits = digits_of(values);
    match (&values[0], call.returns) {
        (Value::Decimal(unscaled, scale), DataType::Decimal128(_, to)) => {
            let kept = at_digits(*unscaled, *scale, digits, half_up)?;
            Ok(Value::Decimal(kept / 10_i128.pow(u32::from((scale - to).unsigned_abs())), *to))
        }
        (other, _) => {
            let kept = at_digits(other.as_integer().into(), 0, digits, half_up)?;
            i64::try_from(kept).map(Value::Integer).or_else(|_| fail("NUMERIC_VALUE_OUT_OF_RANGE", "bigint overflow"))
        }
    }
}

fn round(call: &Call<'_>, values: &[Value]) -> Outcome<Value> {
    match &values[0] {
        Value::Double(number) => Ok(Value::Double(round_double(*number, digits_of(values)))),
        _ => exact(call, values, true),
    }
}

fn round_double(number: f64, digits: i64) -> f64 {
    let factor = 10_f64.powi(i32::try_from(digits).unwrap_or(0));
    let scaled = number.abs() * factor;
    if !scaled.is_finite() || scaled >= 9.007_199_254_740_992e15 {
        return number;
    }
    ((scaled + 0.5).floor() / factor).copysign(number)
}

fn truncate(call: &Call<'_>, values: &[Value]) -> Outcome<Value> {
    match &values[0] {
        Value::Double(number) => {
            let factor = 10_f64.powi(i32::try_from(digits_of(values)).unwrap_or(0));
            let scaled = number * factor;
            Ok(Value::Double(if scaled.is_finite() { scaled.trunc() / factor } else { *number }))
        }
        _ => exact(call, values, false),
    }
}

fn width_bucket(call: &Call<'_>, values: &[Value]) -> Outcome<Value> {
    let operand = values[0].as_double();
    match (&values[1], values.len()) {
        (Value::List(bins), 2) => {
            let element = super::types::element_of(&call.types[1]).unwrap_or(DataType::Null);
            let bound = |bin: &Value| Ok(super::cast::convert(bin, &element, &DataType::Float64)?.as_double());
            let bounds = bins.iter().map(bound).collect::<Outcome<Vec<f64>>>()?;
            if bounds.windows(2).any(|pair| pair[0] >= pair[1]) {
                return bad_argument("Bin values are not sorted in ascending order");
            }
            Ok(count(bounds.iter().filter(|bound| **bound <= operand).count()))
        }
        (low, 4) => {
            let low = super::cast::convert(low, &call.types[1], &DataType::Float64)?.as_double();
            bucket(operand, low, values[2].as_double(), values[3].as_integer())
        }
        _ => bad_argument("width_bucket takes (x, bins) or (x, bound1, bound2, n)"),
    }
}

fn bucket(operand: f64, low: f64, high: f64, buckets: i64) -> Outcome<Value> {
    if buckets <= 0 {
        return bad_argument("bucketCount must be greater than 0");
    }
    if low.total_cmp(&high).is_eq() || !low.is_finite() || !high.is_finite() || operand.is_nan() {
        return bad_argument("bounds must be finite and not equal, the operand not NaN");
    }
    let (at, width) = if low < high { (operand - low, high - low) } else { (low - operand, low - high) };
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "0 <= at < width")]
    Ok(Value::Integer(match at {
        at if at < 0.0 => 0,
        at if at >= width => buckets + 1,
        at => (buckets as f64 * at / width) as i64 + 1,
    }))
}

fn radix(radix: i64) -> Outcome<u32> {
    match u32::try_from(radix) {
        Ok(radix @ 2..=36) => Ok(radix),
        _ => bad_argument("Radix must be between 2 and 36"),
    }
}

fn from_base(text: &str, base: i64) -> Outcome<Value> {
    let found = i64::from_str_radix(text, radix(base)?);
    found.map(Value::Integer).or_else(|_| bad_argument(format!("Not a valid base-{base} number: {text}")))
}

fn to_base(number: i64, base: i64) -> Outcome<Value> {
    let base = radix(base)?;
    let (mut rest, mut digits) = (number.unsigned_abs(), Vec::new());
    loop {
        let digit = u32::try_from(rest % u64::from(base)).unwrap_or(0);
        digits.push(char::from_digit(digit, base).unwrap_or('0'));
        rest /= u64::from(base);
        if rest == 0 {
            break;
        }
    }
    let sign = if number < 0 { "-" } else { "" };
    Ok(Value::Text(sign.to_owned() + &digits.iter().rev().collect::<String>()))
}

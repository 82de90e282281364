//! `+ - * / %` with Trino's types: integers that overflow are errors, decimals keep their rules, halves round up.

use bigdecimal::num_bigint::{BigInt, Sign};
use datafusion::arrow::datatypes::DataType;

use super::cast::convert;
use super::error::{Outcome, fail, refuse};
use super::interval_arithmetic::{moves, shift};
use super::row::{Call, Kind, Returns, RowFunction, Types, function};
use super::types::{self, as_decimal, common};
use super::value::Value;

/// `$add` and its like, to which the planner turns the operators.
pub fn functions() -> Vec<RowFunction> {
    const TWO: &[Kind] = &[Kind::Any, Kind::Any];
    vec![
        function("$add", TWO, Returns::Via(|t| result("+", t)), |c, v| apply("+", c, v)),
        function("$subtract", TWO, Returns::Via(|t| result("-", t)), |c, v| apply("-", c, v)),
        function("$multiply", TWO, Returns::Via(|t| result("*", t)), |c, v| apply("*", c, v)),
        function("$divide", TWO, Returns::Via(|t| result("/", t)), |c, v| apply("/", c, v)),
        function("$modulus", TWO, Returns::Via(|t| result("%", t)), |c, v| apply("%", c, v)),
        function("mod", TWO, Returns::Via(|t| result("%", t)), |c, v| apply("%", c, v)),
        function("$comparable", &[Kind::Double, Kind::Double], Returns::Is(DataType::Boolean), |_, v| {
            Ok(Value::Boolean(!v[0].as_double().is_nan() && !v[1].as_double().is_nan()))
        }),
        function("$negate", &[Kind::Any], Returns::Same(0), |_, v| negate(&v[0])),
    ]
}

/// The function of an operator.
pub fn function_of(operator: &str) -> Option<&'static str> {
    Some(match operator {
        "+" => "$add",
        "-" => "$subtract",
        "*" => "$multiply",
        "/" => "$divide",
        "%" => "$modulus",
        _ => return None,
    })
}

fn result(operator: &str, types: &Types<'_>) -> Outcome<DataType> {
    let (a, b) = (&types.arguments[0], &types.arguments[1]);
    if let Some(moved) = moves(operator, a, b) {
        return Ok(moved);
    }
    let numeric = |data_type: &DataType| data_type.is_numeric() || data_type == &DataType::Null;
    match common(a, b) {
        Some(DataType::Decimal128(..)) => decimal_result(operator, a, b),
        Some(both) if numeric(a) && numeric(b) => Ok(both),
        _ => mismatch(operator, a, b),
    }
}

/// Trino's refusal of an operator between types.
pub fn mismatch<T>(operator: &str, a: &DataType, b: &DataType) -> Outcome<T> {
    refuse("TYPE_MISMATCH", format!("Cannot apply operator: {} {operator} {}", types::name(a), types::name(b)))
}

/// Precision and scale of the result, see Trino's documentation of decimal operators.
fn decimal_result(operator: &str, a: &DataType, b: &DataType) -> Outcome<DataType> {
    let (Some((p1, s1)), Some((p2, s2))) = (as_decimal(a).or(as_decimal(b)), as_decimal(b).or(as_decimal(a))) else {
        return mismatch(operator, a, b);
    };
    let (p1, s1, p2, s2) = (i16::from(p1), i16::from(s1), i16::from(p2), i16::from(s2));
    let scale = s1.max(s2);
    let (precision, scale) = match operator {
        "*" => (p1 + p2, s1 + s2),
        "/" => (p1 + s2 + (s2 - s1).max(0), scale),
        "%" => ((p1 - s1).min(p2 - s2) + scale, scale),
        _ => ((p1 - s1).max(p2 - s2) + scale + 1, scale),
    };
    match (u8::try_from(precision.clamp(1, 38)), i8::try_from(scale)) {
        (Ok(precision), Ok(scale)) if scale <= 38 => Ok(DataType::Decimal128(precision, scale)),
        _ => {
            refuse("NUMERIC_VALUE_OUT_OF_RANGE", format!("DECIMAL scale must be in range [0, precision (38)]: {scale}"))
        }
    }
}

fn apply(operator: &str, call: &Call<'_>, values: &[Value]) -> Outcome<Value> {
    let (a, b) = (&call.types[0], &call.types[1]);
    if moves(operator, a, b).is_some() {
        return shift(operator, values, call.types);
    }
    match call.returns {
        DataType::Decimal128(_, scale) => decimals(operator, values, *scale),
        DataType::Float32 | DataType::Float64 => {
            let (x, y) = (convert(&values[0], a, call.returns)?, convert(&values[1], b, call.returns)?);
            Ok(Value::Double(doubles(operator, x.as_double(), y.as_double())))
        }
        _ => integers(operator, values[0].as_integer(), values[1].as_integer(), call.returns),
    }
}

fn doubles(operator: &str, a: f64, b: f64) -> f64 {
    match operator {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" => a / b,
        _ => a % b,
    }
}

fn division_by_zero<T>() -> Outcome<T> {
    fail("DIVISION_BY_ZERO", "Division by zero")
}

fn integers(operator: &str, a: i64, b: i64, to: &DataType) -> Outcome<Value> {
    if b == 0 && matches!(operator, "/" | "%") {
        return division_by_zero();
    }
    let (found, what) = match operator {
        "+" => (a.checked_add(b), "addition"),
        "-" => (a.checked_sub(b), "subtraction"),
        "*" => (a.checked_mul(b), "multiplication"),
        "/" => (a.checked_div(b), "division"),
        _ => (Some(a.checked_rem(b).unwrap_or(0)), "modulus"),
    };
    if let Some(number) = found.filter(|number| convert(&Value::Integer(*number), &DataType::Int64, to).is_ok()) {
        return Ok(Value::Integer(number));
    }
    fail("NUMERIC_VALUE_OUT_OF_RANGE", format!("{} {what} overflow: {a} {operator} {b}", types::name(to)))
}

fn parts(value: &Value) -> (BigInt, i8) {
    match value {
        Value::Decimal(unscaled, scale) => (BigInt::from(*unscaled), *scale),
        other => (BigInt::from(other.as_integer()), 0),
    }
}

fn power(digits: i8) -> BigInt {
    BigInt::from(10).pow(u32::from(digits.unsigned_abs()))
}

fn decimals(operator: &str, values: &[Value], scale: i8) -> Outcome<Value> {
    let ((a, s1), (b, s2)) = (parts(&values[0]), parts(&values[1]));
    if matches!(operator, "/" | "%") && b.sign() == Sign::NoSign {
        return division_by_zero();
    }
    let found = match operator {
        "*" => a * b,
        "/" => divide_half_up(&(a * power(scale - s1 + s2)), &b),
        other => {
            let (a, b) = (a * power(scale - s1), b * power(scale - s2));
            match other {
                "+" => a + b,
                "-" => a - b,
                _ => a % b,
            }
        }
    };
    match i128::try_from(found) {
        Ok(unscaled) if unscaled.unsigned_abs() < 10_u128.pow(38) => Ok(Value::Decimal(unscaled, scale)),
        _ => fail("NUMERIC_VALUE_OUT_OF_RANGE", "Decimal overflow"),
    }
}

/// The quotient, halves away from zero.
pub fn divide_half_up(a: &BigInt, b: &BigInt) -> BigInt {
    let (quotient, remainder) = (a / b, a % b);
    if remainder.magnitude() * 2_u32 < *b.magnitude() {
        return quotient;
    }
    if (a.sign() == Sign::Minus) == (b.sign() == Sign::Minus) { quotient + 1 } else { quotient - 1 }
}

fn negate(value: &Value) -> Outcome<Value> {
    Ok(match value {
        Value::Integer(number) => match number.checked_neg() {
            Some(negated) => Value::Integer(negated),
            None => return fail("NUMERIC_VALUE_OUT_OF_RANGE", format!("bigint negation overflow: {number}")),
        },
        Value::Double(number) => Value::Double(-number),
        Value::Decimal(unscaled, scale) => Value::Decimal(-unscaled, *scale),
        Value::Interval(months, days, nanos) => Value::Interval(-months, -days, -nanos),
        other => return fail("TYPE_MISMATCH", format!("Cannot negate {other:?}")),
    })
}

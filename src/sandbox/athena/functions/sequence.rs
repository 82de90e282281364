//! `sequence`: numbers, days or moments at equal steps, the end included.

use datafusion::arrow::datatypes::DataType;

use super::error::{Outcome, bad_argument, refuse};
use super::interval_arithmetic::shift;
use super::row::{Call, Types};
use super::types::{self, INTERVAL, array_of};
use super::value::Value;

const LIMIT: usize = 10_000;

/// An array of the type of the ends.
pub fn result(types: &Types<'_>) -> Outcome<DataType> {
    let temporal = |t: &DataType| matches!(t, DataType::Date32 | DataType::Timestamp(..));
    let (start, end, step) = (&types.arguments[0], &types.arguments[1], types.arguments.get(2));
    match step {
        _ if start.is_integer() && end.is_integer() && step.is_none_or(DataType::is_integer) => {
            Ok(array_of(DataType::Int64))
        }
        None if start == &DataType::Date32 && start == end => Ok(array_of(start.clone())),
        Some(step) if temporal(start) && start == end && step == &INTERVAL => Ok(array_of(start.clone())),
        _ => refuse(
            "FUNCTION_NOT_FOUND",
            format!("Unexpected parameters {} for function sequence", types::names(types.arguments)),
        ),
    }
}

/// The values from the first argument to the second.
pub fn sequence(call: &Call<'_>, values: &[Value]) -> Outcome<Value> {
    let (start, end) = (&values[0], &values[1]);
    let down = end < start;
    let default = match start {
        Value::Integer(_) => Value::Integer(if down { -1 } else { 1 }),
        _ => Value::Interval(0, if down { -1 } else { 1 }, 0),
    };
    let step = values.get(2).cloned().unwrap_or(default);
    if matches!(step, Value::Integer(0) | Value::Interval(0, 0, 0)) {
        return bad_argument("step must not be zero");
    }
    let types = [call.types[0].clone(), INTERVAL];
    let mut items = Vec::new();
    for at in 0_i32.. {
        let next = nth(start, &step, at, &types)?;
        if at == 1 && (next < *start) != down && start != end {
            return bad_argument(
                "sequence stop value should be greater than or equal to start value if step is greater than zero otherwise stop should be less than or equal to start",
            );
        }
        if if down { next < *end } else { next > *end } {
            break;
        }
        if items.len() == LIMIT {
            return bad_argument("result of sequence function must not have more than 10000 entries");
        }
        items.push(next);
        if start == end {
            break;
        }
    }
    Ok(Value::List(items))
}

/// The start and so many steps; from the start each time, so that months of different length do not drift.
fn nth(start: &Value, step: &Value, at: i32, types: &[DataType]) -> Outcome<Value> {
    match (start, step) {
        (Value::Integer(start), Value::Integer(step)) => {
            match step.checked_mul(at.into()).and_then(|by| start.checked_add(by)) {
                Some(next) => Ok(Value::Integer(next)),
                None => bad_argument("sequence out of range"),
            }
        }
        (start, Value::Interval(months, days, nanos)) => {
            let by =
                Value::Interval(months.saturating_mul(at), days.saturating_mul(at), nanos.saturating_mul(at.into()));
            shift("+", &[start.clone(), by], types)
        }
        _ => bad_argument("sequence takes integers, or dates and an interval"),
    }
}

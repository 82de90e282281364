//! Dates, timestamps and intervals under `+` and `-`.

use chrono::{Months, NaiveDateTime, TimeDelta};
use datafusion::arrow::datatypes::DataType;

use super::dates::{back, local_of};
use super::error::{Outcome, bad_argument, fail};
use super::types::INTERVAL;
use super::value::Value;

fn temporal(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Date32 | DataType::Timestamp(..))
}

/// The type of a temporal sum or difference, if it is one.
pub fn moves(operator: &str, a: &DataType, b: &DataType) -> Option<DataType> {
    match operator {
        "+" | "-" if temporal(a) && b == &INTERVAL => Some(a.clone()),
        "+" if a == &INTERVAL && temporal(b) => Some(b.clone()),
        "+" | "-" if a == &INTERVAL && b == &INTERVAL => Some(INTERVAL),
        "-" if temporal(a) && a == b => Some(INTERVAL),
        "*" if a == &INTERVAL && b.is_integer() || a.is_integer() && b == &INTERVAL => Some(INTERVAL),
        _ => None,
    }
}

/// The sum or difference itself.
pub fn shift(operator: &str, values: &[Value], types: &[DataType]) -> Outcome<Value> {
    let signed = |months: i32, days: i32, nanos: i64| match operator {
        "-" => (months.saturating_neg(), days.saturating_neg(), nanos.saturating_neg()),
        _ => (months, days, nanos),
    };
    match (&values[0], &values[1]) {
        (Value::Interval(m, d, n), Value::Interval(m2, d2, n2)) => {
            let (m2, d2, n2) = signed(*m2, *d2, *n2);
            Ok(Value::Interval(m.saturating_add(m2), d.saturating_add(d2), n.saturating_add(n2)))
        }
        (Value::Interval(m, d, n), Value::Integer(times)) | (Value::Integer(times), Value::Interval(m, d, n)) => {
            multiplied(*m, *d, *n, *times)
        }
        (point, Value::Interval(m, d, n)) => moved(point, &types[0], signed(*m, *d, *n)),
        (Value::Interval(m, d, n), point) => moved(point, &types[1], (*m, *d, *n)),
        (a, b) => difference(a, b),
    }
}

fn multiplied(months: i32, days: i32, nanos: i64, times: i64) -> Outcome<Value> {
    let scaled = i32::try_from(times).ok().and_then(|by| {
        Some(Value::Interval(months.checked_mul(by)?, days.checked_mul(by)?, nanos.checked_mul(times)?))
    });
    scaled.map_or_else(|| fail("NUMERIC_VALUE_OUT_OF_RANGE", format!("interval overflow: * {times}")), Ok)
}

fn moved(point: &Value, data_type: &DataType, (months, days, nanos): (i32, i32, i64)) -> Outcome<Value> {
    if data_type == &DataType::Date32 && nanos % 86_400_000_000_000 != 0 {
        return bad_argument("Cannot add hour, minutes or seconds to a date");
    }
    let local = add_months(local_of(point, data_type)?, i64::from(months))?;
    let delta = TimeDelta::days(days.into()) + TimeDelta::nanoseconds(nanos);
    match local.checked_add_signed(delta) {
        Some(local) => back(local, data_type),
        None => bad_argument("date out of range"),
    }
}

/// So many months later; the last day of a month where it is shorter.
pub fn add_months(local: NaiveDateTime, months: i64) -> Outcome<NaiveDateTime> {
    let count = u32::try_from(months.unsigned_abs()).ok().map(Months::new);
    let moved = count
        .and_then(|count| if months < 0 { local.checked_sub_months(count) } else { local.checked_add_months(count) });
    moved.map_or_else(|| bad_argument("date out of range"), Ok)
}

fn difference(a: &Value, b: &Value) -> Outcome<Value> {
    let per_unit: i64 = if matches!(a, Value::Date(_)) { 86_400_000_000_000 } else { 1_000_000 };
    match (a.as_integer() - b.as_integer()).checked_mul(per_unit) {
        Some(nanos) => Ok(Value::Interval(0, 0, nanos)),
        None => fail("NUMERIC_VALUE_OUT_OF_RANGE", "interval overflow"),
    }
}

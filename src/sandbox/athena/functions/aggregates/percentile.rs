//! `approx_percentile`, exact here: the value at the rank.

use datafusion::arrow::datatypes::DataType;

use super::super::cast::convert;
use super::super::error::{Outcome, bad_argument, refuse};
use super::super::types::{self, array_of, element_of};
use super::super::value::Value;

/// The type of the values; an array of it for an array of percentages.
pub fn returns(types: &[DataType]) -> Outcome<DataType> {
    let (Some(value), Some(last)) = (types.first(), types.last()) else { return Ok(DataType::Null) };
    if !value.is_numeric() || types.len() > 3 {
        return refuse(
            "FUNCTION_NOT_FOUND",
            format!("Unexpected parameters {} for function approx_percentile", types::names(types)),
        );
    }
    Ok(if element_of(last).is_some() { array_of(value.clone()) } else { value.clone() })
}

/// `(value, percentage)` or `(value, weight, percentage)`.
pub fn finish(rows: &[Vec<Value>], _: &DataType) -> Outcome<Value> {
    let Some(first) = rows.first() else { return Ok(Value::Null) };
    let mut weighted: Vec<(&Value, f64)> = rows.iter().map(|row| (&row[0], weight(row))).collect();
    weighted.sort_by(|a, b| a.0.cmp(b.0));
    match &first[first.len() - 1] {
        Value::List(percentages) => {
            percentages.iter().map(|percentage| at(&weighted, percentage)).collect::<Outcome<_>>().map(Value::List)
        }
        percentage => at(&weighted, percentage),
    }
}

fn weight(row: &[Value]) -> f64 {
    if row.len() == 3 { number(&row[1]) } else { 1.0 }
}

fn number(value: &Value) -> f64 {
    let from = match value {
        Value::Decimal(_, scale) => DataType::Decimal128(38, *scale),
        Value::Integer(_) => DataType::Int64,
        _ => DataType::Float64,
    };
    convert(value, &from, &DataType::Float64).map_or(f64::NAN, |value| value.as_double())
}

fn at(weighted: &[(&Value, f64)], percentage: &Value) -> Outcome<Value> {
    let share = number(percentage);
    if !(0.0..=1.0).contains(&share) {
        return bad_argument("Percentile must be between 0 and 1");
    }
    let total: f64 = weighted.iter().map(|(_, weight)| weight).sum();
    let mut passed = 0.0;
    for (value, weight) in weighted {
        passed += weight;
        if passed >= share * total && passed > 0.0 {
            return Ok((*value).clone());
        }
    }
    Ok(weighted.last().map_or(Value::Null, |(value, _)| (*value).clone()))
}

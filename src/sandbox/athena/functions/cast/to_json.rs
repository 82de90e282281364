//! Values as json: `cast(x as json)`.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field};
use serde_json::{Map, Number, Value as Json};

use super::super::error::{Outcome, bad_argument, fail};
use super::super::json::parse;
use super::super::text::{decimal, java_double, render};
use super::super::types::{JSON, element_of, map_parts};
use super::super::value::Value;

/// The value as json. Keys of maps are sorted; rows become objects with the names of their fields.
pub fn to_json(value: &Value, from: &DataType) -> Outcome<Json> {
    match value {
        Value::Null => Ok(Json::Null),
        Value::Boolean(flag) => Ok(Json::Bool(*flag)),
        Value::Integer(integer) => number(&integer.to_string()),
        Value::Double(double) if !double.is_finite() => bad_argument(format!("{double} has no form in JSON")),
        Value::Double(double) => number(&java_double(*double, from == &DataType::Float32)),
        Value::Decimal(unscaled, scale) => number(&decimal(*unscaled, *scale)),
        Value::Text(text) if from == &JSON => parse(text),
        Value::Text(text) => Ok(Json::String(text.clone())),
        Value::List(values) => {
            let element = element_of(from).unwrap_or(DataType::Null);
            values.iter().map(|value| to_json(value, &element)).collect::<Outcome<_>>().map(Json::Array)
        }
        Value::Map(entries) => object(entries, from),
        Value::Row(values) => row(values, from),
        other => render(other, from).map(Json::String),
    }
}

fn number(text: &str) -> Outcome<Json> {
    match serde_json::from_str::<Number>(text) {
        Ok(number) => Ok(Json::Number(number)),
        Err(error) => fail("INVALID_CAST_ARGUMENT", format!("Cannot cast '{text}' to JSON: {error}")),
    }
}

fn object(entries: &[(Value, Value)], from: &DataType) -> Outcome<Json> {
    let (key, item) = map_parts(from).unwrap_or((DataType::Null, DataType::Null));
    let member = |(name, value): &(Value, Value)| Ok((render(name, &key)?, to_json(value, &item)?));
    let sorted = entries.iter().map(member).collect::<Outcome<BTreeMap<_, _>>>()?;
    Ok(Json::Object(sorted.into_iter().collect()))
}

fn row(values: &[Value], from: &DataType) -> Outcome<Json> {
    let DataType::Struct(fields) = from else { return Ok(Json::Null) };
    let member = |(at, (field, value)): (usize, (&Arc<Field>, &Value))| {
        let name = if *field.name() == format!("field{at}") { String::new() } else { field.name().clone() };
        Ok((name, to_json(value, field.data_type())?))
    };
    fields.iter().zip(values).enumerate().map(member).collect::<Outcome<Map<_, _>>>().map(Json::Object)
}

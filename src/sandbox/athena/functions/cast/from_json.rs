//! Json as other types: `cast(json as …)`.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Fields};
use serde_json::Value as Json;

use super::super::error::{Outcome, fail};
use super::super::json::{canonical, parse};
use super::super::types::{self, JSON, element_of, map_parts};
use super::super::value::Value;
use super::convert;

/// The json text as a value of the type; json's null is NULL.
pub fn from_json(text: &str, to: &DataType) -> Outcome<Value> {
    read(&parse(text)?, to)
}

fn read(json: &Json, to: &DataType) -> Outcome<Value> {
    if to == &JSON {
        return Ok(Value::Text(canonical(json)));
    }
    match json {
        Json::Null => Ok(Value::Null),
        Json::Array(items) => array(json, items, to),
        Json::Object(members) => object(json, members, to),
        Json::Bool(flag) => convert(&Value::Boolean(*flag), &DataType::Boolean, to).or_else(|_| bad(json, to)),
        Json::String(text) => convert(&Value::text(text), &DataType::Utf8, to).or_else(|_| bad(json, to)),
        Json::Number(number) => read_number(json, &number.to_string(), to),
    }
}

fn read_number(json: &Json, text: &str, to: &DataType) -> Outcome<Value> {
    let whole = text.parse::<i64>().ok();
    let source = match (whole, to) {
        (_, DataType::Decimal128(..)) => (Value::text(text), DataType::Utf8),
        (Some(whole), _) => (Value::Integer(whole), DataType::Int64),
        _ => (Value::Double(text.parse().unwrap_or(f64::NAN)), DataType::Float64),
    };
    convert(&source.0, &source.1, to).or_else(|_| bad(json, to))
}

fn bad<T>(json: &Json, to: &DataType) -> Outcome<T> {
    let text = canonical(json);
    let shown =
        if text.chars().count() > 100 { format!("{}...", text.chars().take(100).collect::<String>()) } else { text };
    fail("INVALID_CAST_ARGUMENT", format!("Cannot cast to {}. JSON value: {shown}", types::name(to)))
}

fn array(json: &Json, items: &[Json], to: &DataType) -> Outcome<Value> {
    if let Some(element) = element_of(to) {
        return items.iter().map(|item| read(item, &element)).collect::<Outcome<_>>().map(Value::List);
    }
    match to {
        DataType::Struct(fields) if fields.len() == items.len() => {
            let field = |(field, item): (&Arc<Field>, &Json)| read(item, field.data_type());
            fields.iter().zip(items).map(field).collect::<Outcome<_>>().map(Value::Row)
        }
        _ => bad(json, to),
    }
}

fn object(json: &Json, members: &serde_json::Map<String, Json>, to: &DataType) -> Outcome<Value> {
    if let Some((key, item)) = map_parts(to) {
        let entry = |(name, value): (&String, &Json)| {
            Ok((convert(&Value::text(name), &DataType::Utf8, &key)?, read(value, &item)?))
        };
        return members.iter().map(entry).collect::<Outcome<_>>().map(Value::Map);
    }
    match to {
        DataType::Struct(fields) => row(members, fields),
        _ => bad(json, to),
    }
}

fn row(members: &serde_json::Map<String, Json>, fields: &Fields) -> Outcome<Value> {
    let find = |name: &str| members.iter().find(|(member, _)| member.eq_ignore_ascii_case(name));
    let field =
        |field: &Arc<Field>| find(field.name()).map_or(Ok(Value::Null), |(_, json)| read(json, field.data_type()));
    fields.iter().map(field).collect::<Outcome<_>>().map(Value::Row)
}

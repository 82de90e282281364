//! One value from one type to another.

use datafusion::arrow::datatypes::DataType;

use super::super::error::{Outcome, fail, refuse};
use super::super::row::{Call, Kind, Returns, RowFunction, Types, function};
use super::super::text::{cast_double, render};
use super::super::types::{self, JSON, element_of, map_parts, zoned};
use super::super::value::Value;
use super::check::castable;
use super::temporal::{literal_zone, to_date, to_timestamp};
use super::{from_json, numbers, to_json};

/// `$cast(x, 'type' [, length])` and `$try_cast`, to which the dialect rewrites `cast` and `try_cast`.
pub fn functions() -> Vec<RowFunction> {
    const PARAMETERS: &[Kind] = &[Kind::Any, Kind::Text, Kind::Bigint];
    vec![
        function("$cast", PARAMETERS, Returns::Via(target), cast).optional(1).sees_null(),
        function("$try_cast", PARAMETERS, Returns::Via(target), |call, values| {
            Ok(cast(call, values).unwrap_or(Value::Null))
        })
        .optional(1)
        .sees_null(),
    ]
}

fn cast(call: &Call<'_>, values: &[Value]) -> Outcome<Value> {
    let found = convert(&values[0], &call.types[0], call.returns)?;
    match (values.get(2), &found) {
        (Some(Value::Integer(length)), Value::Text(text)) => cut(text, *length, &call.types[0]),
        _ => Ok(found),
    }
}

/// `varchar(n)`: a longer text is cut, a number that does not fit is an error.
fn cut(text: &str, length: i64, from: &DataType) -> Outcome<Value> {
    let length = usize::try_from(length).unwrap_or(0);
    if text.chars().count() <= length || matches!(from, &DataType::Utf8 | &DataType::LargeUtf8) {
        return Ok(Value::Text(text.chars().take(length).collect()));
    }
    fail("INVALID_CAST_ARGUMENT", format!("Value {text} cannot be represented as varchar({length})"))
}

/// The type that the second argument names. A time zone comes from the value where it has one.
fn target(types: &Types<'_>) -> Outcome<DataType> {
    let from = &types.arguments[0];
    let Some(Some(text)) = types.literals.get(1) else {
        return refuse("SYNTAX_ERROR", "cast needs the name of a type");
    };
    let to = types::parse(text)?;
    if !castable(from, &to) {
        return refuse("TYPE_MISMATCH", format!("Cannot cast {} to {}", types::name(from), types::name(&to)));
    }
    if !matches!(to, DataType::Timestamp(_, Some(_))) {
        return Ok(to);
    }
    match (from, types.literals.first()) {
        (DataType::Timestamp(_, Some(zone)), _) => Ok(zoned(zone)),
        (_, Some(Some(literal))) => Ok(literal_zone(literal).map_or(to, |zone| zoned(&zone))),
        _ => Ok(to),
    }
}

/// The value as the other type; an error in Athena's words where it has no such form.
pub fn convert(value: &Value, from: &DataType, to: &DataType) -> Outcome<Value> {
    if value.is_null() || from == to {
        return Ok(value.clone());
    }
    if from == &JSON {
        return from_json(value.as_text(), to);
    }
    match to {
        to if to == &JSON => Ok(Value::Text(to_json(value, from)?.to_string())),
        DataType::Boolean => to_boolean(value),
        DataType::Utf8 => to_text(value, from),
        DataType::Binary => Ok(Value::Binary(value.as_bytes().to_vec())),
        DataType::Date32 => to_date(value, from),
        DataType::Timestamp(..) => to_timestamp(value, from, to),
        to if to.is_numeric() => numbers::to_number(value, from, to),
        _ => nested(value, from, to),
    }
}

fn nested(value: &Value, from: &DataType, to: &DataType) -> Outcome<Value> {
    if let (Some(from), Some(to)) = (element_of(from), element_of(to)) {
        return value.as_list().iter().map(|value| convert(value, &from, &to)).collect::<Outcome<_>>().map(Value::List);
    }
    if let (Some((key, item)), Some((to_key, to_item))) = (map_parts(from), map_parts(to)) {
        let entry = |(k, v): &(Value, Value)| Ok((convert(k, &key, &to_key)?, convert(v, &item, &to_item)?));
        return value.as_map().iter().map(entry).collect::<Outcome<_>>().map(Value::Map);
    }
    let (DataType::Struct(from_fields), DataType::Struct(to_fields)) = (from, to) else {
        return fail("TYPE_MISMATCH", format!("Cannot cast {} to {}", types::name(from), types::name(to)));
    };
    let field = |(value, (from, to)): (&Value, (&_, &_))| {
        let (from, to): (&datafusion::arrow::datatypes::FieldRef, &datafusion::arrow::datatypes::FieldRef) = (from, to);
        convert(value, from.data_type(), to.data_type())
    };
    value.as_list().iter().zip(from_fields.iter().zip(to_fields)).map(field).collect::<Outcome<_>>().map(Value::Row)
}

fn to_boolean(value: &Value) -> Outcome<Value> {
    Ok(Value::Boolean(match value {
        Value::Integer(number) => *number != 0,
        Value::Double(number) => *number != 0.0,
        Value::Decimal(unscaled, _) => *unscaled != 0,
        other => match other.as_text().to_lowercase().as_str() {
            "true" | "t" | "1" => true,
            "false" | "f" | "0" => false,
            _ => return fail("INVALID_CAST_ARGUMENT", format!("Cannot cast '{}' to BOOLEAN", other.as_text())),
        },
    }))
}

fn to_text(value: &Value, from: &DataType) -> Outcome<Value> {
    match value {
        Value::Double(number) => Ok(Value::Text(cast_double(*number, from == &DataType::Float32))),
        other => render(other, from).map(Value::Text),
    }
}

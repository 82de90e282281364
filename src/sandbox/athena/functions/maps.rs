//! Map functions.

use datafusion::arrow::datatypes::DataType;

use super::error::{Outcome, bad_argument, refuse};
use super::row::{Kind, Returns, RowFunction, Types, function};
use super::types::{self, array_of, common_of, element_of, map_of, map_parts, row_of};
use super::value::Value;

/// The functions on maps.
pub fn functions() -> Vec<RowFunction> {
    use Kind::{Array, Map};
    vec![
        function("$map", &[Array, Array], Returns::Via(map_type), |_, v| map(v)).optional(2),
        function("map_keys", &[Map], Returns::Via(|t| Ok(array_of(parts(t, 0)?.0))), |_, v| {
            Ok(Value::List(v[0].as_map().iter().map(|(key, _)| key.clone()).collect()))
        }),
        function("map_values", &[Map], Returns::Via(|t| Ok(array_of(parts(t, 0)?.1))), |_, v| {
            Ok(Value::List(v[0].as_map().iter().map(|(_, value)| value.clone()).collect()))
        }),
        function("map_entries", &[Map], Returns::Via(entries_type), |_, v| {
            let entry = |(key, value): &(Value, Value)| Value::Row(vec![key.clone(), value.clone()]);
            Ok(Value::List(v[0].as_map().iter().map(entry).collect()))
        }),
        function("map_from_entries", &[Array], Returns::Via(from_entries_type), |_, v| from_entries(v[0].as_list())),
        function("map_concat", &[Map, Map], Returns::Via(|t| common_of("map_concat", t.arguments)), |_, v| {
            let mut entries: Vec<(Value, Value)> = Vec::new();
            for (key, value) in v.iter().flat_map(|map| map.as_map().iter().cloned()) {
                put(&mut entries, key, value);
            }
            Ok(Value::Map(entries))
        })
        .repeats(),
    ]
}

fn put(entries: &mut Vec<(Value, Value)>, key: Value, value: Value) {
    match entries.iter_mut().find(|(known, _)| *known == key) {
        Some(entry) => entry.1 = value,
        None => entries.push((key, value)),
    }
}

fn parts(types: &Types<'_>, at: usize) -> Outcome<(DataType, DataType)> {
    Ok(map_parts(&types.arguments[at]).unwrap_or((DataType::Null, DataType::Null)))
}

fn map_type(types: &Types<'_>) -> Outcome<DataType> {
    let element = |at: usize| types.arguments.get(at).and_then(element_of).unwrap_or(DataType::Null);
    if types.arguments.len() == 1 {
        return refuse("FUNCTION_NOT_FOUND", "Unexpected parameters for function map. Expected: map(array, array)");
    }
    Ok(map_of(element(0), element(1)))
}

fn map(values: &[Value]) -> Outcome<Value> {
    let (keys, items) = (values.first().map_or(&[][..], Value::as_list), values.get(1).map_or(&[][..], Value::as_list));
    if keys.len() != items.len() {
        return bad_argument("Key and value arrays must be the same length");
    }
    checked(keys.iter().cloned().zip(items.iter().cloned()).collect())
}

/// A map, unless a key is NULL or there twice.
pub fn checked(entries: Vec<(Value, Value)>) -> Outcome<Value> {
    if entries.iter().any(|(key, _)| key.is_null()) {
        return bad_argument("map key cannot be null");
    }
    let mut keys: Vec<&Value> = entries.iter().map(|(key, _)| key).collect();
    keys.sort();
    match keys.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => bad_argument(format!("Duplicate map keys ({}) are not allowed", shown(pair[0]))),
        None => Ok(Value::Map(entries)),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        other => format!("{other:?}"),
    }
}

fn entries_type(types: &Types<'_>) -> Outcome<DataType> {
    let (key, value) = parts(types, 0)?;
    Ok(array_of(row_of([(None, key), (None, value)])))
}

fn from_entries_type(types: &Types<'_>) -> Outcome<DataType> {
    match element_of(&types.arguments[0]) {
        Some(DataType::Struct(fields)) if fields.len() == 2 => {
            Ok(map_of(fields[0].data_type().clone(), fields[1].data_type().clone()))
        }
        _ => refuse(
            "FUNCTION_NOT_FOUND",
            format!("Unexpected parameters {} for function map_from_entries", types::names(types.arguments)),
        ),
    }
}

fn from_entries(rows: &[Value]) -> Outcome<Value> {
    let entry = |row: &Value| match row.as_list() {
        [key, value] => Ok((key.clone(), value.clone())),
        _ => bad_argument("map entry cannot be null"),
    };
    checked(rows.iter().map(entry).collect::<Outcome<Vec<_>>>()?)
}

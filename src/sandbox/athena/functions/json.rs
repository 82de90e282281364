//! Json functions. Json values travel as their text, in the form that `json_parse` gives: keys sorted, no spaces.

use datafusion::arrow::datatypes::DataType;
use serde_json::Value as Json;

use super::error::{Outcome, fail};
use super::json_path::{Path, select};
use super::row::{Call, Kind, Returns, RowFunction, function};
use super::text::java_double;
use super::types::JSON;
use super::value::Value;

/// `json_parse`, `json_format`, `json_extract` and their like.
pub fn functions() -> Vec<RowFunction> {
    use Kind::{Any, Json as JsonKind, JsonOrText, Text};
    const TEXT: Returns = Returns::Is(DataType::Utf8);
    const BIGINT: Returns = Returns::Is(DataType::Int64);
    vec![
        function("json_parse", &[Text], Returns::Is(JSON), |_, v| json_parse(v[0].as_text())),
        function("json_format", &[JsonKind], TEXT, |_, v| Ok(v[0].clone())),
        function("json_extract", &[JsonOrText, Text], Returns::Is(JSON), extract),
        function("json_extract_scalar", &[JsonOrText, Text], TEXT, extract_scalar),
        function("json_size", &[JsonOrText, Text], BIGINT, size),
        function("json_array_length", &[JsonOrText], BIGINT, |_, v| {
            Ok(array(v)?.map_or(Value::Null, |items| length(items.len())))
        }),
        function("json_array_contains", &[JsonOrText, Any], Returns::Is(DataType::Boolean), contains),
        function("is_json_scalar", &[JsonOrText], Returns::Is(DataType::Boolean), |_, v| {
            Ok(Value::Boolean(!matches!(parse(v[0].as_text())?, Json::Array(_) | Json::Object(_))))
        }),
    ]
}

fn length(count: usize) -> Value {
    Value::Integer(i64::try_from(count).unwrap_or(i64::MAX))
}

/// The json of a text. Members keep their order here.
pub fn parse(text: &str) -> Outcome<Json> {
    serde_json::from_str(text)
        .or_else(|_| fail("INVALID_FUNCTION_ARGUMENT", format!("Cannot convert value to JSON: '{text}'")))
}

fn json_parse(text: &str) -> Outcome<Value> {
    Ok(Value::Text(canonical(&sorted(parse(text)?))))
}

/// Json with the keys of every object in order.
pub fn sorted(json: Json) -> Json {
    match json {
        Json::Array(items) => Json::Array(items.into_iter().map(sorted).collect()),
        Json::Object(members) => {
            let mut members: Vec<(String, Json)> =
                members.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Json::Object(members.into_iter().collect())
        }
        other => other,
    }
}

/// The text of json, numbers as Java prints them: `1.10` is `1.1`, `1e2` is `100.0`, integers keep every digit.
pub fn canonical(json: &Json) -> String {
    match json {
        Json::Number(number) => canonical_number(&number.to_string()),
        Json::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Json::Object(members) => {
            let member = |(key, value): (&String, &Json)| format!("{}:{}", Json::String(key.clone()), canonical(value));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}

fn canonical_number(text: &str) -> String {
    match text.parse::<f64>() {
        Ok(number) if text.contains(['.', 'e', 'E']) => java_double(number, false),
        _ => text.to_owned(),
    }
}

/// What a path finds in a json or varchar argument; text that is not json finds nothing, as at Athena.
fn find(values: &[Value]) -> Outcome<Option<Json>> {
    let path = Path::parse(values[1].as_text())?;
    let Ok(json) = serde_json::from_str::<Json>(values[0].as_text()) else { return Ok(None) };
    Ok(select(&json, &path).cloned())
}

fn extract(_: &Call<'_>, values: &[Value]) -> Outcome<Value> {
    Ok(find(values)?.map_or(Value::Null, |json| Value::Text(canonical(&json))))
}

fn extract_scalar(_: &Call<'_>, values: &[Value]) -> Outcome<Value> {
    Ok(match find(values)? {
        None | Some(Json::Null | Json::Array(_) | Json::Object(_)) => Value::Null,
        Some(Json::String(text)) => Value::Text(text),
        Some(Json::Number(number)) => Value::Text(number.to_string()),
        Some(Json::Bool(flag)) => Value::Text(flag.to_string()),
    })
}

fn size(_: &Call<'_>, values: &[Value]) -> Outcome<Value> {
    Ok(match find(values)? {
        None => Value::Null,
        Some(Json::Array(items)) => length(items.len()),
        Some(Json::Object(members)) => length(members.len()),
        Some(_) => length(0),
    })
}

fn array(values: &[Value]) -> Outcome<Option<Vec<Json>>> {
    Ok(match serde_json::from_str(values[0].as_text()) {
        Ok(Json::Array(items)) => Some(items),
        _ => None,
    })
}

fn contains(call: &Call<'_>, values: &[Value]) -> Outcome<Value> {
    let Some(items) = array(values)? else { return Ok(Value::Null) };
    let wanted = super::cast::to_json(&values[1], &call.types[1])?;
    let same = |item: &Json| match (item, &wanted) {
        (Json::Number(a), Json::Number(b)) => a.to_string() == b.to_string() || a.as_f64() == b.as_f64(),
        (a, b) => a == b,
    };
    Ok(Value::Boolean(items.iter().any(same)))
}

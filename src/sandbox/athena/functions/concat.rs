//! `concat` and `||` for text, bytes and arrays.

use datafusion::arrow::datatypes::DataType;

use super::cast::convert;
use super::error::Outcome;
use super::row::Call;
use super::types::element_of;
use super::value::Value;

/// The arguments one after another; an element beside an array is taken as an array of one.
pub fn concat(call: &Call<'_>, values: &[Value]) -> Outcome<Value> {
    match call.returns {
        DataType::Utf8 => Ok(Value::Text(values.iter().map(Value::as_text).collect())),
        DataType::Binary => Ok(Value::Binary(values.iter().flat_map(|value| value.as_bytes().to_vec()).collect())),
        _ => arrays(call, values),
    }
}

fn arrays(call: &Call<'_>, values: &[Value]) -> Outcome<Value> {
    let element = element_of(call.returns).unwrap_or(DataType::Null);
    let mut all = Vec::new();
    for (value, given) in values.iter().zip(call.types) {
        match element_of(given) {
            Some(from) if given != &element => {
                for item in value.as_list() {
                    all.push(convert(item, &from, &element)?);
                }
            }
            _ => all.push(convert(value, given, &element)?),
        }
    }
    Ok(Value::List(all))
}

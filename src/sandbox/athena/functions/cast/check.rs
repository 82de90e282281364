//! Which casts exist at all; the rest is refused before anything runs.

use datafusion::arrow::datatypes::DataType;

use super::super::types::{JSON, element_of, map_parts};

/// Whether Trino has a cast between the types.
pub fn castable(from: &DataType, to: &DataType) -> bool {
    if from == to || from == &DataType::Null {
        return true;
    }
    if let (Some(from), Some(to)) = (element_of(from), element_of(to)) {
        return castable(&from, &to);
    }
    if let (Some((key, value)), Some((to_key, to_value))) = (map_parts(from), map_parts(to)) {
        return castable(&key, &to_key) && castable(&value, &to_value);
    }
    match (from, to) {
        (DataType::Struct(from), DataType::Struct(to)) => {
            from.len() == to.len() && from.iter().zip(to).all(|(from, to)| castable(from.data_type(), to.data_type()))
        }
        (from, to) if to == &JSON => to_json(from),
        (from, to) if from == &JSON => from_json(to),
        _ => scalar(from, to),
    }
}

fn number(data_type: &DataType) -> bool {
    data_type.is_numeric()
}

fn temporal(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Date32 | DataType::Timestamp(..))
}

fn scalar(from: &DataType, to: &DataType) -> bool {
    let text = |data_type: &DataType| data_type == &DataType::Utf8;
    let flag = |data_type: &DataType| data_type == &DataType::Boolean;
    match (from, to) {
        (from, to) if text(to) => number(from) || flag(from) || temporal(from) || matches!(from, DataType::Interval(_)),
        (from, to) if text(from) => number(to) || flag(to) || temporal(to) || to == &DataType::Binary,
        (from, to) => ((number(from) || flag(from)) && (number(to) || flag(to))) || (temporal(from) && temporal(to)),
    }
}

fn plain(data_type: &DataType) -> bool {
    number(data_type) || matches!(data_type, DataType::Boolean | DataType::Utf8 | DataType::LargeUtf8)
}

fn to_json(from: &DataType) -> bool {
    if let Some(element) = element_of(from) {
        return castable(&element, &JSON);
    }
    if let Some((key, value)) = map_parts(from) {
        return plain(&key) && castable(&value, &JSON);
    }
    match from {
        DataType::Struct(fields) => fields.iter().all(|field| castable(field.data_type(), &JSON)),
        from => plain(from) || temporal(from),
    }
}

fn from_json(to: &DataType) -> bool {
    if let Some(element) = element_of(to) {
        return castable(&JSON, &element);
    }
    if let Some((key, value)) = map_parts(to) {
        return plain(&key) && castable(&JSON, &value);
    }
    match to {
        DataType::Struct(fields) => fields.iter().all(|field| castable(&JSON, field.data_type())),
        to => plain(to),
    }
}

//! Array functions. Positions count from 1.

use datafusion::arrow::datatypes::DataType;

use super::cast::convert;
use super::error::{Outcome, bad_argument, fail, refuse};
use super::row::{Call, Kind, Returns, RowFunction, Types, function};
use super::strings::count;
use super::text::render;
use super::types::{self, array_of, common_of, element_of, map_parts, row_of};
use super::value::Value;

const BOOLEAN: Returns = Returns::Is(DataType::Boolean);
const BIGINT: Returns = Returns::Is(DataType::Int64);
const SAME: Returns = Returns::Same(0);

/// The functions on arrays.
pub fn functions() -> Vec<RowFunction> {
    [construction(), access(), reshaping(), sets()].concat()
}

fn construction() -> Vec<RowFunction> {
    use Kind::{Any, Array, Bigint};
    vec![
        function("$array", &[Any], Returns::Via(array_type), array).optional(1).repeats().sees_null(),
        function("$row", &[Any], Returns::Via(row_type), |_, v| Ok(Value::Row(v.to_vec()))).repeats().sees_null(),
        function("repeat", &[Any, Bigint], Returns::Via(|t| Ok(array_of(t.arguments[0].clone()))), |_, v| {
            let Ok(times @ 0..=10_000) = usize::try_from(v[1].as_integer()) else {
                return bad_argument("count argument of repeat function must be between 0 and 10000");
            };
            Ok(Value::List(vec![v[0].clone(); times]))
        }),
        function("sequence", &[Any, Any, Any], Returns::Via(super::sequence::result), super::sequence::sequence)
            .optional(1),
        function("slice", &[Array, Bigint, Bigint], SAME, |_, v| slice(v)),
        function("trim_array", &[Array, Bigint], SAME, |_, v| {
            let (items, drop) = (v[0].as_list(), usize::try_from(v[1].as_integer()).unwrap_or(usize::MAX));
            match items.len().checked_sub(drop) {
                Some(kept) => Ok(Value::List(items[..kept].to_vec())),
                None => bad_argument("size must not exceed array cardinality"),
            }
        }),
        function("zip", &[Array, Array], Returns::Via(zipped), |_, v| Ok(zip(v))).repeats(),
    ]
}

fn access() -> Vec<RowFunction> {
    use Kind::{Any, Array, Text};
    vec![
        function("$subscript", &[Any, Any], Returns::Via(item), subscript),
        function("element_at", &[Any, Any], Returns::Via(item), element_at),
        function("$field", &[Any, Text], Returns::Via(field_type), field),
        function("cardinality", &[Any], Returns::Via(sized), |_, v| {
            Ok(count(v[0].as_list().len() + v[0].as_map().len()))
        }),
        function("contains", &[Array, Any], BOOLEAN, contains),
        function("array_position", &[Array, Any], BIGINT, |c, v| {
            let wanted = as_element(c, v)?;
            Ok(v[0].as_list().iter().position(|item| *item == wanted).map_or(Value::Integer(0), |at| count(at + 1)))
        }),
        function("array_max", &[Array], Returns::Via(element), |_, v| Ok(extreme(v[0].as_list(), Iterator::max))),
        function("array_min", &[Array], Returns::Via(element), |_, v| Ok(extreme(v[0].as_list(), Iterator::min))),
        function("array_join", &[Array, Text, Text], Returns::Is(DataType::Utf8), array_join).optional(1),
    ]
}

fn reshaping() -> Vec<RowFunction> {
    use Kind::{Any, Array, Bigint};
    vec![
        function("array_sort", &[Array], SAME, |_, v| {
            let mut items = v[0].as_list().to_vec();
            items.sort();
            Ok(Value::List(items))
        }),
        function("array_distinct", &[Array], SAME, |_, v| Ok(Value::List(distinct(v[0].as_list().iter().cloned())))),
        function("array_remove", &[Array, Any], SAME, |c, v| {
            let unwanted = as_element(c, v)?;
            Ok(Value::List(v[0].as_list().iter().filter(|item| **item != unwanted).cloned().collect()))
        }),
        function("flatten", &[Array], Returns::Via(flattened), |_, v| {
            Ok(Value::List(v[0].as_list().iter().flat_map(|inner| inner.as_list().iter().cloned()).collect()))
        }),
        function("combinations", &[Array, Bigint], Returns::Via(|t| Ok(array_of(t.arguments[0].clone()))), |_, v| {
            combinations(v[0].as_list(), v[1].as_integer())
        }),
        function("ngrams", &[Array, Bigint], Returns::Via(|t| Ok(array_of(t.arguments[0].clone()))), |_, v| {
            let items = v[0].as_list();
            match usize::try_from(v[1].as_integer()) {
                Ok(size @ 1..) if size <= items.len() => {
                    Ok(Value::List(items.windows(size).map(|window| Value::List(window.to_vec())).collect()))
                }
                Ok(1..) => Ok(Value::List(vec![Value::List(items.to_vec())])),
                _ => bad_argument("N must be positive"),
            }
        }),
    ]
}

fn sets() -> Vec<RowFunction> {
    const TWO: &[Kind] = &[Kind::Array, Kind::Array];
    let both = || Returns::Via(|types: &Types<'_>| common_of("array", types.arguments));
    vec![
        function("array_union", TWO, both(), |c, v| {
            let (a, b) = pair(c, v)?;
            Ok(Value::List(distinct(a.into_iter().chain(b))))
        }),
        function("array_intersect", TWO, both(), |c, v| {
            let (a, b) = pair(c, v)?;
            Ok(Value::List(distinct(a.into_iter().filter(|item| b.contains(item)))))
        }),
        function("array_except", TWO, both(), |c, v| {
            let (a, b) = pair(c, v)?;
            Ok(Value::List(distinct(a.into_iter().filter(|item| !b.contains(item)))))
        }),
        function("arrays_overlap", TWO, BOOLEAN, |_, v| Ok(overlap(v[0].as_list(), v[1].as_list()))),
    ]
}

fn array_type(types: &Types<'_>) -> Outcome<DataType> {
    common_of("ARRAY", types.arguments).map(array_of)
}

fn array(call: &Call<'_>, values: &[Value]) -> Outcome<Value> {
    let element = element_of(call.returns).unwrap_or(DataType::Null);
    let items = values.iter().zip(call.types).map(|(value, given)| convert(value, given, &element));
    items.collect::<Outcome<_>>().map(Value::List)
}

fn row_type(types: &Types<'_>) -> Outcome<DataType> {
    Ok(row_of(types.arguments.iter().map(|field| (None, field.clone()))))
}

fn element(types: &Types<'_>) -> Outcome<DataType> {
    Ok(element_of(&types.arguments[0]).unwrap_or(DataType::Null))
}

/// The element of an array or the value of a map.
fn item(types: &Types<'_>) -> Outcome<DataType> {
    let (container, key) = (&types.arguments[0], &types.arguments[1]);
    if let Some((wanted, value)) = map_parts(container) {
        return match types::common(&wanted, key) {
            Some(_) => Ok(value),
            None => super::arithmetic::mismatch("[]", container, key),
        };
    }
    match element_of(container) {
        Some(element) if key.is_integer() || key == &DataType::Null => Ok(element),
        _ => super::arithmetic::mismatch("[]", container, key),
    }
}

fn find(call: &Call<'_>, values: &[Value]) -> Outcome<Option<Value>> {
    let Some((key_type, _)) = map_parts(&call.types[0]) else { return Ok(None) };
    let key = convert(&values[1], &call.types[1], &key_type)?;
    Ok(values[0].as_map().iter().find(|(known, _)| *known == key).map(|(_, value)| value.clone()))
}

fn subscript(call: &Call<'_>, values: &[Value]) -> Outcome<Value> {
    if matches!(call.types[0], DataType::Map(..)) {
        return match find(call, values)? {
            Some(value) => Ok(value),
            None => bad_argument(format!("Key not present in map: {}", render(&values[1], &call.types[1])?)),
        };
    }
    let (items, index) = (values[0].as_list(), values[1].as_integer());
    match usize::try_from(index) {
        Ok(0) => bad_argument("SQL array indices start at 1"),
        Ok(at) if at <= items.len() => Ok(items[at - 1].clone()),
        Ok(at) => {
            bad_argument(format!("Array subscript must be less than or equal to array length: {at} > {}", items.len()))
        }
        Err(_) => bad_argument(format!("Array subscript is negative: {index}")),
    }
}

fn element_at(call: &Call<'_>, values: &[Value]) -> Outcome<Value> {
    if matches!(call.types[0], DataType::Map(..)) {
        return Ok(find(call, values)?.unwrap_or(Value::Null));
    }
    let (items, index) = (values[0].as_list(), values[1].as_integer());
    let at = usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX);
    let found = match index {
        0 => return bad_argument("SQL array indices start at 1"),
        1.. => items.get(at - 1),
        _ => items.len().checked_sub(at).and_then(|at| items.get(at)),
    };
    Ok(found.cloned().unwrap_or(Value::Null))
}

fn field_position(data_type: &DataType, name: &str) -> Option<usize> {
    let DataType::Struct(fields) = data_type else { return None };
    fields.iter().position(|field| field.name().eq_ignore_ascii_case(name))
}

fn field_type(types: &Types<'_>) -> Outcome<DataType> {
    let name = types.literals[1].as_deref().unwrap_or_default();
    match (&types.arguments[0], field_position(&types.arguments[0], name)) {
        (DataType::Struct(fields), Some(at)) => Ok(fields[at].data_type().clone()),
        (other, _) => refuse("TYPE_MISMATCH", format!("Expression of type {} has no field {name}", types::name(other))),
    }
}

fn field(call: &Call<'_>, values: &[Value]) -> Outcome<Value> {
    let at = field_position(&call.types[0], values[1].as_text());
    Ok(at.and_then(|at| values[0].as_list().get(at)).cloned().unwrap_or(Value::Null))
}

fn sized(types: &Types<'_>) -> Outcome<DataType> {
    match &types.arguments[0] {
        DataType::List(_) | DataType::Map(..) | DataType::Null => Ok(DataType::Int64),
        other => refuse(
            "FUNCTION_NOT_FOUND",
            format!("Unexpected parameters ({}) for function cardinality", types::name(other)),
        ),
    }
}

/// The second argument as an element of the first.
fn as_element(call: &Call<'_>, values: &[Value]) -> Outcome<Value> {
    let element = element_of(&call.types[0]).unwrap_or(DataType::Null);
    match types::common(&element, &call.types[1]) {
        Some(_) => convert(&values[1], &call.types[1], &element),
        None => fail(
            "TYPE_MISMATCH",
            format!("{} is no element of {}", types::name(&call.types[1]), types::name(&call.types[0])),
        ),
    }
}

fn contains(call: &Call<'_>, values: &[Value]) -> Outcome<Value> {
    let wanted = as_element(call, values)?;
    let items = values[0].as_list();
    Ok(match items.contains(&wanted) {
        false if items.iter().any(Value::is_null) => Value::Null,
        found => Value::Boolean(found),
    })
}

/// NULL if any element is NULL, as in Trino.
fn extreme<'a>(items: &'a [Value], of: fn(std::slice::Iter<'a, Value>) -> Option<&'a Value>) -> Value {
    if items.iter().any(Value::is_null) { Value::Null } else { of(items.iter()).cloned().unwrap_or(Value::Null) }
}

fn array_join(call: &Call<'_>, values: &[Value]) -> Outcome<Value> {
    let element = element_of(&call.types[0]).unwrap_or(DataType::Null);
    let nulls = values.get(2).map(Value::as_text);
    let mut texts = Vec::new();
    for item in values[0].as_list() {
        match (item.is_null(), nulls) {
            (true, None) => {}
            (true, Some(replacement)) => texts.push(replacement.to_owned()),
            (false, _) => texts.push(convert(item, &element, &DataType::Utf8)?.as_text().to_owned()),
        }
    }
    Ok(Value::Text(texts.join(values[1].as_text())))
}

/// Each value once, where it came first.
pub fn distinct(items: impl Iterator<Item = Value>) -> Vec<Value> {
    let mut seen = std::collections::BTreeSet::new();
    items.filter(|item| seen.insert(item.clone())).collect()
}

fn pair(call: &Call<'_>, values: &[Value]) -> Outcome<(Vec<Value>, Vec<Value>)> {
    let side = |at: usize| convert(&values[at], &call.types[at], call.returns).map(|value| value.as_list().to_vec());
    Ok((side(0)?, side(1)?))
}

fn overlap(a: &[Value], b: &[Value]) -> Value {
    match a.iter().any(|item| !item.is_null() && b.contains(item)) {
        false if a.iter().chain(b).any(Value::is_null) => Value::Null,
        found => Value::Boolean(found),
    }
}

fn slice(values: &[Value]) -> Outcome<Value> {
    let (items, start, length) = (values[0].as_list(), values[1].as_integer(), values[2].as_integer());
    if start == 0 {
        return bad_argument("SQL array indices start at 1");
    }
    if length < 0 {
        return bad_argument("length must be greater than or equal to 0");
    }
    let size = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let from = if start > 0 { start - 1 } else { size + start };
    let to = from.saturating_add(length).min(size);
    match (usize::try_from(from), usize::try_from(to)) {
        (Ok(from), Ok(to)) if from < to => Ok(Value::List(items[from..to].to_vec())),
        _ => Ok(Value::List(Vec::new())),
    }
}

fn zipped(types: &Types<'_>) -> Outcome<DataType> {
    Ok(array_of(row_of(types.arguments.iter().map(|t| (None, element_of(t).unwrap_or(DataType::Null))))))
}

fn zip(values: &[Value]) -> Value {
    let longest = values.iter().map(|value| value.as_list().len()).max().unwrap_or(0);
    let row =
        |at: usize| Value::Row(values.iter().map(|v| v.as_list().get(at).cloned().unwrap_or(Value::Null)).collect());
    Value::List((0..longest).map(row).collect())
}

fn flattened(types: &Types<'_>) -> Outcome<DataType> {
    match element_of(&types.arguments[0]) {
        Some(inner) if element_of(&inner).is_some() => Ok(inner),
        _ => refuse(
            "FUNCTION_NOT_FOUND",
            format!("Unexpected parameters {} for function flatten", types::names(types.arguments)),
        ),
    }
}

fn combinations(items: &[Value], size: i64) -> Outcome<Value> {
    let Ok(size @ 0..=5) = usize::try_from(size) else { return bad_argument("combination size must not exceed 5") };
    let mut found: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..size {
        found = found
            .iter()
            .flat_map(|chosen| {
                let next = chosen.last().map_or(0, |last| last + 1);
                (next..items.len()).map(move |at| [chosen.as_slice(), &[at]].concat())
            })
            .take(100_001)
            .collect();
        if found.len() > 100_000 {
            return bad_argument("combinations exceed max size");
        }
    }
    found.sort_by(|a, b| a.iter().rev().cmp(b.iter().rev()));
    let pick = |chosen: &Vec<usize>| Value::List(chosen.iter().map(|at| items[*at].clone()).collect());
    Ok(Value::List(found.iter().map(pick).collect()))
}

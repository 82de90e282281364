//! String functions. Positions and lengths count code points, from 1.

use datafusion::arrow::datatypes::DataType;

use super::error::{Outcome, bad_argument};
use super::row::{Kind, Returns, RowFunction, Types, function};
use super::types::{self, array_of, element_of, map_of};
use super::value::Value;

const TEXT: Returns = Returns::Is(DataType::Utf8);
const BIGINT: Returns = Returns::Is(DataType::Int64);
const BOOLEAN: Returns = Returns::Is(DataType::Boolean);

/// The functions on varchar.
pub fn functions() -> Vec<RowFunction> {
    [basics(), parts(), splits(), measures()].concat()
}

fn basics() -> Vec<RowFunction> {
    use Kind::{Any, Text};
    vec![
        function("length", &[Any], Returns::Via(text_or_binary), |_, v| length(&v[0])),
        function("lower", &[Text], TEXT, |_, v| Ok(Value::Text(v[0].as_text().to_lowercase()))),
        function("upper", &[Text], TEXT, |_, v| Ok(Value::Text(v[0].as_text().to_uppercase()))),
        function("reverse", &[Any], Returns::Via(reversible), |_, v| Ok(reverse(&v[0]))),
        function("concat", &[Any, Any], Returns::Via(concatenated), super::concat::concat).repeats(),
        function("concat_ws", &[Text, Any], Returns::Via(joined), |_, v| Ok(concat_ws(v))).repeats().sees_null(),
        function("$trim", &[Text, Text, Text], TEXT, |_, v| Ok(trim(v))),
        function("translate", &[Text, Text, Text], TEXT, |_, v| Ok(translate(v))),
        function("chr", &[Kind::Bigint], TEXT, |_, v| chr(v[0].as_integer())),
        function("codepoint", &[Text], Returns::Is(DataType::Int32), |_, v| codepoint(v[0].as_text())),
        function("format", &[Text, Any], TEXT, super::format::format).repeats(),
    ]
}

fn parts() -> Vec<RowFunction> {
    use Kind::{Bigint, Text};
    vec![
        function("substr", &[Text, Bigint, Bigint], TEXT, |_, v| Ok(substr(v))).optional(1),
        function("strpos", &[Text, Text, Bigint], BIGINT, |_, v| strpos(v)).optional(1),
        function("starts_with", &[Text, Text], BOOLEAN, |_, v| {
            Ok(Value::Boolean(v[0].as_text().starts_with(v[1].as_text())))
        }),
        function("replace", &[Text, Text, Text], TEXT, |_, v| {
            Ok(Value::Text(v[0].as_text().replace(v[1].as_text(), v.get(2).map_or("", Value::as_text))))
        })
        .optional(1),
        function("lpad", &[Text, Bigint, Text], TEXT, |_, v| pad(v, true)),
        function("rpad", &[Text, Bigint, Text], TEXT, |_, v| pad(v, false)),
        function("$like", &[Text, Text, Text], BOOLEAN, |_, v| super::like::like(v)).optional(1),
    ]
}

fn splits() -> Vec<RowFunction> {
    use Kind::{Bigint, Text};
    let texts = || Returns::Is(array_of(DataType::Utf8));
    vec![
        function("split", &[Text, Text, Bigint], texts(), |_, v| split(v)).optional(1),
        function("split_part", &[Text, Text, Bigint], TEXT, |_, v| split_part(v)),
        function("split_to_map", &[Text, Text, Text], Returns::Is(map_of(DataType::Utf8, DataType::Utf8)), |_, v| {
            split_to_map(v)
        }),
    ]
}

fn measures() -> Vec<RowFunction> {
    use Kind::Text;
    vec![
        function("levenshtein_distance", &[Text, Text], BIGINT, |_, v| Ok(levenshtein(v[0].as_text(), v[1].as_text()))),
        function("hamming_distance", &[Text, Text], BIGINT, |_, v| hamming(v[0].as_text(), v[1].as_text())),
        function("luhn_check", &[Text], BOOLEAN, |_, v| luhn_check(v[0].as_text())),
    ]
}

/// An integer value of a count.
pub fn count(number: usize) -> Value {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

fn no_overload<T>(function: &str, types: &Types<'_>) -> Outcome<T> {
    super::error::refuse(
        "FUNCTION_NOT_FOUND",
        format!("Unexpected parameters {} for function {function}", types::names(types.arguments)),
    )
}

fn text_or_binary(types: &Types<'_>) -> Outcome<DataType> {
    match types.arguments[0] {
        DataType::Utf8 | DataType::Binary | DataType::Null => Ok(DataType::Int64),
        _ => no_overload("length", types),
    }
}

fn length(value: &Value) -> Outcome<Value> {
    Ok(match value {
        Value::Text(text) => count(text.chars().count()),
        other => count(other.as_bytes().len()),
    })
}

fn reversible(types: &Types<'_>) -> Outcome<DataType> {
    match &types.arguments[0] {
        same @ (DataType::Utf8 | DataType::Binary | DataType::List(_)) => Ok(same.clone()),
        DataType::Null => Ok(DataType::Utf8),
        _ => no_overload("reverse", types),
    }
}

fn reverse(value: &Value) -> Value {
    match value {
        Value::List(values) => Value::List(values.iter().rev().cloned().collect()),
        Value::Binary(bytes) => Value::Binary(bytes.iter().rev().copied().collect()),
        other => Value::Text(other.as_text().chars().rev().collect()),
    }
}

/// varchar with varchar, varbinary with varbinary, array with array or with an element.
fn concatenated(types: &Types<'_>) -> Outcome<DataType> {
    let arguments = types.arguments;
    let all = |wanted: &DataType| arguments.iter().all(|given| given == wanted || given == &DataType::Null);
    if let Some(element) = arguments.iter().find_map(element_of) {
        let elements: Vec<DataType> = arguments.iter().map(|t| element_of(t).unwrap_or_else(|| t.clone())).collect();
        let nested = element_of(&element).is_some();
        let common = if nested { element } else { types::common_of("concat", &elements)? };
        return Ok(array_of(common));
    }
    match () {
        () if all(&DataType::Utf8) => Ok(DataType::Utf8),
        () if all(&DataType::Binary) => Ok(DataType::Binary),
        () => no_overload("concat", types),
    }
}

fn joined(types: &Types<'_>) -> Outcome<DataType> {
    let text = |given: &DataType| {
        matches!(given, DataType::Utf8 | DataType::Null) || element_of(given) == Some(DataType::Utf8)
    };
    if types.arguments.iter().all(text) { Ok(DataType::Utf8) } else { no_overload("concat_ws", types) }
}

fn concat_ws(values: &[Value]) -> Value {
    if values[0].is_null() {
        return Value::Null;
    }
    let texts = values[1..].iter().flat_map(|value| match value {
        Value::List(items) => items.clone(),
        other => vec![other.clone()],
    });
    let texts: Vec<String> = texts.filter(|value| !value.is_null()).map(|value| value.as_text().to_owned()).collect();
    Value::Text(texts.join(values[0].as_text()))
}

/// `$trim(text, characters, side)`; no characters means white space.
fn trim(values: &[Value]) -> Value {
    let (text, set, side) = (values[0].as_text(), values[1].as_text(), values[2].as_text());
    let dropped = |c: char| if set.is_empty() { c.is_whitespace() } else { set.contains(c) };
    Value::text(match side {
        "leading" => text.trim_start_matches(dropped),
        "trailing" => text.trim_end_matches(dropped),
        _ => text.trim_matches(dropped),
    })
}

fn translate(values: &[Value]) -> Value {
    let (from, to): (Vec<char>, Vec<char>) =
        (values[1].as_text().chars().collect(), values[2].as_text().chars().collect());
    let swap = |c: char| match from.iter().position(|known| *known == c) {
        Some(at) => to.get(at).copied(),
        None => Some(c),
    };
    Value::Text(values[0].as_text().chars().filter_map(swap).collect())
}

fn chr(code: i64) -> Outcome<Value> {
    match u32::try_from(code).ok().and_then(char::from_u32) {
        Some(character) => Ok(Value::text(character)),
        None => bad_argument(format!("Not a valid Unicode code point: {code}")),
    }
}

fn codepoint(text: &str) -> Outcome<Value> {
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(character), None) => Ok(Value::Integer(i64::from(u32::from(character)))),
        _ => bad_argument("codepoint takes one character"),
    }
}

fn substr(values: &[Value]) -> Value {
    let characters: Vec<char> = values[0].as_text().chars().collect();
    let length = i64::try_from(characters.len()).unwrap_or(i64::MAX);
    let start = values[1].as_integer();
    let from = if start < 0 { length.saturating_add(start) } else { start - 1 };
    let wanted = values.get(2).map_or(length, Value::as_integer);
    if start == 0 || from < 0 || from >= length || wanted <= 0 {
        return Value::text("");
    }
    let to = from.saturating_add(wanted).min(length);
    let (from, to) = (usize::try_from(from).unwrap_or(0), usize::try_from(to).unwrap_or(0));
    Value::Text(characters[from..to].iter().collect())
}

fn strpos(values: &[Value]) -> Outcome<Value> {
    let (text, wanted) = (values[0].as_text(), values[1].as_text());
    let instance = values.get(2).map_or(1, Value::as_integer);
    if instance == 0 {
        return bad_argument("'instance' must be a positive or negative number.");
    }
    if wanted.is_empty() {
        return Ok(Value::Integer(1));
    }
    let nth = usize::try_from(instance.unsigned_abs() - 1).unwrap_or(usize::MAX);
    let starts = (0..text.len()).filter(|at| text.is_char_boundary(*at) && text[*at..].starts_with(wanted));
    let found =
        if instance > 0 { starts.clone().nth(nth) } else { starts.collect::<Vec<_>>().into_iter().rev().nth(nth) };
    Ok(found.map_or(Value::Integer(0), |at| count(text[..at].chars().count() + 1)))
}

fn pad(values: &[Value], left: bool) -> Outcome<Value> {
    let (text, fill) = (values[0].as_text(), values[2].as_text());
    let Ok(size @ 0..=0x00ff_ffff) = usize::try_from(values[1].as_integer()) else {
        return bad_argument("Target length must be in the range [0..16777215] in the sandbox");
    };
    if fill.is_empty() {
        return bad_argument("Padding string must not be empty");
    }
    let length = text.chars().count();
    if length >= size {
        return Ok(Value::Text(text.chars().take(size).collect()));
    }
    let padding: String = fill.chars().cycle().take(size - length).collect();
    Ok(Value::Text(if left { padding + text } else { text.to_owned() + &padding }))
}

fn split(values: &[Value]) -> Outcome<Value> {
    let (text, delimiter) = (values[0].as_text(), values[1].as_text());
    if delimiter.is_empty() {
        return bad_argument("The delimiter may not be the empty string");
    }
    let parts: Vec<Value> = match values.get(2).map(Value::as_integer) {
        None => text.split(delimiter).map(Value::text).collect(),
        Some(limit @ 1..) => {
            text.splitn(usize::try_from(limit).unwrap_or(usize::MAX), delimiter).map(Value::text).collect()
        }
        Some(_) => return bad_argument("Limit must be positive"),
    };
    Ok(Value::List(parts))
}

fn split_part(values: &[Value]) -> Outcome<Value> {
    let (text, delimiter) = (values[0].as_text(), values[1].as_text());
    let Ok(at @ 1..) = usize::try_from(values[2].as_integer()) else {
        return bad_argument("Index must be greater than zero");
    };
    let part = if delimiter.is_empty() {
        text.chars().nth(at - 1).map(Value::text)
    } else {
        text.split(delimiter).nth(at - 1).map(Value::text)
    };
    Ok(part.unwrap_or(Value::Null))
}

fn split_to_map(values: &[Value]) -> Outcome<Value> {
    let (text, entry, pair) = (values[0].as_text(), values[1].as_text(), values[2].as_text());
    if entry.is_empty() || pair.is_empty() || entry == pair {
        return bad_argument("entryDelimiter and keyValueDelimiter must not be empty or the same");
    }
    let mut entries: Vec<(Value, Value)> = Vec::new();
    for part in text.split(entry).filter(|part| !part.is_empty()) {
        let Some((key, value)) = part.split_once(pair) else {
            return bad_argument(format!(
                "Key-value delimiter must appear exactly once in each entry. Bad input: '{part}'"
            ));
        };
        if entries.iter().any(|(known, _)| known.as_text() == key) {
            return bad_argument(format!("Duplicate keys ({key}) are not allowed"));
        }
        entries.push((Value::text(key), Value::text(value)));
    }
    Ok(Value::Map(entries))
}

fn levenshtein(a: &str, b: &str) -> Value {
    count(strsim::levenshtein(a, b))
}

fn hamming(a: &str, b: &str) -> Outcome<Value> {
    if a.chars().count() != b.chars().count() {
        return bad_argument("The input strings to hamming_distance function must have the same length");
    }
    Ok(count(a.chars().zip(b.chars()).filter(|(a, b)| a != b).count()))
}

fn luhn_check(text: &str) -> Outcome<Value> {
    let Some(digits) = text.chars().map(|c| c.to_digit(10)).collect::<Option<Vec<u32>>>() else {
        return bad_argument(format!("The input is not a number: {text}"));
    };
    let doubled = |(at, digit): (usize, &u32)| if at % 2 == 1 { digit * 2 / 10 + digit * 2 % 10 } else { *digit };
    let sum: u32 = digits.iter().rev().enumerate().map(doubled).sum();
    Ok(Value::Boolean(!digits.is_empty() && sum.is_multiple_of(10)))
}

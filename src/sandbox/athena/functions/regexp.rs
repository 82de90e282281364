//! Regular expressions. Trino's are Java's: what this engine lacks (look-around, back references) is refused by name.

use std::cell::RefCell;
use std::collections::HashMap;

use datafusion::arrow::datatypes::DataType;
use regex::{Captures, Regex};

use super::error::{Outcome, bad_argument, fail};
use super::row::{Kind, Returns, RowFunction, function};
use super::strings::count;
use super::types::array_of;
use super::value::Value;

/// The `regexp_…` functions.
pub fn functions() -> Vec<RowFunction> {
    use Kind::{Bigint, Text};
    const TEXT: Returns = Returns::Is(DataType::Utf8);
    let texts = || Returns::Is(array_of(DataType::Utf8));
    vec![
        function("regexp_like", &[Text, Text], Returns::Is(DataType::Boolean), |_, v| {
            Ok(Value::Boolean(compiled(v[1].as_text())?.is_match(v[0].as_text())))
        }),
        function("regexp_extract", &[Text, Text, Bigint], TEXT, |_, v| extract(v)).optional(1),
        function("regexp_extract_all", &[Text, Text, Bigint], texts(), |_, v| extract_all(v)).optional(1),
        function("regexp_replace", &[Text, Text, Text], TEXT, |_, v| replace(v)).optional(1),
        function("regexp_split", &[Text, Text], texts(), |_, v| {
            Ok(Value::List(compiled(v[1].as_text())?.split(v[0].as_text()).map(Value::text).collect()))
        }),
        function("regexp_count", &[Text, Text], Returns::Is(DataType::Int64), |_, v| {
            Ok(count(compiled(v[1].as_text())?.find_iter(v[0].as_text()).count()))
        }),
        function("regexp_position", &[Text, Text], Returns::Is(DataType::Int32), |_, v| position(v)),
    ]
}

thread_local! {
    static COMPILED: RefCell<HashMap<String, Regex>> = RefCell::new(HashMap::new());
}

/// The pattern, compiled once; a column of patterns does not fill the memory.
fn compiled(pattern: &str) -> Outcome<Regex> {
    COMPILED.with_borrow_mut(|known| {
        if let Some(regex) = known.get(pattern) {
            return Ok(regex.clone());
        }
        let regex = Regex::new(pattern).or_else(|error| {
            let reason = error.to_string().lines().last().unwrap_or_default().trim().to_owned();
            fail("INVALID_FUNCTION_ARGUMENT", format!("regular expression '{pattern}': {reason}"))
        })?;
        if known.len() >= 64 {
            known.clear();
        }
        known.insert(pattern.to_owned(), regex.clone());
        Ok(regex)
    })
}

fn group(values: &[Value], regex: &Regex) -> Outcome<usize> {
    let wanted = values.get(2).map_or(0, Value::as_integer);
    match usize::try_from(wanted) {
        Ok(group) if group < regex.captures_len() => Ok(group),
        Ok(_) => bad_argument(format!("Pattern has {} groups. Cannot access group {wanted}", regex.captures_len() - 1)),
        Err(_) => bad_argument("Group cannot be negative"),
    }
}

fn matched(captures: &Captures<'_>, group: usize) -> Value {
    captures.get(group).map_or(Value::Null, |found| Value::text(found.as_str()))
}

fn extract(values: &[Value]) -> Outcome<Value> {
    let regex = compiled(values[1].as_text())?;
    let group = group(values, &regex)?;
    Ok(regex.captures(values[0].as_text()).map_or(Value::Null, |captures| matched(&captures, group)))
}

fn extract_all(values: &[Value]) -> Outcome<Value> {
    let regex = compiled(values[1].as_text())?;
    let group = group(values, &regex)?;
    Ok(Value::List(regex.captures_iter(values[0].as_text()).map(|captures| matched(&captures, group)).collect()))
}

fn replace(values: &[Value]) -> Outcome<Value> {
    let regex = compiled(values[1].as_text())?;
    let (text, template) = (values[0].as_text(), values.get(2).map_or("", Value::as_text));
    let (mut replaced, mut last) = (String::new(), 0);
    for captures in regex.captures_iter(text) {
        let Some(whole) = captures.get(0) else { continue };
        replaced.push_str(&text[last..whole.start()]);
        expand(template, &captures, &regex, &mut replaced)?;
        last = whole.end();
    }
    replaced.push_str(&text[last..]);
    Ok(Value::Text(replaced))
}

/// Fills `$1`, `${name}`, `\$` of a replacement, as Java reads them.
fn expand(template: &str, captures: &Captures<'_>, regex: &Regex, into: &mut String) -> Outcome<()> {
    let mut rest = template;
    while let Some(at) = rest.find(['$', '\\']) {
        into.push_str(&rest[..at]);
        let marker = &rest[at + 1..];
        if rest[at..].starts_with('\\') {
            let Some(next) = marker.chars().next() else { return bad_argument("Illegal replacement sequence: \\") };
            into.push(next);
            rest = &marker[next.len_utf8()..];
            continue;
        }
        let (value, after) = reference(marker, captures, regex)?;
        into.push_str(&value);
        rest = after;
    }
    into.push_str(rest);
    Ok(())
}

fn reference<'a>(marker: &'a str, captures: &Captures<'_>, regex: &Regex) -> Outcome<(String, &'a str)> {
    let text = |found: Option<regex::Match<'_>>| found.map_or(String::new(), |found| found.as_str().to_owned());
    if let Some((name, after)) = marker.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        return if regex.capture_names().flatten().any(|known| known == name) {
            Ok((text(captures.name(name)), after))
        } else {
            bad_argument(format!("Illegal replacement sequence: unknown group {{ {name} }}"))
        };
    }
    let digits = marker.chars().take_while(char::is_ascii_digit).count();
    let longest =
        (1..=digits).rev().find(|end| marker[..*end].parse::<usize>().is_ok_and(|n| n < regex.captures_len()));
    match longest {
        Some(end) => Ok((text(captures.get(marker[..end].parse().unwrap_or(0))), &marker[end..])),
        None => bad_argument(format!("Illegal replacement sequence: unknown group {{ {} }}", &marker[..digits])),
    }
}

fn position(values: &[Value]) -> Outcome<Value> {
    let text = values[0].as_text();
    let found = compiled(values[1].as_text())?.find(text);
    Ok(found.map_or(Value::Integer(-1), |found| count(text[..found.start()].chars().count() + 1)))
}

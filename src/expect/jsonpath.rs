//! JSONPath (RFC 9535) over exact values.
//!
//! The crate searches a JSON copy and tells the places; the values are then taken from the original. Its filters
//! compare numbers as doubles, so a filter that could be wrong is refused.

use serde_json_path::PathElement;

use crate::value::{Value, read};

/// Digits that a double holds of any decimal.
const EXACT_DIGITS: u64 = 15;

/// A compiled JSONPath.
#[derive(Debug, Clone)]
pub(super) struct JsonPath {
    text: String,
    path: serde_json_path::JsonPath,
    singular: bool,
    compares_numbers: bool,
}

impl JsonPath {
    /// Compiles a path, or says what is wrong with it.
    pub(super) fn compile(text: &str) -> Result<Self, String> {
        let path = serde_json_path::JsonPath::parse(text).map_err(|error| format!("not a JSONPath: {error}"))?;
        let scanned = Scanned::new(text);
        if let Some(number) = scanned.numbers.iter().find(|number| !is_exact(number)) {
            return Err(format!(
                "a filter compares numbers as doubles, and {number} has more than 15 significant digits"
            ));
        }
        Ok(Self { text: text.to_owned(), path, singular: scanned.singular, compares_numbers: scanned.compares_numbers })
    }

    /// The path as it is written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it can only find one value: names and indexes, no wildcard, slice, filter or descent.
    pub(super) const fn is_singular(&self) -> bool {
        self.singular
    }

    /// What it finds, in document order; an error if its filter cannot be trusted with this value.
    pub(super) fn find<'v>(&self, value: &'v Value) -> Result<Vec<&'v Value>, String> {
        if self.compares_numbers
            && let Some(number) = inexact(value)
        {
            return Err(format!(
                "the filter of `{}` compares numbers as doubles, which {} does not fit; use `any` or `each`",
                self.text,
                number.display()
            ));
        }
        let json = value.to_json();
        let found = self.path.query_located(&json);
        Ok(found.locations().filter_map(|place| place.iter().try_fold(value, step)).collect())
    }

    /// The field of the output that the path begins with, if it is written out: `status` of `$.status`.
    pub(super) fn root_field(&self) -> Option<&str> {
        let rest = self.text.strip_prefix('$')?;
        let name = match rest.strip_prefix('.') {
            Some(name) if !name.starts_with(['.', '*']) => name.split(['.', '[']).next()?,
            _ => rest.strip_prefix("['").and_then(|rest| rest.split('\'').next())?,
        };
        (!name.is_empty()).then_some(name)
    }
}

fn step<'v>(value: &'v Value, element: &PathElement<'_>) -> Option<&'v Value> {
    match (value, element) {
        (Value::Map(map), PathElement::Name(name)) => map.get(*name),
        (Value::List(items), PathElement::Index(index)) => items.get(*index),
        _ => None,
    }
}

fn is_exact(number: &str) -> bool {
    read::read_number(number).is_ok_and(|number| number.normalized().digits() <= EXACT_DIGITS)
}

/// The first number in a value that a double would change.
fn inexact(value: &Value) -> Option<&Value> {
    match value {
        Value::Number(number) => (number.normalized().digits() > EXACT_DIGITS).then_some(value),
        Value::List(items) => items.iter().find_map(inexact),
        Value::Map(map) => map.values().find_map(inexact),
        _ => None,
    }
}

/// What can be seen of a path that is known to be well-formed.
struct Scanned {
    singular: bool,
    numbers: Vec<String>,
    compares_numbers: bool,
}

impl Scanned {
    fn new(text: &str) -> Self {
        let outside = strings_blanked(text);
        let filter = outside.find('?').map(|at| &outside[at..]);
        let singular = !outside.contains("..") && !outside.contains(['*', '?', ',', ':']);
        let numbers = filter.map(numbers_of).unwrap_or_default();
        let compares_numbers = filter.is_some_and(|filter| compares_numbers(filter, &numbers));
        Self { singular, numbers, compares_numbers }
    }
}

/// The text with every character inside of quotes replaced, so that only syntax remains.
fn strings_blanked(text: &str) -> String {
    let mut quote = None;
    let mut escaped = false;
    text.chars()
        .map(|char| match quote {
            Some(_) if escaped => {
                escaped = false;
                '_'
            }
            Some(_) if char == '\\' => {
                escaped = true;
                '_'
            }
            Some(open) if char == open => {
                quote = None;
                char
            }
            Some(_) => '_',
            None => {
                quote = matches!(char, '\'' | '"').then_some(char);
                char
            }
        })
        .collect()
}

/// The number literals of a filter: digits that are neither part of a name nor an index in brackets.
fn numbers_of(filter: &str) -> Vec<String> {
    let mut numbers = Vec::new();
    let mut previous = ' ';
    let mut rest = filter;
    while let Some(char) = rest.chars().next() {
        let starts = (char.is_ascii_digit() || char == '-')
            && !(previous.is_alphanumeric() || previous == '_' || previous == '[');
        if starts {
            let part = |char: char| char.is_ascii_digit() || matches!(char, '.' | 'e' | 'E' | '+' | '-');
            let end = rest.find(|char| !part(char)).unwrap_or(rest.len());
            numbers.push(rest[..end].to_owned());
            rest = &rest[end..];
            previous = '0';
        } else {
            previous = char;
            rest = &rest[char.len_utf8()..];
        }
    }
    numbers
}

/// Whether a filter may compare numbers: it has a number, or compares two paths.
fn compares_numbers(filter: &str, numbers: &[String]) -> bool {
    if !numbers.is_empty() {
        return true;
    }
    let mut rest = filter;
    let mut before = "";
    while let Some(at) = rest.find(['=', '<', '>']) {
        let left = format!("{before}{}", &rest[..at]);
        rest = rest[at..].trim_start_matches(['=', '<', '>', '!']);
        if !is_literal_end(&left) && !is_literal_start(rest) {
            return true;
        }
        before = "";
    }
    false
}

fn is_literal_start(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with(['\'', '"']) || ["true", "false", "null"].iter().any(|word| text.starts_with(word))
}

fn is_literal_end(text: &str) -> bool {
    let text = text.trim_end().trim_end_matches('!').trim_end();
    let word = text.rsplit(|char: char| !(char.is_alphanumeric() || matches!(char, '_' | '.' | '@' | '$'))).next();
    text.ends_with(['\'', '"']) || word.is_some_and(|word| matches!(word, "true" | "false" | "null"))
}

#[cfg(test)]
mod tests {
    use super::JsonPath;
    use crate::value::Value;

    fn found(path: &str, json: &str) -> String {
        let value = Value::from_json(serde_json::from_str(json).expect("JSON"));
        match JsonPath::compile(path) {
            Err(error) => format!("!! {error}"),
            Ok(path) => match path.find(&value) {
                Err(error) => format!("! {error}"),
                Ok(found) => {
                    let found: Vec<String> = found.iter().map(|value| value.display().to_string()).collect();
                    format!("{}{}", if path.is_singular() { "one " } else { "" }, found.join(" "))
                }
            },
        }
    }

    fn check(path: &str, json: &str, expected: &str) {
        assert_eq!(found(path, json), expected, "{path}");
    }

    #[test]
    fn paths_find_exact_values() {
        check("$.a", r#"{"a": 12345678901234567.89}"#, "one 12345678901234567.89");
        check("$['a b'][0]", r#"{"a b": [1.0]}"#, "one 1.0");
        check("$.a[*].n", r#"{"a": [{"n": 1}, {"n": 2}, {}]}"#, "1 2");
        check("$..n", r#"{"a": [{"n": 1}], "n": 3}"#, "3 1");
        check("$.a[?@.n > 1].n", r#"{"a": [{"n": 1}, {"n": 2.5}]}"#, "2.5");
        check("$['*']", r#"{"*": 1}"#, "one 1");
        check("$.nope", "{}", "one ");
        check("$", "5", "one 5");
    }

    #[test]
    fn a_filter_that_would_compare_inexactly_is_refused() {
        check(
            "$[?@ == 12345678901234567]",
            "[1]",
            "!! a filter compares numbers as doubles, and 12345678901234567 has more than 15 significant digits",
        );
        check(
            "$[?@.n == 1]",
            r#"[{"n": 12345678901234567}]"#,
            "! the filter of `$[?@.n == 1]` compares numbers as doubles, which 12345678901234567 does not fit; use `any` or `each`",
        );
        check(
            "$[?@.n == @.m]",
            r#"[{"n": 12345678901234567, "m": 12345678901234568}]"#,
            "! the filter of `$[?@.n == @.m]` compares numbers as doubles, which 12345678901234567 does not fit; use `any` or `each`",
        );
        check("$[?@.s == 'x'].n", r#"[{"n": 12345678901234567, "s": "x"}]"#, "12345678901234567");
        check("$[?@.s != null].n", r#"[{"n": 12345678901234567, "s": "x"}]"#, "12345678901234567");
        check("$[?@.s].n", r#"[{"n": 12345678901234567, "s": "x"}]"#, "12345678901234567");
    }

    #[test]
    fn the_field_a_path_begins_with_is_known_if_it_is_written() {
        let field = |path: &str| JsonPath::compile(path).expect("a path").root_field().map(str::to_owned);
        assert_eq!(field("$.status"), Some("status".to_owned()));
        assert_eq!(field("$.output.items[0]"), Some("output".to_owned()));
        assert_eq!(field("$['error']"), Some("error".to_owned()));
        assert_eq!(field("$..status"), None);
        assert_eq!(field("$[*]"), None);
    }
}

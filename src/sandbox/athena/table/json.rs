//! JSON Lines: the `OpenX` `SerDe`, which turns what does not fit into NULL, and Hive's, which fails.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::sandbox::athena::failure::Failure;
use crate::sandbox::athena::values::{ColumnBuilder, Nested};

/// How one table's lines are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonLines {
    /// Fail on a value that does not fit its column.
    strict: bool,
    ignore_malformed: bool,
    dots_in_keys: bool,
    /// Column to key in the file.
    mapping: IndexMap<String, String>,
}

impl JsonLines {
    /// Hive's own `JsonSerDe`.
    pub fn hive() -> Self {
        Self { strict: true, ignore_malformed: false, dots_in_keys: false, mapping: IndexMap::new() }
    }

    /// The `OpenX` `SerDe` with its properties.
    pub fn openx(properties: &IndexMap<String, String>) -> Result<Self, Failure> {
        let is_true = |key: &str| properties.get(key).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        if properties.get("case.insensitive").is_some_and(|value| value.eq_ignore_ascii_case("false")) {
            return Err(Failure::unsupported("the SerDe property case.insensitive=false"));
        }
        let mapped = |(key, value): (&String, &String)| {
            Some((key.strip_prefix("mapping.")?.to_lowercase(), value.to_lowercase()))
        };
        Ok(Self {
            strict: false,
            ignore_malformed: is_true("ignore.malformed.json"),
            dots_in_keys: is_true("dots.in.keys"),
            mapping: properties.iter().filter_map(mapped).collect(),
        })
    }

    /// Whether the sandbox can write such a table: only when keys are column names.
    pub fn writable(&self) -> bool {
        self.mapping.is_empty()
    }

    /// Appends one line to the wanted columns, given by name.
    pub fn push_line(&self, line: &str, columns: &mut [(String, ColumnBuilder)]) -> Result<(), Failure> {
        let object = match serde_json::from_str::<Value>(line) {
            Ok(Value::Object(object)) => object,
            _ if self.ignore_malformed => Map::new(),
            Ok(_) => return Err(malformed("a JSON text must be an object", line)),
            Err(error) => return Err(malformed(&error.to_string(), line)),
        };
        for (name, column) in columns {
            let key = self.mapping.get(name.as_str()).unwrap_or(name);
            self.push(find(&object, key, self.dots_in_keys), name, column)?;
        }
        Ok(())
    }

    fn push(&self, value: Option<&Value>, name: &str, column: &mut ColumnBuilder) -> Result<(), Failure> {
        match (value, column) {
            (None | Some(Value::Null), column) => {
                column.push_null();
                Ok(())
            }
            (Some(Value::Array(items)), ColumnBuilder::Array(nested)) => self.push_items(items, name, nested),
            (Some(Value::Object(object)), ColumnBuilder::Map(nested)) => self.push_entries(object, name, nested),
            (Some(Value::Object(object)), ColumnBuilder::Struct(nested)) => self.push_members(object, nested),
            (Some(value), column) => self.push_scalar(value, name, column),
        }
    }

    fn push_items(&self, items: &[Value], name: &str, nested: &mut Nested) -> Result<(), Failure> {
        for item in items {
            self.push(Some(item), name, &mut nested.children[0])?;
        }
        nested.end(items.len())
    }

    fn push_entries(&self, object: &Map<String, Value>, name: &str, nested: &mut Nested) -> Result<(), Failure> {
        let mut count = 0;
        for (key, value) in object {
            if nested.children[0].push_text(key).is_ok() {
                self.push(Some(value), name, &mut nested.children[1])?;
                count += 1;
            } else if self.strict {
                return Err(bad_value(name, key));
            }
        }
        nested.end(count)
    }

    fn push_members(&self, object: &Map<String, Value>, nested: &mut Nested) -> Result<(), Failure> {
        for (name, child) in nested.names.iter().zip(&mut nested.children) {
            self.push(find(object, name, self.dots_in_keys), name, child)?;
        }
        nested.end(1)
    }

    fn push_scalar(&self, value: &Value, name: &str, column: &mut ColumnBuilder) -> Result<(), Failure> {
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        // A number with a fraction is not an integer here; cutting it off would be a silent change of the data.
        let cut = matches!(
            column,
            ColumnBuilder::TinyInt(_) | ColumnBuilder::SmallInt(_) | ColumnBuilder::Int(_) | ColumnBuilder::BigInt(_)
        ) && text.contains('.');
        match if cut { None } else { column.push_text(&text).ok() } {
            Some(()) => Ok(()),
            None if self.strict => Err(bad_value(name, &text)),
            None => {
                column.push_null();
                Ok(())
            }
        }
    }
}

fn find<'a>(object: &'a Map<String, Value>, name: &str, dots_in_keys: bool) -> Option<&'a Value> {
    object.get(name).or_else(|| {
        let same =
            |key: &str| key.to_lowercase() == name || (dots_in_keys && key.to_lowercase().replace('.', "_") == name);
        object.iter().find(|(key, _)| same(key)).map(|(_, value)| value)
    })
}

fn malformed(problem: &str, line: &str) -> Failure {
    let start: String = line.chars().take(80).collect();
    Failure::user(
        "HIVE_CURSOR_ERROR",
        format_args!("Row is not a valid JSON Object - JSONException: {problem}: {start}"),
    )
}

fn bad_value(name: &str, value: &str) -> Failure {
    let start: String = value.chars().take(80).collect();
    Failure::user("HIVE_BAD_DATA", format_args!("Error Parsing a column in the table: column {name}, value {start}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::athena::values::{HiveType, ValueText};

    fn read(serde: &JsonLines, kind: &str, line: &str) -> Result<Option<String>, String> {
        let mut columns = [("a_b".to_owned(), ColumnBuilder::new(&HiveType::parse(kind).expect(kind)))];
        serde.push_line(line, &mut columns).map_err(|failure| failure.reason)?;
        let array = columns[0].1.finish().expect("array");
        let mut text = String::new();
        Ok(ValueText::new(&array).expect("text").write(0, &mut text).expect("text").then_some(text))
    }

    fn openx(properties: &[(&str, &str)]) -> JsonLines {
        let properties = properties.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        JsonLines::openx(&properties).expect("properties")
    }

    #[test]
    fn values_are_read_by_key_in_any_case() {
        fn check(kind: &str, line: &str, expected: Option<&str>) {
            assert_eq!(read(&openx(&[]), kind, line), Ok(expected.map(str::to_owned)), "{line}");
        }
        check("int", r#"{"A_B": 17}"#, Some("17"));
        check("int", r#"{"a_b": "17"}"#, Some("17"));
        check("int", r#"{"a_b": 17.5}"#, None);
        check("int", r#"{"x": 1}"#, None);
        check("string", r#"{"a_b": {"k": [1]}}"#, Some(r#"{"k":[1]}"#));
        check("decimal(20,2)", r#"{"a_b": 12345678901234567.89}"#, Some("12345678901234567.89"));
        check("array<struct<x:int>>", r#"{"a_b": [{"X": 1}, null]}"#, Some("[{x=1}, null]"));
        check("map<string,boolean>", r#"{"a_b": {"k": true}}"#, Some("{k=true}"));
    }

    #[test]
    fn properties_of_openx_are_honoured() {
        assert_eq!(read(&openx(&[("mapping.a_b", "Other")]), "int", r#"{"other": 1}"#), Ok(Some("1".to_owned())));
        assert_eq!(read(&openx(&[("dots.in.keys", "true")]), "int", r#"{"a.b": 1}"#), Ok(Some("1".to_owned())));
        assert_eq!(read(&openx(&[("ignore.malformed.json", "true")]), "int", "{"), Ok(None));
    }

    #[test]
    fn lines_that_are_no_objects_fail_and_so_do_wrong_values_with_hives_serde() {
        assert!(read(&openx(&[]), "int", "[1]").is_err_and(|reason| reason.starts_with("HIVE_CURSOR_ERROR")));
        assert!(
            read(&JsonLines::hive(), "int", r#"{"a_b": "x"}"#).is_err_and(|reason| reason.starts_with("HIVE_BAD_DATA"))
        );
    }
}

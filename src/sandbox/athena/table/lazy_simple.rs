//! `LazySimpleSerDe`: delimited text. What cannot be read as its column's type is NULL.

use indexmap::IndexMap;

use crate::sandbox::athena::failure::Failure;
use crate::sandbox::athena::values::{ColumnBuilder, Nested};

/// Delimiters of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LazySimple {
    /// Between fields, then between items, then between keys and values, then deeper levels.
    pub separators: Vec<char>,
    pub escape: Option<char>,
    pub null_text: String,
}

impl LazySimple {
    /// Reads `SerDe` properties; properties that would change the meaning of the data and are not known are refused.
    pub fn new(properties: &IndexMap<String, String>) -> Result<Self, Failure> {
        let mut separators: Vec<char> = ('\u{1}'..='\u{8}').collect();
        let mut this = Self { separators: Vec::new(), escape: None, null_text: "\\N".to_owned() };
        for (key, value) in properties {
            match key.as_str() {
                "field.delim" => separators[0] = delimiter(key, value)?,
                "serialization.format" if !properties.contains_key("field.delim") => {
                    separators[0] = delimiter(key, value)?;
                }
                "colelction.delim" | "collection.delim" => separators[1] = delimiter(key, value)?,
                "mapkey.delim" => separators[2] = delimiter(key, value)?,
                "escape.delim" => this.escape = Some(delimiter(key, value)?),
                "serialization.null.format" => this.null_text.clone_from(value),
                "line.delim" if value != "\n" => {
                    return Err(Failure::unsupported("lines terminated by anything but \\n"));
                }
                "timestamp.formats" => return Err(Failure::unsupported("the SerDe property timestamp.formats")),
                _ => {}
            }
        }
        this.separators = separators;
        Ok(this)
    }

    /// Appends one line to the wanted columns, given as (position in the file, column).
    pub fn push_line(&self, line: &str, columns: &mut [(usize, ColumnBuilder)]) -> Result<(), Failure> {
        let fields = self.split(line, self.separators[0]);
        for (index, column) in columns {
            match fields.get(*index) {
                Some(field) => self.push_field(field, column, 1)?,
                None => column.push_null(),
            }
        }
        Ok(())
    }

    fn push_field(&self, field: &str, column: &mut ColumnBuilder, level: usize) -> Result<(), Failure> {
        if field == self.null_text {
            column.push_null();
            return Ok(());
        }
        match column {
            ColumnBuilder::Array(nested) => self.push_items(field, nested, level),
            ColumnBuilder::Map(nested) => self.push_entries(field, nested, level),
            ColumnBuilder::Struct(nested) => self.push_members(field, nested, level),
            scalar => {
                if scalar.push_text(&self.unescaped(field)).is_err() {
                    scalar.push_null();
                }
                Ok(())
            }
        }
    }

    fn separator(&self, level: usize) -> Result<char, Failure> {
        self.separators.get(level).copied().ok_or_else(|| Failure::unsupported("text tables with types nested so deep"))
    }

    fn push_items(&self, field: &str, nested: &mut Nested, level: usize) -> Result<(), Failure> {
        let items = if field.is_empty() { Vec::new() } else { self.split(field, self.separator(level)?) };
        for item in &items {
            self.push_field(item, &mut nested.children[0], level + 1)?;
        }
        nested.end(items.len())
    }

    fn push_entries(&self, field: &str, nested: &mut Nested, level: usize) -> Result<(), Failure> {
        let entries = if field.is_empty() { Vec::new() } else { self.split(field, self.separator(level)?) };
        let mut count = 0;
        for entry in entries {
            let mut parts = self.split(entry, self.separator(level + 1)?).into_iter();
            let Some(key) = parts.next().filter(|key| *key != self.null_text) else { continue };
            // A key that is not of its type has no entry: keys are never NULL.
            if nested.children[0].push_text(&self.unescaped(key)).is_err() {
                continue;
            }
            match parts.next() {
                Some(value) => self.push_field(value, &mut nested.children[1], level + 2)?,
                None => nested.children[1].push_null(),
            }
            count += 1;
        }
        nested.end(count)
    }

    fn push_members(&self, field: &str, nested: &mut Nested, level: usize) -> Result<(), Failure> {
        let members = self.split(field, self.separator(level)?);
        for (index, child) in nested.children.iter_mut().enumerate() {
            match members.get(index) {
                Some(member) => self.push_field(member, child, level + 1)?,
                None => child.push_null(),
            }
        }
        nested.end(1)
    }

    /// Appends a value to a line that is written; without an escape character it goes out as it is, as in Hive.
    pub fn append_escaped(&self, text: &str, out: &mut String) {
        let Some(escape) = self.escape else { return out.push_str(text) };
        for c in text.chars() {
            let (marked, c) = match c {
                '\n' => (true, 'n'),
                '\r' => (true, 'r'),
                c => (c == escape || self.separators.contains(&c), c),
            };
            out.extend(marked.then_some(escape).into_iter().chain([c]));
        }
    }

    fn split<'a>(&self, text: &'a str, separator: char) -> Vec<&'a str> {
        let Some(escape) = self.escape else { return text.split(separator).collect() };
        let (mut parts, mut start, mut skip) = (Vec::new(), 0, false);
        for (at, c) in text.char_indices() {
            if skip {
                skip = false;
            } else if c == escape {
                skip = true;
            } else if c == separator {
                parts.push(&text[start..at]);
                start = at + c.len_utf8();
            }
        }
        parts.push(&text[start..]);
        parts
    }

    fn unescaped<'a>(&self, text: &'a str) -> std::borrow::Cow<'a, str> {
        let Some(escape) = self.escape.filter(|escape| text.contains(*escape)) else { return text.into() };
        let mut plain = String::with_capacity(text.len());
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            plain.extend(if c == escape { chars.next().map(escaped) } else { Some(c) });
        }
        plain.into()
    }
}

fn escaped(c: char) -> char {
    match c {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        other => other,
    }
}

/// A delimiter is one character, or its number (`1` is Ctrl-A) as Hive allows.
fn delimiter(key: &str, value: &str) -> Result<char, Failure> {
    let mut chars = value.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) if !c.is_ascii_digit() => Ok(c),
        _ => value
            .parse::<u8>()
            .map(char::from)
            .map_err(|_| Failure::unsupported(format_args!("the delimiter {key}={value:?}: it must be one character"))),
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::Array;

    use super::*;
    use crate::sandbox::athena::values::{HiveType, ValueText};

    fn read(properties: &[(&str, &str)], kind: &str, field: &str) -> Option<String> {
        let properties = properties.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let serde = LazySimple::new(&properties).expect("properties");
        let mut columns = [(1, ColumnBuilder::new(&HiveType::parse(kind).expect(kind)))];
        serde.push_line(&format!("first{}{field}", serde.separators[0]), &mut columns).expect("line");
        let array = columns[0].1.finish().expect("array");
        assert_eq!(array.len(), 1);
        let mut text = String::new();
        ValueText::new(&array).expect("text").write(0, &mut text).expect("text").then_some(text)
    }

    #[test]
    fn what_is_not_of_its_type_is_null() {
        fn check(kind: &str, field: &str, expected: Option<&str>) {
            assert_eq!(read(&[("field.delim", ",")], kind, field).as_deref(), expected, "{kind} {field}");
        }
        check("int", "17", Some("17"));
        check("int", "x", None);
        check("int", "", None);
        check("string", "", Some(""));
        check("string", "\\N", None);
        check("decimal(6,2)", "17", Some("17.00"));
        check("varchar(2)", "äöü", Some("äö"));
        check("timestamp", "2026-01-16 10:00:00", Some("2026-01-16 10:00:00.000"));
        check("array<int>", "1\u{2}x", Some("[1, null]"));
        check("map<string,int>", "a\u{3}1\u{2}b", Some("{a=1, b=null}"));
        check("struct<a:int,b:string>", "1", Some("{a=1, b=null}"));
    }

    #[test]
    fn delimiters_and_escapes_come_from_the_properties() {
        assert_eq!(read(&[("field.delim", "\t")], "string", "a,b").as_deref(), Some("a,b"));
        assert_eq!(read(&[], "string", "a").as_deref(), Some("a"));
        let escaped = [("field.delim", ","), ("escape.delim", "\\")];
        assert_eq!(read(&escaped, "string", "a\\,b").as_deref(), Some("a,b"));
        let null = [("field.delim", ","), ("serialization.null.format", "")];
        assert_eq!(read(&null, "string", ""), None);
    }

    #[test]
    fn unknown_meaning_is_refused() {
        let refused =
            |key: &str, value: &str| LazySimple::new(&IndexMap::from([(key.to_owned(), value.to_owned())])).is_err();
        assert!(refused("field.delim", "||"));
        assert!(refused("timestamp.formats", "yyyy"));
        assert!(!refused("serialization.format", "1"));
    }
}

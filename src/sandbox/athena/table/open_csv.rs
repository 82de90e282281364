//! `OpenCSVSerde`: quoted CSV, read line by line. What is not of its column's type fails the query, as in Athena.

use indexmap::IndexMap;

use crate::sandbox::athena::failure::Failure;
use crate::sandbox::athena::values::ColumnBuilder;

/// Separator, quote and escape of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCsv {
    pub separator: char,
    pub quote: char,
    pub escape: char,
}

impl OpenCsv {
    /// Reads `separatorChar`, `quoteChar` and `escapeChar`; Hive's defaults are comma, double quote, and double quote again.
    pub fn new(properties: &IndexMap<String, String>) -> Result<Self, Failure> {
        let character = |key: &str, default: char| match properties.get(key).map(|value| (value, value.chars().next()))
        {
            None => Ok(default),
            Some((value, Some(c))) if value.chars().count() == 1 => Ok(c),
            Some((value, _)) => Err(Failure::unsupported(format_args!("{key}={value:?}: it must be one character"))),
        };
        Ok(Self {
            separator: character("separatorChar", ',')?,
            quote: character("quoteChar", '"')?,
            escape: character("escapeChar", '"')?,
        })
    }

    /// Appends one line to the wanted columns, given as (position in the file, column).
    pub fn push_line(&self, line: &str, columns: &mut [(usize, ColumnBuilder)]) -> Result<(), Failure> {
        let fields = self.split(line);
        for (index, column) in columns {
            match fields.get(*index) {
                Some(field) => push_field(field, *index, column)?,
                None => column.push_null(),
            }
        }
        Ok(())
    }

    /// The fields of a line as opencsv reads them: quotes may begin inside a field, a doubled quote is a quote, an escape counts
    /// inside quotes.
    fn split(&self, line: &str) -> Vec<String> {
        let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            let next = chars.peek().copied();
            let escapable = |next: char| next == self.quote || next == self.escape;
            let escaped = c == self.escape && self.escape != self.quote && next.is_some_and(escapable);
            let doubled = c == self.quote && next == Some(self.quote);
            if quoted && (escaped || doubled) {
                field.extend(chars.next());
            } else if c == self.quote {
                quoted = !quoted;
            } else if c == self.separator && !quoted {
                fields.push(std::mem::take(&mut field));
            } else {
                field.push(c);
            }
        }
        fields.push(field);
        fields
    }
}

/// Dates are numbers of days and timestamps numbers of milliseconds since 1970 for this `SerDe`; AWS documents both.
fn push_field(field: &str, index: usize, column: &mut ColumnBuilder) -> Result<(), Failure> {
    let pushed = match column {
        ColumnBuilder::Date(builder) => field.trim().parse().ok().map(|days| builder.append_value(days)),
        ColumnBuilder::Timestamp(builder) => field.trim().parse().ok().map(|millis| builder.append_value(millis)),
        ColumnBuilder::Array(_) | ColumnBuilder::Map(_) | ColumnBuilder::Struct(_) => {
            return Err(Failure::unsupported("array, map and struct columns of OpenCSVSerde tables"));
        }
        other => other.push_text(field).ok(),
    };
    pushed.ok_or_else(|| {
        let message = format!("Error parsing field value '{field}' for field {index}: For input string: \"{field}\"");
        Failure::user("HIVE_BAD_DATA", message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::athena::values::HiveType;

    #[test]
    fn lines_are_split_as_opencsv_does() {
        fn check(line: &str, expected: &[&str]) {
            let properties = IndexMap::from([("escapeChar".to_owned(), "\\".to_owned())]);
            assert_eq!(OpenCsv::new(&properties).expect("properties").split(line), expected, "{line}");
        }
        check("a,b", &["a", "b"]);
        check("\"a,b\",\"c\"", &["a,b", "c"]);
        check("\"say \"\"hi\"\"\",", &["say \"hi\"", ""]);
        check("\"a\\\"b\",\"c\\\\\"", &["a\"b", "c\\"]);
        check("\"a\\nb\"", &["a\\nb"]);
        check("", &[""]);
        check("\"open,b", &["open,b"]);
    }

    #[test]
    fn a_value_of_the_wrong_type_is_bad_data() {
        let serde = OpenCsv::new(&IndexMap::new()).expect("defaults");
        let check = |kind: &str, line: &str, expected: Result<(), &str>| {
            let mut columns = [(0, ColumnBuilder::new(&HiveType::parse(kind).expect(kind)))];
            let result = serde.push_line(line, &mut columns).map_err(|failure| failure.reason);
            match expected {
                Ok(()) => assert_eq!(result, Ok(())),
                Err(part) => assert!(result.as_ref().is_err_and(|reason| reason.contains(part)), "{result:?}"),
            }
        };
        check("int", "\"17\"", Ok(()));
        check("int", "\"x\"", Err("HIVE_BAD_DATA: Error parsing field value 'x' for field 0"));
        check("int", "\"\"", Err("HIVE_BAD_DATA"));
        check("date", "20469", Ok(()));
        check("date", "2026-01-16", Err("HIVE_BAD_DATA"));
    }
}

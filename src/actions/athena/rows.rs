//! A CSV fixture as lines of Hive's text format, each field held to its column's type.
//!
//! Hive reads a field that is not of its column's type as NULL and says nothing, so whatever it would not read is refused here.

use crate::value::read;

/// Between the fields of a line: Hive's own default, which no text of a fixture holds.
const SEPARATOR: char = '\u{1}';
/// Null in Hive's text format.
const NULL: &str = "\\N";

/// A column of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub name: String,
    pub kind: Kind,
}

/// A type that a text table can store exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Boolean,
    /// With its bits.
    Integer(&'static str, u32),
    Decimal(u64, u64),
    Double(&'static str),
    /// With its length, where it has one: `varchar(10)`.
    Text(String, Option<usize>),
    Date,
    Timestamp,
}

impl Kind {
    /// Reads a type as Athena writes it.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let (name, arguments) = match text.strip_suffix(')').and_then(|text| text.split_once('(')) {
            Some((name, arguments)) => (name.trim().to_owned(), numbers(arguments)?),
            None => (text, Vec::new()),
        };
        match (name.as_str(), arguments.as_slice()) {
            ("boolean", []) => Some(Self::Boolean),
            ("tinyint", []) => Some(Self::Integer("tinyint", 8)),
            ("smallint", []) => Some(Self::Integer("smallint", 16)),
            ("int" | "integer", []) => Some(Self::Integer("int", 32)),
            ("bigint", []) => Some(Self::Integer("bigint", 64)),
            ("decimal", [precision @ 1..=38, scale]) if scale <= precision => Some(Self::Decimal(*precision, *scale)),
            ("decimal", [precision @ 1..=38]) => Some(Self::Decimal(*precision, 0)),
            ("double", []) => Some(Self::Double("double")),
            ("float" | "real", []) => Some(Self::Double("float")),
            ("string" | "varchar", []) => Some(Self::Text("string".to_owned(), None)),
            ("varchar" | "char", [length @ 1..=65_535]) => {
                Some(Self::Text(format!("{name}({length})"), usize::try_from(*length).ok()))
            }
            ("date", []) => Some(Self::Date),
            ("timestamp", [] | [0..=3]) => Some(Self::Timestamp),
            _ => None,
        }
    }

    /// The type in Hive's DDL.
    pub fn ddl(&self) -> String {
        match self {
            Self::Boolean => "boolean".to_owned(),
            Self::Integer(name, _) | Self::Double(name) => (*name).to_owned(),
            Self::Decimal(precision, scale) => format!("decimal({precision},{scale})"),
            Self::Text(name, _) => name.clone(),
            Self::Date => "date".to_owned(),
            Self::Timestamp => "timestamp".to_owned(),
        }
    }

    /// A field as the text format stores it; none if it is not of this type.
    fn stored(&self, text: &str) -> Option<String> {
        match self {
            Self::Boolean => read::read_bool(text).ok().map(|value| value.to_string()),
            Self::Integer(_, bits) => {
                let value: i64 = text.parse().ok()?;
                let bound = 1_i128 << (bits - 1);
                (-bound..bound).contains(&i128::from(value)).then(|| value.to_string())
            }
            Self::Decimal(precision, scale) => {
                let exact = read::read_number(text).ok()?.normalized();
                let (digits, behind) = (exact.digits(), exact.fractional_digit_count());
                let whole = i64::try_from(digits).ok()? - behind;
                let fits = behind <= i64::try_from(*scale).ok()? && whole <= i64::try_from(precision - scale).ok()?;
                fits.then(|| exact.to_plain_string())
            }
            Self::Double(_) => read::read_double(text).ok().map(|_| text.to_owned()),
            Self::Text(_, length) => {
                let fits = length.is_none_or(|length| text.chars().count() <= length);
                (fits && text != NULL && !text.contains(['\n', '\r', SEPARATOR])).then(|| text.to_owned())
            }
            Self::Date => read::read_date(text).ok().map(|date| date.to_string()),
            Self::Timestamp => match read::read_timestamp(text).ok()? {
                crate::value::Timestamp::Local(at) => Some(at.format("%Y-%m-%d %H:%M:%S%.f").to_string()),
                crate::value::Timestamp::Zoned(_) => None,
            },
        }
    }
}

fn numbers(text: &str) -> Option<Vec<u64>> {
    text.split(',').map(|number| number.trim().parse().ok()).collect()
}

/// The fixture as lines, and how many there are. The error is a message.
pub(super) fn lines(csv: &str, columns: &[Column]) -> Result<(String, u64), String> {
    let mut records = records(csv.trim_start_matches('\u{feff}'))?.into_iter();
    let header: Vec<String> = records.next().unwrap_or_default().into_iter().map(|field| field.text).collect();
    let declared: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    if header != declared {
        return Err(format!("its header is {}, but `columns` are {}", header.join(", "), declared.join(", ")));
    }
    let (mut lines, mut count) = (String::new(), 0);
    for record in records {
        count += 1;
        if record.len() != columns.len() {
            return Err(format!("row {count} has {} fields, the header has {}", record.len(), columns.len()));
        }
        let fields = record.iter().zip(columns).map(|(field, column)| stored(field, column, count));
        lines.push_str(&fields.collect::<Result<Vec<_>, _>>()?.join(&SEPARATOR.to_string()));
        lines.push('\n');
    }
    Ok((lines, count))
}

fn stored(field: &Field, column: &Column, row: u64) -> Result<String, String> {
    if field.text.is_empty() && !field.is_quoted {
        return Ok(NULL.to_owned());
    }
    column.kind.stored(&field.text).ok_or_else(|| {
        let (name, kind) = (&column.name, column.kind.ddl());
        format!("row {row}: {:?} cannot be stored in `{name}`, a {kind} of a text table", field.text)
    })
}

/// A field, and whether it stood in quotes: `""` is the empty string, and nothing at all is null. The csv crate does not tell them apart.
#[derive(Debug, Default, PartialEq, Eq)]
struct Field {
    text: String,
    is_quoted: bool,
}

/// The records of a CSV text (RFC 4180); empty lines are none.
fn records(text: &str) -> Result<Vec<Vec<Field>>, String> {
    let mut records = vec![Vec::new()];
    let mut rest = text;
    while !rest.is_empty() {
        let (field, after) = field(rest)?;
        let Some(record) = records.last_mut() else { break };
        record.push(field);
        let end = after.strip_prefix("\r\n").or_else(|| after.strip_prefix('\n'));
        rest = match (after.strip_prefix(','), end) {
            (Some(""), _) => {
                record.push(Field::default());
                ""
            }
            (Some(after), _) => after,
            (None, Some(after)) => {
                records.push(Vec::new());
                after
            }
            (None, None) => after,
        };
    }
    records.retain(|record| !matches!(record.as_slice(), [] | [Field { is_quoted: false, .. }] if record.iter().all(|f| f.text.is_empty())));
    Ok(records)
}

/// The first field of a text, and what follows it.
fn field(text: &str) -> Result<(Field, &str), String> {
    let Some(mut rest) = text.strip_prefix('"') else {
        let end = text.find([',', '\n']).unwrap_or(text.len());
        let (field, after) = text.split_at(end);
        if field.contains('"') {
            return Err(format!("a quote inside of {field:?}, which does not begin with one"));
        }
        let (field, after) = match field.strip_suffix('\r') {
            Some(shorter) if after.starts_with('\n') => (shorter, &text[end - 1..]),
            _ => (field, after),
        };
        return Ok((Field { text: field.to_owned(), is_quoted: false }, after));
    };
    let mut value = String::new();
    loop {
        let Some((part, after)) = rest.split_once('"') else { return Err("a quote is not closed".to_owned()) };
        value.push_str(part);
        match after.strip_prefix('"') {
            Some(more) => {
                value.push('"');
                rest = more;
            }
            None if after.is_empty() || after.starts_with([',', '\n']) || after.starts_with("\r\n") => {
                return Ok((Field { text: value, is_quoted: true }, after));
            }
            None => return Err(format!("text after the closing quote of {value:?}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_case::test_case;

    #[test_case("bigint", "9223372036854775807", Some("9223372036854775807"))]
    #[test_case("bigint", "9223372036854775808", None; "too big")]
    #[test_case("int", "2147483648", None; "too big for an int")]
    #[test_case("integer", "007", Some("7"))]
    #[test_case("bigint", "12x", None; "hive would read null")]
    #[test_case("decimal(5,2)", "123.4", Some("123.4"))]
    #[test_case("decimal(5,2)", "123.450", Some("123.45"))]
    #[test_case("decimal(5,2)", "123.456", None; "hive would round")]
    #[test_case("decimal(5,2)", "1234", None; "too many digits")]
    #[test_case("decimal(5,2)", "0", Some("0"))]
    #[test_case(
        "decimal(38,0)",
        "99999999999999999999999999999999999999",
        Some("99999999999999999999999999999999999999")
    )]
    #[test_case("boolean", "TRUE", Some("true"))]
    #[test_case("boolean", "yes", None)]
    #[test_case("date", "2026-02-30", None)]
    #[test_case("timestamp", "2026-01-16T10:00:00.120", Some("2026-01-16 10:00:00.120"); "hive wants a blank")]
    #[test_case("timestamp", "2026-01-16T10:00:00Z", None; "it has no zones")]
    #[test_case("varchar", "é\\ \\t", Some("é\\ \\t"); "backslashes stay")]
    #[test_case("varchar", "\\N", None; "hive would read null again")]
    #[test_case("varchar", "two\nlines", None)]
    #[test_case("varchar(3)", "four", None)]
    #[test_case("char(4)", "four", Some("four"))]
    #[test_case("double", "NaN", Some("NaN"))]
    fn a_field_is_stored_only_if_it_is_read_back_as_itself(kind: &str, text: &str, expected: Option<&str>) {
        assert_eq!(Kind::parse(kind).unwrap().stored(text).as_deref(), expected);
    }

    #[test_case("array(int)")]
    #[test_case("int, b int"; "no second column")]
    #[test_case("decimal(39,2)")]
    #[test_case("varbinary")]
    #[test_case("")]
    fn a_type_that_a_text_table_cannot_hold_is_none(kind: &str) {
        assert_eq!(Kind::parse(kind), None);
    }

    fn check(csv: &str, expected: Result<&str, &str>) {
        let column = |(name, kind): (&str, &str)| Column { name: name.into(), kind: Kind::parse(kind).unwrap() };
        let columns: Vec<_> = [("id", "bigint"), ("name", "varchar")].into_iter().map(column).collect();
        let found = lines(csv, &columns).map(|(lines, _)| lines.replace('\u{1}', "|"));
        assert_eq!(found, expected.map(str::to_owned).map_err(str::to_owned));
    }

    #[test]
    fn a_fixture_becomes_lines() {
        check("id,name\n1,a\n2,\"b, \"\"c\"\"\"\n", Ok("1|a\n2|b, \"c\"\n"));
        check("\u{feff}id,name\r\n1,a\r\n\r\n", Ok("1|a\n"));
        check("id,name\n1,\n,\"\"", Ok("1|\\N\n\\N|\n"));
        check("id,name\n1,", Ok("1|\\N\n"));
        check("id,name\n", Ok(""));
    }

    #[test]
    fn a_fixture_that_would_be_stored_otherwise_is_refused() {
        check("name,id\n", Err("its header is name, id, but `columns` are id, name"));
        check("", Err("its header is , but `columns` are id, name"));
        check("id,name\n1\n", Err("row 1 has 1 fields, the header has 2"));
        check("id,name\nx,a\n", Err("row 1: \"x\" cannot be stored in `id`, a bigint of a text table"));
        check("id,name\n1,\"a\nb\"\n", Err("row 1: \"a\\nb\" cannot be stored in `name`, a string of a text table"));
        check("id,name\n1,a\"b\n", Err("a quote inside of \"a\\\"b\", which does not begin with one"));
        check("id,name\n1,\"a", Err("a quote is not closed"));
        check("id,name\n1,\"a\"b\n", Err("text after the closing quote of \"a\""));
    }
}

//! Trino's types: their Arrow types, their names, and which of them meet.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Fields, IntervalUnit, TimeUnit};

use super::error::{Outcome, refuse, unsupported};

/// The Arrow type of Trino's json: no other type of the sandbox uses it.
pub const JSON: DataType = DataType::LargeUtf8;
/// `timestamp(3)`.
pub const TIMESTAMP: DataType = DataType::Timestamp(TimeUnit::Millisecond, None);
/// `interval`.
pub const INTERVAL: DataType = DataType::Interval(IntervalUnit::MonthDayNano);

/// `timestamp(3) with time zone`, all values shown in the zone.
pub fn zoned(zone: &str) -> DataType {
    DataType::Timestamp(TimeUnit::Millisecond, Some(Arc::from(zone)))
}

/// `array(element)`.
pub fn array_of(element: DataType) -> DataType {
    DataType::List(Arc::new(Field::new_list_field(element, true)))
}

/// `map(key, value)`.
pub fn map_of(key: DataType, value: DataType) -> DataType {
    let fields = Fields::from(vec![Field::new("key", key, false), Field::new("value", value, true)]);
    DataType::Map(Arc::new(Field::new("entries", DataType::Struct(fields), false)), false)
}

/// `row(name type, …)`; a field without a name is `field0`, `field1`, … as Athena shows it.
pub fn row_of(fields: impl IntoIterator<Item = (Option<String>, DataType)>) -> DataType {
    let field = |(at, (name, data_type)): (usize, (Option<String>, DataType))| {
        Field::new(name.unwrap_or_else(|| format!("field{at}")), data_type, true)
    };
    DataType::Struct(fields.into_iter().enumerate().map(field).collect::<Vec<_>>().into())
}

/// The key and value types of a map.
pub fn map_parts(data_type: &DataType) -> Option<(DataType, DataType)> {
    let DataType::Map(entries, _) = data_type else { return None };
    let DataType::Struct(fields) = entries.data_type() else { return None };
    Some((fields[0].data_type().clone(), fields[1].data_type().clone()))
}

/// The element type of an array.
pub fn element_of(data_type: &DataType) -> Option<DataType> {
    match data_type {
        DataType::List(field) | DataType::LargeList(field) | DataType::FixedSizeList(field, _) => {
            Some(field.data_type().clone())
        }
        _ => None,
    }
}

/// The type that values are brought to before a function sees them: one string type, one list type, milliseconds.
pub fn plain(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Utf8View => DataType::Utf8,
        DataType::BinaryView | DataType::LargeBinary | DataType::FixedSizeBinary(_) => DataType::Binary,
        DataType::UInt8 => DataType::Int16,
        DataType::UInt16 => DataType::Int32,
        DataType::UInt32 | DataType::UInt64 => DataType::Int64,
        DataType::Timestamp(_, zone) => DataType::Timestamp(TimeUnit::Millisecond, zone.clone()),
        DataType::Interval(_) => INTERVAL,
        DataType::Date64 => DataType::Date32,
        DataType::Dictionary(_, value) => plain(value),
        DataType::List(field) | DataType::LargeList(field) | DataType::FixedSizeList(field, _) => {
            array_of(plain(field.data_type()))
        }
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(plain_field).collect()),
        DataType::Map(..) => match map_parts(data_type) {
            Some((key, value)) => map_of(plain(&key), plain(&value)),
            None => data_type.clone(),
        },
        other => other.clone(),
    }
}

fn plain_field(field: &FieldRef) -> FieldRef {
    Arc::new(Field::new(field.name(), plain(field.data_type()), true))
}

/// Whether the type is one of the integers.
pub fn is_integer(data_type: &DataType) -> bool {
    data_type.is_integer()
}

/// What Trino calls the type.
pub fn name(data_type: &DataType) -> String {
    match data_type {
        DataType::Null => "unknown".to_owned(),
        DataType::Boolean => "boolean".to_owned(),
        DataType::Int8 => "tinyint".to_owned(),
        DataType::Int16 | DataType::UInt8 => "smallint".to_owned(),
        DataType::Int32 | DataType::UInt16 => "integer".to_owned(),
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => "bigint".to_owned(),
        DataType::Float32 => "real".to_owned(),
        DataType::Float64 => "double".to_owned(),
        DataType::Decimal128(precision, scale) => format!("decimal({precision},{scale})"),
        DataType::Utf8 | DataType::Utf8View => "varchar".to_owned(),
        DataType::LargeUtf8 => "json".to_owned(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => "varbinary".to_owned(),
        DataType::Date32 => "date".to_owned(),
        DataType::Timestamp(_, None) => "timestamp(3)".to_owned(),
        DataType::Timestamp(_, Some(_)) => "timestamp(3) with time zone".to_owned(),
        DataType::Interval(_) => "interval day to second".to_owned(),
        _ => nested_name(data_type),
    }
}

fn nested_name(data_type: &DataType) -> String {
    if let Some(element) = element_of(data_type) {
        return format!("array({})", name(&element));
    }
    if let Some((key, value)) = map_parts(data_type) {
        return format!("map({}, {})", name(&key), name(&value));
    }
    let DataType::Struct(fields) = data_type else { return data_type.to_string() };
    let field = |(at, field): (usize, &FieldRef)| match field.name() {
        anonymous if *anonymous == format!("field{at}") => name(field.data_type()),
        named => format!("{named} {}", name(field.data_type())),
    };
    format!("row({})", fields.iter().enumerate().map(field).collect::<Vec<_>>().join(", "))
}

/// The names of types, as Trino lists them in its messages: `(integer, varchar)`.
pub fn names(data_types: &[DataType]) -> String {
    format!("({})", data_types.iter().map(name).collect::<Vec<_>>().join(", "))
}

/// The decimal type that holds every value of a number type.
pub fn as_decimal(data_type: &DataType) -> Option<(u8, i8)> {
    match data_type {
        DataType::Int8 => Some((3, 0)),
        DataType::Int16 | DataType::UInt8 => Some((5, 0)),
        DataType::Int32 | DataType::UInt16 => Some((10, 0)),
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => Some((19, 0)),
        DataType::Decimal128(precision, scale) => Some((*precision, *scale)),
        _ => None,
    }
}

/// The type to which Trino brings values of both types without being asked, if there is one.
pub fn common(a: &DataType, b: &DataType) -> Option<DataType> {
    let (a, b) = (plain(a), plain(b));
    match (&a, &b) {
        _ if a == b => Some(a),
        (DataType::Null, other) | (other, DataType::Null) => Some(other.clone()),
        (DataType::Float64, other) | (other, DataType::Float64) if other.is_numeric() => Some(DataType::Float64),
        (DataType::Float32, other) | (other, DataType::Float32) if other.is_numeric() => Some(DataType::Float32),
        (DataType::Decimal128(..), other) | (other, DataType::Decimal128(..)) if other.is_numeric() => {
            common_decimal(&a, &b)
        }
        (x, y) if is_integer(x) && is_integer(y) => Some(wider_integer(x, y)),
        (DataType::Date32, stamp @ DataType::Timestamp(..)) | (stamp @ DataType::Timestamp(..), DataType::Date32) => {
            Some(stamp.clone())
        }
        (DataType::Timestamp(_, Some(zone)), DataType::Timestamp(..))
        | (DataType::Timestamp(..), DataType::Timestamp(_, Some(zone))) => Some(zoned(zone)),
        _ => common_nested(&a, &b),
    }
}

fn wider_integer(a: &DataType, b: &DataType) -> DataType {
    let width = |data_type: &DataType| data_type.primitive_width().unwrap_or(8);
    if width(a) >= width(b) { a.clone() } else { b.clone() }
}

fn common_decimal(a: &DataType, b: &DataType) -> Option<DataType> {
    let ((p1, s1), (p2, s2)) = (as_decimal(a)?, as_decimal(b)?);
    let scale = s1.max(s2);
    let digits = |precision: u8, scale: i8| i16::from(precision) - i16::from(scale);
    let precision = (digits(p1, s1).max(digits(p2, s2)) + i16::from(scale)).min(38);
    Some(DataType::Decimal128(u8::try_from(precision).ok()?, scale))
}

fn common_nested(a: &DataType, b: &DataType) -> Option<DataType> {
    if let (Some(a), Some(b)) = (element_of(a), element_of(b)) {
        return Some(array_of(common(&a, &b)?));
    }
    if let (Some((ka, va)), Some((kb, vb))) = (map_parts(a), map_parts(b)) {
        return Some(map_of(common(&ka, &kb)?, common(&va, &vb)?));
    }
    let (DataType::Struct(a), DataType::Struct(b)) = (a, b) else { return None };
    if a.len() != b.len() {
        return None;
    }
    let meet = |(at, (x, y)): (usize, (&FieldRef, &FieldRef))| {
        let name = if x.name() == y.name() { x.name().clone() } else { format!("field{at}") };
        Some((Some(name), common(x.data_type(), y.data_type())?))
    };
    Some(row_of(a.iter().zip(b.iter()).enumerate().map(meet).collect::<Option<Vec<_>>>()?))
}

/// The one type of all, or Trino's refusal.
pub fn common_of(function: &str, data_types: &[DataType]) -> Outcome<DataType> {
    let meet = |met: DataType, next: &DataType| match common(&met, next) {
        Some(both) => Ok(both),
        None => refuse(
            "TYPE_MISMATCH",
            format!("All {function} operands must have the same type: {} and {}", name(&met), name(next)),
        ),
    };
    data_types.iter().try_fold(DataType::Null, meet)
}

/// The Arrow type of a type's text: `decimal(10,2)`, `array(row(a integer, b varchar))`.
pub fn parse(text: &str) -> Outcome<DataType> {
    let mut reader = TypeReader { rest: text.trim() };
    let data_type = reader.read()?;
    if reader.rest.is_empty() { Ok(data_type) } else { unknown(text) }
}

fn unknown<T>(text: &str) -> Outcome<T> {
    refuse("TYPE_NOT_FOUND", format!("Unknown type: {text}"))
}

/// Reads a type's text from the left.
struct TypeReader<'a> {
    rest: &'a str,
}

impl<'a> TypeReader<'a> {
    fn read(&mut self) -> Outcome<DataType> {
        let word = self.word().to_lowercase();
        match word.as_str() {
            "array" => self.within(Self::read).map(array_of),
            "map" => self.within(|reader| {
                let key = reader.read()?;
                reader.expect(',')?;
                Ok(map_of(key, reader.read()?))
            }),
            "row" => self.within(Self::fields).map(row_of),
            "decimal" | "numeric" => self.decimal(),
            "timestamp" => self.timestamp(),
            "double" => {
                self.skip_word("precision");
                Ok(DataType::Float64)
            }
            _ => self.simple(&word),
        }
    }

    fn simple(&mut self, word: &str) -> Outcome<DataType> {
        let parameters = self.numbers()?;
        Ok(match (word, parameters.as_slice()) {
            ("boolean", []) => DataType::Boolean,
            ("tinyint", []) => DataType::Int8,
            ("smallint", []) => DataType::Int16,
            ("integer" | "int", []) => DataType::Int32,
            ("bigint", []) => DataType::Int64,
            ("real", []) => DataType::Float32,
            ("varchar", [] | [_]) | ("string", []) => DataType::Utf8,
            ("varbinary", []) => DataType::Binary,
            ("json", []) => JSON,
            ("date", []) => DataType::Date32,
            ("char" | "time" | "uuid" | "ipaddress" | "hyperloglog" | "qdigest" | "tdigest" | "interval", _) => {
                return unsupported(format!("the type {word}"));
            }
            _ => return unknown(word),
        })
    }

    fn decimal(&mut self) -> Outcome<DataType> {
        let (precision, scale) = match self.numbers()?.as_slice() {
            [] => (38, 0),
            [precision] => (*precision, 0),
            [precision, scale] => (*precision, *scale),
            _ => return unknown("decimal"),
        };
        match (u8::try_from(precision), i8::try_from(scale)) {
            (Ok(precision @ 1..=38), Ok(scale))
                if scale >= 0 && u64::from(scale.unsigned_abs()) <= u64::from(precision) =>
            {
                Ok(DataType::Decimal128(precision, scale))
            }
            _ => {
                refuse("INVALID_ARGUMENTS", format!("DECIMAL precision or scale is out of range: {precision}, {scale}"))
            }
        }
    }

    fn timestamp(&mut self) -> Outcome<DataType> {
        if let [precision] = self.numbers()?.as_slice()
            && *precision > 3
        {
            return unsupported(format!("timestamp({precision}), only milliseconds"));
        }
        if self.skip_word("with") && self.skip_word("time") && self.skip_word("zone") {
            return Ok(zoned("UTC"));
        }
        Ok(TIMESTAMP)
    }

    fn fields(&mut self) -> Outcome<Vec<(Option<String>, DataType)>> {
        let mut fields = Vec::new();
        loop {
            fields.push(self.field()?);
            if !self.take(',') {
                return Ok(fields);
            }
        }
    }

    fn field(&mut self) -> Outcome<(Option<String>, DataType)> {
        if self.rest.starts_with('"') {
            let (name, rest) = self.rest[1..].split_once('"').map_or_else(|| unknown(self.rest), Ok)?;
            self.rest = rest.trim_start();
            return Ok((Some(name.to_lowercase()), self.read()?));
        }
        let before = self.rest;
        let word = self.word();
        let named = self.rest.starts_with(|c: char| c.is_alphabetic())
            && !word.eq_ignore_ascii_case("double")
            && !word.eq_ignore_ascii_case("timestamp");
        if named {
            return Ok((Some(word.to_lowercase()), self.read()?));
        }
        self.rest = before;
        Ok((None, self.read()?))
    }

    fn numbers(&mut self) -> Outcome<Vec<u64>> {
        if !self.rest.starts_with('(') {
            return Ok(Vec::new());
        }
        self.within(|reader| {
            let mut numbers = Vec::new();
            loop {
                let word = reader.word();
                numbers.push(word.parse().or_else(|_| unknown(word))?);
                if !reader.take(',') {
                    return Ok(numbers);
                }
            }
        })
    }

    fn within<T>(&mut self, inner: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        self.expect('(')?;
        let found = inner(self)?;
        self.expect(')')?;
        Ok(found)
    }

    fn word(&mut self) -> &'a str {
        let end = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        word
    }

    fn skip_word(&mut self, expected: &str) -> bool {
        let before = self.rest;
        let found = self.word().eq_ignore_ascii_case(expected);
        if !found {
            self.rest = before;
        }
        found
    }

    fn take(&mut self, character: char) -> bool {
        let rest = self.rest.strip_prefix(character);
        self.rest = rest.map_or(self.rest, str::trim_start);
        rest.is_some()
    }

    fn expect(&mut self, character: char) -> Outcome<()> {
        if self.take(character) { Ok(()) } else { unknown(self.rest) }
    }
}

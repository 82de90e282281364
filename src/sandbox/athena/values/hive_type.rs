//! Hive's column types as the Glue catalog stores them: parsed, printed, and mapped to Arrow.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Fields, TimeUnit};

/// The nesting that a type may have, so that a hostile definition cannot exhaust the stack.
const DEPTH: usize = 32;

/// One column type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HiveType {
    Boolean,
    TinyInt,
    SmallInt,
    Int,
    BigInt,
    Float,
    Double,
    /// Precision 1 to 38, scale 0 to precision.
    Decimal(u8, i8),
    String,
    Varchar(u32),
    Char(u32),
    Binary,
    Date,
    /// Milliseconds, without a time zone.
    Timestamp,
    Array(Box<HiveType>),
    Map(Box<HiveType>, Box<HiveType>),
    Struct(Vec<(String, HiveType)>),
}

impl HiveType {
    /// Reads Hive's spelling; the error is a fragment that names the part that is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { rest: text.trim() };
        let parsed = parser.hive_type(0)?;
        if parser.rest.trim().is_empty() {
            Ok(parsed)
        } else {
            Err(format!("unexpected '{}' in type '{text}'", parser.rest))
        }
    }

    /// The Arrow type in which the sandbox holds such values.
    pub fn arrow(&self) -> DataType {
        match self {
            Self::Boolean => DataType::Boolean,
            Self::TinyInt => DataType::Int8,
            Self::SmallInt => DataType::Int16,
            Self::Int => DataType::Int32,
            Self::BigInt => DataType::Int64,
            Self::Float => DataType::Float32,
            Self::Double => DataType::Float64,
            Self::Decimal(precision, scale) => DataType::Decimal128(*precision, *scale),
            Self::String | Self::Varchar(_) | Self::Char(_) => DataType::Utf8,
            Self::Binary => DataType::Binary,
            Self::Date => DataType::Date32,
            Self::Timestamp => DataType::Timestamp(TimeUnit::Millisecond, None),
            Self::Array(item) => DataType::List(Arc::new(Field::new("item", item.arrow(), true))),
            Self::Map(key, value) => map_type(key.arrow(), value.arrow()),
            Self::Struct(fields) => DataType::Struct(
                fields.iter().map(|(name, kind)| Field::new(name, kind.arrow(), true)).collect::<Fields>(),
            ),
        }
    }

    /// The type of a column that is created from a query's result.
    pub fn from_arrow(kind: &DataType) -> Result<Self, String> {
        Ok(match kind {
            DataType::Boolean => Self::Boolean,
            DataType::Int8 => Self::TinyInt,
            DataType::Int16 | DataType::UInt8 => Self::SmallInt,
            DataType::Int32 | DataType::UInt16 => Self::Int,
            DataType::Int64 | DataType::UInt32 | DataType::UInt64 => Self::BigInt,
            DataType::Float16 | DataType::Float32 => Self::Float,
            DataType::Float64 => Self::Double,
            DataType::Decimal32(precision, scale)
            | DataType::Decimal64(precision, scale)
            | DataType::Decimal128(precision, scale)
            | DataType::Decimal256(precision, scale)
                if *precision <= 38 && *scale >= 0 =>
            {
                Self::Decimal(*precision, *scale)
            }
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Self::String,
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView => Self::Binary,
            DataType::Date32 | DataType::Date64 => Self::Date,
            DataType::Timestamp(_, None) => Self::Timestamp,
            DataType::Dictionary(_, value) => Self::from_arrow(value)?,
            DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
                Self::Array(Box::new(Self::from_arrow(item.data_type())?))
            }
            DataType::Map(entries, _) => Self::from_entries(entries.data_type())?,
            DataType::Struct(fields) => Self::Struct(
                fields
                    .iter()
                    .map(|field| Ok((field.name().clone(), Self::from_arrow(field.data_type())?)))
                    .collect::<Result<_, String>>()?,
            ),
            other => return Err(format!("Unsupported Hive type: {other}")),
        })
    }

    fn from_entries(entries: &DataType) -> Result<Self, String> {
        match entries {
            DataType::Struct(fields) if fields.len() == 2 => Ok(Self::Map(
                Box::new(Self::from_arrow(fields[0].data_type())?),
                Box::new(Self::from_arrow(fields[1].data_type())?),
            )),
            other => Err(format!("Unsupported Hive type: map of {other}")),
        }
    }

    /// The type as Trino names it, for messages and `information_schema`.
    pub fn trino(&self) -> String {
        match self {
            Self::Int => "integer".to_owned(),
            Self::Float => "real".to_owned(),
            Self::String => "varchar".to_owned(),
            Self::Binary => "varbinary".to_owned(),
            Self::Timestamp => "timestamp(3)".to_owned(),
            Self::Array(item) => format!("array({})", item.trino()),
            Self::Map(key, value) => format!("map({}, {})", key.trino(), value.trino()),
            Self::Struct(fields) => {
                let fields: Vec<String> =
                    fields.iter().map(|(name, kind)| format!("{name} {}", kind.trino())).collect();
                format!("row({})", fields.join(", "))
            }
            other => other.to_string(),
        }
    }
}

fn map_type(key: DataType, value: DataType) -> DataType {
    let entries = Fields::from(vec![Field::new("key", key, false), Field::new("value", value, true)]);
    DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entries), false)), false)
}

impl fmt::Display for HiveType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean => formatter.write_str("boolean"),
            Self::TinyInt => formatter.write_str("tinyint"),
            Self::SmallInt => formatter.write_str("smallint"),
            Self::Int => formatter.write_str("int"),
            Self::BigInt => formatter.write_str("bigint"),
            Self::Float => formatter.write_str("float"),
            Self::Double => formatter.write_str("double"),
            Self::Decimal(precision, scale) => write!(formatter, "decimal({precision},{scale})"),
            Self::String => formatter.write_str("string"),
            Self::Varchar(length) => write!(formatter, "varchar({length})"),
            Self::Char(length) => write!(formatter, "char({length})"),
            Self::Binary => formatter.write_str("binary"),
            Self::Date => formatter.write_str("date"),
            Self::Timestamp => formatter.write_str("timestamp"),
            Self::Array(item) => write!(formatter, "array<{item}>"),
            Self::Map(key, value) => write!(formatter, "map<{key},{value}>"),
            Self::Struct(fields) => {
                let fields: Vec<String> = fields.iter().map(|(name, kind)| format!("{name}:{kind}")).collect();
                write!(formatter, "struct<{}>", fields.join(","))
            }
        }
    }
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn word(&mut self) -> Result<String, String> {
        self.rest = self.rest.trim_start();
        if let Some((name, rest)) = self.rest.strip_prefix('`').and_then(|rest| rest.split_once('`')) {
            self.rest = rest;
            return Ok(name.to_lowercase());
        }
        let end = self.rest.find(|c: char| !c.is_alphanumeric() && !"_$-".contains(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        if word.is_empty() { Err(format!("a name is missing before '{rest}'")) } else { Ok(word.to_lowercase()) }
    }

    fn take(&mut self, symbol: char) -> bool {
        let rest = self.rest.trim_start();
        let found = rest.strip_prefix(symbol);
        self.rest = found.unwrap_or(rest);
        found.is_some()
    }

    fn expect(&mut self, symbol: char) -> Result<(), String> {
        if self.take(symbol) { Ok(()) } else { Err(format!("'{symbol}' is missing before '{}'", self.rest)) }
    }

    fn number<N: std::str::FromStr>(&mut self) -> Result<N, String> {
        let word = self.word()?;
        word.parse().map_err(|_| format!("'{word}' is not a length"))
    }

    fn hive_type(&mut self, depth: usize) -> Result<HiveType, String> {
        if depth > DEPTH {
            return Err(format!("types are nested deeper than {DEPTH}"));
        }
        Ok(match self.word()?.as_str() {
            "boolean" => HiveType::Boolean,
            "tinyint" => HiveType::TinyInt,
            "smallint" => HiveType::SmallInt,
            "int" | "integer" => HiveType::Int,
            "bigint" => HiveType::BigInt,
            "float" | "real" => HiveType::Float,
            "double" => HiveType::Double,
            "string" => HiveType::String,
            "binary" => HiveType::Binary,
            "date" => HiveType::Date,
            "timestamp" => HiveType::Timestamp,
            "decimal" => self.decimal()?,
            "varchar" => HiveType::Varchar(self.length(65_535)?),
            "char" => HiveType::Char(self.length(255)?),
            "array" => HiveType::Array(Box::new(self.inside(depth)?)),
            "map" => self.map(depth)?,
            "struct" => self.fields(depth)?,
            other => return Err(format!("type '{other}' is not supported")),
        })
    }

    fn decimal(&mut self) -> Result<HiveType, String> {
        if !self.take('(') {
            return Ok(HiveType::Decimal(10, 0));
        }
        let precision: u8 = self.number()?;
        let scale: i8 = if self.take(',') { self.number()? } else { 0 };
        self.expect(')')?;
        let fits = (1..=38).contains(&precision) && scale >= 0 && i16::from(scale) <= i16::from(precision);
        if fits {
            Ok(HiveType::Decimal(precision, scale))
        } else {
            Err(format!("decimal({precision},{scale}) is out of range"))
        }
    }

    fn length(&mut self, most: u32) -> Result<u32, String> {
        self.expect('(')?;
        let length: u32 = self.number()?;
        self.expect(')')?;
        if (1..=most).contains(&length) {
            Ok(length)
        } else {
            Err(format!("length {length} is not between 1 and {most}"))
        }
    }

    fn inside(&mut self, depth: usize) -> Result<HiveType, String> {
        self.expect('<')?;
        let kind = self.hive_type(depth + 1)?;
        self.expect('>')?;
        Ok(kind)
    }

    fn map(&mut self, depth: usize) -> Result<HiveType, String> {
        self.expect('<')?;
        let key = self.hive_type(depth + 1)?;
        self.expect(',')?;
        let value = self.hive_type(depth + 1)?;
        self.expect('>')?;
        Ok(HiveType::Map(Box::new(key), Box::new(value)))
    }

    fn fields(&mut self, depth: usize) -> Result<HiveType, String> {
        self.expect('<')?;
        let mut fields = Vec::new();
        loop {
            let name = self.word()?;
            self.expect(':')?;
            fields.push((name, self.hive_type(depth + 1)?));
            if !self.take(',') {
                break;
            }
        }
        self.expect('>')?;
        Ok(HiveType::Struct(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&str, &str>) {
        let parsed = HiveType::parse(text);
        match expected {
            Ok(printed) => assert_eq!(parsed.expect(text).to_string(), printed),
            Err(part) => assert!(parsed.as_ref().is_err_and(|error| error.contains(part)), "{text}: {parsed:?}"),
        }
    }

    #[test]
    fn types_are_read_in_any_case_and_printed_as_hive_does() {
        check("BIGINT", Ok("bigint"));
        check("integer", Ok("int"));
        check("decimal", Ok("decimal(10,0)"));
        check("Decimal( 18 , 2 )", Ok("decimal(18,2)"));
        check("map<string,array<int>>", Ok("map<string,array<int>>"));
        check("struct<A:int, `b`:struct<c:timestamp>>", Ok("struct<a:int,b:struct<c:timestamp>>"));
    }

    #[test]
    fn what_is_not_a_type_is_named() {
        check("money", Err("'money'"));
        check("decimal(39,0)", Err("out of range"));
        check("decimal(4,5)", Err("out of range"));
        check("array<int", Err("'>'"));
        check("int int", Err("unexpected"));
        check("", Err("missing"));
        check(&"array<".repeat(1000), Err("nested"));
    }

    #[test]
    fn an_arrow_type_comes_back_as_the_hive_type_it_was() {
        for text in ["bigint", "decimal(18,2)", "map<string,array<int>>", "struct<a:int,b:timestamp>", "date", "binary"]
        {
            let kind = HiveType::parse(text).expect(text);
            assert_eq!(HiveType::from_arrow(&kind.arrow()).expect(text), kind);
        }
    }
}

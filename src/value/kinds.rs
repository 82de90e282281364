//! The kinds of value, their constructors and accessors.

use bigdecimal::BigDecimal;
use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use indexmap::IndexMap;

use super::number;

/// A mapping in the order it was written or received.
pub type Map = IndexMap<String, Value>;

/// One exact value. Equality is structural; numbers are equal when they are the same number (`1` equals `1.0`), and
/// two mappings are equal whatever the order of their keys.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// JSON's null, SQL's NULL.
    Null,
    /// True or false.
    Bool(bool),
    /// An integer or decimal of any length. The scale it was written with is kept (`17.00`), and ignored by equality.
    Number(BigDecimal),
    /// What a DOUBLE can be beside a number. Unlike in IEEE 754, NaN equals NaN: a test expects what it sees.
    NotFinite(NotFinite),
    /// A string.
    Text(String),
    /// A calendar day.
    Date(NaiveDate),
    /// A time of day, no zone.
    Time(NaiveTime),
    /// A point in time, with or without a zone.
    Timestamp(Timestamp),
    /// A length of time, to the nanosecond.
    Duration(TimeDelta),
    /// A size in bytes.
    Size(u64),
    /// Raw bytes (SQL's VARBINARY, a body that is not UTF-8).
    Bytes(Vec<u8>),
    /// A list.
    List(Vec<Value>),
    /// A mapping with text keys.
    Map(Map),
}

/// The three values of a DOUBLE that are no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotFinite {
    /// Not a number.
    Nan,
    /// Positive infinity.
    Infinity,
    /// Negative infinity.
    NegativeInfinity,
}

impl NotFinite {
    /// The word that Athena prints: `NaN`, `Infinity`, `-Infinity`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nan => "NaN",
            Self::Infinity => "Infinity",
            Self::NegativeInfinity => "-Infinity",
        }
    }
}

/// Athena's `timestamp` and `timestamp with time zone`. Two zoned timestamps are equal when they are the same instant;
/// a local one never equals a zoned one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timestamp {
    /// Date and time with no zone.
    Local(NaiveDateTime),
    /// An instant, with the offset it was written in.
    Zoned(DateTime<FixedOffset>),
}

impl Value {
    /// The name of the kind, as error messages and the `type` matcher use it. A number is `integer` when it is written
    /// without digits behind the point, `decimal` otherwise; NaN and the infinities are `double`.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(number) if number::is_written_as_integer(number) => "integer",
            Self::Number(_) => "decimal",
            Self::NotFinite(_) => "double",
            Self::Text(_) => "string",
            Self::Date(_) => "date",
            Self::Time(_) => "time",
            Self::Timestamp(_) => "timestamp",
            Self::Duration(_) => "duration",
            Self::Size(_) => "size",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "list",
            Self::Map(_) => "mapping",
        }
    }

    /// A string value.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// An integer value.
    pub fn integer(integer: impl Into<i128>) -> Self {
        Self::Number(BigDecimal::from(integer.into()))
    }

    /// A mapping from pairs; of two equal keys the last one stays.
    pub fn map<K: Into<String>>(pairs: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Map(pairs.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    /// An instant in UTC, as AWS's APIs give them.
    pub fn instant(instant: DateTime<Utc>) -> Self {
        Self::Timestamp(Timestamp::Zoned(instant.fixed_offset()))
    }

    /// The value under `key` if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.get(key)
    }

    /// Whether this is null.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The string, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The mapping, if it is one.
    pub const fn as_map(&self) -> Option<&Map> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }

    /// The list, if it is one.
    pub fn as_list(&self) -> Option<&[Self]> {
        if let Self::List(list) = self { Some(list) } else { None }
    }

    /// The boolean, if it is one.
    pub const fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(bool) = self { Some(*bool) } else { None }
    }

    /// The number, if it is one (sizes and durations are not).
    pub const fn as_number(&self) -> Option<&BigDecimal> {
        if let Self::Number(number) = self { Some(number) } else { None }
    }

    /// The number as an integer, if it is one without a fraction and fits.
    pub fn as_integer(&self) -> Option<i64> {
        number::integer_of(self.as_number()?)
    }

    /// The duration, if it is one.
    pub const fn as_duration(&self) -> Option<TimeDelta> {
        if let Self::Duration(duration) = self { Some(*duration) } else { None }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Value {
    fn from(bool: bool) -> Self {
        Self::Bool(bool)
    }
}

impl From<i64> for Value {
    fn from(integer: i64) -> Self {
        Self::integer(integer)
    }
}

impl From<Vec<Self>> for Value {
    fn from(list: Vec<Self>) -> Self {
        Self::List(list)
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(map)
    }
}

//! One value of Trino's types, between Arrow's arrays and the functions that work row by row.

use std::cmp::Ordering;

/// A value; its type is known beside it (integers of all widths share `Integer`, `real` and `double` share `Double`).
#[derive(Debug, Clone)]
pub enum Value {
    Null,
    Boolean(bool),
    Integer(i64),
    Double(f64),
    /// The unscaled value and the scale.
    Decimal(i128, i8),
    /// varchar, or the text of a json value.
    Text(String),
    Binary(Vec<u8>),
    /// Days since 1970-01-01.
    Date(i32),
    /// Milliseconds since 1970-01-01 00:00: local without a zone, UTC with one (the zone is in the type).
    Timestamp(i64),
    /// Months, days and nanoseconds.
    Interval(i32, i32, i64),
    List(Vec<Value>),
    Map(Vec<(Value, Value)>),
    Row(Vec<Value>),
}

impl Value {
    /// A varchar.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Whether this is SQL's NULL.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The text of a varchar or json value; empty for anything else (kinds of arguments are checked when planned).
    pub fn as_text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            _ => "",
        }
    }

    /// The integer, 0 for anything else (kinds of arguments are checked when planned).
    pub fn as_integer(&self) -> i64 {
        match self {
            Self::Integer(number) => *number,
            Self::Date(days) => i64::from(*days),
            Self::Timestamp(millis) => *millis,
            _ => 0,
        }
    }

    /// The double, NaN for anything else (kinds of arguments are checked when planned).
    pub fn as_double(&self) -> f64 {
        match self {
            Self::Double(number) => *number,
            _ => f64::NAN,
        }
    }

    /// Whether this is TRUE.
    pub fn is_true(&self) -> bool {
        matches!(self, Self::Boolean(true))
    }

    /// The bytes of a varbinary or of a text.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Binary(bytes) => bytes,
            Self::Text(text) => text.as_bytes(),
            _ => &[],
        }
    }

    /// The elements of an array or the fields of a row.
    pub fn as_list(&self) -> &[Value] {
        match self {
            Self::List(values) | Self::Row(values) => values,
            _ => &[],
        }
    }

    /// The entries of a map.
    pub fn as_map(&self) -> &[(Value, Value)] {
        match self {
            Self::Map(entries) => entries,
            _ => &[],
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Null => 9,
            _ => 0,
        }
    }
}

/// The order of two values of one type; NULL last, NaN above every number.
impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Boolean(a), Self::Boolean(b)) => a.cmp(b),
            (Self::Integer(a), Self::Integer(b)) | (Self::Timestamp(a), Self::Timestamp(b)) => a.cmp(b),
            (Self::Double(a), Self::Double(b)) => compare_doubles(*a, *b),
            (Self::Decimal(a, scale_a), Self::Decimal(b, scale_b)) if scale_a == scale_b => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Binary(a), Self::Binary(b)) => a.cmp(b),
            (Self::Date(a), Self::Date(b)) => a.cmp(b),
            (Self::Interval(m, d, n), Self::Interval(m2, d2, n2)) => (m, d, n).cmp(&(m2, d2, n2)),
            (Self::List(a), Self::List(b)) | (Self::Row(a), Self::Row(b)) => a.cmp(b),
            (Self::Map(a), Self::Map(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

fn compare_doubles(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Value {}

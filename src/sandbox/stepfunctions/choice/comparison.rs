//! The tests that a rule may put a variable to: what its type is, and how it compares to a literal or to another value.

use super::pattern::Pattern;
use super::rule::{reference, required};
use crate::sandbox::stepfunctions::intrinsics::Decimal;
use crate::sandbox::stepfunctions::jsonpath::{Path, PathError};
use chrono::DateTime;
use serde_json::Value;
use std::cmp::Ordering;

/// One test.
#[derive(Debug, Clone)]
pub enum Test {
    Is { kind: Kind, expected: bool },
    Compare { kind: Kind, relation: Relation, operand: Operand },
    Matches(Pattern),
}

/// The types that the language tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Null,
    Boolean,
    Numeric,
    String,
    Timestamp,
}

/// How two values of a type may relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    Equals,
    LessThan,
    GreaterThan,
    LessThanEquals,
    GreaterThanEquals,
}

/// What a variable is compared to.
#[derive(Debug, Clone)]
pub enum Operand {
    Literal(Value),
    Path(Path),
}

const IS: [(&str, Kind); 5] = [
    ("IsNull", Kind::Null),
    ("IsBoolean", Kind::Boolean),
    ("IsNumeric", Kind::Numeric),
    ("IsString", Kind::String),
    ("IsTimestamp", Kind::Timestamp),
];

const COMPARED: [(&str, Kind); 4] =
    [("Boolean", Kind::Boolean), ("Numeric", Kind::Numeric), ("String", Kind::String), ("Timestamp", Kind::Timestamp)];

const RELATIONS: [(&str, Relation); 5] = [
    ("Equals", Relation::Equals),
    ("LessThan", Relation::LessThan),
    ("GreaterThan", Relation::GreaterThan),
    ("LessThanEquals", Relation::LessThanEquals),
    ("GreaterThanEquals", Relation::GreaterThanEquals),
];

impl Test {
    /// Whether the variable passes. A path operand that finds nothing is an error.
    pub fn holds(&self, variable: &Value, data: &Value, context: &Value) -> Result<bool, PathError> {
        match self {
            Self::Is { kind, expected } => Ok(kind.has(variable) == *expected),
            Self::Matches(pattern) => Ok(variable.as_str().is_some_and(|text| pattern.matches(text))),
            Self::Compare { kind, relation, operand: Operand::Literal(literal) } => {
                Ok(relation.holds(kind.compare(variable, literal)))
            }
            Self::Compare { kind, relation, operand: Operand::Path(path) } => {
                Ok(relation.holds(kind.compare(variable, &required(path, data, context)?)))
            }
        }
    }
}

impl Kind {
    fn has(self, value: &Value) -> bool {
        match self {
            Self::Null => value.is_null(),
            Self::Boolean => value.is_boolean(),
            Self::Numeric => value.is_number(),
            Self::String => value.is_string(),
            Self::Timestamp => instant(value).is_some(),
        }
    }

    /// How two values of this type compare; none if either is of another type.
    fn compare(self, left: &Value, right: &Value) -> Option<Ordering> {
        match (self, left, right) {
            (Self::Boolean, Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
            (Self::Numeric, Value::Number(left), Value::Number(right)) => {
                Some(Decimal::of(left).cmp(&Decimal::of(right)))
            }
            (Self::String, Value::String(left), Value::String(right)) => {
                Some(left.encode_utf16().cmp(right.encode_utf16()))
            }
            (Self::Timestamp, left, right) => Some(instant(left)?.cmp(&instant(right)?)),
            _ => None,
        }
    }
}

impl Relation {
    fn holds(self, ordering: Option<Ordering>) -> bool {
        ordering.is_some_and(|ordering| match self {
            Self::Equals => ordering.is_eq(),
            Self::LessThan => ordering.is_lt(),
            Self::GreaterThan => ordering.is_gt(),
            Self::LessThanEquals => ordering.is_le(),
            Self::GreaterThanEquals => ordering.is_ge(),
        })
    }
}

/// A timestamp of the language: RFC 3339 with an upper-case `T` and, for UTC, an upper-case `Z`.
fn instant(value: &Value) -> Option<DateTime<chrono::FixedOffset>> {
    let text = value.as_str().filter(|text| text.contains('T') && !text.contains(['t', 'z']))?;
    DateTime::parse_from_rfc3339(text).ok()
}

/// The test of an operator and its operand. The error is a clause.
pub fn parse(name: &str, operand: &Value) -> Result<Test, String> {
    if let Some((_, kind)) = IS.iter().find(|(known, _)| *known == name) {
        return Ok(Test::Is { kind: *kind, expected: boolean(name, operand)? });
    }
    if name == "StringMatches" {
        return Pattern::parse(text(name, operand)?).map(Test::Matches);
    }
    let (plain, is_path) = name.strip_suffix("Path").map_or((name, false), |plain| (plain, true));
    let (kind, relation) = operator(plain).ok_or_else(|| format!("there is no comparison operator '{name}'"))?;
    let operand = if is_path {
        Operand::Path(reference(text(name, operand)?)?)
    } else {
        Operand::Literal(literal(name, kind, operand)?)
    };
    Ok(Test::Compare { kind, relation, operand })
}

fn operator(name: &str) -> Option<(Kind, Relation)> {
    let (kind, rest) = COMPARED.iter().find_map(|(prefix, kind)| Some((*kind, name.strip_prefix(prefix)?)))?;
    let (_, relation) = RELATIONS.iter().find(|(known, _)| *known == rest)?;
    (kind != Kind::Boolean || *relation == Relation::Equals).then_some((kind, *relation))
}

/// The operand of a test whose answer is expected to be true or false.
pub fn boolean(name: &str, operand: &Value) -> Result<bool, String> {
    operand.as_bool().ok_or_else(|| format!("the value of '{name}' must be true or false, but is {operand}"))
}

fn text<'a>(name: &str, operand: &'a Value) -> Result<&'a str, String> {
    operand.as_str().ok_or_else(|| format!("the value of '{name}' must be a string, but is {operand}"))
}

fn literal(name: &str, kind: Kind, operand: &Value) -> Result<Value, String> {
    match kind {
        _ if kind.has(operand) => Ok(operand.clone()),
        Kind::Timestamp if operand.is_string() => Err("String does not match RFC3339 timestamp".to_owned()),
        _ => Err(format!("the value of '{name}' is of the wrong type: {operand}")),
    }
}

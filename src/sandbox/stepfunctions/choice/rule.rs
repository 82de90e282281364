//! A rule and its evaluation. A missing variable is an error (unless the rule asks whether it is present); one of another type
//! than the operator compares is simply no match.

use super::comparison::{self, Test};
use crate::sandbox::stepfunctions::jsonpath::{Path, PathError};
use serde_json::{Map, Value};

/// Members of a rule that are not part of its condition.
const BESIDES: [&str; 5] = ["Next", "Comment", "Assign", "Output", "QueryLanguage"];

/// A parsed rule.
#[derive(Debug, Clone)]
pub struct Rule(Condition);

#[derive(Debug, Clone)]
enum Condition {
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
    /// `IsPresent`, the one test of a variable that may be missing.
    Present {
        variable: Path,
        expected: bool,
    },
    Compare {
        variable: Path,
        test: Test,
    },
}

impl Rule {
    /// Parses a rule; `Next`, `Assign` and the like are passed over. The error is a clause that says what is wrong.
    pub fn parse(rule: &Value) -> Result<Self, String> {
        condition(rule).map(Self)
    }

    /// Whether the rule holds for the state's data and the context object.
    pub fn matches(&self, data: &Value, context: &Value) -> Result<bool, PathError> {
        self.0.holds(data, context)
    }
}

impl Condition {
    fn holds(&self, data: &Value, context: &Value) -> Result<bool, PathError> {
        match self {
            Self::And(parts) => all_are(true, parts, data, context),
            Self::Or(parts) => Ok(!all_are(false, parts, data, context)?),
            Self::Not(part) => Ok(!part.holds(data, context)?),
            Self::Present { variable, expected } => Ok(variable.select(data, context).is_ok() == *expected),
            Self::Compare { variable, test } => test.holds(&required(variable, data, context)?, data, context),
        }
    }
}

fn all_are(expected: bool, parts: &[Condition], data: &Value, context: &Value) -> Result<bool, PathError> {
    for part in parts {
        if part.holds(data, context)? != expected {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The value of a path that a rule needs.
pub fn required(path: &Path, data: &Value, context: &Value) -> Result<Value, PathError> {
    let missing = |_| PathError {
        message: format!(
            "Invalid path '{}': The choice state's condition path references an invalid value.",
            path.text()
        ),
    };
    path.select(data, context).map_err(missing)
}

fn condition(rule: &Value) -> Result<Condition, String> {
    let map = rule.as_object().ok_or("a choice rule must be an object")?;
    let members: Vec<(&str, &Value)> = map
        .iter()
        .map(|(name, value)| (name.as_str(), value))
        .filter(|(name, _)| !BESIDES.contains(name) && *name != "Variable")
        .collect();
    let [(name, operand)] = members.as_slice() else {
        let names: Vec<&str> = members.iter().map(|(name, _)| *name).collect();
        return Err(format!("a choice rule must have exactly one operator, but has [{}]", names.join(", ")));
    };
    match *name {
        "And" => several(name, operand).map(Condition::And),
        "Or" => several(name, operand).map(Condition::Or),
        "Not" => Ok(Condition::Not(Box::new(condition(operand)?))),
        _ => comparison(map, name, operand),
    }
}

fn several(name: &str, operand: &Value) -> Result<Vec<Condition>, String> {
    let parts = operand.as_array().filter(|parts| !parts.is_empty());
    parts.ok_or_else(|| format!("'{name}' must be a list of at least one rule"))?.iter().map(condition).collect()
}

fn comparison(map: &Map<String, Value>, name: &str, operand: &Value) -> Result<Condition, String> {
    let test = if name == "IsPresent" { None } else { Some(comparison::parse(name, operand)?) };
    let variable = map.get("Variable").ok_or_else(|| format!("a rule with '{name}' needs a 'Variable'"))?;
    let variable = reference(variable.as_str().ok_or("'Variable' must be a string")?)?;
    match test {
        Some(test) => Ok(Condition::Compare { variable, test }),
        None => Ok(Condition::Present { variable, expected: comparison::boolean(name, operand)? }),
    }
}

/// A path to one value, which is what a rule compares.
pub fn reference(text: &str) -> Result<Path, String> {
    if !text.starts_with('$') {
        return Err("Value is not a Reference Path: Reference path didn't start with '$'".to_owned());
    }
    let path = Path::parse(text).map_err(|reason| format!("Value is not a Reference Path: {reason}"))?;
    if path.is_definite() {
        Ok(path)
    } else {
        Err(format!("Value is not a Reference Path: '{text}' does not name exactly one place"))
    }
}

//! Reference paths: the place where `ResultPath` puts a result. Simple forms only, because exactly one place is meant.

use super::definite::position;
use super::path::PathError;
use super::scan::{self, Step};
use serde_json::{Map, Value};

/// A path that names one place: `$`, `$.a.b`, `$['c']`, `$.d[0]`.
#[derive(Debug, Clone)]
pub struct ReferencePath {
    text: String,
    steps: Vec<Step>,
}

impl ReferencePath {
    /// Parses a reference path. The error is AWS's sentence about a definition that has another kind of path here.
    pub fn parse(text: &str) -> Result<Self, String> {
        let refuse = |reason: &str| format!("Value is not a Reference Path: {reason}");
        let rest = text.strip_prefix('$').ok_or_else(|| refuse("Reference path didn't start with '$'"))?;
        if rest.starts_with('$') {
            return Err(refuse("The context object cannot be changed"));
        }
        let found = scan::steps(rest).map_err(|reason| refuse(&reason))?;
        if found.function.is_some() || found.steps.iter().any(|step| matches!(step, Step::Many(_))) {
            return Err(refuse(&format!("'{text}' does not name exactly one place")));
        }
        Ok(Self { text: text.to_owned(), steps: found.steps })
    }

    /// Puts `value` at the place. Missing objects on the way are made; what is no container on the way is an error.
    pub fn insert(&self, into: Value, value: Value) -> Result<Value, PathError> {
        let mut whole = into;
        let Some(place) = slot(&mut whole, &self.steps) else {
            let message = format!("Unable to apply ReferencePath {} to input {whole}", self.text);
            return Err(PathError { message });
        };
        *place = value;
        Ok(whole)
    }
}

/// The place that the steps name. Nothing is changed unless the place exists or can be made.
fn slot<'a>(whole: &'a mut Value, steps: &[Step]) -> Option<&'a mut Value> {
    if !fits(whole, steps) {
        return None;
    }
    let mut current = whole;
    for step in steps {
        current = match (step, current) {
            (Step::Name(name), Value::Object(map)) => {
                map.entry(name.clone()).or_insert_with(|| Value::Object(Map::new()))
            }
            (Step::Index(index), Value::Array(items)) => {
                position(*index, items.len()).and_then(|place| items.get_mut(place))?
            }
            _ => return None,
        };
    }
    Some(current)
}

/// Whether the steps can be taken, counting objects that are made on the way.
fn fits(whole: &Value, steps: &[Step]) -> bool {
    let mut current = whole;
    for (at, step) in steps.iter().enumerate() {
        current = match (step, current) {
            (Step::Name(name), Value::Object(map)) => match map.get(name) {
                Some(next) => next,
                None => return steps[at + 1..].iter().all(|step| matches!(step, Step::Name(_))),
            },
            (Step::Index(index), Value::Array(items)) => match position(*index, items.len()) {
                Some(place) => &items[place],
                None => return false,
            },
            _ => return false,
        };
    }
    true
}

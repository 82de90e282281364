//! Following a definite path, and how a miss reads. The sentences are those of Jayway `JsonPath`, which AWS passes on.

use super::scan::Step;
use serde_json::Value;

/// Why a definite path found nothing; the text is Jayway's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Miss {
    /// A name that is not there, or something that has no names.
    NotFound(String),
    /// An index past the end. (A payload template makes null of it, everything else an error.)
    OutOfBounds(String),
    /// An index into what is no array.
    NotAnArray(String),
}

impl Miss {
    /// Jayway's sentence.
    pub fn text(&self) -> &str {
        match self {
            Self::NotFound(text) | Self::OutOfBounds(text) | Self::NotAnArray(text) => text,
        }
    }
}

/// The value at the end of the steps.
pub fn follow<'a>(root: &'a Value, steps: &[Step]) -> Result<&'a Value, Miss> {
    let mut current = root;
    for at in 0..steps.len() {
        current = match &steps[at] {
            Step::Name(name) => member(current, name, steps, at)?,
            Step::Index(index) => element(current, *index, steps, at)?,
            Step::Many(text) => return Err(Miss::NotFound(format!("{text} is not a definite step"))),
        };
    }
    Ok(current)
}

fn member<'a>(current: &'a Value, name: &str, steps: &[Step], at: usize) -> Result<&'a Value, Miss> {
    let Value::Object(map) = current else {
        return Err(Miss::NotFound(no_object(current, name, &normal(&steps[..at]))));
    };
    map.get(name).ok_or_else(|| {
        let reached = normal(&steps[..=at]);
        let last = at + 1 == steps.len();
        Miss::NotFound(if last {
            format!("No results for path: {reached}")
        } else {
            format!("Missing property in path {reached}")
        })
    })
}

fn no_object(current: &Value, name: &str, reached: &str) -> String {
    let class = match current {
        Value::Null => "null",
        Value::Bool(_) => "com.fasterxml.jackson.databind.node.BooleanNode",
        Value::Number(number) if number.is_i64() => "com.fasterxml.jackson.databind.node.IntNode",
        Value::Number(_) => "com.fasterxml.jackson.databind.node.DoubleNode",
        Value::String(_) => "com.fasterxml.jackson.databind.node.TextNode",
        Value::Array(_) => "com.fasterxml.jackson.databind.node.ArrayNode",
        Value::Object(_) => "com.fasterxml.jackson.databind.node.ObjectNode",
    };
    format!(
        "Expected to find an object with property ['{name}'] in path {reached} but found '{class}'. This is not a json object \
         according to the JsonProvider: 'com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider'."
    )
}

fn element<'a>(current: &'a Value, index: i64, steps: &[Step], at: usize) -> Result<&'a Value, Miss> {
    match current {
        Value::Array(items) => position(index, items.len()).and_then(|place| items.get(place)).ok_or_else(|| {
            Miss::OutOfBounds(format!("Index out of bounds when evaluating path {}", normal(&steps[..=at])))
        }),
        Value::Null => Err(Miss::NotAnArray(format!("The path {} is null", normal(&steps[..at])))),
        other => Err(Miss::NotAnArray(format!(
            "Filter: [{index}] can only be applied to arrays. Current context is: {other}"
        ))),
    }
}

/// The place that an index means in a list of that length; negative ones count from the end.
pub fn position(index: i64, length: usize) -> Option<usize> {
    let place = if index < 0 { i64::try_from(length).ok()?.checked_add(index)? } else { index };
    usize::try_from(place).ok().filter(|place| *place < length)
}

/// Jayway's normal form of a path: `$['a'][0]`.
fn normal(steps: &[Step]) -> String {
    let step = |step: &Step| match step {
        Step::Name(name) => format!("['{name}']"),
        Step::Index(index) => format!("[{index}]"),
        Step::Many(many) => many.clone(),
    };
    std::iter::once("$".to_owned()).chain(steps.iter().map(step)).collect()
}

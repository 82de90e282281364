//! A parsed path, definite or not, over the state's data or the context object.

use super::definite::{Miss, follow};
use super::function::Function;
use super::scan::{self, Step};
use crate::sandbox::stepfunctions::VARIABLES;
use crate::sandbox::stepfunctions::intrinsics::Decimal;
use serde_json::Value;
use serde_json_path::JsonPath;
use std::borrow::Cow;

/// A path that found nothing, or that cannot be applied; the text is AWS's own, without the clause that names the state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PathError {
    pub message: String,
}

/// A path of the state language: `$…` over the data, `$$…` over the context object, `$name…` over the variables.
#[derive(Debug, Clone)]
pub struct Path {
    text: String,
    root: Root,
    selection: Selection,
    function: Option<Function>,
}

/// What a path begins at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Root {
    Data,
    Context,
    /// The variables, which travel in the context object under [`VARIABLES`].
    Variables,
}

#[derive(Debug, Clone)]
enum Selection {
    /// Names and indexes only: one value, or a miss.
    Definite(Vec<Step>),
    /// Anything else: a list, which may be empty.
    Indefinite { query: JsonPath, compares_numbers: bool },
}

impl Path {
    /// Parses a path. The error is a clause that says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (root, rest) = root(text).ok_or_else(|| format!("the path '{text}' does not start with '$'"))?;
        let refuse = |reason: String| format!("the path '{text}' is not valid: {reason}");
        let found = scan::steps(&rest).map_err(refuse)?;
        let selection = selection(found.steps, found.compares_numbers).map_err(refuse)?;
        Ok(Self { text: text.to_owned(), root, selection, function: found.function })
    }

    /// The path as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the path reads the context object (`$$…`).
    pub fn is_context(&self) -> bool {
        self.root == Root::Context
    }

    /// Whether the path names at most one value (no wildcard, slice, filter or descent; no function).
    pub fn is_definite(&self) -> bool {
        matches!(self.selection, Selection::Definite(_)) && self.function.is_none()
    }

    /// The one value of a definite path (an error if it is missing), the list of what an indefinite path selects.
    pub fn evaluate(&self, data: &Value, context: &Value) -> Result<Value, PathError> {
        self.select(data, context)
            .map_err(|miss| PathError { message: format!("Invalid path '{}' : {}", self.text, miss.text()) })
    }

    /// Like [`Path::evaluate`], with the kind of a miss, for callers that treat or word it in another way.
    pub fn select(&self, data: &Value, context: &Value) -> Result<Value, Miss> {
        let root = self.root.of(data, context);
        let value = match &self.selection {
            Selection::Definite(steps) => follow(&root, steps)?.clone(),
            Selection::Indefinite { compares_numbers: true, .. } if has_inexact_number(&root) => return Err(inexact()),
            Selection::Indefinite { query, .. } => query.query(&root).all().into_iter().cloned().collect(),
        };
        self.function.map_or(Ok(value.clone()), |function| function.apply(&value).map_err(Miss::NotFound))
    }

    /// AWS's sentence about a field whose path found nothing. For a path over the context object it shows that object.
    pub fn not_found(&self, field: &str, data: &Value, context: &Value) -> String {
        let input = if self.is_context() { self.root.of(data, context) } else { Cow::Borrowed(data) };
        format!(
            "The JSONPath '{}' specified for the field '{field}' could not be found in the input '{input}'",
            self.text_from_root()
        )
    }

    /// The path as AWS words it in a message about a payload template: a context path loses its first `$`.
    pub fn text_from_root(&self) -> &str {
        if self.is_context() { self.text.get(1..).unwrap_or_default() } else { &self.text }
    }
}

impl Root {
    fn of<'a>(self, data: &'a Value, context: &'a Value) -> Cow<'a, Value> {
        match self {
            Self::Data => Cow::Borrowed(data),
            Self::Context => without_variables(context),
            Self::Variables => context.get(VARIABLES).map_or(Cow::Owned(Value::Null), Cow::Borrowed),
        }
    }
}

/// The context object as `$$` shows it.
fn without_variables(context: &Value) -> Cow<'_, Value> {
    match context {
        Value::Object(map) if map.contains_key(VARIABLES) => {
            let shown = map.iter().filter(|(name, _)| *name != VARIABLES);
            Cow::Owned(Value::Object(shown.map(|(name, value)| (name.clone(), value.clone())).collect()))
        }
        other => Cow::Borrowed(other),
    }
}

/// The root of a path and the steps after it; a variable's name is the first step.
fn root(text: &str) -> Option<(Root, Cow<'_, str>)> {
    if let Some(rest) = text.strip_prefix("$$") {
        return Some((Root::Context, Cow::Borrowed(rest)));
    }
    let rest = text.strip_prefix('$')?;
    let variable = rest.starts_with(|c: char| c.is_alphabetic() || c == '_');
    Some(if variable { (Root::Variables, Cow::Owned(format!(".{rest}"))) } else { (Root::Data, Cow::Borrowed(rest)) })
}

fn selection(steps: Vec<Step>, compares_numbers: bool) -> Result<Selection, String> {
    if !steps.iter().any(|step| matches!(step, Step::Many(_))) {
        return Ok(Selection::Definite(steps));
    }
    let step = |step: &Step| match step {
        Step::Name(name) => format!("[{}]", scan::quote(name)),
        Step::Index(index) => format!("[{index}]"),
        Step::Many(many) => many.clone(),
    };
    let text: String = std::iter::once("$".to_owned()).chain(steps.iter().map(step)).collect();
    let query = JsonPath::parse(&text).map_err(|error| error.to_string())?;
    Ok(Selection::Indefinite { query, compares_numbers })
}

fn inexact() -> Miss {
    Miss::NotFound(
        "the shakedown sandbox cannot compare numbers of more than 15 digits in the filter of a path".to_owned(),
    )
}

/// Whether a number in there has more digits than the floating point of the filter can tell apart.
fn has_inexact_number(value: &Value) -> bool {
    match value {
        Value::Number(number) => Decimal::of(number).digits() > 15,
        Value::Array(items) => items.iter().any(has_inexact_number),
        Value::Object(map) => map.values().any(has_inexact_number),
        _ => false,
    }
}

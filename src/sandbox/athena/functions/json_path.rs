//! The paths of `json_extract`: `$`, members by name and elements by number, from 0.

use serde_json::Value as Json;

use super::error::{Outcome, bad_argument, unsupported};

/// A path, step by step.
pub struct Path(Vec<Step>);

enum Step {
    Member(String),
    Element(usize),
}

impl Path {
    /// The path of `$.store["first book"].pages[0]`.
    pub fn parse(text: &str) -> Outcome<Self> {
        let Some(mut rest) = text.strip_prefix('$') else { return invalid(text) };
        if rest.contains("..") || rest.contains('*') || rest.contains('?') || rest.contains('@') {
            return unsupported(format!("the JSON path {text}: only members and elements"));
        }
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, after) = step(rest).map_or_else(|| invalid(text), Ok)?;
            steps.push(step);
            rest = after;
        }
        Ok(Self(steps))
    }
}

fn invalid<T>(text: &str) -> Outcome<T> {
    bad_argument(format!("Invalid JSON path: '{text}'"))
}

fn step(rest: &str) -> Option<(Step, &str)> {
    if let Some(rest) = rest.strip_prefix('.') {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        return (!name.is_empty()).then(|| (Step::Member(name.to_owned()), after));
    }
    let rest = rest.strip_prefix('[')?;
    for quote in ['"', '\''] {
        if let Some(rest) = rest.strip_prefix(quote) {
            let (name, after) = rest.split_once(quote)?;
            return Some((Step::Member(name.to_owned()), after.strip_prefix(']')?));
        }
    }
    let (inside, after) = rest.split_once(']')?;
    let step = inside.parse().map_or_else(|_| Step::Member(inside.to_owned()), Step::Element);
    Some((step, after))
}

/// What the path leads to.
pub fn select<'a>(json: &'a Json, path: &Path) -> Option<&'a Json> {
    path.0.iter().try_fold(json, |json, step| match (step, json) {
        (Step::Member(name), Json::Object(members)) => members.get(name),
        (Step::Member(name), Json::Array(items)) => items.get(name.parse::<usize>().ok()?),
        (Step::Element(at), Json::Array(items)) => items.get(*at),
        (Step::Element(at), Json::Object(members)) => members.get(&at.to_string()),
        _ => None,
    })
}

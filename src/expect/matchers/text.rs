//! Strings: `matches`, `contains`, `starts_with`, `ends_with`.

use std::sync::Arc;

use super::super::files::Files;
use super::super::judge::{Call, Judge, Subject, of_type};
use super::super::path::Path;
use super::super::tree::{Kind, Prepared};
use crate::value::Value;

pub(super) fn read_text(value: &Value, _: &Files) -> Result<Prepared, String> {
    match value {
        Value::Text(text) if text.is_empty() => Err("the empty string is found in every string".to_owned()),
        Value::Text(text) => Ok(Prepared::Text(text.clone())),
        other => Err(format!("takes a string, found {}", other.display())),
    }
}

pub(super) fn read_regex(value: &Value, _: &Files) -> Result<Prepared, String> {
    let Value::Text(pattern) = value else {
        return Err(format!("takes a regular expression, found {}", value.display()));
    };
    match regex::Regex::new(pattern) {
        Ok(regex) => Ok(Prepared::Regex(Arc::new(regex))),
        Err(error) => {
            let reason = error.to_string();
            let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            Err(format!("not a regular expression: {reason}"))
        }
    }
}

pub(super) fn matches(call: &Call<'_>, judge: &mut Judge) {
    if let Some(Prepared::Regex(regex)) = call.known().map(|known| &known.prepared) {
        text(call, judge, |text| regex.is_match(text));
    }
}

pub(super) fn starts_with(call: &Call<'_>, judge: &mut Judge) {
    if let Some(Prepared::Text(start)) = call.known().map(|known| &known.prepared) {
        text(call, judge, |text| text.starts_with(start));
    }
}

pub(super) fn ends_with(call: &Call<'_>, judge: &mut Judge) {
    if let Some(Prepared::Text(end)) = call.known().map(|known| &known.prepared) {
        text(call, judge, |text| text.ends_with(end));
    }
}

fn text(call: &Call<'_>, judge: &mut Judge, holds: impl Fn(&str) -> bool) {
    let expected = || call.applied.describe();
    match call.value {
        Value::Text(text) if holds(text) => {}
        Value::Text(_) => judge.mismatch(expected(), call.subject.path, call.value, &call.applied.span, None),
        other => {
            let note = of_type("a string", other);
            judge.undecided(expected(), call.subject.path, other, &call.applied.span, note);
        }
    }
}

/// A string that contains a string, or a list with an element that is as expected.
pub(super) fn contains(call: &Call<'_>, judge: &mut Judge) {
    let Some(tree) = call.tree() else { return };
    let (path, span) = (call.subject.path, &call.applied.span);
    match call.value {
        Value::Text(actual) => match &tree.kind {
            Kind::Equal(known) if known.value.as_text().is_some_and(|part| actual.contains(part)) => {}
            Kind::Equal(known) if known.value.as_text().is_some() => {
                judge.mismatch(call.applied.describe(), path, call.value, span, None);
            }
            _ => {
                let note = "a string can only contain a string".to_owned();
                judge.undecided(call.applied.describe(), path, call.value, span, note);
            }
        },
        Value::List(items) => {
            let found = items
                .iter()
                .enumerate()
                .any(|(index, item)| judge.trial(tree, Subject::present(&Path::Index(path, index), item)).holds());
            if !found {
                judge.mismatch(call.applied.describe(), path, call.value, span, None);
            }
        }
        other => {
            let note = of_type("a string or a list", other);
            judge.undecided(call.applied.describe(), path, other, span, note);
        }
    }
}

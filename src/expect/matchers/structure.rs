//! Structure: `exists`, `type`, `json`, `fields`.

use super::super::files::Files;
use super::super::judge::{Call, Judge, Subject, of_type};
use super::super::path::Path;
use super::super::tree::{Applied, Argument, Known, Prepared};
use crate::diagnostic::did_you_mean;
use crate::value::Value;

/// The names of the types, as [`Value::type_name`] gives them, and `number` for all numbers.
const TYPES: [&str; 15] = [
    "null",
    "boolean",
    "number",
    "integer",
    "decimal",
    "double",
    "string",
    "date",
    "time",
    "timestamp",
    "duration",
    "size",
    "bytes",
    "list",
    "mapping",
];
/// What the types are called elsewhere.
const ELSEWHERE: [(&str, &str); 9] = [
    ("bool", "boolean"),
    ("int", "integer"),
    ("bigint", "integer"),
    ("float", "number"),
    ("text", "string"),
    ("str", "string"),
    ("array", "list"),
    ("object", "mapping"),
    ("map", "mapping"),
];

pub(super) fn read_bool(value: &Value, _: &Files) -> Result<Prepared, String> {
    match value {
        Value::Bool(bool) => Ok(Prepared::Bool(*bool)),
        other => Err(format!("takes true or false, found {}", other.display())),
    }
}

pub(super) fn exists(applied: &Applied<Known>, subject: Subject<'_>, judge: &mut Judge) {
    let Argument::Value(Known { prepared: Prepared::Bool(wanted), .. }) = &applied.argument else { return };
    match (subject.value, wanted) {
        (Some(value), false) => judge.mismatch(applied.describe(), subject.path, value, &applied.span, None),
        (None, true) => judge.absent(&applied.describe(), subject, &applied.span),
        (Some(_), true) | (None, false) => {}
    }
}

pub(super) fn read_types(value: &Value, _: &Files) -> Result<Prepared, String> {
    let one = |value: &Value| match value {
        Value::Text(name) if TYPES.contains(&name.as_str()) => Ok(name.clone()),
        Value::Null => Ok("null".to_owned()),
        Value::Text(name) => Err(unknown_type(name)),
        other => Err(format!("takes the name of a type, found {}", other.display())),
    };
    let types = match value {
        Value::List(items) if !items.is_empty() => items.iter().map(one).collect::<Result<_, _>>()?,
        other => vec![one(other)?],
    };
    Ok(Prepared::Types(types))
}

fn unknown_type(name: &str) -> String {
    let elsewhere = ELSEWHERE.iter().find(|(other, _)| *other == name).map(|(_, ours)| *ours);
    match elsewhere.or_else(|| did_you_mean(name, TYPES.into_iter())) {
        Some(near) => format!("there is no type `{name}`; did you mean `{near}`?"),
        None => format!("there is no type `{name}`; the types are {}", TYPES.join(", ")),
    }
}

pub(super) fn kind(call: &Call<'_>, judge: &mut Judge) {
    let Some(Prepared::Types(types)) = call.known().map(|known| &known.prepared) else { return };
    let name = call.value.type_name();
    let is_number = matches!(call.value, Value::Number(_) | Value::NotFinite(_));
    if !types.iter().any(|wanted| wanted == name || (wanted == "number" && is_number)) {
        let note = Some(format!("it is of type {name}"));
        judge.mismatch(call.applied.describe(), call.subject.path, call.value, &call.applied.span, note);
    }
}

pub(super) fn json(call: &Call<'_>, judge: &mut Judge) {
    let Some(tree) = call.tree() else { return };
    let parsed = match call.value {
        Value::Text(text) => serde_json::from_str(text).map_err(|error| format!("not JSON: {error}")),
        Value::Bytes(bytes) => serde_json::from_slice(bytes).map_err(|error| format!("not JSON: {error}")),
        other => Err(of_type("a string", other)),
    };
    match parsed.map(Value::from_json) {
        Ok(value) => judge.tree(tree, Subject::present(&Path::Of(call.subject.path, "(as JSON)"), &value)),
        Err(note) => {
            judge.undecided(call.applied.describe(), call.subject.path, call.value, &call.applied.span, note);
        }
    }
}

pub(super) fn fields(call: &Call<'_>, judge: &mut Judge) {
    if let Some(tree) = call.tree() {
        judge.tree(tree, call.subject);
    }
}

//! Functions that read what is not in the expression: JSON texts, files of the project, secrets.

use std::path::{Component, Path};

use super::super::error::{ErrorKind, EvalError};
use super::registry::{Arguments, Functions, Outcome, text};
use crate::diagnostic::did_you_mean;
use crate::value::Value;

/// Largest file that `lines` reads, in bytes.
const LARGEST: u64 = 64 * 1024 * 1024;

pub(super) fn json(_: &Functions, arguments: Arguments<'_>) -> Outcome {
    let json: serde_json::Value = serde_json::from_str(text(arguments, 0)?)
        .map_err(|error| EvalError::new(ErrorKind::Argument, format!("not JSON: {error}")))?;
    Ok(Value::from_json(json))
}

pub(super) fn lines(functions: &Functions, arguments: Arguments<'_>) -> Outcome {
    let path = text(arguments, 0)?;
    let error = |why: String| EvalError::new(ErrorKind::File, format!("{path:?} {why}"));
    let inside = Path::new(path).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if !inside {
        return Err(error("is not inside the project".to_owned()).with_help("paths are relative to the project's root"));
    }
    let unreadable = |io: std::io::Error| error(format!("cannot be read: {io}"));
    let root = functions.root.canonicalize().map_err(unreadable)?;
    let file = root.join(path).canonicalize().map_err(unreadable)?;
    if !file.starts_with(&root) {
        return Err(error("is a link that leads out of the project".to_owned()));
    }
    if file.metadata().map_err(unreadable)?.len() > LARGEST {
        return Err(error("is larger than 64 MiB".to_owned()));
    }
    let content = std::fs::read_to_string(&file).map_err(unreadable)?;
    Ok(Value::List(content.strip_prefix('\u{feff}').unwrap_or(&content).lines().map(Value::text).collect()))
}

pub(super) fn secret(functions: &Functions, arguments: Arguments<'_>) -> Outcome {
    let name = text(arguments, 0)?;
    if let Some(value) = functions.secrets.get(name) {
        return Ok(value.clone());
    }
    let error = EvalError::new(ErrorKind::Secret, format!("the project file names no secret `{name}`"));
    Err(match did_you_mean(name, functions.secrets.keys().map(String::as_str)) {
        Some(near) => error.with_help(format!("did you mean `{near}`?")),
        None => error,
    })
}

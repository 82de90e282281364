//! Functions on strings, bytes and sizes of things.

use base64::Engine as _;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest as _, Sha256};

use super::super::error::{ErrorKind, EvalError};
use super::super::text::text_of;
use super::registry::{Arguments, Functions, Outcome, argument, text, wrong};
use crate::value::Value;

/// Everything but the unreserved characters of RFC 3986, section 2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub(super) fn sha256(_: &Functions, arguments: Arguments<'_>) -> Outcome {
    use std::fmt::Write as _;
    let digest = Sha256::digest(bytes(arguments)?);
    Ok(Value::Text(digest.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })))
}

pub(super) fn base64(_: &Functions, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::Text(base64::engine::general_purpose::STANDARD.encode(bytes(arguments)?)))
}

pub(super) fn url_encode(_: &Functions, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::Text(utf8_percent_encode(text(arguments, 0)?, RESERVED).to_string()))
}

fn bytes(arguments: Arguments<'_>) -> Result<&[u8], EvalError> {
    match argument(arguments, 0)? {
        Value::Text(text) => Ok(text.as_bytes()),
        Value::Bytes(bytes) => Ok(bytes),
        other => Err(wrong("a string or bytes", other)),
    }
}

pub(super) fn size(_: &Functions, arguments: Arguments<'_>) -> Outcome {
    let size = match argument(arguments, 0)? {
        Value::Text(text) => text.chars().count(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(items) => items.len(),
        Value::Map(map) => map.len(),
        other => return Err(wrong("a string, bytes, a list or a mapping", other)),
    };
    Ok(Value::integer(i128::try_from(size).unwrap_or(i128::MAX)))
}

pub(super) fn contains(_: &Functions, arguments: Arguments<'_>) -> Outcome {
    if let Value::List(_) = argument(arguments, 0)? {
        return Err(EvalError::new(ErrorKind::Type, "expected a string, found a list").with_help("write `x in list`"));
    }
    Ok(Value::Bool(text(arguments, 0)?.contains(text(arguments, 1)?)))
}

pub(super) fn starts_with(_: &Functions, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::Bool(text(arguments, 0)?.starts_with(text(arguments, 1)?)))
}

pub(super) fn ends_with(_: &Functions, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::Bool(text(arguments, 0)?.ends_with(text(arguments, 1)?)))
}

pub(super) fn matches(_: &Functions, arguments: Arguments<'_>) -> Outcome {
    let pattern = text(arguments, 1)?;
    let regex = regex::Regex::new(pattern).map_err(|error| {
        EvalError::new(ErrorKind::Argument, format!("not a regular expression: {}", last_line(&error.to_string())))
    })?;
    Ok(Value::Bool(regex.is_match(text(arguments, 0)?)))
}

fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or_default().trim_start_matches("error: ")
}

pub(super) fn lower(_: &Functions, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::Text(text(arguments, 0)?.to_ascii_lowercase()))
}

pub(super) fn upper(_: &Functions, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::Text(text(arguments, 0)?.to_ascii_uppercase()))
}

pub(super) fn trim(_: &Functions, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::text(text(arguments, 0)?.trim()))
}

pub(super) fn replace(_: &Functions, arguments: Arguments<'_>) -> Outcome {
    let (old, new) = (text(arguments, 1)?, text(arguments, 2)?);
    if old.is_empty() {
        return Err(EvalError::new(ErrorKind::Argument, "the string to replace is empty"));
    }
    Ok(Value::Text(text(arguments, 0)?.replace(old, new)))
}

pub(super) fn split(_: &Functions, arguments: Arguments<'_>) -> Outcome {
    let separator = text(arguments, 1)?;
    if separator.is_empty() {
        return Err(EvalError::new(ErrorKind::Argument, "the separator is empty"));
    }
    Ok(Value::List(text(arguments, 0)?.split(separator).map(Value::text).collect()))
}

pub(super) fn join(_: &Functions, arguments: Arguments<'_>) -> Outcome {
    let Value::List(items) = argument(arguments, 0)? else {
        return Err(wrong("a list of strings", argument(arguments, 0)?));
    };
    let separator = if arguments.len() > 1 { text(arguments, 1)? } else { "" };
    let parts: Result<Vec<&str>, EvalError> =
        items.iter().map(|item| item.as_text().ok_or_else(|| wrong("a list of strings", item))).collect();
    Ok(Value::Text(parts?.join(separator)))
}

pub(super) fn string(_: &Functions, arguments: Arguments<'_>) -> Outcome {
    match argument(arguments, 0)? {
        Value::Bytes(bytes) => String::from_utf8(bytes.clone())
            .map(Value::Text)
            .map_err(|_| EvalError::new(ErrorKind::Argument, "these bytes are not UTF-8")),
        other => text_of(other).map(Value::Text),
    }
}

pub(super) fn bool(_: &Functions, arguments: Arguments<'_>) -> Outcome {
    match argument(arguments, 0)? {
        Value::Bool(bool) => Ok(Value::Bool(*bool)),
        Value::Text(text) if text == "true" => Ok(Value::Bool(true)),
        Value::Text(text) if text == "false" => Ok(Value::Bool(false)),
        other => Err(wrong("`true` or `false`", other)),
    }
}

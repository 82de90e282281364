//! Conversions to numbers.

use bigdecimal::RoundingMode;

use super::super::error::{ErrorKind, EvalError};
use super::registry::{Arguments, Functions, Outcome, argument, wrong};
use crate::value::{Timestamp, Value, integer_of, read};

pub(super) fn int(_: &Functions, arguments: Arguments<'_>) -> Outcome {
    let number = match argument(arguments, 0)? {
        Value::Number(number) => number.with_scale_round(0, RoundingMode::Down),
        Value::Size(bytes) => (*bytes).into(),
        Value::Timestamp(Timestamp::Zoned(instant)) => instant.timestamp().into(),
        Value::Text(text) => match read::read_number(text) {
            Ok(number) if integer_of(&number).is_some() && !text.contains(['.', 'e', 'E']) => number,
            _ => return Err(EvalError::new(ErrorKind::Argument, format!("{text:?} is not a 64-bit integer"))),
        },
        other => return Err(wrong("a number, a string, a size or a timestamp with a zone", other)),
    };
    if integer_of(&number).is_none() {
        return Err(EvalError::new(ErrorKind::Range, format!("{number} does not fit into a 64-bit integer")));
    }
    Ok(Value::Number(number))
}

pub(super) fn double(_: &Functions, arguments: Arguments<'_>) -> Outcome {
    let number = match argument(arguments, 0)? {
        Value::Number(number) => number.clone(),
        Value::Size(bytes) => (*bytes).into(),
        Value::Text(text) => {
            read::read_number(text).map_err(|error| EvalError::new(ErrorKind::Argument, error.to_string()))?
        }
        other => return Err(wrong("a number, a string or a size", other)),
    };
    let scale = number.fractional_digit_count().max(1);
    Ok(Value::Number(number.with_scale(scale)))
}

pub(super) fn abs(_: &Functions, arguments: Arguments<'_>) -> Outcome {
    match argument(arguments, 0)? {
        Value::Number(number) => Ok(Value::Number(number.abs())),
        Value::Duration(duration) => Ok(Value::Duration(duration.abs())),
        other => Err(wrong("a number or a duration", other)),
    }
}

//! Evaluation: arguments first, then the function over their values.

use super::parse::{self, Argument, Call, Function};
use super::{arrays, math, strings};
use crate::sandbox::stepfunctions::jsonpath::{Miss, Path};
use serde_json::Value;

/// A call that could not be evaluated. The message is AWS's, and names the whole expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct IntrinsicError {
    pub message: String,
}

impl IntrinsicError {
    /// The error name under which an execution fails. (AWS's guide lists `States.IntrinsicFailure`; what the service answers,
    /// for arguments that are missing as for arguments that are wrong, is this.)
    pub const NAME: &'static str = "States.Runtime";
}

/// A parsed intrinsic function.
#[derive(Debug, Clone)]
pub struct Intrinsic {
    text: String,
    call: Call,
}

impl Intrinsic {
    /// Parses `States.…(…)`. The error is a clause that says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        Ok(Self { text: text.to_owned(), call: parse::parse(text)? })
    }

    /// The value of the call over the state's data and the context object.
    pub fn evaluate(&self, data: &Value, context: &Value) -> Result<Value, IntrinsicError> {
        call(&self.call, data, context).map_err(|reason| IntrinsicError {
            message: format!("The function '{}' had the following error: {reason}", self.text),
        })
    }
}

fn call(call: &Call, data: &Value, context: &Value) -> Result<Value, String> {
    let values: Vec<Value> =
        call.arguments.iter().map(|argument| value(argument, data, context)).collect::<Result<_, _>>()?;
    if call.function == Function::Format {
        return strings::format(template(call.arguments.first()), &values);
    }
    apply(call.function, &values).ok_or_else(|| format!("Invalid arguments in {}", call.function.name()))
}

fn value(argument: &Argument, data: &Value, context: &Value) -> Result<Value, String> {
    match argument {
        Argument::Call(nested) => call(nested, data, context),
        Argument::Path(path) => path.select(data, context).map_err(|miss| missing(path, &miss, data)),
        Argument::Literal(value) => Ok(value.clone()),
        Argument::Text { value, .. } => Ok(Value::String(value.clone())),
    }
}

/// AWS names the state's input even for a path over the context object.
fn missing(path: &Path, miss: &Miss, data: &Value) -> String {
    match miss {
        Miss::NotAnArray(text) => text.clone(),
        _ => format!(
            "The JsonPath argument for the field '{}' could not be found in the input '{data}'",
            path.text_from_root()
        ),
    }
}

/// The template of a format as it was written, if it is a literal: its escapes still count.
fn template(argument: Option<&Argument>) -> Option<&str> {
    match argument {
        Some(Argument::Text { raw, .. }) => Some(raw),
        _ => None,
    }
}

/// The function over its values; none if their number, types or ranges are not what it takes.
fn apply(function: Function, values: &[Value]) -> Option<Value> {
    match (function, values) {
        (Function::Array, items) => Some(Value::Array(items.to_vec())),
        (Function::ArrayContains, [Value::Array(items), wanted]) => Some(arrays::contains(items, wanted).into()),
        (Function::ArrayGetItem, [Value::Array(items), Value::Number(index)]) => arrays::item(items, index),
        (Function::ArrayLength, [Value::Array(items)]) => Some(items.len().into()),
        (Function::ArrayPartition, [Value::Array(items), Value::Number(size)]) => arrays::partition(items, size),
        (Function::ArrayRange, [Value::Number(first), Value::Number(last), Value::Number(step)]) => {
            arrays::range(first, last, step)
        }
        (Function::ArrayUnique, [Value::Array(items)]) => Some(arrays::unique(items)),
        (Function::Base64Decode, [Value::String(text)]) => strings::base64_decode(text),
        (Function::Base64Encode, [Value::String(text)]) => strings::base64_encode(text),
        (Function::Hash, [Value::String(data), Value::String(algorithm)]) => strings::hash(data, algorithm),
        (Function::JsonMerge, [Value::Object(first), Value::Object(second), Value::Bool(false)]) => {
            Some(Value::Object(first.clone().into_iter().chain(second.clone()).collect()))
        }
        (Function::JsonToString, [value]) => Some(value.to_string().into()),
        (Function::MathAdd, [Value::Number(left), Value::Number(right)]) => math::add(left, right),
        (Function::MathRandom, [Value::Number(start), Value::Number(end)]) => math::random(start, end, None),
        (Function::MathRandom, [Value::Number(start), Value::Number(end), Value::Number(seed)]) => {
            math::random(start, end, Some(seed))
        }
        (Function::StringSplit, [Value::String(text), Value::String(delimiters)]) => {
            Some(strings::split(text, delimiters))
        }
        (Function::StringToJson, [Value::String(text)]) => strings::parse(text),
        (Function::Uuid, []) => Some(uuid::Uuid::new_v4().to_string().into()),
        _ => None,
    }
}

//! A lambda over many elements at once: one batch for all rows.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, UInt32Array};
use datafusion::arrow::compute::take_arrays;
use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::{HigherOrderFunctionArgs, LambdaArgument, ValueOrLambda};

use super::super::arrow_values::{build, read};
use super::super::error::{Outcome, refuse};
use super::super::value::Value;

/// The values of an argument, a value for each row.
pub fn rows(args: &HigherOrderFunctionArgs, at: usize) -> Outcome<Vec<Value>> {
    let Some(ValueOrLambda::Value(argument)) = args.args.get(at) else {
        return refuse("SYNTAX_ERROR", "a lambda where a value is expected");
    };
    let array = argument.to_array(args.number_rows)?;
    (0..array.len()).map(|row| read(&array, row)).collect()
}

/// The type of an argument's values, or of a lambda's results.
pub fn type_of(args: &HigherOrderFunctionArgs, at: usize) -> DataType {
    match args.arg_fields.get(at) {
        Some(ValueOrLambda::Value(field) | ValueOrLambda::Lambda(field)) => {
            super::super::types::plain(field.data_type())
        }
        None => DataType::Null,
    }
}

/// A lambda argument.
pub fn lambda(args: &HigherOrderFunctionArgs, at: usize) -> Outcome<&LambdaArgument> {
    match args.args.get(at) {
        Some(ValueOrLambda::Lambda(lambda)) => Ok(lambda),
        _ => refuse("SYNTAX_ERROR", "a value where a lambda is expected"),
    }
}

/// Evaluates the lambda once for each entry of `from`, which is the row that the entry belongs to.
/// Each parameter is a list of as many values, with its type.
pub fn evaluate(lambda: &LambdaArgument, from: &[usize], parameters: &[(Vec<Value>, DataType)]) -> Outcome<Vec<Value>> {
    if from.is_empty() {
        return Ok(Vec::new());
    }
    let arrays = parameters.iter().map(|(values, data_type)| build(values, data_type)).collect::<Outcome<Vec<_>>>()?;
    let closures: Vec<Box<dyn Fn() -> Outcome<ArrayRef>>> = arrays
        .into_iter()
        .map(|array| Box::new(move || Ok(Arc::clone(&array))) as Box<dyn Fn() -> Outcome<ArrayRef>>)
        .collect();
    let borrowed: Vec<&dyn Fn() -> Outcome<ArrayRef>> = closures.iter().map(AsRef::as_ref).collect();
    let indices = UInt32Array::from_iter_values(from.iter().map(|row| u32::try_from(*row).unwrap_or(u32::MAX)));
    let result = lambda.evaluate(&borrowed, |captured| Ok(take_arrays(captured, &indices, None)?))?;
    let array = result.into_array(from.len())?;
    (0..array.len()).map(|at| read(&array, at)).collect()
}

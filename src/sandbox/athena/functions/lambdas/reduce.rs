//! `reduce(array, start, (state, element) -> …, state -> …)`.

use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::{ColumnarValue, HigherOrderFunctionArgs, ValueOrLambda};

use super::super::arrow_values::build;
use super::super::cast::convert;
use super::super::error::{Outcome, refuse};
use super::super::types::{common, element_of, name, plain};
use super::super::value::Value;
use super::apply::{evaluate, lambda, rows, type_of};
use super::registry::{Given, LambdaFunction, Parameters, value_type};

/// The function.
pub fn function() -> LambdaFunction {
    LambdaFunction { name: "reduce", shape: "vvll", parameters, returns: |t| Ok(t[3].clone()), body, may_fail: false }
}

/// The state has the type of the start, widened to what the first lambda yields.
fn parameters(given: &Given<'_>) -> Outcome<Parameters> {
    let (array, start) = (value_type(given, 0), value_type(given, 1));
    let Some(element) = element_of(&array) else {
        return refuse(
            "FUNCTION_NOT_FOUND",
            format!("Unexpected parameters ({}, …) for function reduce", name(&array)),
        );
    };
    let Some(ValueOrLambda::Lambda(Some(merged))) = given.get(2) else {
        return Ok(vec![Some(vec![start, element]), None]);
    };
    let state = state_type(&start, &plain(merged.data_type()))?;
    Ok(vec![Some(vec![state.clone(), element]), Some(vec![state])])
}

fn state_type(start: &DataType, merged: &DataType) -> Outcome<DataType> {
    match (common(start, merged), start) {
        (Some(DataType::Decimal128(..)), DataType::Decimal128(..)) => Ok(start.clone()),
        (Some(state), _) => Ok(state),
        (None, _) => {
            refuse("TYPE_MISMATCH", format!("reduce starts with {} and goes on with {}", name(start), name(merged)))
        }
    }
}

/// One step for the first elements of all rows, one for the second, and so on.
fn body(args: &HigherOrderFunctionArgs) -> Outcome<ColumnarValue> {
    let arrays = rows(args, 0)?;
    let (start, merged) = (type_of(args, 1), type_of(args, 2));
    let state = state_type(&start, &merged)?;
    let element = element_of(&type_of(args, 0)).unwrap_or(DataType::Null);
    let mut states = rows(args, 1)?.iter().map(|value| convert(value, &start, &state)).collect::<Outcome<Vec<_>>>()?;
    let longest = arrays.iter().map(|array| array.as_list().len()).max().unwrap_or(0);
    for step in 0..longest {
        let active: Vec<usize> = (0..arrays.len()).filter(|row| arrays[*row].as_list().len() > step).collect();
        let before = active.iter().map(|row| states[*row].clone()).collect();
        let items = active.iter().map(|row| arrays[*row].as_list()[step].clone()).collect();
        let after = evaluate(lambda(args, 2)?, &active, &[(before, state.clone()), (items, element.clone())])?;
        for (row, value) in active.iter().zip(after) {
            states[*row] = convert(&value, &merged, &state)?;
        }
    }
    let all: Vec<usize> = (0..states.len()).collect();
    let mut results = evaluate(lambda(args, 3)?, &all, &[(states, state)])?;
    for (result, array) in results.iter_mut().zip(&arrays) {
        if array.is_null() {
            *result = Value::Null;
        }
    }
    build(&results, args.return_type()).map(ColumnarValue::Array)
}

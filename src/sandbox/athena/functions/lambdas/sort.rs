//! `array_sort(array, (a, b) -> …)`.

use std::cmp::Ordering;

use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::{ColumnarValue, HigherOrderFunctionArgs};

use super::super::arrow_values::build;
use super::super::error::{Outcome, bad_argument, refuse};
use super::super::types::element_of;
use super::super::value::Value;
use super::apply::{evaluate, lambda, rows, type_of};
use super::registry::{Given, LambdaFunction, Parameters, value_type};

const LIMIT: usize = 1_000;

/// The function; `array_sort` without a lambda is another one.
pub fn function() -> LambdaFunction {
    LambdaFunction {
        name: "$array_sort",
        shape: "vl",
        parameters,
        returns: |t| Ok(t[0].clone()),
        body,
        may_fail: false,
    }
}

fn parameters(given: &Given<'_>) -> Outcome<Parameters> {
    match element_of(&value_type(given, 0)) {
        Some(element) => Ok(vec![Some(vec![element.clone(), element])]),
        None => refuse("FUNCTION_NOT_FOUND", "Unexpected parameters for function array_sort: an array is expected"),
    }
}

/// Compares every pair of a row's elements in one batch, then sorts by what was found.
fn body(args: &HigherOrderFunctionArgs) -> Outcome<ColumnarValue> {
    let arrays = rows(args, 0)?;
    let element = element_of(&type_of(args, 0)).unwrap_or(DataType::Null);
    let sorted = arrays
        .iter()
        .enumerate()
        .map(|(row, array)| if array.is_null() { Ok(Value::Null) } else { sort(args, row, array.as_list(), &element) });
    build(&sorted.collect::<Outcome<Vec<_>>>()?, args.return_type()).map(ColumnarValue::Array)
}

fn sort(args: &HigherOrderFunctionArgs, row: usize, items: &[Value], element: &DataType) -> Outcome<Value> {
    if items.len() > LIMIT {
        return bad_argument(format!("array_sort with a lambda takes at most {LIMIT} elements in the sandbox"));
    }
    let pairs = || (0..items.len()).flat_map(|a| (0..items.len()).map(move |b| (a, b)));
    let left = pairs().map(|(a, _)| items[a].clone()).collect();
    let right = pairs().map(|(_, b)| items[b].clone()).collect();
    let from = vec![row; items.len() * items.len()];
    let found = evaluate(lambda(args, 1)?, &from, &[(left, element.clone()), (right, element.clone())])?;
    let mut order: Vec<usize> = Vec::new();
    for at in 0..items.len() {
        let precedes = |other: &usize| found[other * items.len() + at].as_integer().cmp(&0) != Ordering::Greater;
        let place = order.iter().position(|other| !precedes(other)).unwrap_or(order.len());
        order.insert(place, at);
    }
    Ok(Value::List(order.into_iter().map(|at| items[at].clone()).collect()))
}

//! `try(expression)`: NULL where the expression fails. The dialect turns it into a lambda, so that it runs in here.

use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::{ColumnarValue, HigherOrderFunctionArgs};

use super::super::arrow_values::build;
use super::super::error::Outcome;
use super::super::value::Value;
use super::apply::{evaluate, lambda};
use super::registry::LambdaFunction;

/// `$try(0, "$try" -> expression)`; the parameter is not used.
pub fn function() -> LambdaFunction {
    LambdaFunction {
        name: "$try",
        shape: "vl",
        parameters: |_| Ok(vec![Some(vec![DataType::Int64])]),
        returns: |t| Ok(t[1].clone()),
        body,
        may_fail: true,
    }
}

/// All rows at once; if that fails, row by row.
fn body(args: &HigherOrderFunctionArgs) -> Outcome<ColumnarValue> {
    let lambda = lambda(args, 1)?;
    let run = |rows: &[usize]| evaluate(lambda, rows, &[(vec![Value::Integer(0); rows.len()], DataType::Int64)]);
    let all: Vec<usize> = (0..args.number_rows).collect();
    let values = run(&all).unwrap_or_else(|_| {
        all.iter().map(|row| run(&[*row]).ok().and_then(|mut found| found.pop()).unwrap_or(Value::Null)).collect()
    });
    build(&values, args.return_type()).map(ColumnarValue::Array)
}

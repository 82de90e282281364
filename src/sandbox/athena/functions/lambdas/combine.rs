//! Lambdas that see one element (or entry, or pair) at a time.

use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::{ColumnarValue, HigherOrderFunctionArgs};

use super::super::arrow_values::build;
use super::super::error::{Outcome, refuse};
use super::super::maps::checked;
use super::super::types::{array_of, element_of, map_of, map_parts, name};
use super::super::value::Value;
use super::apply::{evaluate, lambda, rows, type_of};
use super::registry::{Given, LambdaFunction, Parameters, value_type};

/// The functions of this kind.
pub fn functions() -> Vec<LambdaFunction> {
    let over_array =
        |name, returns, body| LambdaFunction { name, shape: "vl", parameters: element, returns, body, may_fail: false };
    let over_map =
        |name, returns, body| LambdaFunction { name, shape: "vl", parameters: entry, returns, body, may_fail: false };
    vec![
        over_array(
            "transform",
            |t| Ok(array_of(t[1].clone())),
            |a| arrays(a, |_, results| Ok(Value::List(results.to_vec()))),
        ),
        over_array(
            "filter",
            |t| Ok(t[0].clone()),
            |a| arrays(a, |items, results| Ok(Value::List(kept(items, results)))),
        ),
        over_array("any_match", boolean, |a| arrays(a, |_, results| Ok(any(results, true)))),
        over_array("all_match", boolean, |a| arrays(a, |_, results| Ok(negated(&any(results, false))))),
        over_array("none_match", boolean, |a| arrays(a, |_, results| Ok(negated(&any(results, true))))),
        over_map(
            "map_filter",
            |t| Ok(t[0].clone()),
            |a| maps(a, |entries, results| Ok(Value::Map(kept(entries, results)))),
        ),
        over_map(
            "transform_values",
            |t| Ok(map_of(parts(&t[0]).0, t[1].clone())),
            |a| {
                maps(a, |entries, results| {
                    Ok(Value::Map(entries.iter().map(|e| e.0.clone()).zip(results.iter().cloned()).collect()))
                })
            },
        ),
        over_map(
            "transform_keys",
            |t| Ok(map_of(t[1].clone(), parts(&t[0]).1)),
            |a| {
                maps(a, |entries, results| {
                    checked(results.iter().cloned().zip(entries.iter().map(|e| e.1.clone())).collect())
                })
            },
        ),
        LambdaFunction {
            name: "zip_with",
            shape: "vvl",
            parameters: |given| Ok(vec![Some(vec![array_element(given, 0)?, array_element(given, 1)?])]),
            returns: |t| Ok(array_of(t[2].clone())),
            body: zip_with,
            may_fail: false,
        },
    ]
}

fn boolean(types: &[DataType]) -> Outcome<DataType> {
    match types[1] {
        DataType::Boolean | DataType::Null => Ok(DataType::Boolean),
        ref other => refuse("TYPE_MISMATCH", format!("the lambda must yield a boolean, not {}", name(other))),
    }
}

fn parts(data_type: &DataType) -> (DataType, DataType) {
    map_parts(data_type).unwrap_or((DataType::Null, DataType::Null))
}

fn array_element(given: &Given<'_>, at: usize) -> Outcome<DataType> {
    match value_type(given, at) {
        DataType::Null => Ok(DataType::Null),
        other => match element_of(&other) {
            Some(element) => Ok(element),
            None => refuse(
                "FUNCTION_NOT_FOUND",
                format!("Unexpected parameters ({}, function): an array is expected", name(&other)),
            ),
        },
    }
}

fn element(given: &Given<'_>) -> Outcome<Parameters> {
    Ok(vec![Some(vec![array_element(given, 0)?])])
}

fn entry(given: &Given<'_>) -> Outcome<Parameters> {
    match map_parts(&value_type(given, 0)) {
        Some((key, value)) => Ok(vec![Some(vec![key, value])]),
        None => refuse(
            "FUNCTION_NOT_FOUND",
            format!("Unexpected parameters ({}, function): a map is expected", name(&value_type(given, 0))),
        ),
    }
}

fn kept<T: Clone>(items: &[T], results: &[Value]) -> Vec<T> {
    items.iter().zip(results).filter(|(_, result)| result.is_true()).map(|(item, _)| item.clone()).collect()
}

/// Whether any result is the flag; NULL if it could be.
fn any(results: &[Value], flag: bool) -> Value {
    if results.contains(&Value::Boolean(flag)) {
        return Value::Boolean(true);
    }
    if results.iter().any(Value::is_null) { Value::Null } else { Value::Boolean(false) }
}

fn negated(value: &Value) -> Value {
    match value {
        Value::Boolean(flag) => Value::Boolean(!flag),
        _ => Value::Null,
    }
}

/// The row of each element, for rows that have so many elements.
fn owners(lengths: impl Iterator<Item = usize>) -> Vec<usize> {
    lengths.enumerate().flat_map(|(row, length)| std::iter::repeat_n(row, length)).collect()
}

fn finish(args: &HigherOrderFunctionArgs, values: &[Value]) -> Outcome<ColumnarValue> {
    build(values, args.return_type()).map(ColumnarValue::Array)
}

/// Gives each row its own share of the results.
fn shares(results: &[Value], lengths: impl Iterator<Item = usize>) -> impl Iterator<Item = &[Value]> {
    lengths.scan(0, |from, length| {
        let share = &results[*from..*from + length];
        *from += length;
        Some(share)
    })
}

fn arrays(args: &HigherOrderFunctionArgs, body: fn(&[Value], &[Value]) -> Outcome<Value>) -> Outcome<ColumnarValue> {
    let rows = rows(args, 0)?;
    let lengths = || rows.iter().map(|row| row.as_list().len());
    let items: Vec<Value> = rows.iter().flat_map(|row| row.as_list().iter().cloned()).collect();
    let element = element_of(&type_of(args, 0)).unwrap_or(DataType::Null);
    let results = evaluate(lambda(args, 1)?, &owners(lengths()), &[(items, element)])?;
    let row =
        |(row, share): (&Value, &[Value])| if row.is_null() { Ok(Value::Null) } else { body(row.as_list(), share) };
    let values = rows.iter().zip(shares(&results, lengths())).map(row).collect::<Outcome<Vec<_>>>()?;
    finish(args, &values)
}

/// What a map's entries and the lambda's results for them make.
type EntriesBody = fn(&[(Value, Value)], &[Value]) -> Outcome<Value>;

fn maps(args: &HigherOrderFunctionArgs, body: EntriesBody) -> Outcome<ColumnarValue> {
    let rows = rows(args, 0)?;
    let lengths = || rows.iter().map(|row| row.as_map().len());
    let (keys, items): (Vec<Value>, Vec<Value>) = rows.iter().flat_map(|row| row.as_map().iter().cloned()).unzip();
    let (key, item) = parts(&type_of(args, 0));
    let results = evaluate(lambda(args, 1)?, &owners(lengths()), &[(keys, key), (items, item)])?;
    let row =
        |(row, share): (&Value, &[Value])| if row.is_null() { Ok(Value::Null) } else { body(row.as_map(), share) };
    let values = rows.iter().zip(shares(&results, lengths())).map(row).collect::<Outcome<Vec<_>>>()?;
    finish(args, &values)
}

fn zip_with(args: &HigherOrderFunctionArgs) -> Outcome<ColumnarValue> {
    let (left, right) = (rows(args, 0)?, rows(args, 1)?);
    let null = |at: usize| left[at].is_null() || right[at].is_null();
    let length = |at: usize| if null(at) { 0 } else { left[at].as_list().len().max(right[at].as_list().len()) };
    let lengths = || (0..left.len()).map(length);
    let column = |side: &[Value]| -> Vec<Value> {
        let padded = |at: usize| (0..length(at)).map(move |item| (at, item));
        (0..side.len())
            .flat_map(padded)
            .map(|(at, item)| side[at].as_list().get(item).cloned().unwrap_or(Value::Null))
            .collect()
    };
    let element = |at: usize| element_of(&type_of(args, at)).unwrap_or(DataType::Null);
    let parameters = [(column(&left), element(0)), (column(&right), element(1))];
    let results = evaluate(lambda(args, 2)?, &owners(lengths()), &parameters)?;
    let row = |(at, share): (usize, &[Value])| if null(at) { Value::Null } else { Value::List(share.to_vec()) };
    let values: Vec<Value> = shares(&results, lengths()).enumerate().map(row).collect();
    finish(args, &values)
}

//! All aggregate functions of our own, and the names of DataFusion's that mean the same in Trino.

use std::collections::BTreeMap;

use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::AggregateUDF;

use super::super::arrays::distinct;
use super::super::error::{Outcome, bad_argument, refuse};
use super::super::strings::count;
use super::super::types::{array_of, map_of, names};
use super::super::value::Value;
use super::collect::{Collect, Finish};
use super::{percentile, running};

/// Trino's name, and DataFusion's function with the same meaning.
pub const NATIVE: &[(&str, &str)] = &[
    ("count", "count"),
    ("min", "min"),
    ("max", "max"),
    ("array_agg", "array_agg"),
    ("bool_and", "bool_and"),
    ("bool_or", "bool_or"),
    ("every", "bool_and"),
    ("stddev", "stddev"),
    ("stddev_samp", "stddev"),
    ("stddev_pop", "stddev_pop"),
    ("variance", "var"),
    ("var_samp", "var"),
    ("var_pop", "var_pop"),
    ("corr", "corr"),
    ("covar_pop", "covar_pop"),
    ("covar_samp", "covar_samp"),
    ("regr_slope", "regr_slope"),
    ("regr_intercept", "regr_intercept"),
    ("bitwise_and_agg", "bit_and"),
    ("bitwise_or_agg", "bit_or"),
    ("bitwise_xor_agg", "bit_xor"),
    ("grouping", "grouping"),
    ("row_number", "row_number"),
    ("rank", "rank"),
    ("dense_rank", "dense_rank"),
    ("percent_rank", "percent_rank"),
    ("cume_dist", "cume_dist"),
    ("ntile", "ntile"),
    ("lag", "lag"),
    ("lead", "lead"),
    ("first_value", "first_value"),
    ("last_value", "last_value"),
    ("nth_value", "nth_value"),
];

/// The aggregates of our own.
pub fn functions() -> Vec<AggregateUDF> {
    let collected = collecting().into_iter().map(Collect::into_udaf);
    running::functions().into_iter().chain(collected).collect()
}

type Returns = fn(&[DataType]) -> Outcome<DataType>;

fn collecting() -> Vec<Collect> {
    let aggregate =
        |name, arity, returns: Returns, finish: Finish| Collect { name, arity, returns, skips_null: true, finish };
    let of_all = |collect: Collect| Collect { skips_null: false, ..collect };
    let first: Returns = |types| Ok(types[0].clone());
    let arbitrary: Finish = |rows, _| Ok(rows.first().map_or(Value::Null, |row| row[0].clone()));
    vec![
        of_all(aggregate("max_by", (2, 3), by_type, |rows, t| by(rows, t, true))),
        of_all(aggregate("min_by", (2, 3), by_type, |rows, t| by(rows, t, false))),
        aggregate("arbitrary", (1, 1), first, arbitrary),
        aggregate("any_value", (1, 1), first, arbitrary),
        aggregate("count_if", (1, 1), count_if_type, |rows, _| {
            Ok(count(rows.iter().filter(|row| row[0].is_true()).count()))
        }),
        aggregate(
            "approx_distinct",
            (1, 2),
            |_| Ok(DataType::Int64),
            |rows, _| Ok(count(distinct(rows.iter().map(|row| row[0].clone())).len())),
        ),
        aggregate("approx_percentile", (2, 3), percentile::returns, percentile::finish),
        aggregate("map_agg", (2, 2), |t| Ok(map_of(t[0].clone(), t[1].clone())), |rows, _| Ok(map_agg(rows))),
        aggregate(
            "multimap_agg",
            (2, 2),
            |t| Ok(map_of(t[0].clone(), array_of(t[1].clone()))),
            |rows, _| Ok(multimap_agg(rows)),
        ),
        aggregate("histogram", (1, 1), |t| Ok(map_of(t[0].clone(), DataType::Int64)), |rows, _| Ok(histogram(rows))),
        aggregate("map_union", (1, 1), first, |rows, _| Ok(map_union(rows))),
        aggregate("geometric_mean", (1, 1), |_| Ok(DataType::Float64), geometric_mean),
    ]
}

fn count_if_type(types: &[DataType]) -> Outcome<DataType> {
    match types[0] {
        DataType::Boolean | DataType::Null => Ok(DataType::Int64),
        _ => refuse(
            "FUNCTION_NOT_FOUND",
            format!("Unexpected parameters {} for function count_if. Expected: count_if(boolean)", names(types)),
        ),
    }
}

fn by_type(types: &[DataType]) -> Outcome<DataType> {
    Ok(if types.len() == 3 { array_of(types[0].clone()) } else { types[0].clone() })
}

/// The value beside the greatest or least key; rows whose key is NULL do not count.
fn by(rows: &[Vec<Value>], _: &DataType, greatest: bool) -> Outcome<Value> {
    let mut keyed: Vec<&Vec<Value>> = rows.iter().filter(|row| !row[1].is_null()).collect();
    keyed.sort_by(|a, b| if greatest { b[1].cmp(&a[1]) } else { a[1].cmp(&b[1]) });
    let Some(best) = keyed.first() else { return Ok(Value::Null) };
    let Some(wanted) = best.get(2) else { return Ok(best[0].clone()) };
    match usize::try_from(wanted.as_integer()) {
        Ok(wanted @ 1..) => Ok(Value::List(keyed.iter().take(wanted).map(|row| row[0].clone()).collect())),
        _ => bad_argument("third argument of max_by/min_by must be a positive integer"),
    }
}

fn entries(
    rows: &[Vec<Value>],
    mut add: impl FnMut(&mut Value, &Vec<Value>),
    start: impl Fn(&Vec<Value>) -> Value,
) -> Value {
    if rows.is_empty() {
        return Value::Null;
    }
    let mut places: BTreeMap<Value, usize> = BTreeMap::new();
    let mut entries: Vec<(Value, Value)> = Vec::new();
    for row in rows {
        if let Some(at) = places.get(&row[0]) {
            add(&mut entries[*at].1, row);
            continue;
        }
        places.insert(row[0].clone(), entries.len());
        entries.push((row[0].clone(), start(row)));
    }
    Value::Map(entries)
}

fn map_agg(rows: &[Vec<Value>]) -> Value {
    entries(rows, |_, _| {}, |row| row[1].clone())
}

fn multimap_agg(rows: &[Vec<Value>]) -> Value {
    let add = |values: &mut Value, row: &Vec<Value>| {
        if let Value::List(values) = values {
            values.push(row[1].clone());
        }
    };
    entries(rows, add, |row| Value::List(vec![row[1].clone()]))
}

fn histogram(rows: &[Vec<Value>]) -> Value {
    let add = |total: &mut Value, _: &Vec<Value>| *total = Value::Integer(total.as_integer() + 1);
    entries(rows, add, |_| Value::Integer(1))
}

fn map_union(rows: &[Vec<Value>]) -> Value {
    if rows.is_empty() {
        return Value::Null;
    }
    let pairs: Vec<Vec<Value>> = rows
        .iter()
        .flat_map(|row| row[0].as_map().iter().map(|(key, value)| vec![key.clone(), value.clone()]))
        .collect();
    if pairs.is_empty() { Value::Map(Vec::new()) } else { map_agg(&pairs) }
}

fn geometric_mean(rows: &[Vec<Value>], _: &DataType) -> Outcome<Value> {
    let number = |row: &Vec<Value>| match &row[0] {
        Value::Decimal(unscaled, scale) => super::super::text::decimal(*unscaled, *scale).parse().unwrap_or(f64::NAN),
        #[expect(clippy::cast_precision_loss, reason = "a mean is a double")]
        Value::Integer(number) => *number as f64,
        other => other.as_double(),
    };
    if rows.is_empty() {
        return Ok(Value::Null);
    }
    #[expect(clippy::cast_precision_loss, reason = "a mean is a double")]
    let mean = rows.iter().map(|row| number(row).ln()).sum::<f64>() / rows.len() as f64;
    Ok(Value::Double(mean.exp()))
}

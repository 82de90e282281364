//! `unnest`: arrays and maps as rows, beside the rows of the relation that they come from.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Column, TableReference};
use datafusion::logical_expr::planner::{PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning};
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, ScalarUDF, lit};
use datafusion::sql::sqlparser::ast::{Expr as SqlExpr, Ident, JoinOperator, TableAlias, TableFactor};

use super::error::{Outcome, refuse, unsupported};
use super::row::{Call, Kind, Returns, RowFunction, Types, function};
use super::types::{self, array_of, element_of, map_parts, row_of};
use super::value::Value;

/// The column of rows on the way, before it is spread.
const SPREAD: &str = "$unnest";

/// `$unnest_rows(outer, arrays and maps…)`: a list of rows, one for each position, the last field counts them.
pub fn functions() -> Vec<RowFunction> {
    vec![
        function("$unnest_rows", &[Kind::Boolean, Kind::Any], Returns::Via(rows_type), |call, values| {
            Ok(rows(call, values))
        })
        .repeats()
        .sees_null(),
    ]
}

/// The columns that one argument yields: an array's elements (the fields of its rows), or a map's keys and values.
fn columns_of(data_type: &DataType) -> Outcome<Vec<(Option<String>, DataType)>> {
    if let Some((key, value)) = map_parts(data_type) {
        return Ok(vec![(None, key), (None, value)]);
    }
    match element_of(data_type) {
        Some(DataType::Struct(fields)) => {
            let name = |at: usize, name: &str| (name != format!("field{at}")).then(|| name.to_owned());
            Ok(fields.iter().enumerate().map(|(at, f)| (name(at, f.name()), f.data_type().clone())).collect())
        }
        Some(element) => Ok(vec![(None, element)]),
        None => refuse("INVALID_FUNCTION_ARGUMENT", format!("Cannot unnest type: {}", types::name(data_type))),
    }
}

fn rows_type(types: &Types<'_>) -> Outcome<DataType> {
    let columns = types.arguments[1..].iter().map(columns_of).collect::<Outcome<Vec<_>>>()?.concat();
    let columns = columns.into_iter().enumerate().map(|(at, (_, data_type))| (Some(format!("c{at}")), data_type));
    Ok(array_of(row_of(columns.chain([(Some("ordinality".to_owned()), DataType::Int64)]))))
}

fn rows(call: &Call<'_>, values: &[Value]) -> Value {
    let arguments: Vec<(&Value, &DataType)> = values.iter().zip(call.types).skip(1).collect();
    let length = arguments.iter().map(|(value, _)| value.as_list().len() + value.as_map().len()).max().unwrap_or(0);
    let outer = usize::from(values[0].is_true());
    let row = |at: usize| {
        let mut row: Vec<Value> = arguments.iter().flat_map(|(value, data_type)| cells(value, data_type, at)).collect();
        row.push(if at < length { super::strings::count(at + 1) } else { Value::Null });
        Value::Row(row)
    };
    Value::List((0..length.max(outer)).map(row).collect())
}

fn cells(value: &Value, data_type: &DataType, at: usize) -> Vec<Value> {
    if let DataType::Map(..) = data_type {
        let entry = value.as_map().get(at);
        return entry.map_or(vec![Value::Null, Value::Null], |(key, value)| vec![key.clone(), value.clone()]);
    }
    let item = value.as_list().get(at).cloned().unwrap_or(Value::Null);
    match (element_of(data_type), item) {
        (Some(DataType::Struct(fields)), Value::Null) => vec![Value::Null; fields.len()],
        (Some(DataType::Struct(_)), Value::Row(cells)) => cells,
        (_, item) => vec![item],
    }
}

/// Plans `a cross join unnest(…)`, which the dialect hands over as a join of its own in parentheses.
pub struct UnnestPlanner {
    rows: Arc<ScalarUDF>,
    field: Arc<ScalarUDF>,
}

impl std::fmt::Debug for UnnestPlanner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UnnestPlanner")
    }
}

/// What stands in an UNNEST.
struct Unnest {
    arrays: Vec<SqlExpr>,
    alias: Option<TableAlias>,
    ordinality: bool,
    outer: bool,
}

impl Unnest {
    fn of(factor: TableFactor, outer: bool) -> Option<Self> {
        match factor {
            TableFactor::UNNEST { alias, array_exprs, with_ordinality, .. } => {
                Some(Self { arrays: array_exprs, alias, ordinality: with_ordinality, outer })
            }
            _ => None,
        }
    }
}

impl RelationPlanner for UnnestPlanner {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> Outcome<RelationPlanning> {
        let (left, unnest) = match &relation {
            TableFactor::UNNEST { .. } => {
                (LogicalPlanBuilder::empty(true).build()?, Unnest::of(relation.clone(), false))
            }
            TableFactor::NestedJoin { table_with_joins, alias: None } => match table_with_joins.joins.as_slice() {
                [join] if matches!(join.relation, TableFactor::UNNEST { .. }) => {
                    let outer = !matches!(join.join_operator, JoinOperator::CrossJoin(_));
                    let left = context.plan(table_with_joins.relation.clone())?;
                    (left, Unnest::of(join.relation.clone(), outer))
                }
                _ => return Ok(RelationPlanning::Original(Box::new(relation))),
            },
            _ => return Ok(RelationPlanning::Original(Box::new(relation))),
        };
        let Some(unnest) = unnest else { return Ok(RelationPlanning::Original(Box::new(relation))) };
        let plan = self.plan(left, unnest, context)?;
        Ok(RelationPlanning::Planned(Box::new(PlannedRelation { plan, alias: None })))
    }
}

impl UnnestPlanner {
    /// The planner over the two functions that its plans call.
    pub fn new(rows: Arc<ScalarUDF>, field: Arc<ScalarUDF>) -> Self {
        Self { rows, field }
    }

    fn plan(
        &self,
        left: LogicalPlan,
        unnest: Unnest,
        context: &mut dyn RelationPlannerContext,
    ) -> Outcome<LogicalPlan> {
        let schema = Arc::clone(left.schema());
        let arrays: Vec<Expr> =
            unnest.arrays.into_iter().map(|array| context.sql_to_expr(array, &schema)).collect::<Outcome<_>>()?;
        if arrays.iter().any(Expr::contains_outer) {
            return unsupported("UNNEST of a column of an outer query, only CROSS JOIN UNNEST beside its relation");
        }
        let types =
            arrays.iter().map(|array| Ok(types::plain(&array.get_type(&schema)?))).collect::<Outcome<Vec<_>>>()?;
        let columns = types.iter().map(columns_of).collect::<Outcome<Vec<_>>>()?.concat();
        let relation = unnest.alias.as_ref().map(|alias| context.normalize_ident(alias.name.clone()));
        let names = names(&columns, unnest.alias.as_ref(), unnest.ordinality, context)?;

        let kept: Vec<Expr> = schema.columns().into_iter().map(Expr::Column).collect();
        let rows = self.rows.call([vec![lit(unnest.outer)], arrays].concat()).alias(SPREAD);
        let spread =
            LogicalPlanBuilder::from(left).project([kept.clone(), vec![rows]].concat())?.unnest_column(SPREAD)?;
        let column = |(at, name): (usize, &String)| {
            let part = if at < columns.len() { format!("c{at}") } else { "ordinality".to_owned() };
            let cell = self.field.call(vec![Expr::Column(Column::from_name(SPREAD)), lit(part)]);
            cell.alias_qualified(relation.clone().map(TableReference::bare), name)
        };
        let cells: Vec<Expr> = names.iter().enumerate().map(column).collect();
        spread.project([kept, cells].concat())?.build()
    }
}

/// The names of the new columns: those of the alias, else those of the rows' fields.
fn names(
    columns: &[(Option<String>, DataType)],
    alias: Option<&TableAlias>,
    ordinality: bool,
    context: &dyn RelationPlannerContext,
) -> Outcome<Vec<String>> {
    let count = columns.len() + usize::from(ordinality);
    let given: Vec<Ident> = alias.map_or(Vec::new(), |alias| alias.columns.iter().map(|c| c.name.clone()).collect());
    if given.is_empty() {
        let name = |at: usize| columns.get(at).and_then(|(name, _)| name.clone());
        return Ok((0..count).map(|at| name(at).unwrap_or_else(|| format!("$unnamed_unnest_{at}"))).collect());
    }
    if given.len() == count {
        return Ok(given.into_iter().map(|name| context.normalize_ident(name)).collect());
    }
    let relation = alias.map(|alias| alias.name.value.clone()).unwrap_or_default();
    refuse(
        "MISMATCHED_COLUMN_ALIASES",
        format!("Column alias list has {} entries but '{relation}' has {count} columns available", given.len()),
    )
}

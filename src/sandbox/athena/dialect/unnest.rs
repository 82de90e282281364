//! `from t cross join unnest(t.items) as u(item)`: each such join goes in parentheses of its own, together with all that
//! stands before it, so that the planner of `functions::unnest` sees both sides.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, Join, JoinConstraint, JoinOperator, Select, TableFactor, TableWithJoins, Value,
    VisitorMut,
};

use super::DialectError;
use super::error::{Visit, place_of};

/// The rewrite of joins with UNNEST, and the refusal of what stands in FROM and is not supported.
pub struct Unnests;

/// The parser reads `unnest(…)` as a call of a table function; it becomes a node of its own.
pub struct UnnestCalls;

impl VisitorMut for UnnestCalls {
    type Break = DialectError;

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> Visit {
        let TableFactor::Table { name, args: Some(args), alias, with_ordinality, .. } = factor else {
            return ControlFlow::Continue(());
        };
        if !name.to_string().eq_ignore_ascii_case("unnest") {
            return ControlFlow::Continue(());
        }
        let plain = |arg: &FunctionArg| match arg {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr.clone()),
            _ => None,
        };
        let Some(array_exprs) = args.args.iter().map(plain).collect::<Option<Vec<Expr>>>() else {
            return ControlFlow::Break(DialectError::mismatched(place_of(factor), "unnest", "arrays or maps"));
        };
        *factor = TableFactor::UNNEST {
            alias: alias.take(),
            array_exprs,
            with_offset: false,
            with_offset_alias: None,
            with_ordinality: *with_ordinality,
        };
        ControlFlow::Continue(())
    }
}

fn is_unnest(factor: &TableFactor) -> bool {
    matches!(factor, TableFactor::UNNEST { .. })
}

/// `from a, unnest(a.x)` is `from a cross join unnest(a.x)`.
fn join_commas(from: &mut Vec<TableWithJoins>) {
    let mut joined: Vec<TableWithJoins> = Vec::new();
    for item in std::mem::take(from) {
        match joined.last_mut() {
            Some(before) if is_unnest(&item.relation) => {
                let join_operator = JoinOperator::CrossJoin(JoinConstraint::None);
                before.joins.push(Join { relation: item.relation, global: false, join_operator });
                before.joins.extend(item.joins);
            }
            _ => joined.push(item),
        }
    }
    *from = joined;
}

fn on_true(constraint: &JoinConstraint) -> bool {
    matches!(constraint, JoinConstraint::On(Expr::Value(value)) if value.value == Value::Boolean(true))
}

fn nested(relation: TableFactor, joins: Vec<Join>) -> TableFactor {
    if joins.is_empty() {
        return relation;
    }
    TableFactor::NestedJoin { table_with_joins: Box::new(TableWithJoins { relation, joins }), alias: None }
}

/// The join with UNNEST in one of two forms: a cross join, or a left join on true.
fn checked(join: Join) -> Result<Join, DialectError> {
    let join_operator = match &join.join_operator {
        JoinOperator::CrossJoin(_) => JoinOperator::CrossJoin(JoinConstraint::None),
        JoinOperator::Join(constraint) | JoinOperator::Inner(constraint) if on_true(constraint) => {
            JoinOperator::CrossJoin(JoinConstraint::None)
        }
        JoinOperator::Left(constraint) | JoinOperator::LeftOuter(constraint) if on_true(constraint) => {
            JoinOperator::LeftOuter(JoinConstraint::None)
        }
        _ => {
            return Err(DialectError::unsupported(
                place_of(&join.relation),
                "this join with UNNEST, only CROSS JOIN and JOIN … ON TRUE",
            ));
        }
    };
    Ok(Join { join_operator, ..join })
}

fn fold(from: &mut TableWithJoins) -> Result<(), DialectError> {
    if !from.joins.iter().any(|join| is_unnest(&join.relation)) {
        return Ok(());
    }
    let placeholder = TableFactor::UNNEST {
        alias: None,
        array_exprs: Vec::new(),
        with_offset: false,
        with_offset_alias: None,
        with_ordinality: false,
    };
    let mut relation = std::mem::replace(&mut from.relation, placeholder);
    let mut pending = Vec::new();
    for join in std::mem::take(&mut from.joins) {
        if is_unnest(&join.relation) {
            let left = nested(relation, std::mem::take(&mut pending));
            relation = nested(left, vec![checked(join)?]);
        } else {
            pending.push(join);
        }
    }
    from.relation = relation;
    from.joins = pending;
    Ok(())
}

fn flow(result: Result<(), DialectError>) -> Visit {
    result.map_or_else(ControlFlow::Break, ControlFlow::Continue)
}

impl VisitorMut for Unnests {
    type Break = DialectError;

    fn pre_visit_select(&mut self, select: &mut Select) -> Visit {
        join_commas(&mut select.from);
        flow(select.from.iter_mut().try_for_each(fold))
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> Visit {
        let place = place_of(factor);
        let refused = match factor {
            TableFactor::Table { sample: Some(_), .. } | TableFactor::Derived { sample: Some(_), .. } => "TABLESAMPLE",
            TableFactor::Table { version: Some(_), .. } => "FOR TIMESTAMP and FOR VERSION (time travel)",
            TableFactor::Table { args: Some(_), .. }
            | TableFactor::TableFunction { .. }
            | TableFactor::Function { .. } => "table functions",
            TableFactor::MatchRecognize { .. } => "MATCH_RECOGNIZE",
            TableFactor::JsonTable { .. } => "JSON_TABLE",
            TableFactor::Pivot { .. } | TableFactor::Unpivot { .. } => "PIVOT",
            TableFactor::NestedJoin { table_with_joins, .. } => {
                // A join that was folded already has one UNNEST as its only join.
                let folded = matches!(table_with_joins.joins.as_slice(), [join] if is_unnest(&join.relation) && matches!(join.join_operator, JoinOperator::CrossJoin(JoinConstraint::None) | JoinOperator::LeftOuter(JoinConstraint::None)));
                return if folded { ControlFlow::Continue(()) } else { flow(fold(table_with_joins)) };
            }
            _ => return ControlFlow::Continue(()),
        };
        ControlFlow::Break(DialectError::unsupported(place, refused))
    }
}

//! Number literals: `1` is an integer, `1e0` a double, and positions (`order by 1`, `limit 5`) stay what they are.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Fetch, Function, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr, LimitClause, Offset,
    OrderByKind, Query, Select, Value, ValueWithSpan, VisitorMut, WindowFrameBound, WindowType,
};

use super::DialectError;
use super::build::{call, take, text};
use super::error::{Visit, place_of};

/// The rewrite of numbers. The parser's flag of a number says that it is to stay.
pub struct Literals;

/// Takes the flags off again, at the end.
pub struct Unflag;

impl VisitorMut for Unflag {
    type Break = DialectError;

    fn pre_visit_value(&mut self, value: &mut ValueWithSpan) -> Visit {
        if let Value::Number(_, kept) = &mut value.value {
            *kept = false;
        }
        ControlFlow::Continue(())
    }
}

fn keep(expr: &mut Expr) {
    if let Expr::Value(value) = expr
        && let Value::Number(_, kept) = &mut value.value
    {
        *kept = true;
    }
}

fn keep_positions(expr: &mut Expr) {
    match expr {
        Expr::GroupingSets(sets) | Expr::Rollup(sets) | Expr::Cube(sets) => {
            sets.iter_mut().flatten().for_each(keep);
        }
        other => keep(other),
    }
}

fn keep_limits(limits: &mut LimitClause) {
    match limits {
        LimitClause::LimitOffset { limit, offset, .. } => {
            limit.iter_mut().for_each(keep);
            if let Some(Offset { value, .. }) = offset {
                keep(value);
            }
        }
        LimitClause::OffsetCommaLimit { offset, limit } => {
            keep(offset);
            keep(limit);
        }
    }
}

fn keep_window(function: &mut Function) {
    let Some(window) = &mut function.over else { return };
    if let FunctionArguments::List(list) = &mut function.args {
        for arg in list.args.iter_mut().skip(usize::from(!function.name.to_string().eq_ignore_ascii_case("ntile"))) {
            if let FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) = arg {
                keep(expr);
            }
        }
    }
    let WindowType::WindowSpec(spec) = window else { return };
    let Some(frame) = &mut spec.window_frame else { return };
    for bound in [Some(&mut frame.start_bound), frame.end_bound.as_mut()].into_iter().flatten() {
        if let WindowFrameBound::Preceding(Some(expr)) | WindowFrameBound::Following(Some(expr)) = bound {
            keep(expr);
        }
    }
}

impl VisitorMut for Literals {
    type Break = DialectError;

    fn pre_visit_query(&mut self, query: &mut Query) -> Visit {
        if let Some(OrderByKind::Expressions(items)) = query.order_by.as_mut().map(|order| &mut order.kind) {
            for item in items {
                keep(&mut item.expr);
            }
        }
        query.limit_clause.iter_mut().for_each(keep_limits);
        if let Some(Fetch { quantity: Some(quantity), .. }) = &mut query.fetch {
            keep(quantity);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> Visit {
        if let GroupByExpr::Expressions(items, _) = &mut select.group_by {
            items.iter_mut().for_each(keep_positions);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> Visit {
        if let Expr::Function(function) = expr {
            keep_window(function);
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> Visit {
        let place = place_of(expr);
        let Expr::Value(value) = expr else { return ControlFlow::Continue(()) };
        if let Value::UnicodeStringLiteral(literal) = &value.value {
            *expr = text(literal.clone());
            return ControlFlow::Continue(());
        }
        let Value::Number(number, false) = &value.value else { return ControlFlow::Continue(()) };
        if number.contains(['e', 'E']) {
            *expr = call("$cast", vec![text(number.clone()), text("double")]);
        } else if number.parse::<i32>().is_ok() {
            *expr = call("$integer", vec![take(expr)]);
        } else if !number.contains('.') && number.parse::<i64>().is_err() {
            return ControlFlow::Break(DialectError::at(
                "SYNTAX_ERROR",
                place,
                format!("Invalid numeric literal: {number}"),
            ));
        }
        ControlFlow::Continue(())
    }
}

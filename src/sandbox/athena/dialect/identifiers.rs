//! Trino compares names without regard to case, in quotes too: quoted names become lower case.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Cte, Expr, Ident, Join, JoinConstraint, JoinOperator, ObjectName, ObjectNamePart, Query, Select, SelectItem,
    TableAlias, TableFactor, TableWithJoins, VisitorMut,
};

use super::DialectError;
use super::error::Visit;

/// The rewrite of names.
pub struct Identifiers;

fn lower(ident: &mut Ident) {
    if ident.quote_style.is_some() {
        ident.value = ident.value.to_lowercase();
    }
}

fn lower_alias(alias: &mut TableAlias) {
    lower(&mut alias.name);
    for column in &mut alias.columns {
        lower(&mut column.name);
    }
}

fn lower_name(name: &mut ObjectName) {
    for part in &mut name.0 {
        if let ObjectNamePart::Identifier(ident) = part {
            lower(ident);
        }
    }
}

fn lower_using(joins: &mut [Join]) {
    for join in joins {
        let (JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint)
        | JoinOperator::Right(constraint)
        | JoinOperator::RightOuter(constraint)
        | JoinOperator::FullOuter(constraint)) = &mut join.join_operator
        else {
            continue;
        };
        if let JoinConstraint::Using(columns) = constraint {
            columns.iter_mut().for_each(lower_name);
        }
    }
}

fn lower_factor(factor: &mut TableFactor) {
    let (TableFactor::Table { alias, .. }
    | TableFactor::Derived { alias, .. }
    | TableFactor::NestedJoin { alias, .. }
    | TableFactor::UNNEST { alias, .. }) = factor
    else {
        return;
    };
    if let Some(alias) = alias {
        lower_alias(alias);
    }
}

impl VisitorMut for Identifiers {
    type Break = DialectError;

    fn pre_visit_query(&mut self, query: &mut Query) -> Visit {
        let ctes = query.with.iter_mut().flat_map(|with| with.cte_tables.iter_mut());
        ctes.for_each(|cte: &mut Cte| lower_alias(&mut cte.alias));
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> Visit {
        for item in &mut select.projection {
            if let SelectItem::ExprWithAlias { alias, .. } = item {
                lower(alias);
            }
        }
        select.from.iter_mut().for_each(|from: &mut TableWithJoins| lower_using(&mut from.joins));
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &mut ObjectName) -> Visit {
        lower_name(relation);
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> Visit {
        lower_factor(factor);
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> Visit {
        match expr {
            Expr::Identifier(ident) => lower(ident),
            Expr::CompoundIdentifier(idents) => idents.iter_mut().for_each(lower),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

//! Names of output columns: every one gets a name of its own, which [`super::output_names`] turns into Athena's.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Distinct, Expr, Fetch, GroupByExpr, Ident, LimitClause, Query, Select, SelectItem, SetExpr, VisitorMut,
};
use datafusion::sql::sqlparser::tokenizer::Location;

use super::DialectError;
use super::build::{plain_number, quoted};
use super::error::{Visit, place_of};

/// What stands before the number of a column without a name.
pub const UNNAMED: &str = "$unnamed";
/// What stands before the number and the name of a column whose name came before.
pub const AGAIN: &str = "$again";

/// The rewrite of projections, and of clauses around them.
#[derive(Default)]
pub struct Outputs {
    next: usize,
    /// For each query around a node, whether it has an ORDER BY.
    ordered: Vec<bool>,
}

impl Outputs {
    fn number(&mut self) -> usize {
        self.next += 1;
        self.next
    }

    fn rename(&mut self, item: &mut SelectItem, seen: &mut BTreeSet<String>) {
        let (expr, name) = match &*item {
            SelectItem::UnnamedExpr(expr) => (expr.clone(), own_name(expr)),
            SelectItem::ExprWithAlias { expr, alias } => (expr.clone(), Some(alias.clone())),
            _ => return,
        };
        let alias = match name {
            None => quoted(&format!("{UNNAMED}{}", self.number())),
            Some(name) if seen.insert(name.value.to_lowercase()) => {
                // Of `r.a` only the planner knows whether it is a column or a field; the name of a field would be `r[a]`.
                let qualified =
                    matches!(expr, Expr::CompoundIdentifier(_)) && !self.ordered.last().copied().unwrap_or(false);
                let field = matches!(expr, Expr::Function(_));
                if matches!(&*item, SelectItem::UnnamedExpr(_)) && (field || qualified) {
                    *item = SelectItem::ExprWithAlias { expr, alias: name };
                }
                return;
            }
            Some(name) => quoted(&format!("{AGAIN}{}:{}", self.number(), name.value)),
        };
        *item = SelectItem::ExprWithAlias { expr, alias };
    }
}

/// The name that an expression gives to its column: that of a column or field.
fn own_name(expr: &Expr) -> Option<Ident> {
    match expr {
        Expr::Identifier(ident) => Some(ident.clone()),
        Expr::CompoundIdentifier(idents) => idents.last().cloned(),
        Expr::Nested(inner) => own_name(inner),
        Expr::Function(function) if function.name.to_string() == "\"$field\"" => {
            let args = super::build::plain_args(function)?;
            let Expr::Value(value) = args.get(1)? else { return None };
            value.value.clone().into_string().map(|name| quoted(&name.to_lowercase()))
        }
        _ => None,
    }
}

fn refuse(place: Location, what: &str) -> Visit {
    ControlFlow::Break(DialectError::mismatched(place, what, ""))
}

impl VisitorMut for Outputs {
    type Break = DialectError;

    fn pre_visit_query(&mut self, query: &mut Query) -> Visit {
        self.ordered.push(query.order_by.is_some());
        ControlFlow::Continue(())
    }

    // After its parts: the query around VALUES that is put in here is not to be visited again.
    fn post_visit_query(&mut self, query: &mut Query) -> Visit {
        let place = place_of(query);
        self.ordered.pop();
        self.name_values(&mut query.body);
        if let Some(fetch) = query.fetch.take() {
            return limit(query, fetch, place);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> Visit {
        let place = place_of(select);
        if select.qualify.is_some() {
            return refuse(place, "QUALIFY");
        }
        if matches!(select.distinct, Some(Distinct::On(_))) {
            return refuse(place, "DISTINCT ON");
        }
        if matches!(select.group_by, GroupByExpr::All(_)) {
            return refuse(place, "GROUP BY ALL");
        }
        if select.top.is_some() || select.into.is_some() || !select.lateral_views.is_empty() {
            return refuse(place, "TOP, INTO or LATERAL VIEW");
        }
        for item in &select.projection {
            if let SelectItem::ExprWithAlias { expr, alias } = item
                && alias.quote_style == Some('\'')
            {
                return refuse(place_of(expr), &alias.to_string());
            }
        }
        let mut seen = BTreeSet::new();
        for item in &mut select.projection {
            self.rename(item, &mut seen);
        }
        ControlFlow::Continue(())
    }
}

impl Outputs {
    /// Names the columns of VALUES, in each part of a union.
    fn name_values(&mut self, body: &mut SetExpr) {
        match body {
            SetExpr::SetOperation { left, right, .. } => {
                self.name_values(left);
                self.name_values(right);
            }
            SetExpr::Values(values) => {
                let columns = values.rows.first().map_or(0, |row| row.content.len());
                let names: Vec<String> = (0..columns).map(|_| format!("{UNNAMED}{}", self.number())).collect();
                *body = named_values(body, &names);
            }
            _ => {}
        }
    }
}

/// `fetch first n rows only` is `limit n`.
fn limit(query: &mut Query, fetch: Fetch, place: Location) -> Visit {
    if fetch.with_ties || fetch.percent {
        return ControlFlow::Break(DialectError::unsupported(place, "FETCH FIRST … WITH TIES"));
    }
    let quantity = Some(fetch.quantity.unwrap_or_else(|| plain_number("1")));
    match &mut query.limit_clause {
        Some(LimitClause::LimitOffset { limit, .. }) => *limit = quantity,
        other => *other = Some(LimitClause::LimitOffset { limit: quantity, offset: None, limit_by: Vec::new() }),
    }
    ControlFlow::Continue(())
}

/// `select column1 as "$unnamed1", … from (values …)`.
fn named_values(values: &SetExpr, names: &[String]) -> SetExpr {
    let template = "select 1 from (values (1)) as \"$values\"";
    let parsed = datafusion::sql::sqlparser::parser::Parser::new(&super::grammar::AthenaDialect)
        .try_with_sql(template)
        .and_then(|mut parser| parser.parse_query());
    let Ok(mut query) = parsed else { return values.clone() };
    if let SetExpr::Select(select) = query.body.as_mut() {
        let item = |(at, name): (usize, &String)| SelectItem::ExprWithAlias {
            expr: Expr::Identifier(quoted(&format!("column{}", at + 1))),
            alias: quoted(name),
        };
        select.projection = names.iter().enumerate().map(item).collect();
        if let Some(from) = select.from.first_mut()
            && let datafusion::sql::sqlparser::ast::TableFactor::Derived { subquery, .. } = &mut from.relation
        {
            *subquery.body = values.clone();
        }
    }
    *query.body
}

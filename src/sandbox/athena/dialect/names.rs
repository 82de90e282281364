//! What Athena calls the columns of a result: `_col0`, `_col1` where the query gives no name.

use datafusion::sql::sqlparser::ast::{Expr, Query, Select, SelectItem, SetExpr};

use super::outputs::{AGAIN, UNNAMED};

/// The names of the output columns: the planned schema's, but `_colN` for each expression without a name of its own, and
/// the spelling of the query's aliases.
pub fn output_names(query: &Query, schema_names: &[String]) -> Vec<String> {
    let aliases = first_select(&query.body).map_or(Vec::new(), |select| aliases(select, schema_names.len()));
    let name = |(at, planned): (usize, &String)| {
        if planned.starts_with(UNNAMED) {
            return format!("_col{at}");
        }
        let bare = bare(planned);
        match aliases.get(at) {
            Some(Some(alias)) if alias.eq_ignore_ascii_case(bare) || bare.ends_with(']') => alias.clone(),
            _ => bare.to_owned(),
        }
    };
    schema_names.iter().enumerate().map(name).collect()
}

/// The name behind the mark of a name that came before.
fn bare(planned: &str) -> &str {
    planned.strip_prefix(AGAIN).and_then(|rest| rest.split_once(':')).map_or(planned, |(_, name)| name)
}

fn first_select(body: &SetExpr) -> Option<&Select> {
    match body {
        SetExpr::Select(select) => Some(select),
        SetExpr::Query(query) => first_select(&query.body),
        SetExpr::SetOperation { left, .. } => first_select(left),
        _ => None,
    }
}

/// The aliases at their places, as far as wildcards leave no doubt.
fn aliases(select: &Select, count: usize) -> Vec<Option<String>> {
    let alias = |item: &SelectItem| match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(bare(&alias.value).to_owned()),
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(idents)) => idents.last().map(|ident| ident.value.clone()),
        _ => None,
    };
    let wildcard = |item: &SelectItem| matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..));
    let items = &select.projection;
    let (Some(first), Some(last)) = (items.iter().position(wildcard), items.iter().rposition(wildcard)) else {
        return items.iter().map(alias).collect();
    };
    let after: Vec<Option<String>> = items[last + 1..].iter().map(alias).collect();
    let mut names: Vec<Option<String>> = items[..first].iter().map(alias).collect();
    names.resize(count.saturating_sub(after.len()), None);
    names.extend(after);
    names
}

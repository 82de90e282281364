//! Joins and set operations that DataFusion computes in another way than Trino, or that Trino has not: refused.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    JoinConstraint, JoinOperator, Query, Select, SetExpr, SetOperator, SetQuantifier, TableFactor, TableWithJoins,
    VisitorMut,
};
use datafusion::sql::sqlparser::tokenizer::Location;

use super::DialectError;
use super::error::{Visit, place_of};

/// The refusal of such relations.
pub struct Relations;

impl VisitorMut for Relations {
    type Break = DialectError;

    fn pre_visit_query(&mut self, query: &mut Query) -> Visit {
        let place = place_of(query);
        answer(sets(&query.body, place))
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> Visit {
        let place = place_of(select);
        answer(select.from.iter().try_for_each(|from| joins(from, place)))
    }
}

fn answer(result: Result<(), DialectError>) -> Visit {
    result.map_or_else(ControlFlow::Break, ControlFlow::Continue)
}

/// DataFusion does not count how often a row comes: it plans them as joins.
fn sets(body: &SetExpr, place: Location) -> Result<(), DialectError> {
    let SetExpr::SetOperation { op, set_quantifier, left, right } = body else { return Ok(()) };
    match (op, set_quantifier) {
        (SetOperator::Except | SetOperator::Intersect, SetQuantifier::All) => {
            return Err(DialectError::unsupported(place, format!("{op} ALL")));
        }
        (SetOperator::Minus, _) => return Err(DialectError::mismatched(place, "MINUS", "")),
        (_, SetQuantifier::ByName | SetQuantifier::AllByName | SetQuantifier::DistinctByName) => {
            return Err(DialectError::mismatched(place, "BY", ""));
        }
        _ => {}
    }
    sets(left, place)?;
    sets(right, place)
}

fn joins(from: &TableWithJoins, place: Location) -> Result<(), DialectError> {
    inner_joins(&from.relation, place)?;
    from.joins.iter().try_for_each(|join| {
        operator(&join.join_operator, place)?;
        inner_joins(&join.relation, place)
    })
}

fn inner_joins(factor: &TableFactor, place: Location) -> Result<(), DialectError> {
    match factor {
        TableFactor::NestedJoin { table_with_joins, .. } => joins(table_with_joins, place),
        _ => Ok(()),
    }
}

fn operator(operator: &JoinOperator, place: Location) -> Result<(), DialectError> {
    use JoinOperator::{
        Anti, ArrayJoin, AsOf, CrossApply, CrossJoin, FullOuter, Inner, InnerArrayJoin, Join, Left, LeftAnti,
        LeftArrayJoin, LeftOuter, LeftSemi, OuterApply, Right, RightAnti, RightOuter, RightSemi, Semi, StraightJoin,
    };
    let named = |constraint: &JoinConstraint| matches!(constraint, JoinConstraint::Using(_) | JoinConstraint::Natural);
    match operator {
        // Trino's column is the first of the two that is not NULL, DataFusion's is the left one.
        Right(constraint) | RightOuter(constraint) | FullOuter(constraint) if named(constraint) => {
            let what = "RIGHT and FULL JOIN with USING or NATURAL: join ON a.k = b.k, and select coalesce(a.k, b.k)";
            Err(DialectError::unsupported(place, what))
        }
        Join(_) | Inner(_) | Left(_) | LeftOuter(_) | Right(_) | RightOuter(_) | FullOuter(_) | CrossJoin(_) => Ok(()),
        Semi(_) | LeftSemi(_) | RightSemi(_) => Err(DialectError::mismatched(place, "SEMI", "")),
        Anti(_) | LeftAnti(_) | RightAnti(_) => Err(DialectError::mismatched(place, "ANTI", "")),
        CrossApply | OuterApply => Err(DialectError::mismatched(place, "APPLY", "")),
        AsOf { .. } => Err(DialectError::mismatched(place, "ASOF", "")),
        StraightJoin(_) => Err(DialectError::mismatched(place, "STRAIGHT_JOIN", "")),
        ArrayJoin | LeftArrayJoin | InnerArrayJoin => Err(DialectError::mismatched(place, "ARRAY JOIN", "")),
    }
}

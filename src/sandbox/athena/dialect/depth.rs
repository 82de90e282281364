//! Depth of a statement: chains of AND, OR and `||` are made shallow, and what is still too deep is refused before the
//! planner, which walks the tree by recursion, would run out of stack.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr, Query, VisitorMut};

use super::DialectError;
use super::build::{call, take};
use super::error::{Visit, place_of};

/// Levels of expressions and queries within each other.
const LIMIT: usize = 50;

/// Makes chains shallow.
pub struct Shallow;

impl VisitorMut for Shallow {
    type Break = DialectError;

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> Visit {
        if let Expr::BinaryOp { op, .. } = expr
            && matches!(op, BinaryOperator::And | BinaryOperator::Or | BinaryOperator::StringConcat)
        {
            let op = op.clone();
            let operands = operands(take(expr), &op);
            *expr = match op {
                BinaryOperator::StringConcat => call("concat", operands),
                op => balanced(operands, &op),
            };
        }
        ControlFlow::Continue(())
    }
}

/// The operands of a chain, from left to right.
fn operands(expr: Expr, op: &BinaryOperator) -> Vec<Expr> {
    let mut found = Vec::new();
    let mut pending = vec![expr];
    while let Some(next) = pending.pop() {
        match next {
            Expr::BinaryOp { left, op: inner, right } if inner == *op => pending.extend([*right, *left]),
            operand => found.push(operand),
        }
    }
    found
}

/// The chain as a tree whose depth is the logarithm of its length.
fn balanced(mut operands: Vec<Expr>, op: &BinaryOperator) -> Expr {
    if operands.len() == 1 {
        return operands.remove(0);
    }
    let right = operands.split_off(operands.len() / 2);
    let (left, right) = (balanced(operands, op), balanced(right, op));
    Expr::BinaryOp { left: Box::new(left), op: op.clone(), right: Box::new(right) }
}

/// Refuses what is too deep.
#[derive(Default)]
pub struct Depth(usize);

impl VisitorMut for Depth {
    type Break = DialectError;

    fn pre_visit_query(&mut self, _: &mut Query) -> Visit {
        self.0 += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> Visit {
        self.0 -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> Visit {
        self.0 += 1;
        if self.0 > LIMIT {
            let message =
                format!("statement is too deeply nested for the shakedown sandbox (more than {LIMIT} levels)");
            return ControlFlow::Break(DialectError::at("NOT_SUPPORTED", place_of(expr), message));
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, _: &mut Expr) -> Visit {
        self.0 -= 1;
        ControlFlow::Continue(())
    }
}

//! Operators while a query is planned: Trino's arithmetic, and its refusal to compare what is not alike.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::DFSchema;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{ExprSchemable, ScalarUDF};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use super::arithmetic::{function_of, mismatch};
use super::error::Outcome;
use super::types::common;

/// Plans binary operators.
pub struct OperatorPlanner {
    functions: HashMap<String, Arc<ScalarUDF>>,
}

impl OperatorPlanner {
    /// The planner over the arithmetic functions.
    pub fn new(functions: impl IntoIterator<Item = Arc<ScalarUDF>>) -> Self {
        Self { functions: functions.into_iter().map(|function| (function.name().to_owned(), function)).collect() }
    }
}

impl std::fmt::Debug for OperatorPlanner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OperatorPlanner")
    }
}

impl ExprPlanner for OperatorPlanner {
    fn plan_binary_op(&self, expr: RawBinaryExpr, schema: &DFSchema) -> Outcome<PlannerResult<RawBinaryExpr>> {
        let symbol = expr.op.to_string();
        if let Some(function) = function_of(&symbol).and_then(|name| self.functions.get(name)) {
            return Ok(PlannerResult::Planned(function.call(vec![expr.left, expr.right])));
        }
        let types = expr.left.get_type(schema).and_then(|left| Ok((left, expr.right.get_type(schema)?)));
        if let Ok((left, right)) = types {
            check(&expr.op, &symbol, &left, &right)?;
        }
        Ok(PlannerResult::Original(expr))
    }
}

fn check(operator: &BinaryOperator, symbol: &str, left: &DataType, right: &DataType) -> Outcome<()> {
    use BinaryOperator::{And, Eq, Gt, GtEq, Lt, LtEq, NotEq, Or};
    let boolean = |side: &DataType| matches!(side, DataType::Boolean | DataType::Null);
    let fine = match operator {
        And | Or => boolean(left) && boolean(right),
        Eq | NotEq | Lt | LtEq | Gt | GtEq => common(left, right).is_some(),
        _ => true,
    };
    if fine { Ok(()) } else { mismatch(symbol, left, right) }
}

//! Operators while a query is planned: Trino's arithmetic, its refusal to compare what is not alike, and its promise
//! that `b` in `a and b` is not computed where `a` is false.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::DFSchema;
use datafusion::common::tree_node::TreeNode;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, Operator, ScalarUDF, cast, lit};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use super::arithmetic::{function_of, mismatch};
use super::error::Outcome;
use super::types::{common, plain};

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
        let types =
            expr.left.get_type(schema).and_then(|left| Ok((plain(&left), plain(&expr.right.get_type(schema)?))));
        let Ok((left, right)) = types else { return Ok(PlannerResult::Original(expr)) };
        match logical(&expr.op) {
            Some(operator) if boolean(&left) && boolean(&right) => self.junction(operator, expr),
            Some(_) => mismatch(&symbol, &left, &right),
            None => self.comparison(expr, &symbol, &left, &right),
        }
    }
}

fn logical(operator: &BinaryOperator) -> Option<Operator> {
    match operator {
        BinaryOperator::And => Some(Operator::And),
        BinaryOperator::Or => Some(Operator::Or),
        _ => None,
    }
}

fn boolean(side: &DataType) -> bool {
    matches!(side, DataType::Boolean | DataType::Null)
}

impl OperatorPlanner {
    /// Sides of one type, or brought to doubles where one is. NaN is neither equal to, nor less or more than anything; DataFusion has
    /// it equal to itself and above all numbers.
    fn comparison(
        &self,
        expr: RawBinaryExpr,
        symbol: &str,
        left: &DataType,
        right: &DataType,
    ) -> Outcome<PlannerResult<RawBinaryExpr>> {
        let expr = match fitted(expr, symbol, left, right)? {
            Fitted::Doubles(expr) => expr,
            Fitted::Others(expr) => return Ok(PlannerResult::Original(expr)),
        };
        let (Some(comparable), Some(operator)) = (self.functions.get("$comparable"), relation(&expr.op)) else {
            return Ok(PlannerResult::Original(expr));
        };
        let comparable = comparable.call(vec![expr.left.clone(), expr.right.clone()]);
        let compared = Expr::BinaryExpr(BinaryExpr::new(Box::new(expr.left), operator, Box::new(expr.right)));
        let planned = if operator == Operator::NotEq { compared.or(!comparable) } else { compared.and(comparable) };
        Ok(PlannerResult::Planned(planned))
    }
}

fn relation(operator: &BinaryOperator) -> Option<Operator> {
    Some(match operator {
        BinaryOperator::Eq => Operator::Eq,
        BinaryOperator::NotEq => Operator::NotEq,
        BinaryOperator::Lt => Operator::Lt,
        BinaryOperator::LtEq => Operator::LtEq,
        BinaryOperator::Gt => Operator::Gt,
        BinaryOperator::GtEq => Operator::GtEq,
        _ => return None,
    })
}

/// A comparison whose sides have one type.
enum Fitted {
    Doubles(RawBinaryExpr),
    Others(RawBinaryExpr),
}

/// DataFusion would bring a double to a decimal.
fn fitted(expr: RawBinaryExpr, symbol: &str, left: &DataType, right: &DataType) -> Outcome<Fitted> {
    if relation(&expr.op).is_none() {
        return Ok(Fitted::Others(expr));
    }
    let Some(both) = common(left, right) else { return mismatch(symbol, left, right) };
    if !matches!(both, DataType::Float32 | DataType::Float64) {
        return Ok(Fitted::Others(expr));
    }
    let fitted = |side: Expr, from: &DataType| if *from == both { side } else { cast(side, both.clone()) };
    let (left, right) = (fitted(expr.left, left), fitted(expr.right, right));
    Ok(Fitted::Doubles(RawBinaryExpr { left, right, op: expr.op }))
}

/// Functions that fail on some values.
const FALLIBLE: &[&str] = &[
    "$divide",
    "$modulus",
    "mod",
    "$cast",
    "$subscript",
    "$map",
    "date_parse",
    "parse_datetime",
    "json_parse",
    "date",
    "from_iso8601_date",
    "from_iso8601_timestamp",
    "from_hex",
    "from_base64",
    "from_base",
    "codepoint",
    "split_part",
];

fn fallible(expr: &Expr) -> bool {
    let fails = |part: &Expr| Ok(matches!(part, Expr::ScalarFunction(call) if FALLIBLE.contains(&call.name())));
    expr.exists(fails).unwrap_or(true)
}

/// The operands of a chain of one operator.
fn operands<'a>(expr: &'a Expr, operator: Operator, found: &mut Vec<&'a Expr>) {
    match expr {
        Expr::BinaryExpr(binary) if binary.op == operator => {
            operands(&binary.left, operator, found);
            operands(&binary.right, operator, found);
        }
        other => found.push(other),
    }
}

impl OperatorPlanner {
    /// `a and b`, where a `b` that may fail is computed only for rows that `a` leaves open.
    fn junction(&self, operator: Operator, expr: RawBinaryExpr) -> Outcome<PlannerResult<RawBinaryExpr>> {
        let mut before = Vec::new();
        operands(&expr.left, operator, &mut before);
        let safe = before.into_iter().filter(|operand| !fallible(operand)).cloned();
        let guard = safe.reduce(|a, b| Expr::BinaryExpr(BinaryExpr::new(Box::new(a), operator, Box::new(b))));
        let (Some(guard), Some(case), true) = (guard, self.functions.get("$case"), fallible(&expr.right)) else {
            return Ok(PlannerResult::Original(expr));
        };
        let decided = if operator == Operator::And { guard.is_false() } else { guard.is_true() };
        let right = case.call(vec![decided, lit(operator == Operator::Or), expr.right]);
        Ok(PlannerResult::Planned(Expr::BinaryExpr(BinaryExpr::new(Box::new(expr.left), operator, Box::new(right)))))
    }
}

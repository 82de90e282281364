//! Trino does not turn text into numbers or numbers into text by itself; DataFusion does, so its doing so is an error.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::DFSchema;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan};
use datafusion::optimizer::AnalyzerRule;

use super::error::{Outcome, refuse, unsupported};
use super::types::{name, plain};

/// Runs after DataFusion's own coercion. The casts of a query are functions (`$cast`), so any cast that is left was
/// put in by DataFusion.
#[derive(Debug)]
pub struct ImplicitCasts;

impl AnalyzerRule for ImplicitCasts {
    fn name(&self) -> &'static str {
        "athena_implicit_casts"
    }

    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Outcome<LogicalPlan> {
        plan.apply_with_subqueries(|node| {
            let schemas: Vec<&DFSchema> = node.inputs().iter().map(|input| input.schema().as_ref()).collect();
            let mut schema = DFSchema::empty();
            for input in schemas {
                schema.merge(input);
            }
            node.apply_expressions(|expr| expr.apply(|part| check(part, &schema)))
        })?;
        Ok(plan)
    }
}

fn check(expr: &Expr, schema: &DFSchema) -> Outcome<TreeNodeRecursion> {
    if let Expr::Cast(cast) = expr
        && let Ok(from) = cast.expr.get_type(schema)
    {
        let (from, to) = (plain(&from), plain(cast.field.data_type()));
        if from != DataType::Null && (from == DataType::Utf8) != (to == DataType::Utf8) {
            return refuse("TYPE_MISMATCH", format!("types do not match: {} and {}", name(&from), name(&to)));
        }
        if matches!(from, DataType::Float32 | DataType::Float64) && matches!(to, DataType::Decimal128(..)) {
            return unsupported("double beside decimal in VALUES, UNION or IN without a cast of one of them");
        }
    }
    Ok(TreeNodeRecursion::Continue)
}

//! `case` and `coalesce`: Trino brings the branches to one type and computes only the branch that is chosen.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::expr::Case;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, cast,
};

use super::arrow_values::{build, read};
use super::cast::convert;
use super::error::{Outcome, refuse};
use super::types::{common_of, name, plain};
use super::value::Value;

/// `$case(condition, value, …, otherwise)` and `$coalesce(value, …)`, which become DataFusion's `case` with casts.
struct Choice {
    name: &'static str,
    conditions: bool,
    /// `$boolean`: 1 is true.
    boolean: Arc<ScalarUDF>,
    signature: Signature,
}

/// Both functions, over `$boolean`.
pub fn functions(boolean: &Arc<ScalarUDF>) -> Vec<ScalarUDF> {
    let signature = || Signature::user_defined(Volatility::Immutable);
    let choice = |name, conditions| Choice { name, conditions, boolean: Arc::clone(boolean), signature: signature() };
    vec![ScalarUDF::new_from_impl(choice("$case", true)), ScalarUDF::new_from_impl(choice("$coalesce", false))]
}

impl Choice {
    /// Whether the argument at a place is a condition: every other one but the last.
    fn is_condition(&self, at: usize, count: usize) -> bool {
        self.conditions && at.is_multiple_of(2) && at + 1 < count
    }

    fn common(&self, types: &[DataType]) -> Outcome<DataType> {
        for (at, given) in types.iter().enumerate() {
            if self.is_condition(at, types.len()) && !matches!(given, DataType::Boolean | DataType::Null) {
                return refuse(
                    "TYPE_MISMATCH",
                    format!("CASE WHEN clause must evaluate to a boolean (actual: {})", name(given)),
                );
            }
        }
        let branches = types.iter().enumerate().filter(|(at, _)| !self.is_condition(*at, types.len()));
        let branches: Vec<DataType> = branches.map(|(_, given)| given.clone()).collect();
        common_of(if self.conditions { "CASE" } else { "COALESCE" }, &branches)
    }
}

impl ScalarUDFImpl for Choice {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Outcome<Vec<DataType>> {
        self.common(given)?;
        Ok(given.iter().map(plain).collect())
    }

    fn return_type(&self, given: &[DataType]) -> Outcome<DataType> {
        self.common(given)
    }

    fn short_circuits(&self) -> bool {
        true
    }

    fn simplify(&self, args: Vec<Expr>, info: &SimplifyContext) -> Outcome<ExprSimplifyResult> {
        let types = args.iter().map(|arg| info.get_data_type(arg)).collect::<Outcome<Vec<_>>>()?;
        let to = self.common(&types)?;
        // DataFusion writes a boolean CASE as AND and OR, which compute every branch; one of integers stays a CASE.
        let kept = if to == DataType::Boolean { DataType::Int8 } else { to.clone() };
        let fitted =
            |arg: &Expr, from: &DataType| if *from == kept { arg.clone() } else { cast(arg.clone(), kept.clone()) };
        let mut whens = Vec::new();
        let step = if self.conditions { 2 } else { 1 };
        let last = args.len() - 1;
        for at in (0..last).step_by(step) {
            let value = at + step - 1;
            let condition = if self.conditions { args[at].clone() } else { args[at].clone().is_not_null() };
            whens.push((Box::new(condition), Box::new(fitted(&args[value], &types[value]))));
        }
        let otherwise = Some(Box::new(fitted(&args[last], &types[last])));
        let case = Expr::Case(Case::new(None, whens, otherwise));
        Ok(ExprSimplifyResult::Simplified(if to == DataType::Boolean { self.boolean.call(vec![case]) } else { case }))
    }

    /// Only for constants: `simplify` has replaced every other call.
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Outcome<ColumnarValue> {
        let to = args.return_field.data_type().clone();
        let types: Vec<DataType> = args.args.iter().map(ColumnarValue::data_type).collect();
        let columns = args.args.iter().map(|arg| arg.to_array(args.number_rows)).collect::<Outcome<Vec<_>>>()?;
        let row = |row: usize| {
            let values = columns.iter().map(|column| read(column, row)).collect::<Outcome<Vec<_>>>()?;
            let at = self.chosen(&values);
            convert(&values[at], &types[at], &to)
        };
        Ok(ColumnarValue::Array(build(&(0..args.number_rows).map(row).collect::<Outcome<Vec<_>>>()?, &to)?))
    }
}

impl Choice {
    fn chosen(&self, values: &[Value]) -> usize {
        let last = values.len() - 1;
        if self.conditions {
            return (0..last).step_by(2).find(|at| values[*at].is_true()).map_or(last, |at| at + 1);
        }
        values.iter().position(|value| !value.is_null()).unwrap_or(last)
    }
}

impl std::fmt::Debug for Choice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for Choice {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Choice {}

impl Hash for Choice {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

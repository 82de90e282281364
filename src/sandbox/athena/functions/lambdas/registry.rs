//! All functions that take lambdas, and the adapter between them and DataFusion.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::logical_expr::{
    ColumnarValue, HigherOrderFunctionArgs, HigherOrderReturnFieldArgs, HigherOrderSignature, HigherOrderUDF,
    HigherOrderUDFImpl, LambdaParametersProgress, ValueOrLambda, Volatility,
};

use super::super::error::{Outcome, refuse};
use super::super::types;
use super::{combine, reduce, sort, try_value};

/// What is known of the arguments when a query is planned: types of values, and of lambdas' results once known.
pub type Given<'a> = [ValueOrLambda<FieldRef, Option<FieldRef>>];

/// Types of each lambda's parameters; `None` while they depend on another lambda.
pub type Parameters = Vec<Option<Vec<DataType>>>;

/// A function over values and lambdas.
pub struct LambdaFunction {
    pub name: &'static str,
    /// `v` for a value and `l` for a lambda, in their order.
    pub shape: &'static str,
    pub parameters: fn(&Given<'_>) -> Outcome<Parameters>,
    pub returns: fn(&[DataType]) -> Outcome<DataType>,
    pub body: fn(&HigherOrderFunctionArgs) -> Outcome<ColumnarValue>,
    pub may_fail: bool,
}

/// The adapter that DataFusion calls.
struct Adapter {
    function: LambdaFunction,
    signature: HigherOrderSignature,
}

/// `transform`, `filter`, `reduce` and their like.
pub fn functions() -> Vec<Arc<HigherOrderUDF>> {
    let all = [combine::functions(), vec![reduce::function(), sort::function(), try_value::function()]];
    let adapter = |function| Adapter { function, signature: HigherOrderSignature::user_defined(Volatility::Immutable) };
    all.into_iter().flatten().map(|function| Arc::new(HigherOrderUDF::new_from_impl(adapter(function)))).collect()
}

impl Adapter {
    fn shape_of<V, L>(args: &[ValueOrLambda<V, L>]) -> String {
        args.iter().map(|arg| if matches!(arg, ValueOrLambda::Value(_)) { 'v' } else { 'l' }).collect()
    }

    fn check_shape<V, L>(&self, args: &[ValueOrLambda<V, L>]) -> Outcome<()> {
        if Self::shape_of(args) == self.function.shape {
            return Ok(());
        }
        refuse("FUNCTION_NOT_FOUND", format!("Unexpected parameters for function {}", self.function.name))
    }
}

fn field(data_type: DataType) -> FieldRef {
    Arc::new(Field::new("", data_type, true))
}

impl HigherOrderUDFImpl for Adapter {
    fn name(&self) -> &str {
        self.function.name
    }

    fn signature(&self) -> &HigherOrderSignature {
        &self.signature
    }

    fn coerce_value_types(&self, given: &[DataType]) -> Outcome<Vec<DataType>> {
        Ok(given.iter().map(types::plain).collect())
    }

    fn lambda_parameters(&self, _step: usize, given: &Given<'_>) -> Outcome<LambdaParametersProgress> {
        self.check_shape(given)?;
        let known = (self.function.parameters)(given)?;
        let fields = known.into_iter().map(|types| types.map(|types| types.into_iter().map(field).collect::<Vec<_>>()));
        let fields: Vec<Option<Vec<FieldRef>>> = fields.collect();
        let complete: Option<Vec<Vec<FieldRef>>> = fields.iter().cloned().collect();
        Ok(match complete {
            Some(complete) => LambdaParametersProgress::Complete(complete),
            None => LambdaParametersProgress::Partial(fields),
        })
    }

    fn return_field_from_args(&self, args: HigherOrderReturnFieldArgs<'_>) -> Outcome<FieldRef> {
        self.check_shape(args.arg_fields)?;
        let types: Vec<DataType> = args
            .arg_fields
            .iter()
            .map(|arg| match arg {
                ValueOrLambda::Value(field) | ValueOrLambda::Lambda(field) => types::plain(field.data_type()),
            })
            .collect();
        Ok(field((self.function.returns)(&types)?))
    }

    fn invoke_with_args(&self, args: HigherOrderFunctionArgs) -> Outcome<ColumnarValue> {
        (self.function.body)(&args)
    }

    fn short_circuits(&self) -> bool {
        self.function.may_fail
    }
}

impl std::fmt::Debug for Adapter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.function.name)
    }
}

impl PartialEq for Adapter {
    fn eq(&self, other: &Self) -> bool {
        self.function.name == other.function.name
    }
}

impl Eq for Adapter {}

impl Hash for Adapter {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.function.name.hash(state);
    }
}

/// The type of a value argument.
pub fn value_type(given: &Given<'_>, at: usize) -> DataType {
    match given.get(at) {
        Some(ValueOrLambda::Value(field)) => types::plain(field.data_type()),
        _ => DataType::Null,
    }
}

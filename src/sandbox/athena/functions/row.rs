//! Functions that work row by row: what a family lists, and the one adapter that DataFusion calls.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::arrow_values::{build, read};
use super::error::{Outcome, refuse};
use super::types::{self, JSON, element_of};
use super::value::Value;

/// What a parameter takes. Trino brings numbers to wider numbers and dates to timestamps by itself, and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Any,
    Text,
    Bigint,
    Double,
    Number,
    Boolean,
    /// date, timestamp or timestamp with time zone.
    Temporal,
    Binary,
    Json,
    JsonOrText,
    Array,
    Map,
}

impl Kind {
    /// The type to bring an argument to, if the parameter takes it.
    fn accept(self, given: &DataType) -> Option<DataType> {
        let given = types::plain(given);
        let exact = |wanted: DataType| (given == DataType::Null || given == wanted).then_some(wanted);
        let when = |holds: bool| (holds || given == DataType::Null).then(|| given.clone());
        match self {
            Self::Any => Some(given),
            Self::Text => exact(DataType::Utf8),
            Self::Boolean => exact(DataType::Boolean),
            Self::Binary => exact(DataType::Binary),
            Self::Json => exact(JSON),
            Self::Bigint => (given == DataType::Null || types::is_integer(&given)).then_some(DataType::Int64),
            Self::Double => (given == DataType::Null || given.is_numeric()).then_some(DataType::Float64),
            Self::Number => when(given.is_numeric()),
            Self::Temporal => when(matches!(given, DataType::Date32 | DataType::Timestamp(..))),
            Self::JsonOrText => when(matches!(given, DataType::Utf8 | JSON)),
            Self::Array => when(element_of(&given).is_some()),
            Self::Map => when(matches!(given, DataType::Map(..))),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Text => "varchar",
            Self::Bigint => "bigint",
            Self::Double => "double",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Temporal => "timestamp",
            Self::Binary => "varbinary",
            Self::Json => "json",
            Self::JsonOrText => "json or varchar",
            Self::Array => "array",
            Self::Map => "map",
        }
    }
}

/// The types of a call, and the texts of its literal arguments.
pub struct Types<'a> {
    /// Types of the arguments, after they were brought to the parameters' kinds.
    pub arguments: &'a [DataType],
    /// For each argument the text, where it is a literal text.
    pub literals: Vec<Option<String>>,
}

/// The type of a function's result.
#[derive(Clone)]
pub enum Returns {
    Is(DataType),
    /// The type of an argument.
    Same(usize),
    Via(fn(&Types<'_>) -> Outcome<DataType>),
}

/// One call of a function, for its body.
pub struct Call<'a> {
    /// Types of the arguments.
    pub types: &'a [DataType],
    /// Type of the result.
    pub returns: &'a DataType,
}

/// The work on one row.
pub type Body = fn(&Call<'_>, &[Value]) -> Outcome<Value>;

/// A function of Trino's: what it takes, what it yields, what it does to one row.
#[derive(Clone)]
pub struct RowFunction {
    name: &'static str,
    parameters: &'static [Kind],
    optional: usize,
    repeats: bool,
    returns: Returns,
    /// NULL in any argument makes NULL, and the body is not called.
    strict: bool,
    body: Body,
    signature: Signature,
}

/// A function that yields NULL if any argument is NULL.
pub fn function(name: &'static str, parameters: &'static [Kind], returns: Returns, body: Body) -> RowFunction {
    let signature = Signature::user_defined(Volatility::Immutable);
    RowFunction { name, parameters, optional: 0, repeats: false, returns, strict: true, body, signature }
}

impl RowFunction {
    /// The last so many parameters may be left out.
    pub fn optional(self, count: usize) -> Self {
        Self { optional: count, ..self }
    }

    /// The last parameter may be given any number of times.
    pub fn repeats(self) -> Self {
        Self { repeats: true, ..self }
    }

    /// The body sees NULLs.
    pub fn sees_null(self) -> Self {
        Self { strict: false, ..self }
    }

    /// A new value for each row and call.
    pub fn volatile(self) -> Self {
        Self { signature: Signature::user_defined(Volatility::Volatile), ..self }
    }

    /// For DataFusion's registry.
    pub fn into_udf(self) -> ScalarUDF {
        ScalarUDF::new_from_impl(self)
    }

    fn kinds(&self, count: usize) -> Option<Vec<Kind>> {
        let fits = count >= self.parameters.len() - self.optional && (self.repeats || count <= self.parameters.len());
        let last = self.parameters.last().copied();
        fits.then(|| (0..count).filter_map(|at| self.parameters.get(at).copied().or(last)).collect())
    }

    fn expected(&self) -> String {
        let kinds = self.parameters.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ");
        format!("{}({kinds}{})", self.name.trim_start_matches('$'), if self.repeats { ", ..." } else { "" })
    }

    fn mismatch<T>(&self, given: &[DataType]) -> Outcome<T> {
        let (given, name) = (types::names(given), self.name.trim_start_matches('$'));
        refuse(
            "FUNCTION_NOT_FOUND",
            format!("Unexpected parameters {given} for function {name}. Expected: {}", self.expected()),
        )
    }

    fn result_type(&self, types: &Types<'_>) -> Outcome<DataType> {
        match &self.returns {
            Returns::Is(data_type) => Ok(data_type.clone()),
            Returns::Same(at) => Ok(types.arguments.get(*at).cloned().unwrap_or(DataType::Null)),
            Returns::Via(rule) => rule(types),
        }
    }

    fn row(&self, call: &Call<'_>, values: &[Value]) -> Outcome<Value> {
        if self.strict && values.iter().any(Value::is_null) {
            return Ok(Value::Null);
        }
        (self.body)(call, values)
    }

    fn rows(&self, columns: &[Column], call: &Call<'_>, count: usize) -> Outcome<ArrayRef> {
        let row = |row: usize| {
            let values = columns.iter().map(|column| column.value(row)).collect::<Outcome<Vec<_>>>()?;
            self.row(call, &values)
        };
        build(&(0..count).map(row).collect::<Outcome<Vec<_>>>()?, call.returns)
    }
}

/// An argument's values: one for all rows, or one for each.
enum Column {
    One(Value),
    Each(ArrayRef),
}

impl Column {
    fn new(argument: &ColumnarValue) -> Outcome<Self> {
        Ok(match argument {
            ColumnarValue::Scalar(scalar) => Self::One(read(&*scalar.to_array()?, 0)?),
            ColumnarValue::Array(array) => Self::Each(Arc::clone(array)),
        })
    }

    fn value(&self, row: usize) -> Outcome<Value> {
        match self {
            Self::One(value) => Ok(value.clone()),
            Self::Each(array) => read(array, row),
        }
    }
}

impl ScalarUDFImpl for RowFunction {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Outcome<Vec<DataType>> {
        let Some(kinds) = self.kinds(given.len()) else { return self.mismatch(given) };
        let accepted = kinds.iter().zip(given).map(|(kind, given)| kind.accept(given)).collect::<Option<Vec<_>>>();
        accepted.map_or_else(|| self.mismatch(given), Ok)
    }

    fn return_type(&self, arguments: &[DataType]) -> Outcome<DataType> {
        self.result_type(&Types { arguments, literals: vec![None; arguments.len()] })
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Outcome<FieldRef> {
        let given: Vec<DataType> = args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        let arguments = self.coerce_types(&given)?;
        let literals = args.scalar_arguments.iter().map(|scalar| scalar.and_then(literal_text)).collect();
        let data_type = self.result_type(&Types { arguments: &arguments, literals })?;
        Ok(Arc::new(Field::new(self.name, data_type, true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Outcome<ColumnarValue> {
        let columns = args.args.iter().map(Column::new).collect::<Outcome<Vec<_>>>()?;
        let types: Vec<DataType> = args.args.iter().map(ColumnarValue::data_type).collect();
        let call = Call { types: &types, returns: args.return_field.data_type() };
        let constant = self.signature.volatility == Volatility::Immutable
            && columns.iter().all(|column| matches!(column, Column::One(_)));
        if constant {
            let array = self.rows(&columns, &call, 1)?;
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?));
        }
        Ok(ColumnarValue::Array(self.rows(&columns, &call, args.number_rows)?))
    }
}

fn literal_text(scalar: &ScalarValue) -> Option<String> {
    scalar.try_as_str().flatten().map(str::to_owned)
}

impl std::fmt::Debug for RowFunction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for RowFunction {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for RowFunction {}

impl Hash for RowFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

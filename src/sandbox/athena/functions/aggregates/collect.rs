//! Aggregates that look at all rows of a group at once.

use std::collections::VecDeque;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility};

use super::super::arrow_values::{build, read};
use super::super::error::{Outcome, refuse};
use super::super::types::{self, array_of, row_of};
use super::super::value::Value;

/// What a group's rows make.
pub type Finish = fn(&[Vec<Value>], &DataType) -> Outcome<Value>;

/// An aggregate over collected rows.
#[derive(Clone)]
pub struct Collect {
    pub name: &'static str,
    /// The number of arguments, at least and at most.
    pub arity: (usize, usize),
    pub returns: fn(&[DataType]) -> Outcome<DataType>,
    /// Rows whose first argument is NULL do not count.
    pub skips_null: bool,
    pub finish: Finish,
}

struct Adapter {
    collect: Collect,
    signature: Signature,
}

impl Collect {
    /// For DataFusion's registry.
    pub fn into_udaf(self) -> AggregateUDF {
        AggregateUDF::new_from_impl(Adapter {
            collect: self,
            signature: Signature::user_defined(Volatility::Immutable),
        })
    }
}

fn row_type(types: &[DataType]) -> DataType {
    row_of(types.iter().map(|data_type| (None, data_type.clone())))
}

impl AggregateUDFImpl for Adapter {
    fn name(&self) -> &str {
        self.collect.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Outcome<Vec<DataType>> {
        let (least, most) = self.collect.arity;
        if (least..=most).contains(&given.len()) {
            return Ok(given.iter().map(types::plain).collect());
        }
        refuse(
            "FUNCTION_NOT_FOUND",
            format!("Unexpected parameters {} for function {}", types::names(given), self.collect.name),
        )
    }

    fn return_type(&self, given: &[DataType]) -> Outcome<DataType> {
        (self.collect.returns)(&self.coerce_types(given)?)
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Outcome<Vec<FieldRef>> {
        let types: Vec<DataType> = args.input_fields.iter().map(|field| types::plain(field.data_type())).collect();
        Ok(vec![Arc::new(Field::new(format!("{}[rows]", args.name), array_of(row_type(&types)), true))])
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Outcome<Box<dyn Accumulator>> {
        let types: Vec<DataType> = args.expr_fields.iter().map(|field| types::plain(field.data_type())).collect();
        Ok(Box::new(Group {
            collect: self.collect.clone(),
            row: row_type(&types),
            returns: args.return_field.data_type().clone(),
            distinct: args.is_distinct,
            rows: VecDeque::new(),
        }))
    }
}

impl std::fmt::Debug for Adapter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.collect.name)
    }
}

impl PartialEq for Adapter {
    fn eq(&self, other: &Self) -> bool {
        self.collect.name == other.collect.name
    }
}

impl Eq for Adapter {}

impl Hash for Adapter {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.collect.name.hash(state);
    }
}

/// The rows of one group.
struct Group {
    collect: Collect,
    row: DataType,
    returns: DataType,
    distinct: bool,
    rows: VecDeque<Vec<Value>>,
}

impl std::fmt::Debug for Group {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} over {} rows", self.collect.name, self.rows.len())
    }
}

impl Group {
    fn read(&self, columns: &[ArrayRef]) -> Outcome<Vec<Vec<Value>>> {
        let count = columns.first().map_or(0, Array::len);
        let row = |row: usize| columns.iter().map(|column| read(column, row)).collect::<Outcome<Vec<_>>>();
        let rows = (0..count).map(row).collect::<Outcome<Vec<_>>>()?;
        let counts = |row: &Vec<Value>| !self.collect.skips_null || row.first().is_none_or(|value| !value.is_null());
        Ok(rows.into_iter().filter(counts).collect())
    }
}

impl Accumulator for Group {
    fn update_batch(&mut self, columns: &[ArrayRef]) -> Outcome<()> {
        let rows = self.read(columns)?;
        self.rows.extend(rows);
        Ok(())
    }

    fn retract_batch(&mut self, columns: &[ArrayRef]) -> Outcome<()> {
        let gone = self.read(columns)?.len().min(self.rows.len());
        self.rows.drain(..gone);
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Outcome<ScalarValue> {
        let mut rows: Vec<Vec<Value>> = self.rows.iter().cloned().collect();
        if self.distinct {
            let mut seen = std::collections::BTreeSet::new();
            rows.retain(|row| seen.insert(row.clone()));
        }
        let value = (self.collect.finish)(&rows, &self.returns)?;
        ScalarValue::try_from_array(&build(&[value], &self.returns)?, 0)
    }

    fn state(&mut self) -> Outcome<Vec<ScalarValue>> {
        let rows = Value::List(self.rows.iter().map(|row| Value::Row(row.clone())).collect());
        let array = build(&[rows], &array_of(self.row.clone()))?;
        Ok(vec![ScalarValue::try_from_array(&array, 0)?])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Outcome<()> {
        let Some(lists) = states.first().map(AsArray::as_list::<i32>) else { return Ok(()) };
        for at in 0..lists.len() {
            if let Value::List(rows) = read(lists, at)? {
                self.rows.extend(rows.iter().map(|row| row.as_list().to_vec()));
            }
        }
        Ok(())
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.rows.len() * 64
    }
}

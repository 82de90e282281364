//! `sum` and `avg` with Trino's types: sums that overflow are errors, the average of decimals keeps their scale.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use bigdecimal::num_bigint::BigInt;
use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility};

use super::super::arithmetic::divide_half_up;
use super::super::arrow_values::{build, read};
use super::super::error::{Outcome, fail, refuse};
use super::super::types::{array_of, names, plain};
use super::super::value::Value;

/// `sum` or `avg`.
#[derive(Debug, PartialEq, Eq)]
struct Running {
    name: &'static str,
    average: bool,
    signature: Signature,
}

impl Hash for Running {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

/// Both functions.
pub fn functions() -> Vec<AggregateUDF> {
    let running = |name, average| Running { name, average, signature: Signature::user_defined(Volatility::Immutable) };
    vec![AggregateUDF::new_from_impl(running("sum", false)), AggregateUDF::new_from_impl(running("avg", true))]
}

impl AggregateUDFImpl for Running {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Outcome<Vec<DataType>> {
        match given {
            [number] if number.is_numeric() || number == &DataType::Null => Ok(vec![plain(number)]),
            _ => refuse(
                "FUNCTION_NOT_FOUND",
                format!("Unexpected parameters {} for function {}", names(given), self.name),
            ),
        }
    }

    fn return_type(&self, given: &[DataType]) -> Outcome<DataType> {
        Ok(match &given[0] {
            DataType::Decimal128(precision, scale) => {
                DataType::Decimal128(if self.average { *precision } else { 38 }, *scale)
            }
            real @ (DataType::Float32 | DataType::Float64) => real.clone(),
            _ if self.average => DataType::Float64,
            _ => DataType::Int64,
        })
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Outcome<Vec<FieldRef>> {
        let given = args.input_fields.first().map_or(DataType::Null, |field| plain(field.data_type()));
        let field = |name: &str, data_type| Arc::new(Field::new(format!("{}[{name}]", args.name), data_type, true));
        if args.is_distinct {
            return Ok(vec![field("values", array_of(given))]);
        }
        Ok(vec![field("total", total_type(&given)), field("count", DataType::Int64)])
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Outcome<Box<dyn Accumulator>> {
        let given = args.expr_fields.first().map_or(DataType::Null, |field| plain(field.data_type()));
        Ok(Box::new(Total {
            average: self.average,
            returns: args.return_field.data_type().clone(),
            distinct: args.is_distinct.then(std::collections::BTreeSet::new),
            exact: 0,
            double: 0.0,
            count: 0,
            given,
        }))
    }
}

fn total_type(given: &DataType) -> DataType {
    match given {
        DataType::Float32 | DataType::Float64 => DataType::Float64,
        DataType::Decimal128(_, scale) => DataType::Decimal128(38, *scale),
        _ => DataType::Decimal128(38, 0),
    }
}

/// The total so far: exact for integers and decimals.
#[derive(Debug)]
struct Total {
    average: bool,
    given: DataType,
    returns: DataType,
    distinct: Option<std::collections::BTreeSet<Value>>,
    exact: i128,
    double: f64,
    count: i64,
}

fn overflow<T>(name: &DataType) -> Outcome<T> {
    fail("NUMERIC_VALUE_OUT_OF_RANGE", format!("{} addition overflow", super::super::types::name(name)))
}

impl Total {
    fn add(&mut self, value: &Value, sign: i128) -> Outcome<()> {
        let exact = match value {
            Value::Null => return Ok(()),
            Value::Double(number) => {
                self.double += if sign < 0 { -number } else { *number };
                0
            }
            Value::Decimal(unscaled, _) => *unscaled,
            other => other.as_integer().into(),
        };
        self.count += if sign < 0 { -1 } else { 1 };
        match self.exact.checked_add(sign * exact) {
            Some(total) => self.exact = total,
            None => return overflow(&self.returns),
        }
        Ok(())
    }

    fn each(&mut self, column: &ArrayRef, sign: i128) -> Outcome<()> {
        for row in 0..column.len() {
            let value = read(column, row)?;
            let counts = value.is_null() || self.distinct.as_mut().is_none_or(|seen| seen.insert(value.clone()));
            if counts {
                self.add(&value, sign)?;
            }
        }
        Ok(())
    }

    fn result(&self) -> Outcome<Value> {
        if self.count == 0 {
            return Ok(Value::Null);
        }
        #[expect(clippy::cast_precision_loss, reason = "Trino gives a double")]
        let (exact, count) = (self.exact as f64, self.count as f64);
        Ok(match &self.returns {
            DataType::Decimal128(_, scale) => Value::Decimal(self.decimal()?, *scale),
            DataType::Float32 | DataType::Float64 if self.average && self.given.is_integer() => {
                Value::Double(exact / count)
            }
            DataType::Float32 | DataType::Float64 if self.average => Value::Double(self.double / count),
            DataType::Float32 | DataType::Float64 => Value::Double(self.double),
            _ => match i64::try_from(self.exact) {
                Ok(total) => Value::Integer(total),
                Err(_) => return overflow(&self.returns),
            },
        })
    }

    fn decimal(&self) -> Outcome<i128> {
        let total = if self.average {
            i128::try_from(divide_half_up(&BigInt::from(self.exact), &BigInt::from(self.count))).unwrap_or(i128::MAX)
        } else {
            self.exact
        };
        if total.unsigned_abs() < 10_u128.pow(38) { Ok(total) } else { overflow(&self.returns) }
    }
}

fn scalar(value: &Value, data_type: &DataType) -> Outcome<ScalarValue> {
    ScalarValue::try_from_array(&build(std::slice::from_ref(value), data_type)?, 0)
}

impl Accumulator for Total {
    fn update_batch(&mut self, columns: &[ArrayRef]) -> Outcome<()> {
        self.each(&columns[0], 1)
    }

    fn retract_batch(&mut self, columns: &[ArrayRef]) -> Outcome<()> {
        self.each(&columns[0], -1)
    }

    fn supports_retract_batch(&self) -> bool {
        self.distinct.is_none()
    }

    fn evaluate(&mut self) -> Outcome<ScalarValue> {
        scalar(&self.result()?, &self.returns)
    }

    fn state(&mut self) -> Outcome<Vec<ScalarValue>> {
        if let Some(seen) = &self.distinct {
            return Ok(vec![scalar(&Value::List(seen.iter().cloned().collect()), &array_of(self.given.clone()))?]);
        }
        let total = match total_type(&self.given) {
            DataType::Decimal128(_, scale) => Value::Decimal(self.exact, scale),
            _ => Value::Double(self.double),
        };
        Ok(vec![scalar(&total, &total_type(&self.given))?, scalar(&Value::Integer(self.count), &DataType::Int64)?])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Outcome<()> {
        for row in 0..states[0].len() {
            let state = read(&states[0], row)?;
            if self.distinct.is_some() {
                let values = build(state.as_list(), &self.given)?;
                self.each(&values, 1)?;
                continue;
            }
            let count = read(&states[1], row)?.as_integer();
            self.add(&state, 1)?;
            self.count += count - i64::from(!state.is_null());
        }
        Ok(())
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.distinct.as_ref().map_or(0, |seen| seen.len() * 48)
    }
}

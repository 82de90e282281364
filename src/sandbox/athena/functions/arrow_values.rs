//! Values out of Arrow's arrays, and arrays out of values.

use std::sync::Arc;

use datafusion::arrow::array::types::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    IntervalMonthDayNanoType, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array,
    Int8Array, Int16Array, Int32Array, Int64Array, IntervalMonthDayNanoArray, LargeStringArray, ListArray, MapArray,
    NullArray, StringArray, StructArray, TimestampMillisecondArray,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::datatypes::{DataType, FieldRef, Fields, IntervalMonthDayNano, IntervalUnit, TimeUnit};

use super::error::{Outcome, fail, unsupported};
use super::value::Value;

/// The value in a row of an array.
pub fn read(array: &dyn Array, row: usize) -> Outcome<Value> {
    if array.is_null(row) || array.data_type() == &DataType::Null {
        return Ok(Value::Null);
    }
    match array.data_type() {
        DataType::List(_) => read_list(array.as_list::<i32>().value(row).as_ref()),
        DataType::LargeList(_) => read_list(array.as_list::<i64>().value(row).as_ref()),
        DataType::FixedSizeList(..) => read_list(array.as_fixed_size_list().value(row).as_ref()),
        DataType::Struct(_) => {
            array.as_struct().columns().iter().map(|column| read(column, row)).collect::<Outcome<_>>().map(Value::Row)
        }
        DataType::Map(..) => read_map(array.as_map(), row),
        DataType::Dictionary(..) => read_dictionary(array, row),
        _ => read_scalar(array, row),
    }
}

fn read_list(values: &dyn Array) -> Outcome<Value> {
    (0..values.len()).map(|row| read(values, row)).collect::<Outcome<_>>().map(Value::List)
}

fn read_map(array: &MapArray, row: usize) -> Outcome<Value> {
    let entries = array.value(row);
    let (keys, values) = (entries.column(0), entries.column(1));
    (0..entries.len()).map(|at| Ok((read(keys, at)?, read(values, at)?))).collect::<Outcome<_>>().map(Value::Map)
}

fn read_dictionary(array: &dyn Array, row: usize) -> Outcome<Value> {
    let dictionary = array.as_any_dictionary();
    read(dictionary.values(), dictionary.normalized_keys()[row])
}

fn read_scalar(array: &dyn Array, row: usize) -> Outcome<Value> {
    Ok(match array.data_type() {
        DataType::Boolean => Value::Boolean(array.as_boolean().value(row)),
        DataType::Utf8 => Value::text(array.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => Value::text(array.as_string::<i64>().value(row)),
        DataType::Utf8View => Value::text(array.as_string_view().value(row)),
        DataType::Binary => Value::Binary(array.as_binary::<i32>().value(row).to_vec()),
        DataType::LargeBinary => Value::Binary(array.as_binary::<i64>().value(row).to_vec()),
        DataType::BinaryView => Value::Binary(array.as_binary_view().value(row).to_vec()),
        DataType::Float32 => Value::Double(f64::from(array.as_primitive::<Float32Type>().value(row))),
        DataType::Float64 => Value::Double(array.as_primitive::<Float64Type>().value(row)),
        DataType::Decimal128(_, scale) => Value::Decimal(array.as_primitive::<Decimal128Type>().value(row), *scale),
        DataType::Date32 => Value::Date(array.as_primitive::<Date32Type>().value(row)),
        DataType::Timestamp(unit, _) => Value::Timestamp(read_timestamp(array, row, *unit)),
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            let interval = array.as_primitive::<IntervalMonthDayNanoType>().value(row);
            Value::Interval(interval.months, interval.days, interval.nanoseconds)
        }
        other => return read_integer(array, row).map_or_else(|| unsupported(format!("values of type {other}")), Ok),
    })
}

fn read_integer(array: &dyn Array, row: usize) -> Option<Value> {
    Some(Value::Integer(match array.data_type() {
        DataType::Int8 => array.as_primitive::<Int8Type>().value(row).into(),
        DataType::Int16 => array.as_primitive::<Int16Type>().value(row).into(),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).into(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row),
        DataType::UInt8 => array.as_primitive::<UInt8Type>().value(row).into(),
        DataType::UInt16 => array.as_primitive::<UInt16Type>().value(row).into(),
        DataType::UInt32 => array.as_primitive::<UInt32Type>().value(row).into(),
        DataType::UInt64 => i64::try_from(array.as_primitive::<UInt64Type>().value(row)).ok()?,
        _ => return None,
    }))
}

fn read_timestamp(array: &dyn Array, row: usize, unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => array.as_primitive::<TimestampSecondType>().value(row).saturating_mul(1000),
        TimeUnit::Millisecond => array.as_primitive::<TimestampMillisecondType>().value(row),
        TimeUnit::Microsecond => array.as_primitive::<TimestampMicrosecondType>().value(row).div_euclid(1000),
        TimeUnit::Nanosecond => array.as_primitive::<TimestampNanosecondType>().value(row).div_euclid(1_000_000),
    }
}

/// An array of the type, a row for each value. A value that does not fit the type is an error.
pub fn build(values: &[Value], data_type: &DataType) -> Outcome<ArrayRef> {
    match data_type {
        DataType::List(field) => build_list(values, field),
        DataType::Struct(fields) => build_rows(values, fields),
        DataType::Map(field, ordered) => build_maps(values, field, *ordered),
        _ => build_scalars(values, data_type),
    }
}

fn build_scalars(values: &[Value], data_type: &DataType) -> Outcome<ArrayRef> {
    Ok(match data_type {
        DataType::Null => Arc::new(NullArray::new(values.len())),
        DataType::Boolean => Arc::new(values.iter().map(boolean).collect::<BooleanArray>()),
        DataType::Utf8 => Arc::new(values.iter().map(text).collect::<StringArray>()),
        DataType::LargeUtf8 => Arc::new(values.iter().map(text).collect::<LargeStringArray>()),
        DataType::Binary => Arc::new(values.iter().map(bytes).collect::<BinaryArray>()),
        DataType::Int8 => Arc::new(Int8Array::from(integers(values, "tinyint")?)),
        DataType::Int16 => Arc::new(Int16Array::from(integers(values, "smallint")?)),
        DataType::Int32 => Arc::new(Int32Array::from(integers(values, "integer")?)),
        DataType::Int64 => Arc::new(Int64Array::from(integers(values, "bigint")?)),
        #[expect(clippy::cast_possible_truncation, reason = "a real is a double of less precision")]
        DataType::Float32 => Arc::new(values.iter().map(|v| double(v).map(|d| d as f32)).collect::<Float32Array>()),
        DataType::Float64 => Arc::new(values.iter().map(double).collect::<Float64Array>()),
        DataType::Decimal128(precision, scale) => Arc::new(
            values.iter().map(decimal).collect::<Decimal128Array>().with_precision_and_scale(*precision, *scale)?,
        ),
        DataType::Date32 => Arc::new(values.iter().map(date).collect::<Date32Array>()),
        DataType::Timestamp(TimeUnit::Millisecond, zone) => Arc::new(
            values.iter().map(timestamp).collect::<TimestampMillisecondArray>().with_timezone_opt(zone.clone()),
        ),
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            Arc::new(values.iter().map(interval).collect::<IntervalMonthDayNanoArray>())
        }
        other => return unsupported(format!("values of type {other}")),
    })
}

fn boolean(value: &Value) -> Option<bool> {
    if let Value::Boolean(flag) = value { Some(*flag) } else { None }
}

fn text(value: &Value) -> Option<&str> {
    if let Value::Text(text) = value { Some(text) } else { None }
}

fn bytes(value: &Value) -> Option<&[u8]> {
    if let Value::Binary(bytes) = value { Some(bytes) } else { None }
}

fn double(value: &Value) -> Option<f64> {
    if let Value::Double(number) = value { Some(*number) } else { None }
}

fn decimal(value: &Value) -> Option<i128> {
    if let Value::Decimal(unscaled, _) = value { Some(*unscaled) } else { None }
}

fn date(value: &Value) -> Option<i32> {
    if let Value::Date(days) = value { Some(*days) } else { None }
}

fn timestamp(value: &Value) -> Option<i64> {
    if let Value::Timestamp(millis) = value { Some(*millis) } else { None }
}

fn interval(value: &Value) -> Option<IntervalMonthDayNano> {
    if let Value::Interval(months, days, nanos) = value {
        Some(IntervalMonthDayNano::new(*months, *days, *nanos))
    } else {
        None
    }
}

fn integers<T: TryFrom<i64>>(values: &[Value], name: &str) -> Outcome<Vec<Option<T>>> {
    let narrow = |value: &Value| match value {
        Value::Integer(number) => T::try_from(*number)
            .map(Some)
            .or_else(|_| fail("NUMERIC_VALUE_OUT_OF_RANGE", format!("Out of range for {name}: {number}"))),
        _ => Ok(None),
    };
    values.iter().map(narrow).collect()
}

fn validity(values: &[Value]) -> NullBuffer {
    values.iter().map(|value| !value.is_null()).collect()
}

fn build_list(values: &[Value], field: &FieldRef) -> Outcome<ArrayRef> {
    let offsets = OffsetBuffer::from_lengths(values.iter().map(|value| value.as_list().len()));
    let elements: Vec<Value> = values.iter().flat_map(|value| value.as_list().iter().cloned()).collect();
    let elements = build(&elements, field.data_type())?;
    Ok(Arc::new(ListArray::try_new(field.clone(), offsets, elements, Some(validity(values)))?))
}

fn build_rows(values: &[Value], fields: &Fields) -> Outcome<ArrayRef> {
    let column = |(at, field): (usize, &FieldRef)| {
        let column: Vec<Value> =
            values.iter().map(|value| value.as_list().get(at).cloned().unwrap_or(Value::Null)).collect();
        build(&column, field.data_type())
    };
    let columns = fields.iter().enumerate().map(column).collect::<Outcome<Vec<_>>>()?;
    let nulls = Some(validity(values));
    Ok(Arc::new(StructArray::try_new_with_length(fields.clone(), columns, nulls, values.len())?))
}

fn build_maps(values: &[Value], field: &FieldRef, ordered: bool) -> Outcome<ArrayRef> {
    let DataType::Struct(fields) = field.data_type() else {
        return unsupported("a map without entries");
    };
    let offsets = OffsetBuffer::from_lengths(values.iter().map(|value| value.as_map().len()));
    let entries = || values.iter().flat_map(|value| value.as_map().iter());
    let keys: Vec<Value> = entries().map(|entry| entry.0.clone()).collect();
    let items: Vec<Value> = entries().map(|entry| entry.1.clone()).collect();
    let columns = vec![build(&keys, fields[0].data_type())?, build(&items, fields[1].data_type())?];
    let entries = StructArray::try_new_with_length(fields.clone(), columns, None, keys.len())?;
    Ok(Arc::new(MapArray::try_new(field.clone(), offsets, entries, Some(validity(values)), ordered)?))
}

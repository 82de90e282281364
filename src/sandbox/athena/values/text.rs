//! Values as Athena writes them into results: the text forms of Trino's types.

use std::fmt::Write;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};
use datafusion::arrow::array::timezone::Tz;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, FixedSizeListArray, MapArray, StructArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Decimal256Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, IntervalMonthDayNanoType, IntervalUnit, IntervalYearMonthType, Time64NanosecondType, TimeUnit,
    TimestampMicrosecondType, TimestampNanosecondType, UInt64Type,
};

use crate::sandbox::athena::failure::Failure;

/// One column of a batch, prepared so that the text of any row can be written.
#[derive(Debug)]
pub struct ValueText {
    array: ArrayRef,
    shape: Shape,
}

#[derive(Debug)]
enum Shape {
    Leaf,
    Zoned(Tz, String),
    List(Box<ValueText>),
    Map(Box<ValueText>, Box<ValueText>),
    Row(Vec<(String, ValueText)>),
}

impl ValueText {
    /// Prepares a column; types without a text form in Athena are refused by name.
    pub fn new(array: &ArrayRef) -> Result<Self, Failure> {
        let array = canonical(array)?;
        let shape = match array.data_type() {
            DataType::List(_) => Shape::List(Box::new(Self::new(array.as_list::<i32>().values())?)),
            DataType::Map(_, _) => {
                let map = array.as_map();
                Shape::Map(Box::new(Self::new(map.keys())?), Box::new(Self::new(map.values())?))
            }
            DataType::Struct(fields) => Shape::Row(row_shape(fields, array.as_struct())?),
            DataType::Timestamp(_, Some(zone)) => {
                let parsed =
                    zone.parse::<Tz>().map_err(|error| Failure::system(format_args!("time zone {zone}: {error}")))?;
                Shape::Zoned(parsed, zone_name(zone))
            }
            _ => Shape::Leaf,
        };
        Ok(Self { array, shape })
    }

    /// Appends the text of one row; `false` means NULL, and nothing was appended.
    pub fn write(&self, row: usize, out: &mut String) -> Result<bool, Failure> {
        if self.array.is_null(row) || self.array.data_type() == &DataType::Null {
            return Ok(false);
        }
        match &self.shape {
            Shape::Leaf => write_leaf(&self.array, row, out)?,
            Shape::Zoned(zone, name) => write_zoned(&self.array, row, *zone, name, out)?,
            Shape::List(items) => {
                let offsets = self.array.as_list::<i32>().value_offsets();
                write_items(items, bounds(offsets, row), out)?;
            }
            Shape::Map(keys, values) => write_entries(self.array.as_map(), keys, values, row, out)?,
            Shape::Row(fields) => write_fields(fields, row, out)?,
        }
        Ok(true)
    }

    fn write_or_null(&self, row: usize, out: &mut String) -> Result<(), Failure> {
        if !self.write(row, out)? {
            out.push_str("null");
        }
        Ok(())
    }
}

fn row_shape(
    fields: &datafusion::arrow::datatypes::Fields,
    array: &StructArray,
) -> Result<Vec<(String, ValueText)>, Failure> {
    let columns = fields.iter().zip(array.columns());
    columns.map(|(field, column)| Ok((field.name().clone(), ValueText::new(column)?))).collect()
}

fn bounds(offsets: &[i32], row: usize) -> std::ops::Range<usize> {
    let at = |index: usize| usize::try_from(offsets[index]).unwrap_or_default();
    at(row)..at(row + 1)
}

/// Fewer types: views, dictionaries and the like become the plain type that the writers know.
fn canonical(array: &ArrayRef) -> Result<ArrayRef, Failure> {
    let target = match array.data_type() {
        DataType::Dictionary(_, value) => value.as_ref().clone(),
        DataType::RunEndEncoded(_, values) => values.data_type().clone(),
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => DataType::Binary,
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 => DataType::Int64,
        DataType::Float16 => DataType::Float32,
        DataType::Date64 => DataType::Date32,
        DataType::Time32(_) | DataType::Time64(_) => DataType::Time64(TimeUnit::Nanosecond),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => return Ok(array.clone()),
        DataType::Timestamp(_, zone) => DataType::Timestamp(TimeUnit::Microsecond, zone.clone()),
        DataType::Decimal32(precision, scale) | DataType::Decimal64(precision, scale) => {
            DataType::Decimal128(*precision, *scale)
        }
        DataType::Interval(IntervalUnit::DayTime) | DataType::Duration(_) => {
            DataType::Interval(IntervalUnit::MonthDayNano)
        }
        DataType::LargeList(item) | DataType::ListView(item) | DataType::LargeListView(item) => {
            DataType::List(item.clone())
        }
        DataType::FixedSizeList(item, _) => {
            let _: &FixedSizeListArray = array.as_fixed_size_list();
            DataType::List(item.clone())
        }
        _ => return Ok(array.clone()),
    };
    cast(array, &target).map_err(Failure::system)
}

fn write_leaf(array: &ArrayRef, row: usize, out: &mut String) -> Result<(), Failure> {
    match array.data_type() {
        DataType::Boolean => out.push_str(if array.as_boolean().value(row) { "true" } else { "false" }),
        DataType::Int8 => push(out, array.as_primitive::<Int8Type>().value(row)),
        DataType::Int16 => push(out, array.as_primitive::<Int16Type>().value(row)),
        DataType::Int32 => push(out, array.as_primitive::<Int32Type>().value(row)),
        DataType::Int64 => push(out, array.as_primitive::<Int64Type>().value(row)),
        DataType::UInt64 => push(out, array.as_primitive::<UInt64Type>().value(row)),
        DataType::Float32 => out.push_str(&float_text(array.as_primitive::<Float32Type>().value(row))),
        DataType::Float64 => out.push_str(&double_text(array.as_primitive::<Float64Type>().value(row))),
        DataType::Decimal128(_, _) => out.push_str(&array.as_primitive::<Decimal128Type>().value_as_string(row)),
        DataType::Decimal256(_, _) => out.push_str(&array.as_primitive::<Decimal256Type>().value_as_string(row)),
        DataType::Utf8 => out.push_str(array.as_string::<i32>().value(row)),
        DataType::Binary => write_hex(array.as_binary::<i32>().value(row), out),
        DataType::Date32 => write_date(array, row, out)?,
        DataType::Time64(_) => write_clock(array, row, out)?,
        DataType::Timestamp(_, None) => write_moment(moment(array, row)?.naive_utc(), out),
        DataType::Interval(IntervalUnit::YearMonth) => {
            let months = array.as_primitive::<IntervalYearMonthType>().value(row);
            push(out, format_args!("{}{}-{}", sign(months.into()), months.abs() / 12, months.abs() % 12));
        }
        DataType::Interval(_) => write_interval(array, row, out)?,
        other => return Err(Failure::unsupported(format_args!("values of type {other} in results"))),
    }
    Ok(())
}

fn push(out: &mut String, value: impl std::fmt::Display) {
    // Writing to a String cannot fail.
    let _ = write!(out, "{value}");
}

fn sign(value: i64) -> &'static str {
    if value < 0 { "-" } else { "" }
}

fn write_hex(bytes: &[u8], out: &mut String) {
    for (index, byte) in bytes.iter().enumerate() {
        push(out, format_args!("{}{byte:02x}", if index == 0 { "" } else { " " }));
    }
}

fn out_of_range() -> Failure {
    Failure::user("NUMERIC_VALUE_OUT_OF_RANGE", "a date or time is outside the calendar")
}

fn write_date(array: &ArrayRef, row: usize, out: &mut String) -> Result<(), Failure> {
    let days = array.as_primitive::<Date32Type>().value(row);
    push_date(NaiveDate::from_epoch_days(days).ok_or_else(out_of_range)?, out);
    Ok(())
}

fn push_date(date: NaiveDate, out: &mut String) {
    push(
        out,
        format_args!("{}{:04}-{:02}-{:02}", sign(date.year().into()), date.year().abs(), date.month(), date.day()),
    );
}

fn push_clock(time: NaiveTime, out: &mut String) {
    let millis = time.nanosecond() / 1_000_000 % 1000;
    push(out, format_args!("{:02}:{:02}:{:02}.{millis:03}", time.hour(), time.minute(), time.second()));
}

fn write_clock(array: &ArrayRef, row: usize, out: &mut String) -> Result<(), Failure> {
    let nanos = array.as_primitive::<Time64NanosecondType>().value(row);
    let seconds = u32::try_from(nanos / 1_000_000_000).map_err(|_| out_of_range())?;
    let rest = u32::try_from(nanos % 1_000_000_000).map_err(|_| out_of_range())?;
    push_clock(NaiveTime::from_num_seconds_from_midnight_opt(seconds, rest).ok_or_else(out_of_range)?, out);
    Ok(())
}

/// A timestamp of either unit that is left after [`canonical`].
fn moment(array: &ArrayRef, row: usize) -> Result<DateTime<Utc>, Failure> {
    if let Some(nanos) = array.as_primitive_opt::<TimestampNanosecondType>() {
        return Ok(DateTime::from_timestamp_nanos(nanos.value(row)));
    }
    let micros =
        array.as_primitive_opt::<TimestampMicrosecondType>().ok_or_else(|| Failure::system("not a timestamp"))?;
    DateTime::from_timestamp_micros(micros.value(row)).ok_or_else(out_of_range)
}

fn write_moment(moment: NaiveDateTime, out: &mut String) {
    push_date(moment.date(), out);
    out.push(' ');
    push_clock(moment.time(), out);
}

fn write_zoned(array: &ArrayRef, row: usize, zone: Tz, name: &str, out: &mut String) -> Result<(), Failure> {
    write_moment(moment(array, row)?.with_timezone(&zone).naive_local(), out);
    push(out, format_args!(" {name}"));
    Ok(())
}

/// Trino's name of a zone: `UTC` for its offset zero.
fn zone_name(zone: &str) -> String {
    if ["+00:00", "Z", "utc", "-00:00"].contains(&zone) { "UTC".to_owned() } else { zone.to_owned() }
}

fn write_interval(array: &ArrayRef, row: usize, out: &mut String) -> Result<(), Failure> {
    let value = array.as_primitive::<IntervalMonthDayNanoType>().value(row);
    if value.months != 0 {
        return match (value.days, value.nanoseconds) {
            (0, 0) => {
                push(
                    out,
                    format_args!(
                        "{}{}-{}",
                        sign(value.months.into()),
                        value.months.abs() / 12,
                        value.months.abs() % 12
                    ),
                );
                Ok(())
            }
            _ => Err(Failure::unsupported("intervals that mix months with days")),
        };
    }
    let millis = i128::from(value.days) * 86_400_000 + i128::from(value.nanoseconds) / 1_000_000;
    let (before, total) = (if millis < 0 { "-" } else { "" }, millis.abs());
    let (days, hours, minutes) = (total / 86_400_000, total / 3_600_000 % 24, total / 60_000 % 60);
    push(out, format_args!("{before}{days} {hours:02}:{minutes:02}:{:02}.{:03}", total / 1000 % 60, total % 1000));
    Ok(())
}

fn write_items(items: &ValueText, rows: std::ops::Range<usize>, out: &mut String) -> Result<(), Failure> {
    out.push('[');
    for (index, row) in rows.enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        items.write_or_null(row, out)?;
    }
    out.push(']');
    Ok(())
}

fn write_entries(
    map: &MapArray,
    keys: &ValueText,
    values: &ValueText,
    row: usize,
    out: &mut String,
) -> Result<(), Failure> {
    out.push('{');
    for (index, entry) in bounds(map.value_offsets(), row).enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        keys.write_or_null(entry, out)?;
        out.push('=');
        values.write_or_null(entry, out)?;
    }
    out.push('}');
    Ok(())
}

fn write_fields(fields: &[(String, ValueText)], row: usize, out: &mut String) -> Result<(), Failure> {
    out.push('{');
    for (index, (name, value)) in fields.iter().enumerate() {
        push(out, format_args!("{}{name}=", if index > 0 { ", " } else { "" }));
        value.write_or_null(row, out)?;
    }
    out.push('}');
    Ok(())
}

/// A double as Java's `Double.toString` writes it: `1.0`, `1.0E10`, `NaN`, `Infinity`.
pub fn double_text(value: f64) -> String {
    java_text(&format!("{value:e}"), value.is_nan(), value.is_infinite(), value.is_sign_negative())
}

fn float_text(value: f32) -> String {
    java_text(&format!("{value:e}"), value.is_nan(), value.is_infinite(), value.is_sign_negative())
}

/// From Rust's shortest scientific form (`-1.25e-7`) to Java's: plain between 10^-3 and 10^7, else with `E`.
fn java_text(scientific: &str, nan: bool, infinite: bool, negative: bool) -> String {
    if nan {
        return "NaN".to_owned();
    }
    let before = if negative { "-" } else { "" };
    let parts = scientific.trim_start_matches('-').split_once('e');
    let Some((mantissa, exponent)) = parts.filter(|_| !infinite) else { return format!("{before}Infinity") };
    let digits = mantissa.replace('.', "");
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if digits == "0" {
        return format!("{before}0.0");
    }
    let text = match usize::try_from(exponent) {
        Ok(whole) if exponent < 7 => {
            let padded = format!("{digits:0<width$}", width = whole + 2);
            let (left, right) = padded.split_at(whole + 1);
            format!("{left}.{right}")
        }
        Err(_) if exponent >= -3 => format!("0.{}{digits}", "0".repeat(exponent.unsigned_abs() as usize - 1)),
        _ => {
            let rest = if digits.len() > 1 { &digits[1..] } else { "0" };
            format!("{}.{rest}E{exponent}", &digits[..1])
        }
    };
    format!("{before}{text}")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{
        BinaryArray, BooleanArray, Date32Array, Decimal128Array, ListArray, NullArray, StringArray,
        TimestampMillisecondArray, TimestampNanosecondArray,
    };
    use datafusion::arrow::datatypes::Field;

    use super::*;

    #[test]
    fn doubles_are_written_as_java_does() {
        fn check(value: f64, expected: &str) {
            assert_eq!(double_text(value), expected);
        }
        check(1.0, "1.0");
        check(-0.0, "-0.0");
        check(0.001, "0.001");
        check(0.000_1, "1.0E-4");
        check(1_234_567.5, "1234567.5");
        check(10_000_000.0, "1.0E7");
        check(1e10, "1.0E10");
        check(-1.25e-7, "-1.25E-7");
        check(100.0, "100.0");
        check(f64::NAN, "NaN");
        check(f64::NEG_INFINITY, "-Infinity");
        assert_eq!(float_text(0.1), "0.1");
    }

    fn check(array: impl Array + 'static, expected: &[Option<&str>]) {
        let array: ArrayRef = Arc::new(array);
        let column = ValueText::new(&array).expect("text form");
        for (row, expected) in expected.iter().enumerate() {
            let mut out = String::new();
            let present = column.write(row, &mut out).expect("text");
            assert_eq!(present.then_some(out.as_str()), *expected, "{array:?} row {row}");
        }
    }

    #[test]
    fn values_are_written_as_athena_does() {
        check(BooleanArray::from(vec![Some(true), None]), &[Some("true"), None]);
        check(NullArray::new(1), &[None]);
        check(StringArray::from(vec!["", "a\"b"]), &[Some(""), Some("a\"b")]);
        check(BinaryArray::from(vec![&b"\x00\xff"[..]]), &[Some("00 ff")]);
        check(Date32Array::from(vec![20469, -1]), &[Some("2026-01-16"), Some("1969-12-31")]);
        let decimal = Decimal128Array::from(vec![1700, -5]).with_precision_and_scale(18, 2).expect("fits");
        check(decimal, &[Some("17.00"), Some("-0.05")]);
        let moment = 1_768_557_600_000;
        check(TimestampMillisecondArray::from(vec![moment]), &[Some("2026-01-16 10:00:00.000")]);
        let nanos = TimestampNanosecondArray::from(vec![moment * 1_000_000 + 1_999_999]);
        check(nanos.clone().with_timezone("+00:00"), &[Some("2026-01-16 10:00:00.001 UTC")]);
        check(nanos.with_timezone("Europe/Berlin"), &[Some("2026-01-16 11:00:00.001 Europe/Berlin")]);
    }

    #[test]
    fn nested_values_are_written_with_brackets_and_null_inside() {
        let list =
            ListArray::from_iter_primitive::<Int64Type, _, _>(vec![Some(vec![Some(1), None]), None, Some(vec![])]);
        check(list, &[Some("[1, null]"), None, Some("[]")]);
        let row = StructArray::from(vec![
            (Arc::new(Field::new("a", DataType::Boolean, true)), Arc::new(BooleanArray::from(vec![true])) as ArrayRef),
            (
                Arc::new(Field::new("b", DataType::Utf8, true)),
                Arc::new(StringArray::from(vec![None::<&str>])) as ArrayRef,
            ),
        ]);
        check(row, &[Some("{a=true, b=null}")]);
    }
}

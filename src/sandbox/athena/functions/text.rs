//! How values read: in Athena's results, and as varchar, json text and dates.

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};
use datafusion::arrow::datatypes::DataType;

use super::error::{Outcome, bad_argument};
use super::types::{element_of, map_parts};
use super::value::Value;

/// A value as Athena shows it in a result; `null` inside arrays, maps and rows.
pub fn render(value: &Value, data_type: &DataType) -> Outcome<String> {
    Ok(match value {
        Value::Null => "null".to_owned(),
        Value::Boolean(flag) => flag.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Double(number) => java_double(*number, data_type == &DataType::Float32),
        Value::Decimal(unscaled, scale) => decimal(*unscaled, *scale),
        Value::Text(text) => text.clone(),
        Value::Binary(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" "),
        Value::Date(days) => date(*days)?,
        Value::Timestamp(millis) => timestamp(*millis, data_type)?,
        Value::Interval(months, days, nanos) => interval(*months, *days, *nanos),
        Value::List(_) | Value::Map(_) | Value::Row(_) => nested(value, data_type)?,
    })
}

fn nested(value: &Value, data_type: &DataType) -> Outcome<String> {
    match (value, data_type) {
        (Value::List(values), _) => {
            let element = element_of(data_type).unwrap_or(DataType::Null);
            let items = values.iter().map(|value| render(value, &element)).collect::<Outcome<Vec<_>>>()?;
            Ok(format!("[{}]", items.join(", ")))
        }
        (Value::Map(entries), _) => {
            let (keys, values) = map_parts(data_type).unwrap_or((DataType::Null, DataType::Null));
            let entry =
                |(key, value): &(Value, Value)| Ok(format!("{}={}", render(key, &keys)?, render(value, &values)?));
            Ok(format!("{{{}}}", entries.iter().map(entry).collect::<Outcome<Vec<_>>>()?.join(", ")))
        }
        (Value::Row(values), DataType::Struct(fields)) => {
            let field = |(field, value): (&std::sync::Arc<datafusion::arrow::datatypes::Field>, &Value)| {
                Ok(format!("{}={}", field.name(), render(value, field.data_type())?))
            };
            Ok(format!("{{{}}}", fields.iter().zip(values).map(field).collect::<Outcome<Vec<_>>>()?.join(", ")))
        }
        _ => Ok(String::new()),
    }
}

/// A decimal with all digits of its scale.
pub fn decimal(unscaled: i128, scale: i8) -> String {
    let Ok(scale @ 1..) = usize::try_from(scale) else { return unscaled.to_string() };
    let digits = format!("{:0>width$}", unscaled.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    format!("{}{whole}.{fraction}", if unscaled < 0 { "-" } else { "" })
}

/// The shortest digits of a number, and its exponent: `1234.5` is ("12345", 3).
fn digits(number: f64, single: bool) -> (String, i32) {
    #[expect(clippy::cast_possible_truncation, reason = "a real was read from a float of this width")]
    let text = if single { format!("{:e}", (number as f32).abs()) } else { format!("{:e}", number.abs()) };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    (mantissa.replace('.', ""), exponent.parse().unwrap_or(0))
}

fn special(number: f64) -> Option<&'static str> {
    match number {
        n if n.is_nan() => Some("NaN"),
        f64::INFINITY => Some("Infinity"),
        f64::NEG_INFINITY => Some("-Infinity"),
        _ => None,
    }
}

/// A double as Java prints it, which is how Athena shows it: `10.0`, `1.0E10`.
pub fn java_double(number: f64, single: bool) -> String {
    if let Some(text) = special(number) {
        return text.to_owned();
    }
    let sign = if number.is_sign_negative() { "-" } else { "" };
    let (digits, exponent) = digits(number, single);
    if number == 0.0 {
        return format!("{sign}0.0");
    }
    let body = match exponent {
        -3..=-1 => format!("0.{}{digits}", "0".repeat(exponent.unsigned_abs() as usize - 1)),
        0..=6 => {
            let whole = exponent.unsigned_abs() as usize + 1;
            let padded = format!("{digits:0<whole$}");
            let (whole, fraction) = padded.split_at(whole);
            format!("{whole}.{}", if fraction.is_empty() { "0" } else { fraction })
        }
        _ => scientific(&digits, exponent),
    };
    format!("{sign}{body}")
}

fn scientific(digits: &str, exponent: i32) -> String {
    let (first, rest) = digits.split_at(1);
    format!("{first}.{}E{exponent}", if rest.is_empty() { "0" } else { rest })
}

/// A double as `cast(x as varchar)` gives it: always scientific, `1.0E1`.
pub fn cast_double(number: f64, single: bool) -> String {
    if let Some(text) = special(number) {
        return text.to_owned();
    }
    let sign = if number.is_sign_negative() { "-" } else { "" };
    if number == 0.0 {
        return format!("{sign}0E0");
    }
    let (digits, exponent) = digits(number, single);
    format!("{sign}{}", scientific(&digits, exponent))
}

/// The day of a date value.
pub fn naive_date(days: i32) -> Outcome<NaiveDate> {
    let epoch = NaiveDate::default();
    epoch
        .checked_add_signed(TimeDelta::days(days.into()))
        .map_or_else(|| bad_argument(format!("date out of range: {days} days since 1970")), Ok)
}

/// The local date and time of a timestamp value.
pub fn naive_timestamp(millis: i64) -> Outcome<NaiveDateTime> {
    DateTime::from_timestamp_millis(millis)
        .map_or_else(|| bad_argument(format!("timestamp out of range: {millis}")), |instant| Ok(instant.naive_utc()))
}

fn date(days: i32) -> Outcome<String> {
    Ok(naive_date(days)?.format("%Y-%m-%d").to_string())
}

/// A timestamp with milliseconds, followed by its zone if it has one.
pub fn timestamp(millis: i64, data_type: &DataType) -> Outcome<String> {
    let DataType::Timestamp(_, Some(zone)) = data_type else {
        return Ok(naive_timestamp(millis)?.format("%Y-%m-%d %H:%M:%S%.3f").to_string());
    };
    let local = local_time(millis, zone)?;
    Ok(format!("{} {}", local.format("%Y-%m-%d %H:%M:%S%.3f"), zone_name(zone)))
}

/// `UTC` for the many spellings of it.
pub fn zone_name(zone: &str) -> &str {
    if matches!(zone, "+00:00" | "Z" | "UTC" | "Etc/UTC") { "UTC" } else { zone }
}

/// The wall clock of an instant in a zone (a name, or an offset such as `+02:00`).
pub fn local_time(millis: i64, zone: &str) -> Outcome<NaiveDateTime> {
    let utc = naive_timestamp(millis)?;
    let shifted = utc.checked_add_signed(TimeDelta::seconds(i64::from(offset_at(utc, zone)?)));
    shifted.map_or_else(|| bad_argument(format!("timestamp out of range: {millis}")), Ok)
}

/// The instant of a wall clock in a zone; in a gap the clock is read with the offset before it.
pub fn instant_of(local: NaiveDateTime, zone: &str) -> Outcome<i64> {
    if let Some(seconds) = fixed_offset(zone) {
        return Ok((local - TimeDelta::seconds(seconds.into())).and_utc().timestamp_millis());
    }
    let tz = named_zone(zone)?;
    let found = tz.from_local_datetime(&local).earliest();
    let instant = found
        .or_else(|| tz.from_local_datetime(&(local - TimeDelta::hours(3))).earliest().map(|i| i + TimeDelta::hours(3)));
    instant.map_or_else(
        || bad_argument(format!("no such time in {zone}: {local}")),
        |instant| Ok(instant.timestamp_millis()),
    )
}

fn offset_at(utc: NaiveDateTime, zone: &str) -> Outcome<i32> {
    use chrono::Offset as _;
    if let Some(seconds) = fixed_offset(zone) {
        return Ok(seconds);
    }
    Ok(named_zone(zone)?.offset_from_utc_datetime(&Utc.from_utc_datetime(&utc).naive_utc()).fix().local_minus_utc())
}

fn named_zone(zone: &str) -> Outcome<chrono_tz::Tz> {
    zone.parse().or_else(|_| bad_argument(format!("'{zone}' is not a valid time zone")))
}

/// Seconds east of UTC of `+02:00`, `-0530`, `UTC`, `Z`.
pub fn fixed_offset(zone: &str) -> Option<i32> {
    if matches!(zone, "UTC" | "Z" | "GMT" | "z") {
        return Some(0);
    }
    let (sign, rest) = match zone.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let digits = rest.replace(':', "");
    let (hours, minutes) = match digits.len() {
        1 | 2 => (digits.as_str(), "0"),
        4 => digits.split_at(2),
        _ => return None,
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// `2 03:00:00.000` for days to seconds, `1-2` for years to months.
fn interval(months: i32, days: i32, nanos: i64) -> String {
    let mut text = String::new();
    if months != 0 && days == 0 && nanos == 0 {
        let _ = write!(text, "{}{}-{}", if months < 0 { "-" } else { "" }, (months / 12).abs(), (months % 12).abs());
        return text;
    }
    let millis = i64::from(days) * 86_400_000 + nanos / 1_000_000;
    let (sign, millis) = (if millis < 0 { "-" } else { "" }, millis.unsigned_abs());
    let (seconds, millis) = (millis / 1000, millis % 1000);
    let (days, hours, minutes, seconds) = (seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let _ = write!(text, "{sign}{days} {hours:02}:{minutes:02}:{seconds:02}.{millis:03}");
    text
}

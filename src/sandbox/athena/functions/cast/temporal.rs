//! Casts to dates and timestamps: the text forms that Trino takes, and no others.

use std::sync::LazyLock;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use datafusion::arrow::datatypes::DataType;
use regex::Regex;

use super::super::error::{Outcome, fail, unsupported};
use super::super::text::{fixed_offset, instant_of, local_time, naive_timestamp, zone_name};
use super::super::value::Value;

#[expect(clippy::expect_used, reason = "a constant pattern")]
static TIMESTAMP_TEXT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^([-+]?\d{4,6})-(\d{1,2})-(\d{1,2})(?: (?:(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d+))?)?)?\s*(\S.*)?)?$",
    )
    .expect("a constant pattern")
});

/// Days since 1970 of `2020-01-31`.
pub fn parse_date(text: &str) -> Option<i32> {
    let captures = TIMESTAMP_TEXT.captures(text.trim())?;
    if captures.get(4).or(captures.get(8)).is_some() {
        return None;
    }
    let date =
        NaiveDate::from_ymd_opt(captures[1].parse().ok()?, captures[2].parse().ok()?, captures[3].parse().ok()?)?;
    Some(days_of(date))
}

/// Days since 1970.
pub fn days_of(date: NaiveDate) -> i32 {
    i32::try_from(date.signed_duration_since(NaiveDate::default()).num_days()).unwrap_or(i32::MAX)
}

/// The wall clock and the zone of `2020-01-31 10:00:00.123 Europe/Berlin`.
pub fn parse_timestamp(text: &str) -> Option<(NaiveDateTime, Option<String>)> {
    let captures = TIMESTAMP_TEXT.captures(text.trim())?;
    let number = |at: usize| captures.get(at).map_or(Some(0), |found| found.as_str().parse::<u32>().ok());
    let date = NaiveDate::from_ymd_opt(captures[1].parse().ok()?, number(2)?, number(3)?)?;
    let time = date.and_hms_opt(number(4)?, number(5)?, number(6)?)?;
    let fraction = captures.get(7).map_or("", |found| found.as_str());
    let millis = format!("{fraction:0<4}").get(..4)?.parse::<i64>().ok()?;
    let zone = captures.get(8).map(|zone| zone.as_str().to_owned());
    Some((time.checked_add_signed(TimeDelta::milliseconds((millis + 5) / 10))?, zone))
}

/// The zone that a timestamp literal names.
pub fn literal_zone(literal: &str) -> Option<String> {
    parse_timestamp(literal)?.1.map(|zone| zone_name(&zone).to_owned())
}

/// A text or timestamp as a date.
pub fn to_date(value: &Value, from: &DataType) -> Outcome<Value> {
    let days = match value {
        Value::Timestamp(millis) => Some(days_of(local(*millis, from)?.date())),
        Value::Date(days) => Some(*days),
        other => parse_date(other.as_text()),
    };
    match days {
        Some(days) => Ok(Value::Date(days)),
        None => fail("INVALID_CAST_ARGUMENT", format!("Value cannot be cast to date: {}", value.as_text())),
    }
}

fn local(millis: i64, data_type: &DataType) -> Outcome<NaiveDateTime> {
    match data_type {
        DataType::Timestamp(_, Some(zone)) => local_time(millis, zone),
        _ => naive_timestamp(millis),
    }
}

/// A text, date or timestamp as a timestamp with or without a zone. The session's zone is UTC.
pub fn to_timestamp(value: &Value, from: &DataType, to: &DataType) -> Outcome<Value> {
    let with_zone = matches!(to, DataType::Timestamp(_, Some(_)));
    match value {
        Value::Date(days) => Ok(Value::Timestamp(i64::from(*days) * 86_400_000)),
        Value::Timestamp(millis) if with_zone => Ok(Value::Timestamp(*millis)),
        Value::Timestamp(millis) => Ok(Value::Timestamp(local(*millis, from)?.and_utc().timestamp_millis())),
        other => timestamp_of_text(other.as_text(), to),
    }
}

fn timestamp_of_text(text: &str, to: &DataType) -> Outcome<Value> {
    match (parse_timestamp(text), to) {
        (Some((time, None)), _) => Ok(Value::Timestamp(time.and_utc().timestamp_millis())),
        (Some((time, Some(zone))), DataType::Timestamp(_, Some(shown))) => {
            if zone_name(&zone) != zone_name(shown) && fixed_offset(&zone) != Some(0) {
                return unsupported(format!("timestamps of many time zones in one column ({zone} and {shown})"));
            }
            instant_of(time, &zone).map(Value::Timestamp)
        }
        _ => fail("INVALID_CAST_ARGUMENT", format!("Value cannot be cast to timestamp: {text}")),
    }
}

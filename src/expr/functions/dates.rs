//! Functions on dates, times and durations.

use chrono::format::{Item, StrftimeItems};
use chrono::{
    DateTime, Datelike as _, Days, FixedOffset, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone as _,
    Timelike as _,
};

use super::super::error::{ErrorKind, EvalError};
use super::registry::{Arguments, Functions, Outcome, argument, text, wrong};
use crate::value::{Timestamp, Value, read};

fn unreadable(error: &read::ReadError) -> EvalError {
    EvalError::new(ErrorKind::Argument, error.to_string())
}

/// A date, or text that is one: `--var day=2026-01-16` arrives as text.
fn as_date(value: &Value) -> Result<NaiveDate, EvalError> {
    match value {
        Value::Date(date) => Ok(*date),
        Value::Text(text) => read::read_date(text).map_err(|error| unreadable(&error)),
        Value::Timestamp(Timestamp::Local(local)) => Ok(local.date()),
        other => Err(wrong("a date", other)),
    }
}

pub(super) fn day(_: &Functions, arguments: Arguments<'_>) -> Outcome {
    let date = as_date(argument(arguments, 0)?)?;
    let days = argument(arguments, 1)?;
    let days = days.as_integer().ok_or_else(|| wrong("an integer", days))?;
    let moved = if days < 0 {
        date.checked_sub_days(Days::new(days.unsigned_abs()))
    } else {
        date.checked_add_days(Days::new(days.unsigned_abs()))
    };
    moved
        .filter(|date| (1..=9999).contains(&date.year()))
        .map(Value::Date)
        .ok_or_else(|| EvalError::new(ErrorKind::Range, format!("{days} days from {date} is no date")))
}

pub(super) fn date(functions: &Functions, arguments: Arguments<'_>) -> Outcome {
    match argument(arguments, 0)? {
        Value::Timestamp(Timestamp::Zoned(instant)) => {
            Ok(Value::Date(instant.with_timezone(&functions.timezone).date_naive()))
        }
        other => as_date(other).map(Value::Date),
    }
}

pub(super) fn at(functions: &Functions, arguments: Arguments<'_>) -> Outcome {
    let time = match argument(arguments, 1)? {
        Value::Time(time) => *time,
        Value::Text(text) => read::read_time(text).map_err(|error| unreadable(&error))?,
        other => return Err(wrong("a time of day (18:00)", other)),
    };
    let local = as_date(argument(arguments, 0)?)?.and_time(time);
    match functions.timezone.from_local_datetime(&local) {
        LocalResult::Single(instant) => Ok(Value::Timestamp(Timestamp::Zoned(instant.fixed_offset()))),
        LocalResult::Ambiguous(..) => Err(clock_change(&local, functions, "happens twice")),
        LocalResult::None => Err(clock_change(&local, functions, "does not exist")),
    }
}

fn clock_change(local: &NaiveDateTime, functions: &Functions, what: &str) -> EvalError {
    let message = format!("{local} {what} in {}: the clocks change then", functions.timezone);
    EvalError::new(ErrorKind::Range, message).with_help("write `timestamp('…')` with an offset")
}

pub(super) fn format(functions: &Functions, arguments: Arguments<'_>) -> Outcome {
    let pattern = text(arguments, 1)?;
    let items: Vec<Item<'_>> = StrftimeItems::new(pattern).collect();
    if items.iter().any(|item| matches!(item, Item::Error)) {
        return Err(EvalError::new(ErrorKind::Argument, format!("{pattern:?} is not a pattern of strftime")));
    }
    let mut formatted = String::new();
    let written = match argument(arguments, 0)? {
        Value::Timestamp(Timestamp::Local(local)) => write(&mut formatted, local.format_with_items(items.iter())),
        Value::Timestamp(Timestamp::Zoned(instant)) => {
            write(&mut formatted, instant.with_timezone(&functions.timezone).format_with_items(items.iter()))
        }
        Value::Time(time) => write(&mut formatted, time.format_with_items(items.iter())),
        date => write(&mut formatted, as_date(date)?.format_with_items(items.iter())),
    };
    if !written {
        let message = format!("{pattern:?} asks for a part that {} does not have", argument(arguments, 0)?.display());
        return Err(EvalError::new(ErrorKind::Argument, message));
    }
    Ok(Value::Text(formatted))
}

/// Writes a formatted date; false if a part that it lacks was asked for.
fn write(text: &mut String, formatted: impl std::fmt::Display) -> bool {
    std::fmt::write(text, format_args!("{formatted}")).is_ok()
}

pub(super) fn duration(_: &Functions, arguments: Arguments<'_>) -> Outcome {
    match argument(arguments, 0)? {
        Value::Duration(duration) => Ok(Value::Duration(*duration)),
        Value::Text(text) => read::read_duration(text).map(Value::Duration).map_err(|error| unreadable(&error)),
        other => Err(wrong("a string (5m)", other)),
    }
}

pub(super) fn timestamp(_: &Functions, arguments: Arguments<'_>) -> Outcome {
    match argument(arguments, 0)? {
        Value::Timestamp(timestamp) => Ok(Value::Timestamp(*timestamp)),
        Value::Text(text) => read::read_timestamp(text).map(Value::Timestamp).map_err(|error| unreadable(&error)),
        other => Err(wrong("a string (2026-01-16T18:00:00Z)", other)),
    }
}

/// The calendar parts of a value: of a timestamp in the zone that is named, else in the offset it was written in.
struct Calendar {
    date: Option<NaiveDate>,
    time: Option<NaiveTime>,
}

impl Calendar {
    fn of(arguments: Arguments<'_>) -> Result<Self, EvalError> {
        let value = argument(arguments, 0)?;
        if arguments.len() > 1 {
            let Value::Timestamp(Timestamp::Zoned(instant)) = value else {
                return Err(wrong("a timestamp with a zone", value));
            };
            return Self::in_zone(instant, text(arguments, 1)?);
        }
        Ok(match value {
            Value::Timestamp(Timestamp::Zoned(instant)) => Self::local(instant.naive_local()),
            Value::Timestamp(Timestamp::Local(local)) => Self::local(*local),
            Value::Time(time) => Self { date: None, time: Some(*time) },
            other => Self { date: Some(as_date(other)?), time: None },
        })
    }

    fn in_zone(instant: &DateTime<FixedOffset>, zone: &str) -> Result<Self, EvalError> {
        let zone: chrono_tz::Tz =
            zone.parse().map_err(|_| EvalError::new(ErrorKind::Argument, format!("no time zone {zone:?}")))?;
        Ok(Self::local(instant.with_timezone(&zone).naive_local()))
    }

    fn local(local: NaiveDateTime) -> Self {
        Self { date: Some(local.date()), time: Some(local.time()) }
    }
}

fn date_part(arguments: Arguments<'_>, part: impl Fn(NaiveDate) -> i64) -> Outcome {
    let date = Calendar::of(arguments)?.date.ok_or_else(|| EvalError::new(ErrorKind::Type, "a time has no date"))?;
    Ok(Value::integer(part(date)))
}

pub(super) fn year(_: &Functions, arguments: Arguments<'_>) -> Outcome {
    date_part(arguments, |date| date.year().into())
}

pub(super) fn month(_: &Functions, arguments: Arguments<'_>) -> Outcome {
    date_part(arguments, |date| date.month0().into())
}

pub(super) fn day_of_month(_: &Functions, arguments: Arguments<'_>) -> Outcome {
    date_part(arguments, |date| date.day0().into())
}

pub(super) fn day_of_month_from_one(_: &Functions, arguments: Arguments<'_>) -> Outcome {
    date_part(arguments, |date| date.day().into())
}

pub(super) fn day_of_week(_: &Functions, arguments: Arguments<'_>) -> Outcome {
    date_part(arguments, |date| date.weekday().num_days_from_sunday().into())
}

pub(super) fn day_of_year(_: &Functions, arguments: Arguments<'_>) -> Outcome {
    date_part(arguments, |date| date.ordinal0().into())
}

fn time_part(
    arguments: Arguments<'_>,
    of_duration: impl Fn(chrono::TimeDelta) -> i64,
    of_time: impl Fn(NaiveTime) -> u32,
) -> Outcome {
    if let Value::Duration(duration) = argument(arguments, 0)? {
        return Ok(Value::integer(of_duration(*duration)));
    }
    let time = Calendar::of(arguments)?.time.ok_or_else(|| EvalError::new(ErrorKind::Type, "a date has no time"))?;
    Ok(Value::integer(of_time(time)))
}

pub(super) fn hours(_: &Functions, arguments: Arguments<'_>) -> Outcome {
    time_part(arguments, |duration| duration.num_hours(), |time| time.hour())
}

pub(super) fn minutes(_: &Functions, arguments: Arguments<'_>) -> Outcome {
    time_part(arguments, |duration| duration.num_minutes(), |time| time.minute())
}

pub(super) fn seconds(_: &Functions, arguments: Arguments<'_>) -> Outcome {
    time_part(arguments, |duration| duration.num_seconds(), |time| time.second())
}

pub(super) fn milliseconds(_: &Functions, arguments: Arguments<'_>) -> Outcome {
    time_part(arguments, |duration| i64::from(duration.subsec_millis()), |time| time.nanosecond() / 1_000_000)
}

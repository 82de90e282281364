//! Order and distance: `gt`, `gte`, `lt`, `lte`, `between`, `close_to`.

use std::cmp::Ordering;

use bigdecimal::BigDecimal;
use chrono::{Datelike as _, NaiveDateTime, TimeDelta, Timelike as _};

use super::super::files::Files;
use super::super::judge::{Call, Judge};
use super::super::reading::{align, differ, order};
use super::super::tree::Prepared;
use crate::value::{Timestamp, Value, number_text, read};

const WANTED: &str = "takes a number, date, time, timestamp, duration or size";

pub(super) fn read_bound(value: &Value, _: &Files) -> Result<Prepared, String> {
    check_bound(value)?;
    Ok(Prepared::Nothing)
}

/// A value that has an order, or a text that can be read as one.
fn check_bound(value: &Value) -> Result<(), String> {
    match value {
        Value::Number(_)
        | Value::NotFinite(_)
        | Value::Date(_)
        | Value::Time(_)
        | Value::Timestamp(_)
        | Value::Duration(_)
        | Value::Size(_) => Ok(()),
        Value::Text(text) if is_ordered(text) => Ok(()),
        Value::Text(text) if read::read_number(text).is_ok() => {
            Err(format!("{WANTED}, found the string {}; write the number without quotes", value.display()))
        }
        other => Err(format!("{WANTED}, found {}", other.display())),
    }
}

fn is_ordered(text: &str) -> bool {
    read::read_date(text).is_ok()
        || read::read_time(text).is_ok()
        || read::read_timestamp(text).is_ok()
        || (read::read_number(text).is_err() && (read::read_duration(text).is_ok() || read::read_size(text).is_ok()))
}

pub(super) fn gt(call: &Call<'_>, judge: &mut Judge) {
    bound(call, judge, Ordering::is_gt);
}

pub(super) fn gte(call: &Call<'_>, judge: &mut Judge) {
    bound(call, judge, Ordering::is_ge);
}

pub(super) fn lt(call: &Call<'_>, judge: &mut Judge) {
    bound(call, judge, Ordering::is_lt);
}

pub(super) fn lte(call: &Call<'_>, judge: &mut Judge) {
    bound(call, judge, Ordering::is_le);
}

fn bound(call: &Call<'_>, judge: &mut Judge, holds: fn(Ordering) -> bool) {
    let Some(known) = call.known() else { return };
    match order(call.value, &known.value) {
        Ok(order) if holds(order) => {}
        Ok(_) => judge.mismatch(call.applied.describe(), call.subject.path, call.value, &known.span, None),
        Err(note) => judge.undecided(call.applied.describe(), call.subject.path, call.value, &known.span, note),
    }
}

pub(super) fn read_range(value: &Value, _: &Files) -> Result<Prepared, String> {
    let Some([low, high]) = value.as_list() else {
        return Err(format!("takes a list of two values, found {}", value.display()));
    };
    check_bound(low)?;
    check_bound(high)?;
    match order(low, high) {
        Ok(Ordering::Greater) => Err(format!("{} is greater than {}", low.display(), high.display())),
        Err(_) if !matches!((low, high), (Value::Text(_), Value::Text(_))) => Err(differ(low, high)),
        _ => Ok(Prepared::Pair(low.clone(), high.clone())),
    }
}

pub(super) fn between(call: &Call<'_>, judge: &mut Judge) {
    let Some(known) = call.known() else { return };
    let Prepared::Pair(low, high) = &known.prepared else { return };
    match order(call.value, low).and_then(|low| Ok(low.is_ge() && order(call.value, high)?.is_le())) {
        Ok(true) => {}
        Ok(false) => judge.mismatch(call.applied.describe(), call.subject.path, call.value, &known.span, None),
        Err(note) => judge.undecided(call.applied.describe(), call.subject.path, call.value, &known.span, note),
    }
}

pub(super) fn read_close(value: &Value, _: &Files) -> Result<Prepared, String> {
    let Some(map) = value.as_map() else {
        return Err(format!("takes `{{value, abs, rel}}`, found {}", value.display()));
    };
    if let Some(key) = map.keys().find(|key| !["value", "abs", "rel"].contains(&key.as_str())) {
        return Err(format!("takes the keys `value`, `abs` and `rel`, found `{key}`"));
    }
    let value = map.get("value").ok_or("the key `value` is missing")?;
    check_bound(value).map_err(|message| format!("`value` {message}"))?;
    let abs = map.get("abs").map(read_distance).transpose()?;
    let rel = map.get("rel").map(read_share).transpose()?;
    if abs.is_none() && rel.is_none() {
        return Err("one of `abs` and `rel` is needed".to_owned());
    }
    Ok(Prepared::Close { value: value.clone(), abs, rel })
}

/// A distance: a number, a duration or a size, and not negative.
fn read_distance(value: &Value) -> Result<Value, String> {
    let read = match value {
        Value::Text(text) => read::read_duration(text)
            .map(Value::Duration)
            .or_else(|_| read::read_size(text).map(Value::Size))
            .map_err(|_| format!("`abs` takes a number, a duration or a size, found {}", value.display()))?,
        Value::Number(_) | Value::Duration(_) | Value::Size(_) => value.clone(),
        other => return Err(format!("`abs` takes a number, a duration or a size, found {}", other.display())),
    };
    match magnitude(&read) {
        Some(distance) if !is_negative(&distance) => Ok(read),
        _ => Err("`abs` is negative".to_owned()),
    }
}

fn is_negative(number: &BigDecimal) -> bool {
    number.sign() == bigdecimal::num_bigint::Sign::Minus
}

/// A share: `0.01`, or `1%`.
fn read_share(value: &Value) -> Result<BigDecimal, String> {
    let error = || format!("`rel` takes a number (0.01) or a percentage (1%), found {}", value.display());
    let share = match value {
        Value::Number(number) => number.clone(),
        Value::Text(text) => {
            let percent = text.strip_suffix('%').ok_or_else(error)?;
            read::read_number(percent.trim_end()).map_err(|_| error())? * BigDecimal::new(1.into(), 2)
        }
        _ => return Err(error()),
    };
    if is_negative(&share) { Err("`rel` is negative".to_owned()) } else { Ok(share) }
}

pub(super) fn close_to(call: &Call<'_>, judge: &mut Judge) {
    let Some(known) = call.known() else { return };
    let Prepared::Close { value, abs, rel } = &known.prepared else { return };
    match is_close(call.value, value, abs.as_ref(), rel.as_ref()) {
        Ok((true, _)) => {}
        Ok((false, distance)) => {
            let note = Some(format!("it is {distance} away"));
            judge.mismatch(call.applied.describe(), call.subject.path, call.value, &known.span, note);
        }
        Err(note) => judge.undecided(call.applied.describe(), call.subject.path, call.value, &known.span, note),
    }
}

/// Whether it is close, and the distance in words.
fn is_close(
    actual: &Value,
    expected: &Value,
    abs: Option<&Value>,
    rel: Option<&BigDecimal>,
) -> Result<(bool, String), String> {
    let (expected, actual) = align(expected, actual).ok_or_else(|| differ(expected, actual))?;
    let apart = || format!("{} has no distance from {}", actual.display(), expected.display());
    // A local timestamp and one with a zone are of one kind, but have no distance.
    order(&actual, &expected)?;
    let (from, to) = (magnitude(&expected).ok_or_else(apart)?, magnitude(&actual).ok_or_else(apart)?);
    let distance = (&to - &from).abs();
    let is_time = !matches!(actual.as_ref(), Value::Number(_) | Value::Size(_));
    let within_abs = match abs {
        Some(abs) if is_time != matches!(abs, Value::Duration(_)) => {
            return Err(format!("`abs` is a {}, and the value a {}", abs.type_name(), actual.type_name()));
        }
        Some(abs) => magnitude(abs).is_some_and(|abs| distance <= abs),
        None => false,
    };
    let is_moment = matches!(actual.as_ref(), Value::Date(_) | Value::Time(_) | Value::Timestamp(_));
    let within_rel = match rel {
        Some(_) if is_moment => return Err(format!("`rel` has no meaning for a {}", actual.type_name())),
        Some(rel) => distance <= from.abs() * rel,
        None => false,
    };
    let shown = if is_time { nanoseconds_text(&distance) } else { number_text(&distance.normalized()) };
    Ok((within_abs || within_rel, shown))
}

fn nanoseconds_text(distance: &BigDecimal) -> String {
    use bigdecimal::ToPrimitive as _;
    let nanoseconds = distance.to_i64().map(TimeDelta::nanoseconds);
    nanoseconds.map_or_else(
        || format!("{}s", (distance / BigDecimal::from(1_000_000_000)).normalized().to_plain_string()),
        crate::value::duration_text,
    )
}

/// The value on a line: numbers and sizes as they are, times in nanoseconds.
fn magnitude(value: &Value) -> Option<BigDecimal> {
    Some(match value {
        Value::Number(number) => number.clone(),
        Value::Size(bytes) => (*bytes).into(),
        Value::Duration(duration) => nanoseconds(duration.num_seconds(), duration.subsec_nanos()),
        Value::Date(date) => nanoseconds(i64::from(date.num_days_from_ce()) * 86_400, 0),
        Value::Time(time) => nanoseconds(time.num_seconds_from_midnight().into(), nanosecond(time.nanosecond())),
        Value::Timestamp(Timestamp::Local(local)) => moment(*local),
        Value::Timestamp(Timestamp::Zoned(instant)) => moment(instant.naive_utc()),
        _ => return None,
    })
}

fn moment(local: NaiveDateTime) -> BigDecimal {
    let utc = local.and_utc();
    nanoseconds(utc.timestamp(), nanosecond(utc.timestamp_subsec_nanos()))
}

fn nanosecond(nanos: u32) -> i32 {
    i32::try_from(nanos).unwrap_or(i32::MAX)
}

fn nanoseconds(seconds: i64, nanos: i32) -> BigDecimal {
    BigDecimal::from(i128::from(seconds) * 1_000_000_000 + i128::from(nanos))
}

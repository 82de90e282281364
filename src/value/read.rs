//! Text read as a type: "the expected text is read as the type of the actual value".
//!
//! Every reader takes the whole text, without blanks around it, and answers [`ReadError`] with what it expected.

use std::str::FromStr;

use bigdecimal::{BigDecimal, ToPrimitive};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use super::{NotFinite, Timestamp, Value, duration};

/// Largest exponent of a number that is read. DECIMAL, DOUBLE and decimal128 stay far below; above it, one short text
/// would stand for gigabytes of digits.
const EXPONENT_LIMIT: i64 = 10_000;

/// Why a text is not of the type that was asked for. Reads as a fragment: `expected a date (2026-01-16), found "x"`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found {text:?}")]
pub struct ReadError {
    /// What was expected, with an example.
    pub expected: &'static str,
    /// The text.
    pub text: String,
}

impl ReadError {
    pub(super) fn new(expected: &'static str, text: &str) -> Self {
        Self { expected, text: text.chars().take(200).collect() }
    }
}

/// Reads `12`, `-1.50`, `1e3`: JSON's numbers, and with them a leading `+`, `.5` and leading zeros. Exact.
pub fn read_number(text: &str) -> Result<BigDecimal, ReadError> {
    let error = || ReadError::new("a number (12, -1.50, 1e3)", text);
    if !is_number(text) {
        return Err(error());
    }
    let number = BigDecimal::from_str(text).map_err(|_| error())?;
    if number.fractional_digit_count().abs() > EXPONENT_LIMIT.max(i64::try_from(text.len()).unwrap_or(i64::MAX)) {
        return Err(ReadError::new("a number with an exponent of at most 10000", text));
    }
    Ok(number)
}

/// Whether the text is sign, digits with at most one point, and perhaps an exponent.
fn is_number(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match unsigned(mantissa).split_once('.') {
        Some((whole, fraction)) => (whole, fraction),
        None => (unsigned(mantissa), ""),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent_is_fine = exponent.is_none_or(|e| !unsigned(e).is_empty() && digits(unsigned(e)) && e.len() < 8);
    digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty()) && exponent_is_fine
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['+', '-']).unwrap_or(text)
}

/// Reads a number or `NaN`, `Infinity`, `+Infinity`, `-Infinity` (any case; `.inf`, `.nan` as YAML writes them).
pub fn read_double(text: &str) -> Result<Value, ReadError> {
    let not_finite = match text.to_ascii_lowercase().as_str() {
        "nan" | ".nan" => NotFinite::Nan,
        "infinity" | "+infinity" | ".inf" | "+.inf" => NotFinite::Infinity,
        "-infinity" | "-.inf" => NotFinite::NegativeInfinity,
        _ => return read_number(text).map(Value::Number),
    };
    Ok(Value::NotFinite(not_finite))
}

/// Reads `true` or `false`, in lower case, `True` and `TRUE` too.
pub fn read_bool(text: &str) -> Result<bool, ReadError> {
    match text {
        "true" | "True" | "TRUE" => Ok(true),
        "false" | "False" | "FALSE" => Ok(false),
        _ => Err(ReadError::new("true or false", text)),
    }
}

/// Reads `2026-01-16`: four digits, two, two; a day that exists.
pub fn read_date(text: &str) -> Result<NaiveDate, ReadError> {
    let shape = text.len() == 10 && is_shaped(text, "dddd-dd-dd");
    let date = if shape { NaiveDate::parse_from_str(text, "%Y-%m-%d").ok() } else { None };
    date.ok_or_else(|| ReadError::new("a date (2026-01-16)", text))
}

/// Reads `18:00`, `18:00:30`, `18:00:30.123456789`.
pub fn read_time(text: &str) -> Result<NaiveTime, ReadError> {
    read_clock(text).ok_or_else(|| ReadError::new("a time (18:00:30)", text))
}

fn read_clock(text: &str) -> Option<NaiveTime> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let seconds = match whole.len() {
        5 if fraction.is_none() && is_shaped(whole, "dd:dd") => 0,
        8 if is_shaped(whole, "dd:dd:dd") => whole[6..].parse().ok()?,
        _ => return None,
    };
    let nanos = fraction.map_or(Some(0), nanoseconds)?;
    NaiveTime::from_hms_nano_opt(whole[..2].parse().ok()?, whole[3..5].parse().ok()?, seconds, nanos)
}

/// The digits behind a second's point as nanoseconds; more than nine digits are refused unless they are zeros.
fn nanoseconds(fraction: &str) -> Option<u32> {
    let (kept, rest) = fraction.split_at_checked(9).unwrap_or((fraction, ""));
    let is_exact = !kept.is_empty() && kept.bytes().all(|b| b.is_ascii_digit()) && rest.bytes().all(|b| b == b'0');
    if is_exact { format!("{kept:0<9}").parse().ok() } else { None }
}

/// Reads `2026-01-16 18:00:30.123` or with a `T`; with `Z`, `UTC` or an offset (`+01:00`, `+0100`, `+01`) it is zoned. Zones by name
/// (`Europe/Berlin`, as Athena prints them) are read too, if the local time is not ambiguous.
pub fn read_timestamp(text: &str) -> Result<Timestamp, ReadError> {
    parse_timestamp(text)
        .ok_or_else(|| ReadError::new("a timestamp (2026-01-16T18:00:30, 2026-01-16 18:00:30+01:00)", text))
}

fn parse_timestamp(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_at_checked(10)?;
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let clock_end = rest.find(|c: char| !(c.is_ascii_digit() || c == ':' || c == '.')).unwrap_or(rest.len());
    let (clock, zone) = rest.split_at(clock_end);
    let local = read_date(date).ok()?.and_time(read_clock(clock)?);
    match zone.strip_prefix(' ').unwrap_or(zone) {
        "" if zone.is_empty() => Some(Timestamp::Local(local)),
        zone => zoned(local, zone).map(Timestamp::Zoned),
    }
}

fn zoned(local: NaiveDateTime, zone: &str) -> Option<DateTime<chrono::FixedOffset>> {
    if zone.eq_ignore_ascii_case("z") || zone == "UTC" {
        return Some(local.and_utc().fixed_offset());
    }
    if zone.starts_with(['+', '-']) {
        return local.and_local_timezone(offset(zone)?).single();
    }
    let zone: chrono_tz::Tz = zone.parse().ok()?;
    Some(local.and_local_timezone(zone).single()?.fixed_offset())
}

fn offset(text: &str) -> Option<chrono::FixedOffset> {
    let (sign, digits) = text.split_at_checked(1)?;
    let digits: String = match digits.len() {
        2 => format!("{digits}00"),
        4 => digits.to_owned(),
        5 if is_shaped(digits, "dd:dd") => digits.replace(':', ""),
        _ => return None,
    };
    let (hours, minutes) = if is_shaped(&digits, "dddd") { digits.split_at(2) } else { return None };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let seconds = (hours * 60 + minutes) * 60;
    let is_sane = minutes < 60 && hours <= 18;
    if is_sane { chrono::FixedOffset::east_opt(if sign == "-" { -seconds } else { seconds }) } else { None }
}

/// Whether each byte is a digit where the shape has `d`, and the shape's own byte elsewhere.
fn is_shaped(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text
            .bytes()
            .zip(shape.bytes())
            .all(|(byte, wanted)| if wanted == b'd' { byte.is_ascii_digit() } else { byte == wanted })
}

/// Reads `5m`, `1h30m`, `250ms`, `1.5h`, `2d 4h`: numbers with the units `d`, `h`, `m`, `s`, `ms`, `us`, `ns`, each unit at most
/// once and in that order, exact to the nanosecond; `0` alone needs no unit. A leading `-` negates the whole.
pub fn read_duration(text: &str) -> Result<TimeDelta, ReadError> {
    duration::parse(text).ok_or_else(|| ReadError::new("a duration (5m, 1h30m, 250ms)", text))
}

/// Reads `1GB` (10⁹ bytes), `1GiB` (2³⁰), `512 kB`, `0.5MB`, `300` (bytes) and `300B`. A fraction must come to whole bytes.
/// Units in any case, so that `kb` is not a trap; `K`, `M`, `G`, `T` without `B` are refused: they are read both ways.
pub fn read_size(text: &str) -> Result<u64, ReadError> {
    parse_size(text).ok_or_else(|| ReadError::new("a size (300B, 512kB, 1GB = 10^9 bytes, 1GiB = 2^30 bytes)", text))
}

fn parse_size(text: &str) -> Option<u64> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let factor: u64 = match unit.strip_prefix(' ').unwrap_or(unit).to_ascii_lowercase().as_str() {
        "" | "b" if !unit.ends_with(' ') => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        "pb" => 1_000_000_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        "tib" => 1 << 40,
        "pib" => 1 << 50,
        _ => return None,
    };
    let bytes = read_number(number).ok()? * BigDecimal::from(factor);
    let whole = bytes.to_u64()?;
    (bytes == whole).then_some(whole)
}

//! Durations and sizes as text.

use bigdecimal::{BigDecimal, ToPrimitive};
use chrono::TimeDelta;

use super::read::read_number;

/// Units in the order in which they may stand, with their length in nanoseconds.
const UNITS: [(&str, u64); 7] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// Parses a duration; see [`super::read::read_duration`].
pub(super) fn parse(text: &str) -> Option<TimeDelta> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if rest == "0" {
        return Some(TimeDelta::zero());
    }
    let (mut total, mut next_unit) = (BigDecimal::from(0), 0);
    while !rest.is_empty() || next_unit == 0 {
        let (part, unit, after) = take_part(rest)?;
        let index = UNITS.iter().position(|(name, _)| *name == unit).filter(|index| *index >= next_unit)?;
        total += part * BigDecimal::from(UNITS.get(index)?.1);
        next_unit = index + 1;
        rest = after.strip_prefix(' ').filter(|after| !after.is_empty()).unwrap_or(after);
    }
    from_nanoseconds(&if negative { -total } else { total })
}

/// One number and its unit from the front of the text.
fn take_part(text: &str) -> Option<(BigDecimal, &str, &str)> {
    let unit_at = text.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
    let (number, rest) = text.split_at(unit_at);
    let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
    let (unit, after) = rest.split_at(end);
    Some((read_number(number).ok()?, unit, after))
}

fn from_nanoseconds(nanoseconds: &BigDecimal) -> Option<TimeDelta> {
    let whole = nanoseconds.to_i128()?;
    if *nanoseconds != whole {
        return None;
    }
    let seconds = i64::try_from(whole.div_euclid(1_000_000_000)).ok()?;
    TimeDelta::new(seconds, u32::try_from(whole.rem_euclid(1_000_000_000)).ok()?)
}

/// The duration in nanoseconds, exactly.
pub(super) fn nanoseconds(duration: TimeDelta) -> i128 {
    // chrono keeps seconds and nanoseconds with the same sign.
    i128::from(duration.num_seconds()) * 1_000_000_000 + i128::from(duration.subsec_nanos())
}

/// The duration as [`super::read::read_duration`] reads it, in its largest units: `1h30m`, `2.5s`, `250ms`, `0s`.
/// Seconds carry a fraction from one second on; below, milli-, micro- and nanoseconds are separate.
pub fn duration_text(duration: TimeDelta) -> String {
    let total = nanoseconds(duration);
    if total == 0 {
        return "0s".to_owned();
    }
    let mut text = if total < 0 { "-".to_owned() } else { String::new() };
    let mut rest = total.unsigned_abs();
    for (unit, length) in UNITS {
        let (length, is_second) = (u128::from(length), unit == "s");
        let count = rest / length;
        if is_second && count > 0 {
            text.push_str(&seconds_text(rest));
            break;
        }
        if count > 0 {
            text.push_str(&count.to_string());
            text.push_str(unit);
            rest %= length;
        }
    }
    text
}

fn seconds_text(nanoseconds: u128) -> String {
    let (seconds, fraction) = (nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000);
    let fraction = format!("{fraction:09}");
    match fraction.trim_end_matches('0') {
        "" => format!("{seconds}s"),
        fraction => format!("{seconds}.{fraction}s"),
    }
}

/// The size as [`super::read::read_size`] reads it, without loss: in the largest decimal unit that needs at most three
/// digits behind the point, else in bytes (`1GB`, `1.5MB`, `1234567B`).
pub fn size_text(bytes: u64) -> String {
    const DECIMAL: [(&str, u64); 5] = [
        ("PB", 1_000_000_000_000_000),
        ("TB", 1_000_000_000_000),
        ("GB", 1_000_000_000),
        ("MB", 1_000_000),
        ("kB", 1_000),
    ];
    let fits = |factor: u64| bytes >= factor && bytes.is_multiple_of(factor / 1_000);
    match DECIMAL.into_iter().find(|(_, factor)| bytes >= *factor).filter(|(_, factor)| fits(*factor)) {
        Some((unit, factor)) if factor >= 1_000 => {
            let fraction = format!("{:03}", bytes % factor / (factor / 1_000));
            let fraction = fraction.trim_end_matches('0');
            let point = if fraction.is_empty() { "" } else { "." };
            format!("{}{point}{fraction}{unit}", bytes / factor)
        }
        _ => format!("{bytes}B"),
    }
}

//! Hive's reading of texts as values. `None` is "not a value", which the `SerDe` turns into NULL or into an error.

use base64::Engine;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

/// `true` and `false` in any case.
pub fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// Digits with a sign; a decimal fraction is cut off, as `LazyInteger` does.
pub fn integer<N: TryFrom<i64>>(text: &str) -> Option<N> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = whole.strip_prefix(['-', '+']).unwrap_or(whole);
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if digits.is_empty() || !plain(digits) || !plain(fraction) {
        return None;
    }
    whole.parse::<i64>().ok().and_then(|value| N::try_from(value).ok())
}

/// Java's `Double.parseDouble`: blanks around it, `NaN`, `Infinity`, a type suffix.
pub fn float<N: std::str::FromStr>(text: &str) -> Option<N> {
    let text = text.trim();
    let body = text.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(text);
    let unsigned = body.strip_prefix(['-', '+']).unwrap_or(body);
    let numeric = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    match unsigned {
        "NaN" | "Infinity" if body == text => body.parse().ok(),
        _ if numeric => body.parse().ok(),
        _ => None,
    }
}

/// The unscaled value of an exact decimal, rounded half up to `scale`; `None` also when it does not fit.
pub fn decimal(text: &str, precision: u8, scale: i8) -> Option<i128> {
    use bigdecimal::{BigDecimal, RoundingMode, num_bigint::BigInt};
    let text = text.trim();
    let shaped = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    // A huge exponent would unfold to as many digits.
    let exponent = text.split_once(['e', 'E']).map_or(Some(0), |(_, exponent)| exponent.parse::<i32>().ok())?;
    if !shaped || !(-100..=100).contains(&exponent) {
        return None;
    }
    let value: BigDecimal = text.parse().ok()?;
    let rounded = value.with_scale_round(i64::from(scale), RoundingMode::HalfUp);
    let (digits, _): (BigInt, i64) = rounded.into_bigint_and_exponent();
    let unscaled = i128::try_from(digits).ok()?;
    (unscaled.unsigned_abs() < 10_u128.checked_pow(u32::from(precision))?).then_some(unscaled)
}

/// `2026-01-16`, also `2026-1-6`; days since 1970.
pub fn date(text: &str) -> Option<i32> {
    Some(calendar_day(text.trim())?.to_epoch_days())
}

fn calendar_day(text: &str) -> Option<NaiveDate> {
    let mut parts = text.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let plain =
        |text: &str, longest: usize| (1..=longest).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if year.len() != 4 || !plain(year, 4) || !plain(month, 2) || !plain(day, 2) {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// `2026-01-16 10:00:00` with up to nine digits of fraction; milliseconds since 1970.
pub fn timestamp(text: &str) -> Option<i64> {
    let (day, clock) = text.trim().split_once(' ')?;
    let clock = NaiveTime::parse_from_str(clock, "%H:%M:%S%.f").ok()?;
    Some(NaiveDateTime::new(calendar_day(day)?, clock).and_utc().timestamp_millis())
}

/// Binary columns are base64 in text files.
pub fn base64(text: &str) -> Option<Vec<u8>> {
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_digits_with_a_sign_and_lose_a_fraction() {
        fn check(text: &str, expected: Option<i32>) {
            assert_eq!(integer::<i32>(text), expected, "{text}");
        }
        check("17", Some(17));
        check("-17", Some(-17));
        check("+17", Some(17));
        check("1.9", Some(1));
        check("1.x", None);
        check(" 17", None);
        check("", None);
        check("-", None);
        check("2147483648", None);
    }

    #[test]
    fn decimals_are_exact_and_rounded_half_up() {
        fn check(text: &str, expected: Option<i128>) {
            assert_eq!(decimal(text, 5, 2), expected, "{text}");
        }
        check("1.5", Some(150));
        check("1.005", Some(101));
        check("-1.005", Some(-101));
        check("999.99", Some(99999));
        check("1000", None);
        check("1e2", Some(10000));
        check("1e2000000000", None);
        check("1,5", None);
        check("", None);
    }

    #[test]
    fn dates_and_timestamps_have_hives_form_only() {
        assert_eq!(date("2026-01-16"), Some(20469));
        assert_eq!(date("16.01.2026"), None);
        assert_eq!(date("2026-02-30"), None);
        assert_eq!(timestamp("2026-01-16 10:00:00"), Some(1_768_557_600_000));
        assert_eq!(timestamp("2026-01-16 10:00:00.123456"), Some(1_768_557_600_123));
        assert_eq!(timestamp("2026-01-16T10:00:00"), None);
        assert_eq!(timestamp("2026-01-16"), None);
    }

    #[test]
    fn floats_are_javas() {
        assert_eq!(float::<f64>("1.5e3"), Some(1500.0));
        assert_eq!(float::<f64>(" 1d "), Some(1.0));
        assert_eq!(float::<f64>("inf"), None);
        assert_eq!(float::<f64>("-Infinity"), Some(f64::NEG_INFINITY));
        assert_eq!(float::<f64>(""), None);
    }
}

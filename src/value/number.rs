//! Exact decimal numbers as text.

use bigdecimal::{BigDecimal, ToPrimitive};

/// Longest plain form; beyond it a number is written with an exponent.
const PLAIN_LIMIT: i64 = 60;

/// Whether no digit stands behind the point (`1`, `1e3`; not `1.0`).
pub(super) fn is_written_as_integer(number: &BigDecimal) -> bool {
    number.fractional_digit_count() <= 0
}

/// The number as an `i64`, if it has no fraction and fits.
pub fn integer_of(number: &BigDecimal) -> Option<i64> {
    let integer = number.to_i64()?;
    (*number == integer).then_some(integer)
}

/// The number as text that reads back as the same number: plain digits with the scale it was written with (`17.00`),
/// or an exponent when the plain form would be longer than 60 digits. Valid as a JSON number.
pub fn number_text(number: &BigDecimal) -> String {
    let scale = number.fractional_digit_count();
    let digits = i64::try_from(number.digits()).unwrap_or(i64::MAX);
    let plain_length = if scale <= 0 { digits.saturating_sub(scale) } else { digits.max(scale) };
    let padding = plain_length.saturating_sub(digits);
    if padding <= PLAIN_LIMIT { number.to_plain_string() } else { number.to_scientific_notation() }
}

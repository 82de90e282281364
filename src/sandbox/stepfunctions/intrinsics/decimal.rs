//! A JSON number by its digits: compared and rounded exactly, whatever its size or exponent.

use serde_json::Number;
use std::cmp::Ordering;

/// A number as `0.d₁d₂d₃… × 10^point`, with no leading and no trailing zeros among its digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decimal {
    negative: bool,
    digits: String,
    point: i64,
}

impl Decimal {
    /// The value of a JSON number. An exponent beyond 18 digits counts as the largest that fits.
    pub fn of(number: &Number) -> Self {
        let text = number.as_str();
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        let significant = all.trim_start_matches('0');
        let leading = all.len() - significant.len();
        let digits = significant.trim_end_matches('0').to_owned();
        if digits.is_empty() {
            return Self { negative: false, digits, point: 0 };
        }
        let point = length(whole).saturating_sub(length(&all[..leading])).saturating_add(self::exponent(exponent));
        Self { negative, digits, point }
    }

    /// The number of significant digits.
    pub fn digits(&self) -> usize {
        self.digits.len()
    }

    /// The integer that is left when the fraction is cut off; none outside of 64 bits.
    pub fn truncated(&self) -> Option<i64> {
        let text = self.whole(19)?;
        format!("{}{text}", if self.negative { "-" } else { "" }).parse().ok()
    }

    /// The nearest integer, halves upwards (Java's `Math.round`); none outside of 64 bits.
    pub fn rounded(&self) -> Option<i64> {
        let whole = self.truncated()?;
        let fraction = usize::try_from(self.point.max(0)).ok().and_then(|at| self.digits.get(at..)).unwrap_or_default();
        let half = if self.point < 0 { Ordering::Less } else { fraction.cmp("5") };
        match (half, self.negative) {
            (Ordering::Greater | Ordering::Equal, false) => whole.checked_add(1),
            (Ordering::Greater, true) => whole.checked_sub(1),
            _ => Some(whole),
        }
    }

    /// The digits before the point, at most `limit` of them.
    fn whole(&self, limit: usize) -> Option<String> {
        let places = usize::try_from(self.point.max(0)).ok().filter(|places| *places <= limit)?;
        let known = self.digits.get(..places).unwrap_or(&self.digits);
        Some(format!("0{known}{}", "0".repeat(places - known.len())))
    }

    fn magnitude(&self, other: &Self) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => self.point.cmp(&other.point).then_with(|| self.digits.cmp(&other.digits)),
        }
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.magnitude(other),
            (true, true) => other.magnitude(self),
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn length(text: &str) -> i64 {
    i64::try_from(text.len()).unwrap_or(i64::MAX)
}

/// The exponent; what does not fit counts as the largest or smallest that does.
fn exponent(text: &str) -> i64 {
    const LIMIT: i64 = 1_000_000_000_000_000_000;
    let bound = if text.starts_with('-') { -LIMIT } else { LIMIT };
    text.parse().map_or(bound, |exponent: i64| exponent.clamp(-LIMIT, LIMIT))
}

#[cfg(test)]
mod tests {
    use super::Decimal;
    use std::cmp::Ordering;
    use test_case::test_case;

    fn decimal(text: &str) -> Decimal {
        Decimal::of(&serde_json::from_str(text).unwrap())
    }

    #[test_case("1", "1.0", Ordering::Equal)]
    #[test_case("1e2", "100", Ordering::Equal)]
    #[test_case("-0", "0.00", Ordering::Equal)]
    #[test_case("0.001", "1e-3", Ordering::Equal)]
    #[test_case("9007199254740993", "9007199254740992", Ordering::Greater)]
    #[test_case("0.1", "0.09999999999999999999", Ordering::Greater)]
    #[test_case("-2", "-1", Ordering::Less)]
    #[test_case("-1", "0", Ordering::Less)]
    #[test_case("0", "1e-400", Ordering::Less)]
    #[test_case("1e999999999999999999999", "1e9", Ordering::Greater)]
    fn numbers_compare_exactly(left: &str, right: &str, expected: Ordering) {
        assert_eq!(decimal(left).cmp(&decimal(right)), expected);
        assert_eq!(decimal(right).cmp(&decimal(left)), expected.reverse());
    }

    #[test_case("1.6", Some(1), Some(2))]
    #[test_case("2.5", Some(2), Some(3))]
    #[test_case("-1.5", Some(-1), Some(-1))]
    #[test_case("-1.6", Some(-1), Some(-2))]
    #[test_case("0.49", Some(0), Some(0))]
    #[test_case("0.05", Some(0), Some(0))]
    #[test_case("0.9", Some(0), Some(1))]
    #[test_case("12e1", Some(120), Some(120))]
    #[test_case("9223372036854775807", Some(i64::MAX), Some(i64::MAX))]
    #[test_case("9223372036854775808", None, None)]
    #[test_case("1e400", None, None)]
    fn numbers_become_integers(text: &str, truncated: Option<i64>, rounded: Option<i64>) {
        assert_eq!((decimal(text).truncated(), decimal(text).rounded()), (truncated, rounded));
    }
}

//! Functions over numbers. None means "invalid arguments".

use super::Decimal;
use serde_json::{Number, Value};

/// The sum of two integers of 32 bits, each rounded to the nearest one first.
pub fn add(left: &Number, right: &Number) -> Option<Value> {
    let integer = |number: &Number| i32::try_from(Decimal::of(number).rounded()?).ok();
    integer(left)?.checked_add(integer(right)?).map(Value::from)
}

/// An integer from `start` up to but not including `end`; the same one for the same seed.
pub fn random(start: &Number, end: &Number, seed: Option<&Number>) -> Option<Value> {
    let integer = |number: &Number| Decimal::of(number).truncated();
    let (start, end) = (i32::try_from(integer(start)?).ok()?, i32::try_from(integer(end)?).ok()?);
    let seed = seed.map_or_else(|| Some(entropy()), integer)?;
    (start < end).then(|| JavaRandom::new(seed).between(start, end).into())
}

fn entropy() -> i64 {
    let bytes = uuid::Uuid::new_v4().as_u128().to_le_bytes();
    bytes.iter().fold(0_i64, |seed, byte| seed.wrapping_mul(257).wrapping_add(i64::from(*byte)))
}

/// The linear congruential generator of `java.util.Random`, as its documentation specifies it.
struct JavaRandom {
    seed: i64,
}

impl JavaRandom {
    const MULTIPLIER: i64 = 0x0005_DEEC_E66D;
    const MASK: i64 = (1 << 48) - 1;

    fn new(seed: i64) -> Self {
        Self { seed: (seed ^ Self::MULTIPLIER) & Self::MASK }
    }

    /// The next `bits` bits, at most 32.
    fn next(&mut self, bits: u32) -> i32 {
        self.seed = self.seed.wrapping_mul(Self::MULTIPLIER).wrapping_add(0xB) & Self::MASK;
        let shifted = self.seed >> (48 - bits);
        i32::from_le_bytes([0, 1, 2, 3].map(|at| shifted.to_le_bytes()[at]))
    }

    fn below(&mut self, bound: i32) -> i32 {
        let mut bits = self.next(31);
        if bound & (bound - 1) == 0 {
            let scaled = (i64::from(bound) * i64::from(bits)) >> 31;
            return i32::try_from(scaled).unwrap_or_default();
        }
        while bits.wrapping_sub(bits % bound).wrapping_add(bound - 1) < 0 {
            bits = self.next(31);
        }
        bits % bound
    }

    fn between(&mut self, start: i32, end: i32) -> i32 {
        if let Some(bound) = end.checked_sub(start) {
            return self.below(bound) + start;
        }
        loop {
            let value = self.next(32);
            if (start..end).contains(&value) {
                return value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::JavaRandom;
    use test_case::test_case;

    // Published outputs of `new Random(seed).nextInt(bound)`.
    #[test_case(42, 10, &[0, 3, 8, 4, 0])]
    #[test_case(0, 100, &[60, 48, 29, 47, 15])]
    fn the_generator_is_javas(seed: i64, bound: i32, expected: &[i32]) {
        let mut random = JavaRandom::new(seed);
        assert_eq!(expected.iter().map(|_| random.below(bound)).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_range_wider_than_an_integer_is_kept_within() {
        assert!((i32::MIN..i32::MAX).contains(&JavaRandom::new(7).between(i32::MIN, i32::MAX)));
    }
}

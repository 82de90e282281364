//! Which failures are tried again, and after how long.

use std::time::Duration;

use super::super::machine::{Jitter, Retrier};
use super::failure::Failure;

/// How often each retrier of a state was used in this visit.
pub struct Retries<'a> {
    retriers: &'a [Retrier],
    used: Vec<u64>,
}

impl<'a> Retries<'a> {
    pub fn new(retriers: &'a [Retrier]) -> Self {
        Self { retriers, used: vec![0; retriers.len()] }
    }

    /// How often the state was tried again so far.
    pub fn count(&self) -> u64 {
        self.used.iter().sum()
    }

    /// The delay before the next attempt; `None` when the first retrier that matches has no attempts left, or none does.
    pub fn next(&mut self, failure: &Failure) -> Option<Duration> {
        let matches = |retrier: &Retrier| retrier.errors.iter().any(|pattern| failure.matches(pattern));
        let index = self.retriers.iter().position(matches)?;
        let (retrier, used) = (self.retriers.get(index)?, self.used.get_mut(index)?);
        if *used >= retrier.max_attempts {
            return None;
        }
        let delay = delay(retrier, *used, random_fraction);
        *used += 1;
        Some(delay)
    }
}

/// The delay after `used` earlier retries: the interval, grown by the rate each time, cut off, perhaps spread out.
fn delay(retrier: &Retrier, used: u64, fraction: impl FnOnce() -> f64) -> Duration {
    let growth = retrier.backoff.powi(i32::try_from(used).unwrap_or(i32::MAX));
    let longest = retrier.max_delay.unwrap_or(Duration::from_hours(8_784));
    let seconds = (retrier.interval.as_secs_f64() * growth).min(longest.as_secs_f64());
    let seconds = match retrier.jitter {
        Jitter::None => seconds,
        Jitter::Full => seconds * fraction(),
    };
    Duration::try_from_secs_f64(seconds).unwrap_or(longest)
}

/// A random number from 0 to 1.
fn random_fraction() -> f64 {
    let random = u32::try_from(uuid::Uuid::new_v4().as_u128() & u128::from(u32::MAX)).unwrap_or_default();
    f64::from(random) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retrier(max_attempts: u64, max_delay: Option<u64>, jitter: Jitter) -> Retrier {
        Retrier {
            errors: vec!["E".to_owned()],
            interval: Duration::from_secs(3),
            max_attempts,
            backoff: 2.0,
            max_delay: max_delay.map(Duration::from_secs),
            jitter,
        }
    }

    #[test]
    fn delays_grow_by_the_rate_up_to_the_longest() {
        let retriers = [retrier(4, Some(10), Jitter::None)];
        let mut used = Retries::new(&retriers);
        let failure = Failure::new("E", "");
        let delays: Vec<_> = std::iter::from_fn(|| used.next(&failure)).map(|delay| delay.as_secs()).collect();
        assert_eq!(delays, [3, 6, 10, 10]);
        assert_eq!(used.count(), 4);
    }

    #[test]
    fn a_retrier_that_does_not_match_does_not_retry() {
        let retriers = [retrier(4, None, Jitter::None)];
        assert_eq!(Retries::new(&retriers).next(&Failure::new("F", "")), None);
    }

    #[test]
    fn full_jitter_spreads_the_delay_from_nothing_to_all() {
        let full = retrier(1, None, Jitter::Full);
        assert_eq!(delay(&full, 0, || 0.0), Duration::ZERO);
        assert_eq!(delay(&full, 0, || 1.0), Duration::from_secs(3));
        assert!((0.0..=1.0).contains(&random_fraction()));
    }

    #[test]
    fn the_first_match_decides_even_when_it_is_used_up() {
        let retriers = [retrier(0, None, Jitter::None), retrier(3, None, Jitter::None)];
        assert_eq!(Retries::new(&retriers).next(&Failure::new("E", "")), None);
    }
}

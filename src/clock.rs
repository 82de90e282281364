//! The one source of time. Nothing else in the library reads the system's clock, so a test can hold time still.

use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::value::duration_text;

/// Tells the time. Constructed in `main` and handed down.
pub trait Clock: Debug + Send + Sync {
    /// The present moment.
    fn now(&self) -> DateTime<Utc>;

    /// How long ago `earlier` was; zero if the clock was set back meanwhile.
    fn since(&self, earlier: DateTime<Utc>) -> Duration {
        (self.now() - earlier).to_std().unwrap_or_default()
    }
}

/// A length of time for people, to the millisecond: `5m`, `1h30m`, `2.5s`, `250ms`.
pub fn words(time: Duration) -> String {
    let milliseconds = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    duration_text(TimeDelta::try_milliseconds(milliseconds).unwrap_or(TimeDelta::MAX))
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the library reads the system's clock")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// A clock that stands still until it is moved; for tests.
#[derive(Debug)]
pub struct ManualClock(Mutex<DateTime<Utc>>);

impl ManualClock {
    /// A clock that shows `now`.
    pub const fn new(now: DateTime<Utc>) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves the clock, backwards too.
    pub fn advance(&self, by: TimeDelta) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now += by;
    }

    /// Sets the clock.
    pub fn set(&self, to: DateTime<Utc>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = to;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_when_it_is_moved() {
        let start = DateTime::from_timestamp(1_768_521_600, 0).unwrap();
        let clock = ManualClock::new(start);
        assert_eq!(clock.now(), start);
        clock.advance(TimeDelta::seconds(90));
        assert_eq!(clock.since(start), Duration::from_secs(90));
    }

    #[test]
    fn lengths_of_time_are_shown_to_the_millisecond() {
        for (time, expected) in [
            (Duration::from_mins(5), "5m"),
            (Duration::from_micros(2_500_999), "2.5s"),
            (Duration::from_micros(999), "0s"),
            (Duration::ZERO, "0s"),
        ] {
            assert_eq!(words(time), expected);
        }
        assert!(words(Duration::MAX).ends_with('s'));
    }

    #[test]
    fn time_since_a_later_moment_is_zero() {
        let start = DateTime::from_timestamp(1_768_521_600, 0).unwrap();
        let clock = ManualClock::new(start);
        clock.set(start - TimeDelta::seconds(5));
        assert_eq!(clock.since(start), Duration::ZERO);
    }
}

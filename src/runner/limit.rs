//! When a sequence of steps has to end, and whose time that is.

use std::time::Duration;

use tokio::time::Instant;

/// Whose time it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    Case,
    Suite,
    Cleanup,
}

/// The end of somebody's time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    pub at: Instant,
    pub time: Duration,
    pub whose: Whose,
    /// Of `time`, what this one of several things has.
    pub share: Option<Duration>,
}

impl Limit {
    /// The end of a time that begins now.
    pub fn from_now(time: Duration, whose: Whose) -> Self {
        Self { at: later(Instant::now(), time), time, whose, share: None }
    }

    /// The earlier of two ends.
    pub fn or_sooner(self, other: Self) -> Self {
        if other.at < self.at { other } else { self }
    }

    /// Of what is left, the part for the next of several things to do: half, so that one which hangs leaves time for the others;
    /// all of it for the last one.
    pub fn share(self, is_last: bool) -> Self {
        let left = self.at.saturating_duration_since(Instant::now());
        let share = if is_last { left } else { left / 2 };
        Self { at: later(Instant::now(), share), share: Some(share), ..self }
    }

    /// What happened when it is over, for example `the case's time (25m) is up`.
    pub fn words(self) -> String {
        let time = crate::clock::words(self.time);
        match self.whose {
            Whose::Case => format!("the case's time ({time}) is up"),
            Whose::Suite => format!("the suite's time ({time}) is up"),
            Whose::Cleanup => match self.share.filter(|share| *share < self.time) {
                Some(share) => {
                    let share = crate::clock::words(rounded(share));
                    format!("it was given {share} of the time for cleanup ({time}), which has other things to do too")
                }
                None => format!("the time for cleanup ({time}) is up"),
            },
        }
    }

    /// What to do about it.
    pub fn help(self) -> &'static str {
        match self.whose {
            Whose::Case => "raise `timeout` of the case if it needs longer",
            Whose::Suite => "raise `timeout` of the suite if it needs longer",
            Whose::Cleanup => "raise `defaults: {cleanup: …}` in the project file if it needs longer",
        }
    }
}

/// To the tenth of a second, which is as exact as anybody wants to know.
fn rounded(time: Duration) -> Duration {
    Duration::from_millis(u64::try_from(time.as_millis() / 100 * 100).unwrap_or(u64::MAX))
}

/// A moment later; one that cannot be told is a year ahead, which no run waits for.
pub(super) fn later(from: Instant, by: Duration) -> Instant {
    const YEAR: Duration = Duration::from_hours(365 * 24);
    from + by.min(YEAR)
}

//! The time an execution lives by: wall-clock dates that move with tokio's timer, so that a test can pause both.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Number, Value};
use tokio::time::Instant;

/// Dates and delays from one source. Cloned freely.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    date: DateTime<Utc>,
    origin: Instant,
}

impl Clock {
    /// A clock that shows the machine's date now, and moves with tokio's time from here on.
    pub fn start() -> Self {
        Self { date: crate::sandbox::time::now(), origin: Instant::now() }
    }

    /// The date now.
    pub fn now(&self) -> DateTime<Utc> {
        self.date + TimeDelta::from_std(self.origin.elapsed()).unwrap_or(TimeDelta::MAX)
    }

    /// Waits for a length of time; longer than a year is a year, which nothing outlives.
    pub async fn sleep(&self, length: Duration) {
        tokio::time::sleep(length.min(Duration::from_hours(8_784))).await;
    }

    /// Waits until a date; one in the past is now.
    pub async fn sleep_until(&self, date: DateTime<Utc>) {
        self.sleep((date - self.now()).to_std().unwrap_or_default()).await;
    }

    /// Runs something for at most `limit`; `None` when the time was up first. No limit is no limit.
    pub async fn within<T>(&self, limit: Option<Duration>, work: impl Future<Output = T>) -> Option<T> {
        match limit {
            None => Some(work.await),
            Some(limit) => tokio::select! {
                biased;
                done = work => Some(done),
                () = self.sleep(limit) => None,
            },
        }
    }
}

/// A date as AWS's JSON protocol writes it: seconds since 1970 with a fraction of milliseconds.
pub fn epoch(date: DateTime<Utc>) -> Value {
    let text = format!("{}.{:03}", date.timestamp(), date.timestamp_subsec_millis());
    Value::Number(text.parse().unwrap_or_else(|_| Number::from(date.timestamp())))
}

/// A date as the context object shows it, for example `2026-01-16T08:30:00.123Z`.
pub fn text(date: DateTime<Utc>) -> String {
    date.to_rfc3339_opts(SecondsFormat::Millis, true)
}

//! One way to wait: ask, and ask again with delays that start short and grow, until there is an answer.

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::target::FactKind;

/// Delays between two looks.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Before the second look.
    pub first: Duration,
    /// At most.
    pub longest: Duration,
}

impl Pace {
    /// For things that end in seconds or in an hour: 100 ms, half as long again each time, 10 s at most.
    pub const STANDARD: Self = Self { first: Duration::from_millis(100), longest: Duration::from_secs(10) };

    fn next(self, delay: Duration) -> Duration {
        (delay + delay / 2).min(self.longest)
    }
}

/// Looks until `look` gives `Some`. Whoever calls this limits the time: the runner drops the future at the step's deadline.
pub async fn wait<T, E, Look>(pace: Pace, mut look: impl FnMut() -> Look) -> Result<T, E>
where
    Look: Future<Output = Result<Option<T>, E>>,
{
    let mut delay = pace.first;
    loop {
        let next = Instant::now() + jittered(delay);
        if let Some(found) = look().await? {
            return Ok(found);
        }
        sleep_until(next).await;
        delay = pace.next(delay);
    }
}

/// How long a watch bears that its questions are not answered: what is watched runs on meanwhile, so giving up is the last resort.
const PATIENCE: Duration = Duration::from_mins(2);

/// What a watch bears of throttles, broken connections, 5xx and garbled answers between two good ones.
#[derive(Debug, Default)]
pub struct Patience(Mutex<Option<Instant>>);

impl Patience {
    /// Notes an answer.
    pub fn answered(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether to ask again after this error.
    pub fn bears(&self, kind: FactKind) -> bool {
        let passing = super::governed::passes(kind);
        let mut since = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        passing && since.get_or_insert_with(Instant::now).elapsed() < PATIENCE
    }
}

/// Up to a fifth more, so that many waits do not fall into step.
pub(super) fn jittered(delay: Duration) -> Duration {
    let random = uuid::Uuid::new_v4().as_bytes()[0];
    delay + delay * u32::from(random) / (5 * 255)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn delays_grow_and_the_answer_ends_the_wait() {
        let mut looks = Vec::new();
        let start = Instant::now();
        let found: Result<u8, ()> = wait(Pace::STANDARD, || {
            looks.push(start.elapsed());
            let answer = (looks.len() == 6).then_some(7);
            async move { Ok(answer) }
        })
        .await;
        assert_eq!(found, Ok(7));
        let gaps: Vec<Duration> = looks.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).collect();
        assert!(gaps.windows(2).all(|pair| pair[1] > pair[0]), "{gaps:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_watch_bears_what_passes_for_two_minutes_since_the_last_answer() {
        let patience = Patience::default();
        assert!(!patience.bears(FactKind::Denied));
        assert!(patience.bears(FactKind::Throttled));
        tokio::time::advance(PATIENCE).await;
        assert!(!patience.bears(FactKind::Infrastructure));
        patience.answered();
        assert!(patience.bears(FactKind::Infrastructure));
    }

    #[tokio::test(start_paused = true)]
    async fn an_error_ends_the_wait_at_once() {
        let result: Result<u8, &str> = wait(Pace::STANDARD, || async { Err("denied") }).await;
        assert_eq!(result, Err("denied"));
    }
}

//! One way to wait: ask, and ask again with delays that start short and grow, until there is an answer.

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use crate::target::FactKind;

/// When to look.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Before the first look.
    pub lead: Duration,
    /// Between the first look and the second.
    pub first: Duration,
    /// What a delay is of the one before it, in hundredths.
    pub growth: u32,
    /// Between two looks at most.
    pub longest: Duration,
}

impl Pace {
    /// For what was just started, and ends in seconds or in an hour. The looks are at 0.1, 0.5, 0.98, 1.56 and 2.25 s (up to a tenth
    /// later): what takes 2 s is looked at five times, and an end within 2 s is noticed 0.3 s late on average. Delays that grew faster
    /// would save few calls where most things end, and a shorter first one would double them; the look after 0.1 s is for what a
    /// sandbox does at once. A minute takes about 20 looks, each further one 6.
    pub const STANDARD: Self = Self {
        lead: Duration::from_millis(100),
        first: Duration::from_millis(400),
        growth: 120,
        longest: Duration::from_secs(10),
    };

    fn next(self, delay: Duration) -> Duration {
        (delay * self.growth / 100).min(self.longest)
    }
}

/// Before a deadline, the last look: what ended in the meantime is no time-out.
const LAST_LOOK: Duration = Duration::from_millis(500);

/// Looks until `look` gives `Some`. Whoever calls this limits the time: the runner drops the future at the step's deadline.
pub async fn wait<T, E, Look>(pace: Pace, look: impl FnMut() -> Look) -> Result<T, E>
where
    Look: Future<Output = Result<Option<T>, E>>,
{
    repeat(pace, None, look).await
}

/// The same with the step's deadline in mind: the last look is half a second before it, and after that there is none. Whoever calls
/// this ends the wait at the deadline; by itself it never does.
pub async fn wait_until<T, E, Look>(pace: Pace, deadline: Instant, look: impl FnMut() -> Look) -> Result<T, E>
where
    Look: Future<Output = Result<Option<T>, E>>,
{
    repeat(pace, Some(deadline), look).await
}

async fn repeat<T, E, Look>(pace: Pace, deadline: Option<Instant>, mut look: impl FnMut() -> Look) -> Result<T, E>
where
    Look: Future<Output = Result<Option<T>, E>>,
{
    let mut delay = pace.first;
    sleep(pace.lead).await;
    loop {
        let next = Instant::now() + jittered(delay);
        if let Some(found) = look().await? {
            return Ok(found);
        }
        match deadline.map_or(Some(next), |deadline| before(deadline, next)) {
            Some(next) => sleep_until(next).await,
            None => std::future::pending().await,
        }
        delay = pace.next(delay);
    }
}

/// When to look next: not later than shortly before the deadline; not at all if that has been.
fn before(deadline: Instant, next: Instant) -> Option<Instant> {
    let last = deadline.checked_sub(LAST_LOOK).filter(|last| *last > Instant::now())?;
    Some(next.min(last))
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

/// Up to a tenth more, so that many waits do not fall into step.
pub(super) fn jittered(delay: Duration) -> Duration {
    let random = uuid::Uuid::new_v4().as_bytes()[0];
    delay + delay * u32::from(random) / (10 * 255)
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

    /// When each look was at something that ends after `end`.
    async fn looks_at(end: Duration) -> Vec<Duration> {
        let (mut looks, start) = (Vec::new(), Instant::now());
        let result: Result<(), ()> = wait(Pace::STANDARD, || {
            looks.push(start.elapsed());
            let answer = (start.elapsed() >= end).then_some(());
            async move { Ok(answer) }
        })
        .await;
        assert_eq!(result, Ok(()));
        looks
    }

    #[tokio::test(start_paused = true)]
    async fn two_seconds_take_five_looks_at_most() {
        for _ in 0..100 {
            let looks = looks_at(Duration::from_secs(2)).await;
            assert!(looks.len() <= 5, "{looks:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_end_within_two_seconds_is_noticed_a_third_of_a_second_late_on_average() {
        let mut late = Duration::ZERO;
        for tenth in 1..=20 {
            for _ in 0..20 {
                let end = Duration::from_millis(100 * tenth);
                late += looks_at(end).await.last().unwrap().abs_diff(end);
            }
        }
        assert!(late / 400 < Duration::from_millis(333), "{:?}", late / 400);
    }

    #[tokio::test(start_paused = true)]
    async fn an_hour_is_looked_at_every_ten_seconds() {
        let looks = looks_at(Duration::from_hours(1)).await.len();
        assert!((330..390).contains(&looks), "{looks}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_look_is_shortly_before_the_deadline_and_none_is_after_it() {
        for seconds in [1, 3, 20, 95] {
            let (mut looks, deadline) = (Vec::new(), Instant::now() + Duration::from_secs(seconds));
            let waits = wait_until(Pace::STANDARD, deadline, || {
                looks.push(Instant::now());
                async { Ok::<Option<()>, ()>(None) }
            });
            let given_up = tokio::time::timeout_at(deadline + Duration::from_mins(5), waits).await;
            assert!(given_up.is_err());
            let left = deadline.checked_duration_since(*looks.last().unwrap());
            assert!(left.is_some_and(|left| left.abs_diff(LAST_LOOK) < Duration::from_millis(5)), "{left:?}");
        }
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

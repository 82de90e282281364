//! One governor for an account and region: whoever calls one of its APIs asks here first.
//!
//! AWS gives each API of an account and region a token bucket, which everything in the account shares. A run keeps a smaller bucket of
//! its own ([`Rates`]), and goes slower still while AWS says that it is too fast: a throttle halves the pace of the API for the whole
//! run, and every second without one gives a part of it back. Turns are given in the order in which they were asked for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync;
use tokio::time::{Instant, sleep_until};

use crate::target::{Rate, Rates};

/// Whose rates these are. Limits of one account and region have nothing to do with those of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The account's 12 digits.
    pub account: String,
    /// The region.
    pub region: String,
}

/// The governor of one account and region: a limit for each API.
#[derive(Debug)]
pub struct Governor {
    scope: Scope,
    rates: Rates,
    limits: Mutex<HashMap<&'static str, Arc<Limit>>>,
}

/// The full pace, in hundredths. A pace is never less than one.
const FULL: u32 = 100;
/// The pace below which throttles do not press it: a twentieth.
const LEAST: u32 = 5;
/// What a second without a throttle gives back: from half to full in 25 s. AWS's buckets refill over tens of seconds too.
const RECOVERED_A_SECOND: u32 = 2;

impl Governor {
    /// A governor of an account and region, at these rates.
    pub fn new(scope: Scope, rates: Rates) -> Self {
        Self { scope, rates, limits: Mutex::default() }
    }

    /// Whose rates are kept.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Returns when the API may be called once more.
    pub async fn admit(&self, api: &'static str) -> Turn {
        let limit = self.limit(api);
        let turn = limit.turn().await;
        Turn { limit, at: turn }
    }

    /// The pace of an API in hundredths, while it is less than full because AWS throttled it.
    pub fn slowed(&self, api: &'static str) -> Option<u32> {
        let pace = self.limit(api).state().pace(Instant::now());
        (pace < FULL).then_some(pace)
    }

    fn limit(&self, api: &'static str) -> Arc<Limit> {
        let mut limits = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(limits.entry(api).or_insert_with(|| Arc::new(Limit::new(self.rates.of(api)))))
    }
}

/// A call that was admitted.
#[derive(Debug)]
#[must_use]
pub struct Turn {
    limit: Arc<Limit>,
    at: Instant,
}

impl Turn {
    /// AWS throttled this call: everybody goes at half the pace. What was admitted before the last halving says nothing new.
    pub fn throttled(self) {
        let now = Instant::now();
        let mut state = self.limit.state();
        if state.throttle.is_none_or(|throttle| self.at >= throttle.at) {
            let pace = (state.pace(now) / 2).max(LEAST);
            state.throttle = Some(Throttle { at: now, pace });
            // AWS's bucket is empty, so ours is worth nothing.
            state.credit = Duration::ZERO;
            state.counted = now;
        }
    }
}

/// The bucket of one API. It holds time: a call costs what it takes to refill one.
#[derive(Debug)]
struct Limit {
    rate: Rate,
    /// Whoever holds it is the next one.
    queue: sync::Mutex<()>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    credit: Duration,
    /// Until when the credit was counted.
    counted: Instant,
    throttle: Option<Throttle>,
}

/// The last throttle, and the pace that it left.
#[derive(Debug, Clone, Copy)]
struct Throttle {
    at: Instant,
    pace: u32,
}

impl Limit {
    fn new(rate: Rate) -> Self {
        let state = State { credit: rate.every.saturating_mul(rate.burst), counted: Instant::now(), throttle: None };
        Self { rate, queue: sync::Mutex::default(), state: Mutex::new(state) }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits in the queue, then for the bucket. The pace may fall meanwhile, so the bucket is asked again after each wait.
    async fn turn(&self) -> Instant {
        let _first = self.queue.lock().await;
        loop {
            let now = Instant::now();
            let taken = self.state().take(self.rate, now);
            match taken {
                Ok(()) => return now,
                Err(wait) => sleep_until(now + wait).await,
            }
        }
    }
}

impl State {
    fn pace(&self, now: Instant) -> u32 {
        self.throttle.map_or(FULL, |throttle| {
            let seconds = now.saturating_duration_since(throttle.at).as_secs();
            let back = u32::try_from(seconds).unwrap_or(FULL).saturating_mul(RECOVERED_A_SECOND);
            throttle.pace.saturating_add(back).min(FULL)
        })
    }

    /// Takes a call out of the bucket, or says after how long there may be one.
    fn take(&mut self, rate: Rate, now: Instant) -> Result<(), Duration> {
        let pace = self.pace(now);
        let earned = now.saturating_duration_since(self.counted) * pace / FULL;
        self.credit = (self.credit + earned).min(rate.every.saturating_mul(rate.burst));
        self.counted = now;
        if let Some(left) = self.credit.checked_sub(rate.every) {
            self.credit = left;
            return Ok(());
        }
        let missing = rate.every.saturating_sub(self.credit);
        // Rounded up: a wait that is too short by a nanosecond would be one more round.
        Err(missing * FULL / pace + Duration::from_nanos(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::join_all;

    const API: &str = "DescribeExecution";

    /// 99 at once and about 5 a second: a third of what a large region has.
    fn governor() -> Governor {
        let scope = Scope { account: "111122223333".into(), region: "eu-west-1".into() };
        let rates = Rates::of_account(&scope.region);
        Governor::new(scope, rates)
    }

    /// How long these calls take, one after the other.
    async fn time_of(governor: &Governor, calls: usize) -> Duration {
        let begun = Instant::now();
        for _ in 0..calls {
            let _ = governor.admit(API).await;
        }
        begun.elapsed()
    }

    fn assert_about(actual: Duration, expected: Duration) {
        let off = actual.abs_diff(expected);
        assert!(off <= expected / 50 + Duration::from_millis(5), "{actual:?} is not about {expected:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_goes_at_once_and_the_rest_at_the_rate() {
        let governor = governor();
        assert_eq!(time_of(&governor, 99).await, Duration::ZERO);
        assert_about(time_of(&governor, 50).await, Duration::from_millis(10_100));
    }

    #[tokio::test(start_paused = true)]
    async fn a_bucket_refills_to_its_size_and_no_further() {
        let governor = governor();
        let _ = time_of(&governor, 99).await;
        tokio::time::advance(Duration::from_hours(1)).await;
        assert_eq!(time_of(&governor, 99).await, Duration::ZERO);
        assert_about(time_of(&governor, 1).await, Duration::from_millis(202));
    }

    #[tokio::test(start_paused = true)]
    async fn each_api_has_a_bucket_of_its_own() {
        let governor = governor();
        let _ = time_of(&governor, 99).await;
        let begun = Instant::now();
        let _ = governor.admit("GetExecutionHistory").await;
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_throttle_halves_the_pace_for_everybody_and_time_gives_it_back() {
        let governor = governor();
        governor.admit(API).await.throttled();
        assert_eq!(governor.slowed(API), Some(50));
        assert_eq!(governor.slowed("GetExecutionHistory"), None, "other APIs are not slowed");
        assert_about(time_of(&governor, 1).await, Duration::from_millis(404));
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(governor.slowed(API), Some(70));
        tokio::time::advance(Duration::from_secs(15)).await;
        assert_eq!(governor.slowed(API), None);
    }

    #[tokio::test(start_paused = true)]
    async fn calls_that_were_under_way_together_halve_it_once() {
        let governor = governor();
        let under_way: Vec<Turn> = join_all((0..20).map(|_| governor.admit(API))).await;
        tokio::time::advance(Duration::from_millis(50)).await;
        under_way.into_iter().for_each(Turn::throttled);
        assert_eq!(governor.slowed(API), Some(50));
        governor.admit(API).await.throttled();
        assert_eq!(governor.slowed(API), Some(25));
    }

    #[tokio::test(start_paused = true)]
    async fn no_throttle_stops_everything() {
        let governor = governor();
        for _ in 0..20 {
            governor.admit(API).await.throttled();
        }
        assert!(governor.slowed(API) >= Some(LEAST));
        assert!(time_of(&governor, 1).await <= Duration::from_millis(202 * 20 + 5));
    }

    #[tokio::test(start_paused = true)]
    async fn a_throttle_slows_those_who_wait_already() {
        let governor = governor();
        let _ = time_of(&governor, 98).await;
        let last = governor.admit(API).await;
        let throttled = async { last.throttled() };
        let (waited, ()) = tokio::join!(time_of(&governor, 1), throttled);
        assert_about(waited, Duration::from_millis(404));
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_waiting_takes_no_turn_and_blocks_nobody() {
        let governor = governor();
        let _ = time_of(&governor, 99).await;
        let given_up = tokio::time::timeout(Duration::from_millis(100), governor.admit(API)).await;
        assert!(given_up.is_err());
        assert_about(time_of(&governor, 1).await, Duration::from_millis(102));
    }
}

//! The server's clock, as its answers tell it: what AWS dates is compared with moments of ours without trusting this machine's clock.
//!
//! A `Date` header has whole seconds, so one answer says little. But each one bounds what the server's clock is ahead of ours, and
//! the bounds of many answers together are narrow.

use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

/// What is known of the server's clock. Cloning shares it.
#[derive(Debug, Clone, Default)]
pub struct ServerTime(Arc<Mutex<Option<Known>>>);

/// The server's time at one moment of ours lies between these two.
#[derive(Debug, Clone, Copy)]
struct Known {
    at: Instant,
    earliest: DateTime<Utc>,
    latest: DateTime<Utc>,
}

impl ServerTime {
    /// Notes an answer that was dated `date`, in whole seconds, between two moments of ours.
    pub fn observe(&self, date: DateTime<Utc>, sent: Instant, received: Instant) {
        // Dated when it was sent at the latest, or when it was received at the earliest.
        let earliest = date;
        let latest = date + TimeDelta::seconds(1) + delta(received.saturating_duration_since(sent));
        let new = Known { at: received, earliest, latest };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Some(known.map_or(new, |old| old.narrowed_by(new)));
    }

    /// The earliest time that the server's clock can have shown at a moment of ours; none before its first answer.
    pub fn earliest(&self, at: Instant) -> Option<DateTime<Utc>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.map(|known| moved(known.earliest, known.at, at) - drift(known.at, at))
    }
}

impl Known {
    /// Both hold. Where they cannot, one of the clocks was set, or stood still: the newer answer counts.
    fn narrowed_by(self, new: Self) -> Self {
        let drift = drift(self.at, new.at);
        let earliest = new.earliest.max(moved(self.earliest, self.at, new.at) - drift);
        let latest = new.latest.min(moved(self.latest, self.at, new.at) + drift);
        if earliest < latest { Self { at: new.at, earliest, latest } } else { new }
    }
}

/// What a clock that showed `time` at one moment shows at another.
fn moved(time: DateTime<Utc>, from: Instant, to: Instant) -> DateTime<Utc> {
    match to.checked_duration_since(from) {
        Some(later) => time + delta(later),
        None => time - delta(from.saturating_duration_since(to)),
    }
}

/// What two clocks may drift apart meanwhile: 100 µs a second, more than quartz does.
fn drift(from: Instant, to: Instant) -> TimeDelta {
    let meanwhile = to.saturating_duration_since(from).max(from.saturating_duration_since(to));
    delta(meanwhile / 10_000)
}

fn delta(duration: std::time::Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}

/// When a request was sent.
#[derive(Debug)]
struct Sent(Instant);

impl Storable for Sent {
    type Storer = StoreReplace<Self>;
}

#[dyn_dispatch_hint]
impl Intercept for ServerTime {
    fn name(&self) -> &'static str {
        "ServerTime"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().store_put(Sent(Instant::now()));
        Ok(())
    }

    fn read_after_transmit(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date").and_then(|date| DateTime::parse_from_rfc2822(date).ok());
        if let (Some(date), Some(Sent(sent))) = (date, config.load::<Sent>()) {
            self.observe(date.with_timezone(&Utc), *sent, Instant::now());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn time(milliseconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_768_564_800_000 + milliseconds).unwrap()
    }

    /// An answer of a server whose clock is ahead of ours by some milliseconds: it takes 20 ms there and 20 ms back.
    fn answer(server: &ServerTime, start: Instant, at: u64, ahead: i64) {
        let sent = start + Duration::from_millis(at);
        let there = i64::try_from(at).unwrap() + 20 + ahead;
        server.observe(time(there.div_euclid(1000) * 1000), sent, sent + Duration::from_millis(40));
    }

    #[test]
    fn nothing_is_known_before_the_first_answer() {
        assert_eq!(ServerTime::default().earliest(Instant::now()), None);
    }

    #[test]
    fn one_answer_tells_the_second_and_many_tell_the_moment() {
        for ahead in [0, 437, -7_200_350, 999] {
            let (server, start) = (ServerTime::default(), Instant::now());
            answer(&server, start, 0, ahead);
            let error = |server: &ServerTime, at: u64| {
                let truth = time(i64::try_from(at).unwrap() + ahead);
                (truth - server.earliest(start + Duration::from_millis(at)).unwrap()).num_milliseconds()
            };
            assert!((0..=1_100).contains(&error(&server, 0)), "{}", error(&server, 0));
            for at in (130..6_000).step_by(130) {
                answer(&server, start, at, ahead);
            }
            for at in [0, 3_000, 60_000] {
                assert!((0..=100).contains(&error(&server, at)), "{} at {at}, ahead {ahead}", error(&server, at));
            }
        }
    }

    #[test]
    fn a_clock_that_was_set_is_believed_anew() {
        let (server, start) = (ServerTime::default(), Instant::now());
        answer(&server, start, 0, 0);
        answer(&server, start, 5_000, 3_600_000);
        let known = server.earliest(start + Duration::from_secs(5)).unwrap();
        assert!((time(3_605_000) - known).num_milliseconds().abs() <= 1_100, "{known}");
    }
}

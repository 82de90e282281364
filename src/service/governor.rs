//! One governor for the account: every poll of a run asks here first.
//!
//! The documented refill rates are shared with everything else in the account, so a run takes a third of them at most.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

/// Calls a second that AWS refills, by API, for the smaller regions (Step Functions quotas page, "API action throttling"; Athena
/// quotas page). Kept here as one list, because the numbers move.
const REFILL: [(&str, u32); 9] = [
    ("DescribeExecution", 10),
    ("GetExecutionHistory", 20),
    ("StartExecution", 150),
    ("ListExecutions", 2),
    ("StopExecution", 200),
    ("StartQueryExecution", 20),
    ("GetQueryExecution", 100),
    ("BatchGetQueryExecution", 20),
    ("GetQueryResults", 100),
];
/// What a run takes of it.
const SHARE: u32 = 3;
/// For an API that is not listed.
const UNLISTED: u32 = 30;

/// Rate limits, one for each API that was asked for.
#[derive(Debug, Default)]
pub struct Governor {
    limits: Mutex<HashMap<&'static str, Arc<DefaultDirectRateLimiter>>>,
}

impl Governor {
    /// Returns when the API may be called once more.
    pub async fn admit(&self, api: &'static str) {
        let limiter = {
            let mut limits = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(limits.entry(api).or_insert_with(|| Arc::new(RateLimiter::direct(quota(api)))))
        };
        limiter.until_ready().await;
    }
}

fn quota(api: &str) -> Quota {
    let refill = REFILL.iter().find(|(name, _)| *name == api).map_or(UNLISTED, |(_, refill)| *refill);
    Quota::per_second(NonZeroU32::new(refill / SHARE).unwrap_or(NonZeroU32::MIN))
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_case::test_case;

    #[test_case("DescribeExecution", 3)]
    #[test_case("ListExecutions", 1; "never less than one a second")]
    #[test_case("SomethingNew", 10)]
    fn a_run_takes_a_third_of_the_refill(api: &str, expected: u32) {
        assert_eq!(quota(api).burst_size().get(), expected);
    }
}

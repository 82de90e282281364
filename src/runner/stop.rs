//! Stopping: no new steps, what runs is dropped, and everybody knows why.

use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use super::options::RunOptions;
use crate::event::StopReason;

/// A request to stop, seen by every task of a run.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    token: CancellationToken,
    reason: Arc<Mutex<Option<StopReason>>>,
}

impl Stop {
    /// Nothing requested yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the run to stop. Returns whether this changed the reason: the first one stays, but an interruption goes before the
    /// others, for it decides the exit code, and a run that stops by itself can still be interrupted.
    pub fn request(&self, reason: StopReason) -> bool {
        let mut known = self.reason.lock().unwrap_or_else(PoisonError::into_inner);
        let changes = match *known {
            None => true,
            Some(StopReason::Interrupted) => false,
            Some(StopReason::Deadline | StopReason::MaxFail) => reason == StopReason::Interrupted,
        };
        if changes {
            *known = Some(reason);
        }
        self.token.cancel();
        changes
    }

    /// Returns when a stop is requested.
    pub async fn requested(&self) -> StopReason {
        self.token.cancelled().await;
        self.reason().unwrap_or(StopReason::Interrupted)
    }

    /// Why the run is to stop, if it is.
    pub fn reason(&self) -> Option<StopReason> {
        *self.reason.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The reason in words, after "not started: " or "stopped: ".
pub(super) fn words(reason: StopReason, options: &RunOptions) -> String {
    match reason {
        StopReason::Interrupted => "the run was interrupted".to_owned(),
        StopReason::Deadline => {
            format!("the run met its deadline ({})", crate::clock::words(options.budgets.deadline))
        }
        StopReason::MaxFail => {
            let most = options.max_fail.map(|most| format!(" {most}")).unwrap_or_default();
            format!("as many cases were red as --max-fail{most} allows")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_case::test_case;

    use StopReason::{Deadline, Interrupted, MaxFail};

    #[test_case(&[Deadline], Deadline, true)]
    #[test_case(&[Deadline, MaxFail], Deadline, false; "the first reason stays")]
    #[test_case(&[MaxFail, Interrupted], Interrupted, true; "an interruption goes before it")]
    #[test_case(&[Interrupted, Deadline], Interrupted, false)]
    #[test_case(&[MaxFail, Interrupted, Interrupted], Interrupted, false; "the second interruption is noticed as such")]
    fn the_reason_that_counts_is_known(requests: &[StopReason], reason: StopReason, last_changed: bool) {
        let stop = Stop::new();
        let changed: Vec<bool> = requests.iter().map(|reason| stop.request(*reason)).collect();
        assert_eq!((stop.reason(), changed.last()), (Some(reason), Some(&last_changed)));
    }
}

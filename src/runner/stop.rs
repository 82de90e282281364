//! Stopping: no new steps, what runs is dropped, and everybody knows why.

use std::sync::{Arc, OnceLock};

use tokio_util::sync::CancellationToken;

use crate::event::StopReason;

/// A request to stop, seen by every task of a run. The first reason stays.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    token: CancellationToken,
    reason: Arc<OnceLock<StopReason>>,
}

impl Stop {
    /// Nothing requested yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the run to stop. Returns whether this was the first request.
    pub fn request(&self, reason: StopReason) -> bool {
        let first = self.reason.set(reason).is_ok();
        self.token.cancel();
        first
    }

    /// Returns when a stop is requested.
    pub async fn requested(&self) -> StopReason {
        self.token.cancelled().await;
        self.reason().unwrap_or(StopReason::Interrupted)
    }

    /// Why the run is to stop, if it is.
    pub fn reason(&self) -> Option<StopReason> {
        self.reason.get().copied()
    }
}

/// The reason in words, after "not started: " or "stopped: ".
pub(super) fn words(reason: StopReason) -> &'static str {
    match reason {
        StopReason::Interrupted => "the run was interrupted",
        StopReason::Deadline => "the run met its deadline",
        StopReason::MaxFail => "as many cases failed as --max-fail allows",
    }
}

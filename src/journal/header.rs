//! A run as others meet it, in S3 and in its folder: who it is, and whether it lives.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::event::{RunId, TargetSummary};
use crate::identity::Identity;

/// The version of the layout and of the documents in it.
pub(super) const VERSION: u32 = 1;
/// A run of another machine that has not been heard of for so long is dead.
pub const EXPIRY: Duration = Duration::from_mins(5);

/// What `run.json` holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the layout.
    pub version: u32,
    /// The run.
    pub run: RunId,
    /// The project's name.
    pub project: String,
    /// The account it is against.
    pub target: TargetSummary,
    /// When it began.
    pub started: DateTime<Utc>,
    /// Until when it counts as alive where its process cannot be seen.
    pub expires: DateTime<Utc>,
    /// Whether it came to its end by itself. What is still there is left over, or was kept.
    pub ended: bool,
    /// How many of its intents it could not settle.
    #[serde(default)]
    pub open: usize,
    /// How many of them it kept on purpose.
    #[serde(default)]
    pub kept: usize,
    /// Its process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<Identity>,
}

/// Whether a run is still under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// It is: what it holds is not to be touched.
    Alive,
    /// It came to its end.
    Ended,
    /// Its process is gone.
    Killed,
    /// Its machine has not been heard of for too long.
    Silent,
}

impl Header {
    /// The header of a run of this process that begins now.
    pub fn new(run: RunId, project: String, target: TargetSummary, now: DateTime<Utc>) -> Self {
        let header = Self {
            version: VERSION,
            run,
            project,
            target,
            started: now,
            expires: now,
            ended: false,
            open: 0,
            kept: 0,
            process: Identity::here(),
        };
        header.renewed(now)
    }

    /// The same, alive at this moment.
    #[must_use]
    pub fn renewed(self, now: DateTime<Utc>) -> Self {
        Self { expires: now + TimeDelta::from_std(EXPIRY).unwrap_or(TimeDelta::MAX), ..self }
    }

    /// The same at its end, with how many intents it leaves and how many it kept.
    #[must_use]
    pub fn at_its_end(self, now: DateTime<Utc>, open: usize, kept: usize) -> Self {
        Self { expires: now, ended: true, open, kept, ..self }
    }

    /// Whether the run is still under way. `written` is when its header was last written by the clock of who keeps it: a machine whose
    /// clock is slow is not taken for dead.
    pub fn life(&self, now: DateTime<Utc>, written: Option<DateTime<Utc>>) -> Life {
        if self.ended {
            return Life::Ended;
        }
        match self.process.as_ref().and_then(Identity::is_alive) {
            Some(true) => Life::Alive,
            Some(false) => Life::Killed,
            None if now <= self.expires || written.is_some_and(|at| now <= at + EXPIRY) => Life::Alive,
            None => Life::Silent,
        }
    }
}

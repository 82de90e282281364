//! What dead runs have left, wherever their records are: in S3, or in the run folders of this machine.

use async_trait::async_trait;

use crate::event::{IntentId, LedgerError, RunId};
use crate::runner::Left;

use super::header::{Header, Life};

/// A run whose record is still there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The run.
    pub run: RunId,
    /// Its header; none if it has none any more.
    pub header: Option<Header>,
    /// Whether it is still under way.
    pub life: Life,
}

impl Known {
    /// Whether it may have left something that nobody asked to keep.
    pub fn may_have_left(&self) -> bool {
        match self.life {
            Life::Alive => false,
            Life::Ended => self.header.as_ref().is_none_or(|header| header.open > 0),
            Life::Killed | Life::Silent => true,
        }
    }

    /// Whether something of it was kept.
    pub fn has_kept(&self) -> bool {
        self.header.as_ref().is_some_and(|header| header.kept > 0)
    }

    /// How it ended, after "the run".
    pub fn words(&self) -> String {
        match (self.life, &self.header) {
            (Life::Alive, _) => "is still running".to_owned(),
            (Life::Ended, Some(header)) if header.open == 0 && header.kept > 0 => "kept what it created".to_owned(),
            (Life::Ended, _) => "could not clean up".to_owned(),
            (Life::Killed, _) => "was killed".to_owned(),
            (Life::Silent, Some(header)) => {
                format!("has not been heard of since {}", header.expires.format("%Y-%m-%d %H:%M:%S UTC"))
            }
            (Life::Silent, None) => "is lost".to_owned(),
        }
    }
}

/// A record that cannot be used, in words after "failed to".
pub type RecordError = String;

/// The record of the run of this process.
#[async_trait]
pub trait Record: Send + Sync {
    /// Says that the run lives. Bounded in time.
    async fn renew(&self) -> Result<(), RecordError>;

    /// Ends the record when the run is over; what could not be written, as sentences.
    async fn close(&self) -> Vec<String>;
}

/// The records of one project and target.
#[async_trait]
pub trait Records: Send + Sync {
    /// Every run that has a record, the oldest first; and those whose record cannot be read, each with the reason.
    async fn runs(&self) -> Result<(Vec<Known>, Vec<(String, RecordError)>), RecordError>;

    /// Claims a dead run for `by`. Who holds it instead, if somebody alive does.
    async fn claim(&self, run: &RunId, by: &Header) -> Result<Option<Header>, RecordError>;

    /// What a run has left, in the order in which it was intended, kept things among it.
    async fn left(&self, run: &RunId) -> Result<Vec<Left>, RecordError>;

    /// Takes an intent off the record.
    async fn settle(&self, run: &RunId, id: IntentId) -> Result<(), LedgerError>;

    /// Ends the claim. `header` says what is left; a record that nothing is left of goes.
    async fn release(&self, header: &Header) -> Result<(), RecordError>;
}

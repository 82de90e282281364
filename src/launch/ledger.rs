//! Where a run's intents are written, and where those of earlier runs are found: in S3 where the target has `state:`, else in the
//! run folders. The embedded sandbox ends with its run, so nothing outlives that.

use std::io;
use std::path::Path;
use std::sync::Arc;

use tokio::task::JoinHandle;

use super::folder::record_folders;
use crate::clock::Clock;
use crate::event::{Ledger, RunId, Stream, TargetSummary};
use crate::journal::state::{StateLedger, StatePlace, StateRecords, StateStore};
use crate::journal::{FolderRecord, FolderRecords, Header, JournalLedger, JournalState, Record, Records, beat};
use crate::redact::Redactor;
use crate::service::Services;
use crate::target::{Account, Project, Target};

/// The ledger of a run, and its record for others.
pub(super) struct Books {
    pub ledger: Arc<dyn Ledger>,
    record: Option<(Arc<dyn Record>, JoinHandle<()>)>,
}

/// Whose ledger it is.
pub(super) struct Owner<'a> {
    pub run: &'a RunId,
    pub project: &'a Project,
    pub target: &'a Target,
    pub summary: &'a TargetSummary,
    pub services: &'a Arc<Services>,
    pub redactor: &'a Redactor,
    pub clock: &'a Arc<dyn Clock>,
}

/// Where the run writes its events.
pub(super) struct Written<'a> {
    pub stream: &'a Stream,
    pub journal: JournalState,
    /// The journal's, for messages.
    pub path: String,
    /// The run folder.
    pub folder: &'a Path,
}

impl Owner<'_> {
    /// The header by which others know the run.
    pub fn header(&self) -> Header {
        Header::new(self.run.clone(), self.project.name.clone(), self.summary.clone(), self.clock.now())
    }

    /// The state of the target in S3, if it has one.
    fn store(&self) -> io::Result<Option<StateStore>> {
        let Some(state) = &self.target.state else { return Ok(None) };
        let place = StatePlace::new(state, &self.project.name, &self.target.name).map_err(io::Error::other)?;
        Ok(Some(StateStore::new(Arc::clone(self.services), place)))
    }

    /// The records of this project and target; none where nothing outlives a run.
    pub fn records(&self) -> io::Result<Option<Box<dyn Records>>> {
        let clock = Arc::clone(self.clock);
        Ok(match (self.store()?, &self.target.account) {
            (Some(store), _) => Some(Box::new(StateRecords::new(store, clock))),
            (None, Account::Sandbox { .. }) => None,
            (None, Account::Aws { .. }) => {
                let (folders, project) = (record_folders(&self.project.root), self.project.name.clone());
                Some(Box::new(FolderRecords::new(folders, project, self.summary.clone(), clock)))
            }
        })
    }

    /// Opens the books of the run.
    pub fn open(&self, written: Written<'_>) -> io::Result<Books> {
        let journal = JournalLedger::new(written.stream.clone(), written.journal, written.path);
        let clock = Arc::clone(self.clock);
        match (self.store()?, &self.target.account) {
            (Some(store), _) => {
                let ledger = StateLedger::new(journal, store, self.header(), clock, self.redactor.clone());
                let ledger = Arc::new(ledger);
                Ok(Books::kept(Arc::<StateLedger>::clone(&ledger), ledger))
            }
            (None, Account::Sandbox { .. }) => Ok(Books { ledger: Arc::new(journal), record: None }),
            (None, Account::Aws { .. }) => {
                let journal = Arc::new(journal);
                let record = FolderRecord::begin(written.folder, self.header(), clock, Arc::clone(&journal))?;
                Ok(Books::kept(journal, Arc::new(record)))
            }
        }
    }
}

impl Books {
    fn kept(ledger: Arc<dyn Ledger>, record: Arc<dyn Record>) -> Self {
        let heart = tokio::spawn(beat(Arc::clone(&record)));
        Self { ledger, record: Some((record, heart)) }
    }

    /// Closes them, when the run is over; what could not be written, as sentences.
    pub async fn close(self) -> Vec<String> {
        let Some((record, heart)) = self.record else { return Vec::new() };
        heart.abort();
        record.close().await
    }
}

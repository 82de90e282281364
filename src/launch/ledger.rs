//! Where a run's intents are written: in its journal, and in S3 where the target has `state:`.

use std::sync::Arc;

use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::event::{Ledger, RunId, Stream, TargetSummary};
use crate::journal::state::{Header, StateLedger, StatePlace, StateRecord, StateStore, beat};
use crate::journal::{JournalLedger, JournalState};
use crate::redact::Redactor;
use crate::service::Services;
use crate::target::{Project, Target};

/// The ledger of a run, and what of it is in S3.
pub(super) struct Books {
    pub ledger: Arc<dyn Ledger>,
    state: Option<(Arc<StateRecord>, JoinHandle<()>)>,
}

/// Whose ledger it is.
pub(super) struct Owner<'a> {
    pub run: &'a RunId,
    pub project: &'a Project,
    pub summary: &'a TargetSummary,
    pub redactor: &'a Redactor,
    pub clock: &'a Arc<dyn Clock>,
}

impl Owner<'_> {
    /// The header by which others know the run.
    pub fn header(&self) -> Header {
        Header::new(self.run.clone(), self.project.name.clone(), self.summary.clone(), self.clock.now())
    }
}

/// The state of a target in S3, if it has one.
pub(super) fn store(
    project: &Project,
    target: &Target,
    services: &Arc<Services>,
) -> Result<Option<StateStore>, String> {
    let place = target.state.as_deref().map(|state| StatePlace::new(state, &project.name, &target.name)).transpose()?;
    Ok(place.map(|place| StateStore::new(Arc::clone(services), place)))
}

/// Opens the books. `path` is the journal's, for messages.
pub(super) fn open(
    owner: &Owner<'_>,
    store: Option<StateStore>,
    stream: &Stream,
    journal: JournalState,
    path: String,
) -> Books {
    let journal = JournalLedger::new(stream.clone(), journal, path);
    let Some(store) = store else { return Books { ledger: Arc::new(journal), state: None } };
    let record = StateRecord::new(store, owner.header(), Arc::clone(owner.clock), owner.redactor.clone());
    let record = Arc::new(record);
    let heart = tokio::spawn(beat(Arc::clone(&record)));
    Books { ledger: Arc::new(StateLedger::new(journal, Arc::clone(&record))), state: Some((record, heart)) }
}

impl Books {
    /// Closes them, when the run is over; what could not be written, as sentences.
    pub async fn close(self) -> Vec<String> {
        let Some((record, heart)) = self.state else { return Vec::new() };
        heart.abort();
        record.close(self.ledger.open().await.len()).await
    }
}

//! The ledger of a run whose target has `state:`: an intent is in the journal and in S3 before the call is made.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio::sync::OnceCell;

use super::document::Entry;
use super::store::{StateError, StateStore};
use crate::clock::Clock;
use crate::event::{Intent, IntentId, Ledger, LedgerError, RunId, Settlement};
use crate::journal::header::Header;
use crate::journal::{JournalLedger, Record, RecordError};
use crate::redact::Redactor;

/// The record of one run in S3.
struct StateRecord {
    store: StateStore,
    clock: Arc<dyn Clock>,
    redactor: Redactor,
    run: RunId,
    header: Mutex<Header>,
    /// Set when the header is in S3: a run that intends nothing leaves no key.
    begun: OnceCell<()>,
    /// Settled, but their keys could not be deleted, or may still be written.
    stale: Mutex<BTreeSet<IntentId>>,
}

impl StateRecord {
    fn new(store: StateStore, header: Header, clock: Arc<dyn Clock>, redactor: Redactor) -> Self {
        let run = header.run.clone();
        let (header, begun, stale) = (Mutex::new(header), OnceCell::new(), Mutex::default());
        Self { store, clock, redactor, run, header, begun, stale }
    }

    /// Says that the run is alive, if anybody was told of it.
    async fn renew(&self) -> Result<(), StateError> {
        if !self.begun.initialized() {
            return Ok(());
        }
        let header = self.header().renewed(self.clock.now());
        self.store.renew(&header).await?;
        self.set_header(header);
        Ok(())
    }

    async fn begin(&self) -> Result<(), StateError> {
        let begin = || async {
            let header = self.header().renewed(self.clock.now());
            self.store.begin(&header).await?;
            self.set_header(header);
            Ok(())
        };
        self.begun.get_or_try_init(begin).await?;
        // One that nobody has heard of for too long may be taken for dead, and cleaned up after: it starts nothing more.
        if self.clock.now() > self.header().expires {
            return self.renew().await;
        }
        Ok(())
    }

    async fn write(&self, id: IntentId, intent: Intent) -> Result<(), StateError> {
        self.begin().await?;
        let entry = Entry::new(intent.redacted(&self.redactor), self.clock.now());
        self.store.write_intent(&self.run, id, &entry).await
    }

    async fn keep(&self, id: IntentId, intent: Intent) -> Result<(), StateError> {
        let entry = Entry { kept: true, ..Entry::new(intent.redacted(&self.redactor), self.clock.now()) };
        self.store.write_intent(&self.run, id, &entry).await
    }

    async fn remove(&self, id: IntentId) {
        match self.store.remove_intent(&self.run, id).await {
            Ok(()) => drop(self.stale().remove(&id)),
            // The thing itself is gone. The key is tried again at the end of the run.
            Err(_) => drop(self.stale().insert(id)),
        }
    }

    /// Ends the record: a run that left nothing leaves no key.
    async fn close(&self, open: usize, kept: usize) -> Vec<String> {
        if !self.begun.initialized() {
            return Vec::new();
        }
        let stale: Vec<IntentId> = self.stale().iter().copied().collect();
        let mut failures = Vec::new();
        for id in stale {
            let removed = self.store.remove_intent(&self.run, id).await;
            failures.extend(removed.err().map(|error| {
                format!("failed to {error}: what it stands for is gone, and the next run will look for it once more")
            }));
        }
        let open = open + failures.len();
        let ended = if open == 0 && kept == 0 {
            self.store.remove_header(&self.run).await
        } else {
            self.store.renew(&self.header().at_its_end(self.clock.now(), open, kept)).await
        };
        failures.extend(ended.err().map(|error| format!("failed to {error}")));
        failures
    }

    fn header(&self) -> Header {
        self.header.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_header(&self, header: Header) {
        *self.header.lock().unwrap_or_else(PoisonError::into_inner) = header;
    }

    fn stale(&self) -> MutexGuard<'_, BTreeSet<IntentId>> {
        self.stale.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Journal and S3 as one ledger.
pub struct StateLedger {
    journal: JournalLedger,
    record: StateRecord,
}

impl StateLedger {
    /// The ledger of a run with this header. Nothing is written to S3 before its first intent.
    pub fn new(
        journal: JournalLedger,
        store: StateStore,
        header: Header,
        clock: Arc<dyn Clock>,
        redactor: Redactor,
    ) -> Self {
        Self { journal, record: StateRecord::new(store, header, clock, redactor) }
    }
}

#[async_trait]
impl Record for StateLedger {
    async fn renew(&self) -> Result<(), RecordError> {
        self.record.renew().await.map_err(|error| error.to_string())
    }

    async fn close(&self) -> Vec<String> {
        self.record.close(self.journal.open().await.len(), self.journal.kept()).await
    }
}

/// An intent that is not in S3 yet. Whoever gives up waiting for that never makes the call: there is nothing to clean up then.
struct Unwritten<'a> {
    ledger: &'a StateLedger,
    id: IntentId,
    is_written: bool,
}

impl Drop for Unwritten<'_> {
    fn drop(&mut self) {
        if !self.is_written {
            self.ledger.journal.note_settled(self.id, Settlement::NeverWas);
            self.ledger.record.stale().insert(self.id);
        }
    }
}

#[async_trait]
impl Ledger for StateLedger {
    async fn intend(&self, intent: Intent) -> Result<IntentId, LedgerError> {
        let id = self.journal.intend(intent.clone()).await?;
        let mut unwritten = Unwritten { ledger: self, id, is_written: false };
        self.record.write(id, intent).await.map_err(failed)?;
        unwritten.is_written = true;
        Ok(id)
    }

    async fn amend(&self, id: IntentId, intent: Intent) -> Result<(), LedgerError> {
        self.journal.amend(id, intent.clone()).await?;
        self.record.write(id, intent).await.map_err(failed)
    }

    async fn settle(&self, id: IntentId, settlement: Settlement) -> Result<(), LedgerError> {
        let kept = match settlement {
            Settlement::Kept => self.journal.open().await.into_iter().find(|(open, _)| *open == id),
            Settlement::Ended
            | Settlement::Stopped
            | Settlement::Removed
            | Settlement::NeverWas
            | Settlement::Stays => None,
        };
        match kept {
            Some((_, intent)) => self.record.keep(id, intent).await.map_err(failed)?,
            None => self.record.remove(id).await,
        }
        self.journal.settle(id, settlement).await
    }

    async fn open(&self) -> Vec<(IntentId, Intent)> {
        self.journal.open().await
    }
}

pub(super) fn failed(error: StateError) -> LedgerError {
    let path = error.place.clone();
    LedgerError { path, source: io::Error::other(error.why) }
}

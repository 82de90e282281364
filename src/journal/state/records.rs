//! The records of dead runs in S3.

use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt;

use super::store::{Found, StateError, StateStore};
use crate::clock::Clock;
use crate::event::{IntentId, LedgerError, RunId};
use crate::journal::header::{Header, Life};
use crate::journal::{Known, RecordError, Records};
use crate::runner::Left;

/// Objects that are read at the same time.
const AT_ONCE: usize = 8;

/// Everything below one target's state.
pub struct StateRecords {
    store: StateStore,
    clock: Arc<dyn Clock>,
}

impl StateRecords {
    /// The records in this store.
    pub fn new(store: StateStore, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    async fn known(&self, found: Found) -> Result<Option<Known>, (String, RecordError)> {
        let header = self.store.read_header(&found.run).await;
        let header = header.map_err(|error| (found.run.to_string(), error.to_string()))?;
        let life = match &header {
            Some(header) => header.life(self.clock.now(), found.written),
            // It ended between the listing and now.
            None if found.written.is_some() => return Ok(None),
            None => Life::Silent,
        };
        Ok(Some(Known { run: found.run, header, life }))
    }

    async fn entry(&self, run: &RunId, id: IntentId) -> Result<Option<Left>, StateError> {
        let entry = self.store.read_intent(run, id).await?;
        Ok(entry.map(|entry| Left { id, at: entry.at, kept: entry.kept, intent: entry.intent }))
    }
}

#[async_trait]
impl Records for StateRecords {
    async fn runs(&self) -> Result<(Vec<Known>, Vec<(String, RecordError)>), RecordError> {
        let found = self.store.found().await.map_err(|error| error.to_string())?;
        let known = futures::stream::iter(found).map(|found| self.known(found)).buffered(AT_ONCE);
        let (mut runs, mut unreadable) = (Vec::new(), Vec::new());
        for known in known.collect::<Vec<_>>().await {
            match known {
                Ok(known) => runs.extend(known),
                Err(error) => unreadable.push(error),
            }
        }
        Ok((runs, unreadable))
    }

    async fn claim(&self, run: &RunId, by: &Header) -> Result<Option<Header>, RecordError> {
        self.store.claim(run, by).await.map_err(|error| error.to_string())
    }

    async fn left(&self, run: &RunId) -> Result<Vec<Left>, RecordError> {
        let found = self.store.found_of(run).await.map_err(|error| error.to_string())?;
        let entries = futures::stream::iter(found).map(|id| self.entry(run, id)).buffered(AT_ONCE);
        let entries: Result<Vec<Option<Left>>, StateError> = entries.collect::<Vec<_>>().await.into_iter().collect();
        Ok(entries.map_err(|error| error.to_string())?.into_iter().flatten().collect())
    }

    async fn settle(&self, run: &RunId, id: IntentId) -> Result<(), LedgerError> {
        self.store.remove_intent(run, id).await.map_err(super::ledger::failed)
    }

    async fn release(&self, header: &Header) -> Result<(), RecordError> {
        let ended = if header.open == 0 && header.kept == 0 {
            self.store.remove_header(&header.run).await
        } else {
            self.store.renew(header).await
        };
        ended.and(self.store.release(&header.run).await).map_err(|error| error.to_string())
    }
}

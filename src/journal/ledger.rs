//! The ledger of a run: intents are events, so the journal holds them before the call is made.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use super::write::JournalState;
use crate::event::{Intent, IntentId, Kind, Ledger, LedgerError, Settlement, Stream};

/// Intents of one run, written through its event stream.
pub struct JournalLedger {
    stream: Stream,
    state: JournalState,
    path: String,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    next: u64,
    kept: usize,
    intents: BTreeMap<IntentId, Intent>,
}

impl JournalLedger {
    /// A ledger over a stream that the journal with this state consumes. `path` is for messages.
    pub fn new(stream: Stream, state: JournalState, path: String) -> Self {
        Self { stream, state, path, open: Mutex::default() }
    }

    /// How many intents were kept on purpose.
    pub fn kept(&self) -> usize {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).kept
    }

    /// Notes a settlement; the journal tells of a write that failed.
    pub(super) fn note_settled(&self, id: IntentId, settlement: Settlement) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.intents.remove(&id);
        open.kept += usize::from(settlement == Settlement::Kept);
        drop(open);
        self.stream.emit(Kind::Settled { id, settlement });
    }

    fn written(&self) -> Result<(), LedgerError> {
        self.state.failure().map_or(Ok(()), |source| Err(LedgerError { path: self.path.clone(), source }))
    }
}

#[async_trait]
impl Ledger for JournalLedger {
    async fn intend(&self, intent: Intent) -> Result<IntentId, LedgerError> {
        let id = {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            let id = IntentId(open.next);
            open.next += 1;
            open.intents.insert(id, intent.clone());
            id
        };
        self.stream.emit(Kind::Intended { id, intent });
        self.written().inspect_err(|_| {
            self.open.lock().unwrap_or_else(PoisonError::into_inner).intents.remove(&id);
        })?;
        Ok(id)
    }

    async fn amend(&self, id: IntentId, intent: Intent) -> Result<(), LedgerError> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).intents.insert(id, intent.clone());
        self.stream.emit(Kind::Intended { id, intent });
        self.written()
    }

    async fn settle(&self, id: IntentId, settlement: Settlement) -> Result<(), LedgerError> {
        self.note_settled(id, settlement);
        self.written()
    }

    async fn open(&self) -> Vec<(IntentId, Intent)> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.intents.iter().map(|(id, intent)| (*id, intent.clone())).collect()
    }
}

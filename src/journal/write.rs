//! One line an event, written and flushed before the next thing happens.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::outputs::outsource;
use crate::event::{Consumer, Event};

/// The journal's name in the run folder.
pub const EVENTS_FILE: &str = "events.jsonl";

/// What became of the last write; the ledger asks before a call is made.
#[derive(Debug, Clone, Default)]
pub struct JournalState(Arc<Mutex<Option<(io::ErrorKind, String)>>>);

impl JournalState {
    /// The first failure, if there was one: from then on nothing more is started.
    pub fn failure(&self) -> Option<io::Error> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.as_ref().map(|(kind, text)| io::Error::new(*kind, text.clone()))
    }

    pub(crate) fn fail(&self, error: &io::Error) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.get_or_insert_with(|| (error.kind(), error.to_string()));
    }
}

/// Writes `events.jsonl` in a run folder.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    file: File,
    state: JournalState,
}

impl Journal {
    /// Begins the journal of a run. The folder must exist and hold none yet.
    pub fn create(folder: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create_new(true).open(folder.join(EVENTS_FILE))?;
        Ok(Self { folder: folder.to_path_buf(), file, state: JournalState::default() })
    }

    /// What the ledger asks.
    pub fn state(&self) -> JournalState {
        self.state.clone()
    }

    fn write(&mut self, event: &Event) -> io::Result<()> {
        let event = outsource(event, &self.folder)?;
        let mut line = serde_json::to_vec(&event)?;
        line.push(b'\n');
        self.file.write_all(&line)?;
        self.file.flush()
    }
}

impl Consumer for Journal {
    fn consume(&mut self, event: &Event) {
        // What follows a torn line could not be read back, and nothing is started any more.
        if self.state.failure().is_some() {
            return;
        }
        if let Err(error) = self.write(event) {
            self.state.fail(&error);
        }
    }

    fn finish(&mut self) -> Vec<String> {
        let synced = self.file.sync_all();
        let failure = self.state.failure().or_else(|| synced.err());
        let path = self.folder.join(EVENTS_FILE);
        failure.map(|error| format!("the journal {} is incomplete: {error}", path.display())).into_iter().collect()
    }
}

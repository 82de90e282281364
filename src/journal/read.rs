//! A journal read back. A torn last line, which a killed run may leave, is reported and not an error.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use indexmap::IndexSet;
use serde::Deserialize;

use super::write::EVENTS_FILE;
use crate::event::{CaseKey, Event, Kind, Outcome, PlannedCase};

/// Why a journal cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be read.
    #[error("failed to read {}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A line that is not the last is no event.
    #[error("{}:{line} is no event: {source}", path.display())]
    Line {
        /// Which file.
        path: PathBuf,
        /// 1-based.
        line: usize,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

/// The events of a run folder, and whether the last line was torn.
pub fn read(folder: &Path) -> Result<(Vec<Event>, bool), ReadError> {
    let path = folder.join(EVENTS_FILE);
    // Bytes, for a line can be torn in the middle of a character.
    let bytes = fs::read(&path).map_err(|source| ReadError::File { path: path.clone(), source })?;
    let whole = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let mut events = Vec::new();
    let mut lines = whole.split(|byte| *byte == b'\n').filter(|_| !whole.is_empty()).enumerate().peekable();
    while let Some((index, line)) = lines.next() {
        match serde_json::from_slice(line) {
            Ok(event) => events.push(event),
            Err(_) if lines.peek().is_none() => return Ok((events, true)),
            Err(source) => return Err(ReadError::Line { path, line: index + 1, source }),
        }
    }
    Ok((events, false))
}

/// When a run began: the time of its first event, if that can be read.
pub fn began(folder: &Path) -> Option<DateTime<Utc>> {
    /// Of an event no more than this is read: the first one names every case of the run.
    #[derive(Deserialize)]
    struct At {
        at: DateTime<Utc>,
    }
    let mut line = Vec::new();
    BufReader::new(fs::File::open(folder.join(EVENTS_FILE)).ok()?).read_until(b'\n', &mut line).ok()?;
    serde_json::from_slice::<At>(&line).ok().map(|event| event.at)
}

/// The cases that were failed or errored, or have no outcome, in the order of the plan. One that was repeated is among them if any
/// of its repetitions was red.
pub fn red_cases(events: &[Event]) -> Vec<CaseKey> {
    let mut planned: Vec<&PlannedCase> = Vec::new();
    let mut fine: BTreeSet<CaseKey> = BTreeSet::new();
    for event in events {
        match &event.kind {
            Kind::RunStarted { cases, .. } => planned.extend(cases),
            Kind::CaseFinished { case, result } => match result.outcome {
                Outcome::Passed { .. } | Outcome::Skipped { .. } => {
                    fine.insert(case.clone());
                }
                Outcome::Failed { .. } | Outcome::Errored { .. } => {}
            },
            _ => {}
        }
    }
    let red: IndexSet<CaseKey> =
        planned.into_iter().filter(|case| !fine.contains(&case.key)).map(PlannedCase::origin).collect();
    red.into_iter().collect()
}

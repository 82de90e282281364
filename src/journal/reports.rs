//! The records of runs in their own folders, for targets without `state:`. They help as long as the folders are there.
//!
//! `run.json` says who the run is and whether it lives, the journal what it intended, and `settled.jsonl` what others have finished
//! for it since.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::header::{Header, Life};
use super::ledger::JournalLedger;
use super::read::read;
use super::records::{Known, Record, RecordError, Records};
use crate::clock::Clock;
use crate::event::{Event, IntentId, Kind, Ledger, LedgerError, RunId, Settlement, TargetSummary};
use crate::runner::Left;

/// Who the run is.
const HEADER_FILE: &str = "run.json";
/// Who cleans up after it.
const CLAIM_FILE: &str = "claim.json";
/// What others have finished.
const SETTLED_FILE: &str = "settled.jsonl";

/// A line of `settled.jsonl`.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    id: IntentId,
}

/// The record of the run of this process, in its folder.
pub struct FolderRecord {
    folder: PathBuf,
    header: Mutex<Header>,
    clock: Arc<dyn Clock>,
    ledger: Arc<JournalLedger>,
}

impl FolderRecord {
    /// Begins the record of a run, whose intents are in this ledger.
    pub fn begin(folder: &Path, header: Header, clock: Arc<dyn Clock>, ledger: Arc<JournalLedger>) -> io::Result<Self> {
        write(&folder.join(HEADER_FILE), &header)?;
        Ok(Self { folder: folder.to_path_buf(), header: Mutex::new(header), clock, ledger })
    }

    fn replace(&self, change: impl FnOnce(Header) -> Header) -> io::Result<()> {
        let mut known = self.header.lock().unwrap_or_else(PoisonError::into_inner);
        *known = change(known.clone());
        write(&self.folder.join(HEADER_FILE), &known)
    }
}

#[async_trait]
impl Record for FolderRecord {
    async fn renew(&self) -> Result<(), RecordError> {
        let now = self.clock.now();
        self.replace(|header| header.renewed(now)).map_err(|error| failed("write", &self.folder, &error))
    }

    async fn close(&self) -> Vec<String> {
        let (open, kept, now) = (self.ledger.open().await.len(), self.ledger.kept(), self.clock.now());
        let ended = self.replace(|header| header.at_its_end(now, open, kept));
        ended.err().map(|error| format!("failed to {}", failed("write", &self.folder, &error))).into_iter().collect()
    }
}

/// The records below a folder of run folders.
pub struct FolderRecords {
    folders: Vec<PathBuf>,
    project: String,
    target: TargetSummary,
    clock: Arc<dyn Clock>,
}

impl FolderRecords {
    /// The runs of a project against a target, in these folders of run folders.
    pub fn new(folders: Vec<PathBuf>, project: String, target: TargetSummary, clock: Arc<dyn Clock>) -> Self {
        Self { folders, project, target, clock }
    }

    /// The folders that have a record, by run.
    fn all(&self) -> io::Result<BTreeMap<RunId, PathBuf>> {
        let mut all = BTreeMap::new();
        for folder in self.folders.iter().filter(|folder| folder.is_dir()) {
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| RunId::new(name).ok());
                all.extend(name.filter(|_| path.join(HEADER_FILE).is_file()).map(|run| (run, path.clone())));
            }
        }
        Ok(all)
    }

    fn folder(&self, run: &RunId) -> Result<PathBuf, RecordError> {
        let all = self.all().map_err(|error| format!("list the run folders: {error}"))?;
        all.get(run).cloned().ok_or_else(|| format!("find the folder of run {run}: there is none"))
    }

    fn is_ours(&self, header: &Header) -> bool {
        header.project == self.project && header.target == self.target
    }

    fn known(&self, run: RunId, folder: &Path) -> Result<Option<Known>, (String, RecordError)> {
        let header: Header = self::parse(&folder.join(HEADER_FILE)).map_err(|error| (run.to_string(), error))?;
        if !self.is_ours(&header) {
            return Ok(None);
        }
        let life = header.life(self.clock.now(), None);
        Ok(Some(Known { run, header: Some(header), life }))
    }
}

#[async_trait]
impl Records for FolderRecords {
    async fn runs(&self) -> Result<(Vec<Known>, Vec<(String, RecordError)>), RecordError> {
        let all = self.all().map_err(|error| format!("list the run folders: {error}"))?;
        let (mut runs, mut unreadable) = (Vec::new(), Vec::new());
        for (run, folder) in all {
            match self.known(run, &folder) {
                Ok(known) => runs.extend(known),
                Err(error) => unreadable.push(error),
            }
        }
        Ok((runs, unreadable))
    }

    async fn claim(&self, run: &RunId, by: &Header) -> Result<Option<Header>, RecordError> {
        let path = self.folder(run)?.join(CLAIM_FILE);
        if create(&path, by).is_ok() {
            return Ok(None);
        }
        let holder: Header = parse(&path)?;
        if holder.run == by.run {
            return Ok(None);
        }
        if holder.life(self.clock.now(), None) == Life::Alive {
            return Ok(Some(holder));
        }
        fs::remove_file(&path).and_then(|()| create(&path, by)).map_err(|error| failed("write", &path, &error))?;
        Ok(None)
    }

    async fn left(&self, run: &RunId) -> Result<Vec<Left>, RecordError> {
        let folder = self.folder(run)?;
        let (events, _) = read(&folder).map_err(|error| error.to_string())?;
        let settled = settled(&folder.join(SETTLED_FILE))?;
        Ok(left(&events).into_iter().filter(|left| !settled.contains(&left.id)).collect())
    }

    async fn settle(&self, run: &RunId, id: IntentId) -> Result<(), LedgerError> {
        let path = self.folder(run).map(|folder| folder.join(SETTLED_FILE));
        let append = |path: &PathBuf| {
            let mut line = serde_json::to_vec(&Line { id })?;
            line.push(b'\n');
            OpenOptions::new().append(true).create(true).open(path)?.write_all(&line)
        };
        match path {
            Ok(path) => append(&path).map_err(|source| LedgerError { path: path.display().to_string(), source }),
            Err(error) => Err(LedgerError { path: run.to_string(), source: io::Error::other(error) }),
        }
    }

    async fn release(&self, header: &Header) -> Result<(), RecordError> {
        let folder = self.folder(&header.run)?;
        write(&folder.join(HEADER_FILE), header)
            .and_then(|()| fs::remove_file(folder.join(CLAIM_FILE)))
            .map_err(|error| failed("write", &folder, &error))
    }
}

/// What the events of a run leave open, and what they keep.
fn left(events: &[Event]) -> Vec<Left> {
    let mut left: BTreeMap<IntentId, Left> = BTreeMap::new();
    for event in events {
        match &event.kind {
            Kind::Intended { id, intent } => {
                let at = left.get(id).map_or(event.at, |first| first.at);
                left.insert(*id, Left { id: *id, at, kept: false, intent: intent.clone() });
            }
            Kind::Settled { id, settlement: Settlement::Kept } => {
                left.entry(*id).and_modify(|left| left.kept = true);
            }
            Kind::Settled { id, .. } => drop(left.remove(id)),
            _ => {}
        }
    }
    left.into_values().collect()
}

/// The ids in whole lines: one that was cut off by a kill is done once more.
fn settled(path: &Path) -> Result<BTreeSet<IntentId>, RecordError> {
    match fs::read_to_string(path) {
        Ok(text) => {
            Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).map(|line: Line| line.id).collect())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
        Err(error) => Err(failed("read", path, &error)),
    }
}

fn parse(path: &Path) -> Result<Header, RecordError> {
    let text = fs::read(path).map_err(|error| failed("read", path, &error))?;
    serde_json::from_slice(&text).map_err(|error| failed("read", path, &error))
}

/// Writes beside the file and renames: a reader, and a kill, find the old one or the new one.
fn write(path: &Path, header: &Header) -> io::Result<()> {
    let beside = path.with_extension("json.tmp");
    fs::write(&beside, serde_json::to_vec(header)?)?;
    fs::rename(&beside, path)
}

/// Writes a file that is not there yet.
fn create(path: &Path, header: &Header) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(&serde_json::to_vec(header)?)
}

fn failed(what: &str, path: &Path, why: &dyn std::fmt::Display) -> RecordError {
    format!("{what} {}: {why}", path.display())
}

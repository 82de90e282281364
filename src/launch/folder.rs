//! The run folder, `reports/<run id>/`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::event::RunId;

/// Where run folders are, below the project's root.
pub const REPORTS_FOLDER: &str = "reports";

/// Where the records of cleanups are, below that: they are no runs, so no command takes them for one.
pub(super) const CLEANUPS_FOLDER: &str = "cleanup";

/// The folders that hold folders with a record.
pub(super) fn record_folders(root: &Path) -> Vec<PathBuf> {
    let reports = root.join(REPORTS_FOLDER);
    vec![reports.clone(), reports.join(CLEANUPS_FOLDER)]
}

/// The folder of one run.
#[derive(Debug, Clone)]
pub struct RunFolder {
    /// Where it is.
    pub path: PathBuf,
    /// As shown: relative to the project's root.
    pub shown: String,
}

impl RunFolder {
    /// Makes the folder of a run. It is new.
    pub fn create(root: &Path, run: &RunId) -> io::Result<Self> {
        Self::create_in(root, REPORTS_FOLDER, run)
    }

    /// Makes the folder of a cleanup. It is new.
    pub(super) fn create_for_cleanup(root: &Path, run: &RunId) -> io::Result<Self> {
        Self::create_in(root, &format!("{REPORTS_FOLDER}/{CLEANUPS_FOLDER}"), run)
    }

    fn create_in(root: &Path, folder: &str, run: &RunId) -> io::Result<Self> {
        let shown = format!("{folder}/{run}");
        fs::create_dir_all(root.join(folder))?;
        let path = root.join(&shown);
        fs::create_dir(&path)?;
        Ok(Self { path, shown })
    }

    /// The folders of earlier runs, the newest last: ids begin with the second, and within it the first event decides.
    pub fn earlier(root: &Path) -> io::Result<Vec<String>> {
        let mut names: Vec<String> = Vec::new();
        let folder = root.join(REPORTS_FOLDER);
        if !folder.is_dir() {
            return Ok(names);
        }
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.path().join(crate::journal::EVENTS_FILE).is_file() {
                names.extend(entry.file_name().into_string());
            }
        }
        names.sort();
        for second in names.chunk_by_mut(|one, other| second(one) == second(other)).filter(|runs| runs.len() > 1) {
            second.sort_by_cached_key(|name| crate::journal::began(&root.join(REPORTS_FOLDER).join(name)));
        }
        Ok(names)
    }
}

/// The part of an id that tells the time, to the second.
fn second(id: &str) -> &str {
    id.rsplit_once('_').map_or(id, |(time, _)| time)
}

/// An id for a run that begins now: its time, so that ids sort, and something that keeps two of one second apart.
pub(super) fn new_run_id(now: DateTime<Utc>) -> RunId {
    let random = Uuid::new_v4().simple().to_string();
    let text = format!("{}_{}", now.format("%Y%m%d_%H%M%S"), &random[..4]);
    RunId::new(text.clone()).unwrap_or_else(|_| unreachable_id(&text))
}

#[expect(clippy::unreachable, reason = "digits, `_` and hexadecimal digits, 20 of them, are a run id")]
fn unreachable_id(text: &str) -> RunId {
    unreachable!("{text}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    #[test]
    fn an_id_tells_the_time_and_two_are_never_the_same() {
        let now = Utc.with_ymd_and_hms(2026, 1, 16, 12, 30, 5).unwrap();
        let (first, second) = (new_run_id(now), new_run_id(now));
        assert!(first.as_str().starts_with("20260116_123005_"), "{first}");
        assert_ne!(first, second);
    }

    #[test]
    fn runs_of_one_second_are_in_the_order_in_which_they_began() {
        let root = tempfile::tempdir().unwrap();
        for (id, milliseconds) in [("20260116_120000_b", 1), ("20260116_120000_a", 2), ("20260115_235959_z", 0)] {
            let folder = RunFolder::create(root.path(), &RunId::new(id).unwrap()).unwrap();
            let at = Utc.timestamp_millis_opt(1_768_521_600_000 + milliseconds).unwrap();
            let clock = std::sync::Arc::new(crate::clock::ManualClock::new(at));
            let journal = crate::journal::Journal::create(&folder.path).unwrap();
            let stream = crate::event::Stream::new(clock, vec![Box::new(journal)]);
            stream.emit(crate::event::Kind::Stopping { reason: crate::event::StopReason::Deadline });
        }
        let expected = ["20260115_235959_z", "20260116_120000_b", "20260116_120000_a"];
        assert_eq!(RunFolder::earlier(root.path()).unwrap(), expected);
    }

    #[test]
    fn earlier_runs_are_those_with_a_journal_in_order() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(RunFolder::earlier(root.path()).unwrap(), Vec::<String>::new());
        for id in ["b", "a", "empty"] {
            let folder = RunFolder::create(root.path(), &RunId::new(id).unwrap()).unwrap();
            if id != "empty" {
                fs::write(folder.path.join(crate::journal::EVENTS_FILE), "").unwrap();
            }
        }
        assert_eq!(RunFolder::earlier(root.path()).unwrap(), ["a", "b"]);
        assert!(RunFolder::create(root.path(), &RunId::new("a").unwrap()).is_err(), "a run folder is never used twice");
    }
}

//! The file on disk: written at the start with every planned case in red, rewritten whole as cases finish.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};

use super::document::{Shown, document};
use super::parts;
use crate::event::{CaseKey, CaseResult, Consumer, Event, Kind, Outcome, PlannedCase};
use crate::report::fit;
use crate::report::repetitions::{Count, Repetitions};

/// The file is rewritten at most this often.
const PACE: TimeDelta = TimeDelta::milliseconds(250);

/// Writes `junit.xml` (and `junit-2.xml`, …) of a run folder.
#[derive(Debug)]
pub struct Junit {
    run: String,
    folder: PathBuf,
    started: DateTime<Utc>,
    written: Option<DateTime<Utc>>,
    cases: Vec<PlannedCase>,
    results: HashMap<CaseKey, CaseResult>,
    failure: Option<String>,
}

impl Junit {
    /// Writes into this folder, which must exist.
    pub fn new(folder: &Path) -> Self {
        Self {
            run: String::new(),
            folder: folder.to_path_buf(),
            started: DateTime::UNIX_EPOCH,
            written: None,
            cases: Vec::new(),
            results: HashMap::new(),
            failure: None,
        }
    }

    fn write_if_due(&mut self, now: DateTime<Utc>) {
        if self.written.is_none_or(|written| now - written >= PACE) {
            self.write(now);
        }
    }

    fn write(&mut self, now: DateTime<Utc>) {
        self.written = Some(now);
        if let Err(error) = self.write_parts() {
            self.failure = Some(format!("failed to write the JUnit report in {}: {error}", self.folder.display()));
        } else {
            self.failure = None;
        }
    }

    fn shown<'a>(&'a self, case: &'a PlannedCase, repetitions: &Repetitions) -> Shown<'a> {
        let repeated = repetitions.of(case).filter(|count| !count.is_green()).map(Count::words);
        let whole = fit::whole(&self.run, &case.key.to_string());
        Shown { case, result: self.results.get(&case.key), repeated, whole }
    }

    fn write_parts(&self) -> io::Result<()> {
        let repetitions = Repetitions::count(self.cases.iter().map(|case| (case, self.results.get(&case.key))));
        let sizes = parts::sizes(self.cases.len());
        let mut cases: Vec<Shown<'_>> = self.cases.iter().map(|case| self.shown(case, &repetitions)).collect();
        if sizes.len() > 1 {
            cases.sort_by_key(|shown| rank(shown.result));
        }
        let mut rest = cases.as_slice();
        for (part, size) in sizes.into_iter().enumerate() {
            let (head, tail) = rest.split_at(size);
            rest = tail;
            replace(&parts::path(&self.folder, part), |file| {
                document(head, self.started).write_xml(file).map_err(|error| io::Error::other(error.to_string()))
            })?;
        }
        Ok(())
    }
}

/// What CodeBuild must not cut comes first.
fn rank(result: Option<&CaseResult>) -> u8 {
    match result.map(|result| &result.outcome) {
        Some(Outcome::Failed { .. }) => 0,
        None | Some(Outcome::Errored { .. }) => 1,
        Some(Outcome::Skipped { .. }) => 2,
        Some(Outcome::Passed { .. }) => 3,
    }
}

/// Writes beside the file and renames: a reader, and a kill, find the old one or the new one.
fn replace(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
    let beside = path.with_extension("xml.tmp");
    let mut file = BufWriter::new(File::create(&beside)?);
    write(&mut file)?;
    file.flush()?;
    fs::rename(&beside, path)
}

impl Consumer for Junit {
    fn consume(&mut self, event: &Event) {
        match &event.kind {
            Kind::RunStarted { run, cases, .. } => {
                run.as_str().clone_into(&mut self.run);
                self.started = event.at;
                self.cases.clone_from(cases);
                self.write(event.at);
            }
            Kind::CaseFinished { case, result } => {
                self.results.insert(case.clone(), result.without_documents());
                self.write_if_due(event.at);
            }
            Kind::RunFinished { .. } => self.write(event.at),
            Kind::TakenUp { .. }
            | Kind::SetupStarted { .. }
            | Kind::SetupFinished { .. }
            | Kind::CaseStarted { .. }
            | Kind::StepStarted { .. }
            | Kind::StepWaiting { .. }
            | Kind::StepFinished { .. }
            | Kind::Intended { .. }
            | Kind::Settled { .. }
            | Kind::Stopping { .. }
            | Kind::CleanupStarted { .. }
            | Kind::CleanedUp(_)
            | Kind::CleanupFinished { .. } => {}
        }
    }

    fn finish(&mut self) -> Vec<String> {
        self.failure.take().into_iter().collect()
    }
}

//! The consumer: keeps what the end needs, shows what happens meanwhile.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use indexmap::IndexMap;

use super::lines;
use super::palette::Palette;
use super::progress::Progress;
use super::summary::Summary;
use crate::event::{
    CaseKey, CaseResult, CleanupItem, Consumer, Event, Exit, Finding, IntentId, Kind, PlannedCase, Settlement,
    StopReason, Totals,
};
use crate::report::text::time;

/// Shows a run on a terminal or in a log.
pub struct Console {
    palette: Palette,
    progress: Box<dyn Progress>,
    out: Box<dyn Write + Send>,
    folder: String,
    run: String,
    cases: IndexMap<CaseKey, Entry>,
    left_over: Vec<CleanupItem>,
    kept: Kept,
    heart: Heart,
    failed_to_write: Option<String>,
}

/// What a run keeps on purpose, and how it is removed later.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// Names of intents that are open.
    intended: HashMap<IntentId, String>,
    /// What is kept, by name.
    pub names: Vec<String>,
    /// The command that removes it.
    pub command: String,
}

impl Kept {
    fn settled(&mut self, id: IntentId, settlement: &Settlement) {
        let name = self.intended.remove(&id);
        self.names.extend(name.filter(|_| *settlement == Settlement::Kept));
    }
}

struct Entry {
    case: PlannedCase,
    result: Option<CaseResult>,
}

/// What runs at the moment, for a sign of life in a log that would be silent otherwise.
#[derive(Debug, Clone, Default)]
pub struct Heart(Arc<Mutex<IndexMap<CaseKey, Beat>>>);

#[derive(Debug)]
struct Beat {
    since: DateTime<Utc>,
    waits_for: String,
}

impl Heart {
    /// A line on the cases that run now; none if there is none.
    pub fn beat(&self, now: DateTime<Utc>) -> Option<String> {
        let running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let case = |(key, beat): (&CaseKey, &Beat)| {
            let elapsed = time((now - beat.since).to_std().unwrap_or_default());
            let waits =
                if beat.waits_for.is_empty() { String::new() } else { format!(", waits for {}", beat.waits_for) };
            format!("{key} ({elapsed}{waits})")
        };
        let running: Vec<String> = running.iter().map(case).collect();
        (!running.is_empty()).then(|| format!("running: {}", running.join("; ")))
    }

    fn begin(&self, case: &CaseKey, since: DateTime<Utc>) {
        let beat = Beat { since, waits_for: String::new() };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(case.clone(), beat);
    }

    fn waits(&self, case: &CaseKey, what: &str) {
        if let Some(beat) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get_mut(case) {
            what.clone_into(&mut beat.waits_for);
        }
    }

    fn end(&self, case: &CaseKey) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).shift_remove(case);
    }
}

impl Console {
    /// Progress goes where `progress` says (standard error), the result to `out` (standard output).
    pub fn new(palette: Palette, progress: Box<dyn Progress>, out: Box<dyn Write + Send>) -> Self {
        Self {
            palette,
            progress,
            out,
            folder: String::new(),
            run: String::new(),
            cases: IndexMap::new(),
            left_over: Vec::new(),
            kept: Kept::default(),
            heart: Heart::default(),
            failed_to_write: None,
        }
    }

    /// What runs at the moment.
    pub fn heart(&self) -> Heart {
        self.heart.clone()
    }

    fn case_finished(&mut self, key: &CaseKey, result: &CaseResult) {
        self.progress.end(key);
        self.heart.end(key);
        if let Some(entry) = self.cases.get_mut(key) {
            self.progress.line(&lines::finished(self.palette, &entry.case, result));
            entry.result = Some(result.without_documents());
        }
    }

    fn waits(&mut self, case: Option<&CaseKey>, what: &str) {
        if let Some(case) = case {
            self.progress.waits(case, what);
            self.heart.waits(case, what);
        }
    }

    fn stopping(&mut self, reason: StopReason, totals: Totals) {
        let left = totals.planned.saturating_sub(totals.finished() + totals.running);
        let why = match reason {
            StopReason::Interrupted => "interrupted".to_owned(),
            StopReason::Deadline => "the deadline is met".to_owned(),
            StopReason::MaxFail => format!("{} red, as many as --max-fail allows", totals.failed + totals.errored),
        };
        let again = if reason == StopReason::Interrupted { " Again to stop at once." } else { "" };
        self.progress.line(&format!(
            "stopping: {why}. Running now: {}, not started: {left}. What this run started is stopped, then cleanup.{again}",
            totals.running
        ));
    }

    fn run_finished(&mut self, totals: Totals, exit: Exit, duration: std::time::Duration, problems: &[Finding]) {
        self.progress.clear();
        let cases = self.cases.values().filter_map(|entry| Some((&entry.case, entry.result.as_ref()?))).collect();
        let (palette, folder, run) = (self.palette, &*self.folder, &*self.run);
        let (left_over, kept) = (&*self.left_over, &self.kept);
        let summary =
            Summary { palette, cases, left_over, kept, problems, totals, exit, duration, folder, run }.render();
        if let Err(error) = self.out.write_all(summary.as_bytes()).and_then(|()| self.out.flush()) {
            self.failed_to_write = Some(format!("failed to write the summary to standard output: {error}"));
        }
    }
}

impl Consumer for Console {
    fn consume(&mut self, event: &Event) {
        match &event.kind {
            Kind::RunStarted { run, project, target, cases, folder, notes, .. } => {
                self.folder.clone_from(folder);
                run.as_str().clone_into(&mut self.run);
                self.kept.command = format!("shakedown cleanup {run} --target {}", target.name);
                self.progress.line(&lines::started(run.as_str(), project, target, cases.len(), folder));
                for note in notes {
                    self.progress.line(&self.palette.faint(&format!("note: {note}")));
                }
                self.cases = cases.iter().map(|c| (c.key.clone(), Entry { case: c.clone(), result: None })).collect();
            }
            Kind::CaseStarted { case } => {
                let name = self.cases.get(case).map_or("", |entry| entry.case.name.as_str());
                self.progress.begin(case, name);
                self.heart.begin(case, event.at);
            }
            Kind::StepStarted { case, step, .. } => self.waits(case.as_ref(), &step.to_string()),
            Kind::StepWaiting { case, what, .. } => self.waits(case.as_ref(), what),
            Kind::StepFinished { suite, case, result } => {
                let name = case.as_ref().and_then(|case| self.cases.get(case)).map(|entry| entry.case.name.as_str());
                if let Some(line) = lines::reuse(self.palette, suite, name.unwrap_or("setup"), result) {
                    self.progress.line(&line);
                }
            }
            Kind::CaseFinished { case, result } => self.case_finished(case, result),
            Kind::Intended { id, intent } => drop(self.kept.intended.insert(*id, intent.name.clone())),
            Kind::Settled { id, settlement } => self.kept.settled(*id, settlement),
            Kind::Stopping { reason } => self.stopping(*reason, event.totals),
            Kind::TakenUp { run, why, items } => self.progress.line(&lines::taken_up(run.as_str(), why, *items)),
            Kind::CleanedUp(item) => {
                if let Some(line) = lines::cleaned_up(item) {
                    self.progress.line(&line);
                }
                if item.problem.is_some() {
                    self.left_over.push(item.clone());
                }
            }
            Kind::RunFinished { exit, duration, problems } => {
                self.run_finished(event.totals, *exit, *duration, problems);
            }
            Kind::SetupStarted { .. }
            | Kind::SetupFinished { .. }
            | Kind::CleanupStarted { .. }
            | Kind::CleanupFinished { .. } => {}
        }
    }

    fn finish(&mut self) -> Vec<String> {
        self.failed_to_write.take().into_iter().collect()
    }
}

//! A project in a temporary folder, a sandbox, and runs of suites that are given as text.
//!
//! Every run is held against the rules that hold for all of them (`Ran::hold_rules`): one outcome for each case, totals that agree.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use regex::Regex;
use tempfile::TempDir;
use tokio::sync::Notify;

use crate::clock::SystemClock;
use crate::diagnostic::render;
use crate::event::{
    CaseKey, CleanupItem, Consumer, Event, Exit, Finding, Kind, Ledger, Outcome, RunId, StepResult, Stream,
    TargetSummary,
};
use crate::expr::Functions;
use crate::journal::{JournalLedger, JournalState};
use crate::redact::Redactor;
use crate::runner::{
    Budgets, Context, Plan, PlanError, RunFacts, RunOptions, Selection, Stop, plan, plan_repeated, run,
};
use crate::service::Services;
use crate::suite::{self, Suite};
use crate::target::{self, Project, Session, Surroundings};

const PROJECT: &str = "
version: 1
project: test
tags: [smoke, slow]
targets:
  local: {sandbox: sandbox.yaml, exec: true, athena: {output: 's3://data/athena/'}, vars: {bucket: data}}
  other: {account: '111122223333', region: eu-west-1, vars: {bucket: data, countries: [DE, FR]}}
";

/// A machine that waits for an hour, one that ends at once, and one that fails.
const SANDBOX: &str = "
buckets: {data: {}}
state_machines:
  waits: {definition: waits.json}
  ends: {definition: ends.json}
  fails: {definition: fails.json}
";
const MACHINES: [(&str, &str); 3] = [
    ("waits.json", r#"{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": true}}}"#),
    ("ends.json", r#"{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}"#),
    ("fails.json", r#"{"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Broken", "Cause": "on purpose"}}}"#),
];

/// How long a test waits for what it expects to happen.
const PATIENCE: Duration = Duration::from_mins(1);

/// Where suites run.
pub(super) struct Scene {
    pub options: RunOptions,
    pub selection: Selection,
    pub stop: Stop,
    pub seen: Seen,
    pub journal: JournalState,
    pub redactor: Redactor,
    /// How often.
    pub repeat: usize,
    /// A ledger with a bug: it panics when it is asked what is open, so many times.
    pub ledger_panics: u32,
}

/// The events so far, for those who wait for one.
#[derive(Clone, Default)]
pub(super) struct Seen(Arc<(Mutex<Vec<Event>>, Notify)>);

impl Consumer for Seen {
    fn consume(&mut self, event: &Event) {
        self.0.0.lock().unwrap().push(event.clone());
        self.0.1.notify_waiters();
    }
}

impl Seen {
    /// Returns when an event of this kind has been seen.
    pub async fn until(&self, wanted: impl Fn(&Kind) -> bool) {
        let look = async {
            loop {
                let changed = self.0.1.notified();
                if self.0.0.lock().unwrap().iter().any(|event| wanted(&event.kind)) {
                    return;
                }
                changed.await;
            }
        };
        tokio::time::timeout(PATIENCE, look).await.expect("the event that the test waits for never came");
    }

    /// Returns when a step of this id has begun and waits for something.
    pub async fn waiting(&self, id: &str) {
        self.until(|kind| matches!(kind, Kind::StepWaiting { step, .. } if step.id == id)).await;
    }
}

/// A run that has ended.
pub(super) struct Ran {
    pub events: Vec<Event>,
    pub exit: Exit,
    pub root: TempDir,
    /// How often each operation of the sandbox was called.
    pub calls: BTreeMap<String, u64>,
}

/// `SH 'command'` in a suite: a shell command as a read, `DO 'command'` as something that executes.
fn expand(text: &str) -> String {
    let shell = Regex::new("(SH|DO) '([^']*)'").unwrap();
    let step = |found: &regex::Captures<'_>| {
        let effect = if &found[1] == "SH" { "read" } else { "execute" };
        format!("exec.run: {{effect: {effect}, command: [sh, -c, '{}']}}", &found[2])
    };
    shell.replace_all(text, step).into_owned()
}

pub(super) fn write(root: &TempDir, path: &str, text: &str) {
    std::fs::write(root.path().join(path), text).unwrap();
}

/// A project with its files.
pub(super) fn project() -> (TempDir, Project) {
    let root = tempfile::tempdir().unwrap();
    write(&root, "shakedown.yaml", PROJECT);
    write(&root, "sandbox.yaml", SANDBOX);
    for (path, text) in MACHINES {
        write(&root, path, text);
    }
    let project = target::load(root.path()).map_err(|problems| render(&problems, false)).unwrap();
    (root, project)
}

/// Checked suites; each text is a file of its own.
pub(super) fn suites(project: &Project, texts: &[&str]) -> Vec<Arc<Suite>> {
    let load = |(index, text): (usize, &&str)| {
        let loaded = suite::check_text(project, format!("suites/s{}.yaml", index + 1), &expand(text));
        assert!(
            !loaded.problems.iter().any(crate::diagnostic::Problem::is_error),
            "{}",
            render(&loaded.problems, false)
        );
        loaded.suites.into_iter().map(super::panics::sabotaged)
    };
    texts.iter().enumerate().flat_map(load).collect()
}

/// The plan of these suites for a target.
pub(super) fn planned(texts: &[&str], target: &str, selection: &Selection) -> Result<Plan, PlanError> {
    let (_root, project) = project();
    plan(&suites(&project, texts), &facts(&project, target), &functions(&project), selection)
}

pub(super) fn functions(project: &Project) -> Functions {
    Functions { root: project.root.clone(), timezone: project.timezone, secrets: BTreeMap::new() }
}

pub(super) fn facts(project: &Project, target: &str) -> RunFacts {
    let now: DateTime<Utc> = DateTime::from_timestamp(1_768_521_600, 0).unwrap();
    RunFacts {
        id: RunId::new("r1").unwrap(),
        date: NaiveDate::from_ymd_opt(2026, 1, 16).unwrap(),
        started_at: now.fixed_offset(),
        target: target.to_owned(),
        target_vars: project.targets[target].vars.clone(),
        env: BTreeMap::new(),
        overrides: BTreeMap::new(),
    }
}

impl Scene {
    pub fn new() -> Self {
        let options =
            RunOptions { concurrency: 8, max_fail: None, keep: false, update: false, budgets: Budgets::default() };
        Self {
            options,
            selection: Selection::default(),
            stop: Stop::new(),
            seen: Seen::default(),
            journal: JournalState::default(),
            redactor: Redactor::new(),
            repeat: 1,
            ledger_panics: 0,
        }
    }

    /// Runs one suite to its end.
    pub async fn run(self, text: &str) -> Ran {
        self.run_all(&[text]).await
    }

    /// Runs suites to their end.
    pub async fn run_all(self, texts: &[&str]) -> Ran {
        let (root, project) = project();
        let target = &project.targets["local"];
        let facts = facts(&project, "local");
        let texts = suites(&project, texts);
        let plan = plan_repeated(&texts, &facts, &functions(&project), &self.selection, self.repeat).unwrap();
        let surroundings = Surroundings { env: BTreeMap::new(), cache_dir: root.path().join("cache") };
        let session = Box::pin(Session::open(&project, target, &facts.id, &surroundings)).await.unwrap();
        let stream =
            Stream::new(Arc::new(SystemClock), vec![Box::new(self.seen.clone())]).redacting(self.redactor.clone());
        let ledger = Arc::new(JournalLedger::new(stream.clone(), self.journal.clone(), "events.jsonl".into()));
        let context = Context {
            run: facts.id.clone(),
            services: Arc::new(Services::new(&session)),
            stream: stream.clone(),
            ledger: super::panics::breaking(Arc::<JournalLedger>::clone(&ledger), self.ledger_panics),
            redactor: self.redactor,
            root: root.path().to_path_buf(),
            allow: target.allow.clone(),
            exec: target.exec,
            options: self.options,
            stop: self.stop,
            record: None,
        };
        stream.emit(announcement(&plan, session.summary.clone()));
        let exit = tokio::time::timeout(PATIENCE, Box::pin(run(&context, &plan))).await.expect("the run hangs");
        let calls = session.sandbox().unwrap().calls();
        session.close().await;
        let events = self.seen.0.0.lock().unwrap().clone();
        let ran = Ran { events, exit, root, calls };
        ran.hold_rules(&plan, ledger.open().await.len());
        ran
    }
}

fn announcement(plan: &Plan, target: TargetSummary) -> Kind {
    Kind::RunStarted {
        run: RunId::new("r1").unwrap(),
        project: "test".into(),
        target,
        date: NaiveDate::from_ymd_opt(2026, 1, 16).unwrap(),
        cases: plan.announced(),
        folder: PathBuf::from("reports/r1").display().to_string(),
        notes: plan.notes.clone(),
        started_at: None,
        reuses: None,
    }
}

/// Runs a suite and holds its cases, by id and row, against what is expected.
pub(super) async fn check(text: &str, expected: &[(&str, &str)]) -> Ran {
    Scene::new().check(text, expected).await
}

impl Scene {
    /// As [`check`], with this scene's options.
    pub async fn check(self, text: &str, expected: &[(&str, &str)]) -> Ran {
        let ran = self.run(text).await;
        ran.ended(expected);
        ran
    }
}

impl Ran {
    /// What holds for every run, whatever happens in it.
    fn hold_rules(&self, plan: &Plan, open: usize) {
        let planned: Vec<&CaseKey> = plan.cases().map(|(_, case)| &case.key).collect();
        let mut ended: Vec<&CaseKey> = self.outcomes().map(|(key, _)| key).collect();
        ended.sort();
        let mut sorted = planned.clone();
        sorted.sort();
        assert_eq!(ended, sorted, "every planned case has exactly one outcome");
        for (index, event) in self.events.iter().enumerate() {
            assert_eq!(event.sequence, index as u64, "events are numbered without a gap");
        }
        let last = self.events.last().unwrap();
        assert_eq!(
            (last.totals.planned, last.totals.finished(), last.totals.running),
            (planned.len(), planned.len(), 0)
        );
        let Kind::RunFinished { exit, problems, .. } = &last.kind else { panic!("the last event is {last:?}") };
        assert_eq!(*exit, self.exit);
        assert_eq!(problems.len(), open, "what is open at the end is a problem of the run: {problems:?}");
        let green =
            self.outcomes().all(|(_, outcome)| matches!(outcome, Outcome::Passed { .. } | Outcome::Skipped { .. }));
        assert!(green || self.exit != Exit::Green, "a red case makes the run red");
        self.steps_of_cases_lie_within_them();
    }

    fn steps_of_cases_lie_within_them(&self) {
        let mut running = std::collections::BTreeSet::new();
        for event in &self.events {
            match &event.kind {
                Kind::CaseStarted { case } => assert!(running.insert(case), "{case} began twice"),
                Kind::CaseFinished { case, .. } => drop(running.remove(case)),
                Kind::StepStarted { case: Some(case), step, .. }
                | Kind::StepWaiting { case: Some(case), step, .. }
                | Kind::StepFinished { case: Some(case), result: StepResult { step, .. }, .. } => {
                    assert!(running.contains(case), "{step} of {case}, which is not running");
                }
                _ => {}
            }
        }
    }

    /// Cases with their outcomes, in the order in which they ended.
    pub fn outcomes(&self) -> impl Iterator<Item = (&CaseKey, &Outcome)> {
        self.events.iter().filter_map(|event| match &event.kind {
            Kind::CaseFinished { case, result } => Some((case, &result.outcome)),
            _ => None,
        })
    }

    /// Holds the outcomes against what is expected, by `id` or `id[row]`.
    pub fn ended(&self, expected: &[(&str, &str)]) {
        let name = |key: &CaseKey| key.to_string().split_once('/').unwrap().1.to_owned();
        let actual: BTreeMap<String, &str> = self.outcomes().map(|(key, o)| (name(key), o.name())).collect();
        let expected: BTreeMap<String, &str> = expected.iter().map(|(id, o)| ((*id).to_owned(), *o)).collect();
        assert_eq!(actual, expected, "{:#?}", self.outcomes().map(|(_, o)| o.findings()).collect::<Vec<_>>());
    }

    pub fn outcome(&self, id: &str) -> &Outcome {
        self.outcomes().find(|(key, _)| key.case == id).expect("no such case").1
    }

    /// The first thing that was wrong with a case.
    pub fn finding(&self, id: &str) -> &Finding {
        self.outcome(id).findings().first().expect("nothing was wrong")
    }

    /// Why a case is red, or was skipped.
    pub fn why(&self, id: &str) -> &str {
        match self.outcome(id) {
            Outcome::Skipped { reason } => reason,
            _ => &self.finding(id).message,
        }
    }

    /// What cleanup did, in order: the name, and `!` if it went wrong.
    pub fn cleaned(&self) -> Vec<String> {
        let mark = |item: &CleanupItem| format!("{}{}", item.name, if item.problem.is_some() { "!" } else { "" });
        self.cleanup().map(mark).collect()
    }

    pub fn cleanup(&self) -> impl Iterator<Item = &CleanupItem> {
        self.events.iter().filter_map(|event| match &event.kind {
            Kind::CleanedUp(item) => Some(item),
            _ => None,
        })
    }

    /// The lines that the commands of a suite wrote to `log`.
    pub fn log(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.root.path().join("log")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// How a step ended, wherever it was.
    pub fn step(&self, id: &str) -> &StepResult {
        let results = self.events.iter().filter_map(|event| match &event.kind {
            Kind::StepFinished { result, .. } => Some(result),
            _ => None,
        });
        results.rev().find(|result| result.step.id == id).expect("no such step")
    }

    pub fn kinds(&self) -> impl Iterator<Item = &Kind> {
        self.events.iter().map(|event| &event.kind)
    }
}

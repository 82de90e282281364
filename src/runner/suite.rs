//! One suite: setup once, its cases side by side, cleanup whatever happened.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::join_all;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::case::{Finished, Sequence, bug, when};
use super::cleanup::{clean_up, stop_started, told};
use super::context::{Context, Owner, Part};
use super::gate::{Gate, Place};
use super::invoke::Began;
use super::limit::{Limit, Whose};
use super::own_cleanup::OwnCleanup;
use super::plan::{PlannedSuite, ReportedCase};
use super::stop::words;
use super::undo::Undos;
use crate::event::{CaseKey, CaseResult, CleanupItem, Detail, Finding, Intent, Kind, Outcome, StepResult};
use crate::expr::Scope;
use crate::suite::Step;

/// A suite that is under way.
pub(super) struct SuiteRun<'a> {
    context: &'a Context,
    planned: &'a PlannedSuite,
    gate: &'a Gate,
    /// The end of the suite's time, which begins with the first thing that it does: waiting behind other suites is not its fault.
    begun: watch::Sender<Option<Limit>>,
    /// For each case its outcome, once it has ended.
    ended: BTreeMap<CaseKey, watch::Sender<Option<Outcome>>>,
    /// What the steps of a case yielded, by its id.
    outputs: Mutex<BTreeMap<String, Scope>>,
    /// When the steps of setup began.
    set_up: OnceLock<Began>,
    undos: Undos,
    own_cleanup: OwnCleanup,
}

impl<'a> SuiteRun<'a> {
    pub fn new(context: &'a Context, planned: &'a PlannedSuite, gate: &'a Gate) -> Self {
        let ended = planned.cases.iter().map(|case| (case.key.clone(), watch::Sender::new(None))).collect();
        let (outputs, set_up) = (Mutex::default(), OnceLock::new());
        let (undos, own_cleanup) = (Undos::default(), OwnCleanup::default());
        Self { context, planned, gate, begun: watch::Sender::new(None), ended, outputs, set_up, undos, own_cleanup }
    }

    /// Whether both are repetitions of one suite.
    pub fn repeats(&self, other: &Self) -> bool {
        let suite = |run: &Self| run.planned.repetition.as_ref().map(|repetition| repetition.suite.clone());
        suite(self).is_some_and(|name| suite(other) == Some(name))
    }

    /// Runs the suite. Every planned case has its outcome afterwards, and cleanup was tried, whatever bug came between.
    pub async fn run(&self) {
        if let Some(reason) = &self.planned.skip {
            return self.finish_all(&Outcome::Skipped { reason: reason.clone() });
        }
        let adopts = match self.adopt().await {
            Ok(adopts) => adopts,
            Err(finding) => {
                self.finish_all(&Outcome::errored(finding));
                true
            }
        };
        let scope = match AssertUnwindSafe(self.until_cleanup()).catch_unwind().await {
            Ok(scope) => scope,
            Err(panic) => {
                self.finish_all(&Outcome::errored(Finding::new(bug(panic.as_ref()))));
                self.planned.scope.clone()
            }
        };
        if self.begun.borrow().is_none() && !adopts {
            return;
        }
        let cleanup = clean_up(self.context, &self.planned.suite, &scope, &self.undos, &self.own_cleanup);
        if let Err(panic) = AssertUnwindSafe(cleanup).catch_unwind().await {
            self.cleanup_broke_off(&bug(panic.as_ref()));
        }
    }

    /// Makes what the reused run kept for this suite its own: intended anew, and cleaned up at the end. Whether there is any.
    async fn adopt(&self) -> Result<bool, Finding> {
        let mut adopts = false;
        let kept = self.context.record.iter().flat_map(|record| record.kept(&self.planned.suite.name));
        for intent in kept {
            let intended = self.context.ledger.intend(intent.clone()).await;
            intended.map_err(|error| not_started(&format!("failed to {error}")))?;
            adopts = true;
        }
        Ok(adopts)
    }

    fn cleanup_broke_off(&self, why: &str) {
        let (suite, problem) = (self.planned.suite.name.clone(), Finding::new(format!("cleanup broke off: {why}")));
        let name = "cleanup".to_owned();
        let item = CleanupItem { suite, name, problem: Some(problem), duration: Duration::ZERO, run: None };
        self.context.stream.emit(Kind::CleanedUp(item));
    }

    /// Setup and cases; the scope with what setup yielded.
    async fn until_cleanup(&self) -> Scope {
        let (scope, ready) = self.set_up().await;
        match ready {
            Ok(()) => {
                join_all(self.planned.cases.iter().map(|case| self.case(case, scope.clone()))).await;
            }
            Err(finding) => self.finish_all(&Outcome::errored(finding)),
        }
        scope
    }

    /// The scope with what setup yielded, and why no case can start, if so.
    async fn set_up(&self) -> (Scope, Result<(), Finding>) {
        let before = self.planned.scope.clone();
        if self.planned.suite.setup.is_empty() {
            return (before, Ok(()));
        }
        let _place = match self.place(&[]).await {
            Ok(place) => place,
            Err(why) => return (before, Err(not_started(&why))),
        };
        let finished = self.run_setup(before).await;
        let why = match &finished.outcome {
            Outcome::Passed { .. } | Outcome::Skipped { .. } => return (finished.scope, Ok(())),
            Outcome::Failed { findings } | Outcome::Errored { findings } => {
                findings.first().cloned().unwrap_or_default()
            }
        };
        let message = format!("not started: setup did not succeed: {}", why.message);
        (finished.scope, Err(Finding { message, ..why }))
    }

    async fn run_setup(&self, scope: Scope) -> Finished {
        let (started, suite) = (Instant::now(), &self.planned.suite);
        self.context.stream.emit(Kind::SetupStarted { suite: suite.name.clone() });
        let owner = Owner::new(&suite.name, None, Part::Setup);
        let (context, limit, undos, steps) = (self.context, self.begin(), &self.undos, &suite.setup);
        let before = Began::new();
        let sequence = Sequence { context, owner, steps, root: "setup", limit, before, undos, goes_on: false };
        let finished = match self.own_cleanup.intend(context, suite, &scope).await {
            Ok(()) => sequence.run(scope).await,
            Err(finding) => Finished::without_steps(Outcome::errored(finding), scope),
        };
        let finished = match self.own_cleanup.amend(context, suite, &finished.scope).await {
            Err(finding) if finished.outcome.is_green() => Finished { outcome: Outcome::errored(finding), ..finished },
            _ => finished,
        };
        self.set_up.get_or_init(|| finished.began.clone());
        let (steps, duration) = (finished.results.iter().map(without_documents).collect(), started.elapsed());
        self.context.stream.emit(Kind::SetupFinished { suite: suite.name.clone(), steps, duration });
        finished
    }

    /// The end of the suite's time, which begins now unless it has begun.
    fn begin(&self) -> Limit {
        let time = self.planned.suite.timeout.unwrap_or(self.context.options.budgets.suite);
        let mut limit = Limit::from_now(time, Whose::Suite);
        self.begun.send_if_modified(|begun| {
            let is_first = begun.is_none();
            limit = *begun.get_or_insert(limit);
            is_first
        });
        limit
    }

    /// Returns when the suite's time is up.
    async fn time_is_up(&self) -> String {
        let mut begun = self.begun.subscribe();
        let limit = begun.wait_for(Option::is_some).await.ok().and_then(|limit| *limit);
        match limit {
            Some(limit) => {
                sleep_until(limit.at).await;
                limit.words()
            }
            None => std::future::pending().await,
        }
    }

    /// A place among what runs, with these locks, or why there is none.
    async fn place(&self, locks: &[String]) -> Result<Place, String> {
        tokio::select! {
            biased;
            reason = self.context.stop.requested() => Err(words(reason, &self.context.options)),
            why = self.time_is_up() => Err(why),
            place = self.gate.enter_with(locks) => Ok(place),
        }
    }

    /// One case, from its place in the queue to its outcome. A panic inside is an outcome too.
    async fn case(&self, case: &ReportedCase, scope: Scope) {
        let guarded = AssertUnwindSafe(self.queued_case(case, scope)).catch_unwind().await;
        if let Err(panic) = guarded {
            self.finish_unstarted(case, Outcome::errored(Finding::new(bug(panic.as_ref()))));
            self.stop_case(case).await;
        }
    }

    async fn queued_case(&self, case: &ReportedCase, scope: Scope) {
        if let Some(outcome) = self.held_back(case).await {
            return self.finish_unstarted(case, outcome);
        }
        match self.place(&case.case.locks).await {
            Err(why) => self.finish_unstarted(case, Outcome::errored(not_started(&why))),
            Ok(_place) => self.started_case(case, scope).await,
        }
    }

    /// Waits for what the case needs. An outcome if it is not to start.
    async fn held_back(&self, case: &ReportedCase) -> Option<Outcome> {
        for need in &case.needs {
            let outcome = tokio::select! {
                biased;
                reason = self.context.stop.requested() => {
                    return Some(Outcome::errored(not_started(&words(reason, &self.context.options))));
                }
                outcome = self.outcome_of(need) => outcome,
            };
            if !outcome.is_green() {
                let reason = format!("needs `{}`, which {}", self.name_of(need), past(&outcome));
                return Some(Outcome::Skipped { reason });
            }
        }
        None
    }

    /// What a case is called in reports.
    fn name_of(&self, key: &CaseKey) -> String {
        let case = self.planned.cases.iter().find(|case| case.key == *key);
        case.map_or_else(|| key.to_string(), |case| case.name.clone())
    }

    /// The outcome of a case, once it has one.
    async fn outcome_of(&self, key: &CaseKey) -> Outcome {
        let unknown = || Outcome::errored(Finding::new(format!("{key} is not part of this run: a bug in shakedown")));
        let Some(ended) = self.ended.get(key) else { return unknown() };
        let mut ended = ended.subscribe();
        let outcome = ended.wait_for(Option::is_some).await.ok().and_then(|outcome| outcome.clone());
        outcome.unwrap_or_else(unknown)
    }

    async fn started_case(&self, case: &ReportedCase, scope: Scope) {
        let suite_limit = self.begin();
        if let Err(finding) = self.own_cleanup.intend(self.context, &self.planned.suite, &scope).await {
            let message = format!("not started: {}", finding.message);
            return self.finish_unstarted(case, Outcome::errored(Finding { message, ..finding }));
        }
        let scope = self.scope_of(case, &scope);
        if let Some(outcome) = case.case.when.as_ref().and_then(|w| when(w, &scope)) {
            return self.finish_unstarted(case, outcome);
        }
        let started = Instant::now();
        self.context.stream.emit(Kind::CaseStarted { case: case.key.clone() });
        let mut finished = self.run_steps(case, scope, suite_limit).await;
        let abandoned = self.stop_case(case).await;
        if !abandoned.is_empty() {
            finished.outcome = self.with_abandoned(finished.outcome, &abandoned, &case.case.steps).await;
        }
        self.outputs.lock().unwrap_or_else(PoisonError::into_inner).insert(case.key.case.clone(), finished.scope);
        self.finish(case, finished.outcome, started.elapsed(), &finished.results);
    }

    async fn run_steps(&self, case: &ReportedCase, scope: Scope, suite_limit: Limit) -> Finished {
        let owner = Owner::new(&case.key.suite, Some(case.key.clone()), Part::Case);
        let time = case.case.timeout.unwrap_or(self.context.options.budgets.case);
        let limit = Limit::from_now(time, Whose::Case).or_sooner(suite_limit);
        let (context, undos, steps) = (self.context, &self.undos, &case.case.steps);
        let before = self.set_up.get().cloned().unwrap_or_default();
        Sequence { context, owner, steps, root: "steps", limit, before, undos, goes_on: false }.run(scope).await
    }

    /// Stops what a case has left running.
    async fn stop_case(&self, case: &ReportedCase) -> Vec<Intent> {
        stop_started(self.context, |intent: &Intent| intent.case.as_ref() == Some(&case.key)).await
    }

    /// What a case left running makes a green one errored, and is named by a red one: that is what it hung in.
    async fn with_abandoned(&self, mut outcome: Outcome, left: &[Intent], steps: &[Arc<Step>]) -> Outcome {
        match &mut outcome {
            Outcome::Passed { .. } | Outcome::Skipped { .. } => {
                return Outcome::Errored { findings: left.iter().map(|intent| nobody_waited(intent, steps)).collect() };
            }
            Outcome::Failed { findings } | Outcome::Errored { findings } => {
                let detail = Detail::new("was still running", told(self.context, left).await.join("\n"));
                findings.iter_mut().take(1).for_each(|first| first.details.insert(0, detail.clone()));
            }
        }
        outcome
    }

    /// The case's own names on top of what setup yielded.
    fn scope_of(&self, case: &ReportedCase, suite: &Scope) -> Scope {
        let mut scope = case.scope.child();
        scope.set_from(&["setup"], suite, "setup");
        scope.set_from(&["captures"], suite, "captures");
        let known = self.outputs.lock().unwrap_or_else(PoisonError::into_inner);
        for need in &case.case.needs {
            if let Some(after) = known.get(need) {
                scope.set_from(&["cases", need, "steps"], after, "steps");
            }
        }
        scope
    }

    fn finish_all(&self, outcome: &Outcome) {
        for case in &self.planned.cases {
            self.finish_unstarted(case, outcome.clone());
        }
    }

    fn finish_unstarted(&self, case: &ReportedCase, outcome: Outcome) {
        self.finish(case, outcome, Duration::ZERO, &[]);
    }

    /// Reports a case, once.
    fn finish(&self, case: &ReportedCase, outcome: Outcome, duration: Duration, steps: &[StepResult]) {
        if !self.gate.claim(&case.key) {
            return;
        }
        let steps = steps.iter().map(without_documents).collect();
        let result = CaseResult { outcome: outcome.clone(), duration, steps };
        self.context.stream.emit(Kind::CaseFinished { case: case.key.clone(), result });
        self.gate.count(&outcome);
        if let Some(ended) = self.ended.get(&case.key) {
            ended.send_replace(Some(outcome));
        }
    }
}

/// A result without arguments and output, which the step's own event holds.
fn without_documents(result: &StepResult) -> StepResult {
    StepResult { arguments: None, output: None, ..result.clone() }
}

fn not_started(why: &str) -> Finding {
    Finding::new(format!("not started: {why}"))
}

fn nobody_waited(intent: &Intent, steps: &[Arc<Step>]) -> Finding {
    let finding = Finding::new(format!("started, and nobody waited for it: {} (stopped now)", intent.name))
        .with_help("add a `stepfunctions.wait` step, or leave out `wait: false`");
    match steps.iter().find(|step| step.id == intent.step) {
        Some(step) => Finding { step: Some(step.id.clone()), ..finding.at(&step.span) },
        None => finding,
    }
}

fn past(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Passed { .. } => "passed",
        Outcome::Failed { .. } => "failed",
        Outcome::Errored { .. } => "could not be judged",
        Outcome::Skipped { .. } => "was skipped",
    }
}

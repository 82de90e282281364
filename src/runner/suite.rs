//! One suite: setup once, its cases side by side, cleanup whatever happened.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::join_all;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::case::{Finished, Sequence, outputs, when};
use super::cleanup::{Undos, clean_up, stop_started};
use super::context::{Context, Owner};
use super::dispatcher::Gate;
use super::plan::{PlannedSuite, ReportedCase};
use super::stop::words;
use crate::event::{CaseKey, CaseResult, Finding, Kind, Outcome};
use crate::expr::Scope;
use crate::value::Value;

/// A suite that is under way.
pub(super) struct SuiteRun<'a> {
    context: &'a Context,
    planned: &'a PlannedSuite,
    gate: &'a Gate,
    deadline: Instant,
    /// For each case whether it was green, once it has ended.
    ended: BTreeMap<CaseKey, watch::Sender<Option<Outcome>>>,
    /// What `cases.<id>` shows.
    outputs: Mutex<BTreeMap<String, Value>>,
    undos: Undos,
}

impl<'a> SuiteRun<'a> {
    pub fn new(context: &'a Context, planned: &'a PlannedSuite, gate: &'a Gate) -> Self {
        let time = planned.suite.timeout.unwrap_or(context.options.budgets.suite);
        let ended = planned.cases.iter().map(|case| (case.key.clone(), watch::Sender::new(None))).collect();
        let deadline = Instant::now() + time;
        Self { context, planned, gate, deadline, ended, outputs: Mutex::default(), undos: Undos::default() }
    }

    /// Runs the suite. Every planned case has its outcome afterwards.
    pub async fn run(&self) {
        if let Some(reason) = &self.planned.skip {
            for case in &self.planned.cases {
                self.finish_unstarted(case, Outcome::Skipped { reason: reason.clone() });
            }
            return;
        }
        let Some(scope) = self.set_up().await else { return };
        match scope {
            Ok(scope) => {
                join_all(self.planned.cases.iter().map(|case| self.case(case, scope.clone()))).await;
                clean_up(self.context, &self.planned.suite, &scope, &self.undos).await;
            }
            Err((scope, finding)) => {
                for case in &self.planned.cases {
                    self.finish_unstarted(case, Outcome::errored(finding.clone()));
                }
                clean_up(self.context, &self.planned.suite, &scope, &self.undos).await;
            }
        }
    }

    /// The scope with what setup yielded, or why no case can start. `None` if setup was never begun.
    async fn set_up(&self) -> Option<Result<Scope, (Scope, Finding)>> {
        if let Some(reason) = self.context.stop.reason() {
            for case in &self.planned.cases {
                self.finish_unstarted(case, not_started(words(reason)));
            }
            return None;
        }
        let suite = &self.planned.suite;
        if suite.setup.is_empty() {
            return Some(Ok(self.planned.scope.clone()));
        }
        let _permit = self.gate.enter().await;
        let started = Instant::now();
        self.context.stream.emit(Kind::SetupStarted { suite: suite.name.clone() });
        let owner = Owner { suite: suite.name.clone(), case: None };
        let (context, deadline) = (self.context, self.deadline);
        let steps = &suite.setup;
        let sequence = Sequence { context, owner, steps, root: "setup", deadline, whose: "the suite", all: false };
        let finished = sequence.run(self.planned.scope.clone()).await;
        self.register_undos(&sequence.owner, &finished).await;
        let Finished { results, outcome, scope, .. } = finished;
        let results = results.into_iter().map(|result| self.context.redacted(result)).collect();
        self.context.stream.emit(Kind::SetupFinished {
            suite: suite.name.clone(),
            steps: results,
            duration: started.elapsed(),
        });
        Some(match outcome.findings().first() {
            None => Ok(scope),
            Some(finding) => Err((scope, setup_failed(finding))),
        })
    }

    /// One case, from its place in the queue to its outcome. A panic inside is an outcome too.
    async fn case(&self, case: &ReportedCase, scope: Scope) {
        let guarded = AssertUnwindSafe(self.queued_case(case, scope)).catch_unwind().await;
        if let Err(panic) = guarded {
            let message = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("no message");
            let finding = Finding::new(format!("a bug in shakedown ended this case: {message}"));
            stop_started(self.context, &case.key).await;
            self.finish(case, Outcome::errored(finding), Duration::ZERO, Vec::new());
        }
    }

    async fn queued_case(&self, case: &ReportedCase, scope: Scope) {
        if let Some(outcome) = self.held_back(case).await {
            return self.finish_unstarted(case, outcome);
        }
        let entered = tokio::select! {
            biased;
            reason = self.context.stop.requested() => Err(words(reason)),
            entered = timeout_at(self.deadline, self.gate.enter_with(&case.case.locks)) => entered.map_err(|_| "the suite's time is up"),
        };
        match entered {
            Err(why) => self.finish_unstarted(case, not_started(why)),
            Ok(_place) => self.started_case(case, scope).await,
        }
    }

    /// Waits for what the case needs. An outcome if it is not to start.
    async fn held_back(&self, case: &ReportedCase) -> Option<Outcome> {
        for need in &case.needs {
            let mut ended = self.ended.get(need)?.subscribe();
            tokio::select! {
                biased;
                reason = self.context.stop.requested() => return Some(not_started(words(reason))),
                outcome = ended.wait_for(Option::is_some) => {
                    let outcome = outcome.ok()?.clone()?;
                    if !outcome.is_green() {
                        return Some(Outcome::Skipped { reason: format!("needs {need}, which {}", past(&outcome)) });
                    }
                }
            }
        }
        None
    }

    async fn started_case(&self, case: &ReportedCase, scope: Scope) {
        let scope = self.scope_of(case, &scope);
        if let Some(outcome) = case.case.when.as_ref().and_then(|w| when(w, &scope)) {
            return self.finish_unstarted(case, outcome);
        }
        let started = Instant::now();
        self.context.stream.emit(Kind::CaseStarted { case: case.key.clone() });
        let owner = Owner { suite: case.key.suite.clone(), case: Some(case.key.clone()) };
        let time = case.case.timeout.unwrap_or(self.context.options.budgets.case);
        let (context, steps) = (self.context, &case.case.steps);
        let deadline = (started + time).min(self.deadline);
        let sequence = Sequence { context, owner, steps, root: "steps", deadline, whose: "the case", all: false };
        let mut finished = sequence.run(scope).await;
        self.register_undos(&sequence.owner, &finished).await;
        let abandoned = stop_started(self.context, &case.key).await;
        if finished.outcome.is_green() && !abandoned.is_empty() {
            finished.outcome = Outcome::errored(nobody_waited(&abandoned));
        }
        let shown = outputs(&finished.scope);
        self.outputs.lock().unwrap_or_else(PoisonError::into_inner).insert(case.key.case.clone(), shown);
        self.finish(case, finished.outcome, started.elapsed(), finished.results);
    }

    /// The case's own names on top of what setup yielded.
    fn scope_of(&self, case: &ReportedCase, suite: &Scope) -> Scope {
        let mut scope = case.scope.child();
        if let Some(setup) = suite.get("setup") {
            scope.set("setup", setup);
        }
        if let Some(captures) = suite.get("captures") {
            scope.set("captures", captures);
        }
        let known = self.outputs.lock().unwrap_or_else(PoisonError::into_inner);
        for need in &case.case.needs {
            if let Some(outputs) = known.get(need) {
                scope.set_path(&["cases", need], outputs.clone());
            }
        }
        scope
    }

    async fn register_undos(&self, owner: &Owner, finished: &Finished) {
        for (step, scope) in &finished.undos {
            let Some(undo) = &step.undo else { continue };
            if let Err(error) = self.undos.register(self.context, owner, step, undo, scope.clone()).await {
                tracing::error!(%error, step = step.id, "the undo of a step could not be registered");
            }
        }
    }

    fn finish_unstarted(&self, case: &ReportedCase, outcome: Outcome) {
        self.finish(case, outcome, Duration::ZERO, Vec::new());
    }

    fn finish(&self, case: &ReportedCase, outcome: Outcome, duration: Duration, steps: Vec<crate::event::StepResult>) {
        let Some(ended) = self.ended.get(&case.key) else { return };
        let steps = steps.into_iter().map(|result| self.context.without_documents(result)).collect();
        let result = CaseResult { outcome: self.context.redacted_outcome(outcome.clone()), duration, steps };
        self.context.stream.emit(Kind::CaseFinished { case: case.key.clone(), result });
        self.gate.count(&case.key, &outcome);
        ended.send_replace(Some(outcome));
    }
}

fn not_started(why: &str) -> Outcome {
    Outcome::errored(Finding::new(format!("not started: {why}")))
}

fn setup_failed(finding: &Finding) -> Finding {
    Finding { message: format!("not started: setup did not succeed: {}", finding.message), ..finding.clone() }
}

fn nobody_waited(names: &[String]) -> Finding {
    Finding::new(format!("started, and nobody waited for it: {} (stopped now)", names.join(", ")))
        .with_help("add a `stepfunctions.wait` step, or leave out `wait: false`")
}

fn past(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Passed { .. } => "passed",
        Outcome::Failed { .. } => "failed",
        Outcome::Errored { .. } => "could not be judged",
        Outcome::Skipped { .. } => "was skipped",
    }
}

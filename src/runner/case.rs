//! One case: its steps in order, each seeing the outputs of those before.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::{Instant, timeout_at};

use super::attempt::{Attempt, Ended, cut_off};
use super::context::{Context, Owner};
use super::invoke::key_of;
use super::judge::of_eval_error;
use super::stop::words;
use crate::event::{Finding, Kind, Outcome, StepResult};
use crate::expr::Scope;
use crate::suite::Step;
use crate::value::{Map, Value};

/// Steps that run in order: a case's, a setup's or a cleanup's.
pub(super) struct Sequence<'a> {
    pub context: &'a Context,
    pub owner: Owner,
    pub steps: &'a [Arc<Step>],
    /// The root under which outputs are seen: `steps` or `setup`.
    pub root: &'static str,
    /// When the time is up, and whose time that is.
    pub deadline: Instant,
    pub whose: &'static str,
    /// Whether every step is tried although another failed.
    pub all: bool,
}

/// How a sequence ended.
pub(super) struct Finished {
    pub results: Vec<StepResult>,
    pub outcome: Outcome,
    pub scope: Scope,
    /// Steps with an `undo` that were started, with the scope as it was after them.
    pub undos: Vec<(Arc<Step>, Scope)>,
}

/// What is known so far, should the future be dropped.
#[derive(Default)]
struct Progress {
    results: Vec<StepResult>,
    current: Option<(Arc<Step>, Instant)>,
    scope: Option<Scope>,
    undos: Vec<(Arc<Step>, Scope)>,
}

impl Sequence<'_> {
    /// Runs the steps until one is red, the time is up, or the run stops.
    pub async fn run(&self, scope: Scope) -> Finished {
        let progress = Mutex::new(Progress { scope: Some(scope.clone()), ..Progress::default() });
        let steps = timeout_at(self.deadline, self.steps(scope.clone(), &progress));
        let cut = tokio::select! {
            biased;
            reason = self.context.stop.requested(), if !self.all => Some(words(reason).to_owned()),
            done = steps => done.err().map(|_| format!("the time of {} is up", self.whose)),
        };
        let mut progress = progress.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(why) = cut {
            self.cut(&mut progress, &why);
        }
        let scope = progress.scope.take().unwrap_or(scope);
        Finished { outcome: combine(&progress.results), results: progress.results, scope, undos: progress.undos }
    }

    async fn steps(&self, mut scope: Scope, progress: &Mutex<Progress>) {
        let mut started: BTreeMap<String, Instant> = BTreeMap::new();
        for step in self.steps {
            let now = Instant::now();
            lock(progress).current = Some((Arc::clone(step), now));
            let ended = self.step(step, &scope, &started).await;
            started.insert(step.id.clone(), now);
            let red = !matches!(ended.result.outcome, Outcome::Passed { .. } | Outcome::Skipped { .. });
            let result = self.after(step, ended, &mut scope);
            let mut progress = lock(progress);
            progress.current = None;
            progress.scope = Some(scope.clone());
            if step.undo.is_some() && result.attempts > 0 {
                progress.undos.push((Arc::clone(step), scope.clone()));
            }
            let red = red || !matches!(result.outcome, Outcome::Passed { .. } | Outcome::Skipped { .. });
            progress.results.push(result);
            if red && !step.continue_on_failure && !self.all {
                return;
            }
        }
    }

    async fn step(&self, step: &Step, scope: &Scope, started: &BTreeMap<String, Instant>) -> Ended {
        if let Some(ended) = not_wanted(step, scope) {
            return ended;
        }
        let since = step.eventually.as_ref().and_then(|e| e.since.as_ref()).and_then(|id| started.get(id).copied());
        let (context, owner, deadline) = (self.context, &self.owner, self.deadline);
        Attempt { context, owner, step, scope, since, deadline }.run().await
    }

    /// What later steps see, captures, and the event.
    fn after(&self, step: &Step, ended: Ended, scope: &mut Scope) -> StepResult {
        let Ended { mut result, output } = ended;
        scope.set_path(&[self.root, &step.id], output.clone());
        if result.outcome.is_green()
            && let Err(finding) = capture(step, &output, scope)
        {
            result.outcome = Outcome::errored(*finding);
        }
        self.finished(&result);
        result
    }

    fn finished(&self, result: &StepResult) {
        let (suite, case, result) = (self.owner.suite.clone(), self.owner.case.clone(), result.clone());
        self.context.stream.emit(Kind::StepFinished { suite, case, result: self.context.redacted(result) });
    }

    fn cut(&self, progress: &mut Progress, why: &str) {
        let (step, duration) = match progress.current.take() {
            Some((step, started)) => (step, started.elapsed()),
            None => match self.steps.first() {
                Some(step) => (Arc::clone(step), std::time::Duration::ZERO),
                None => return,
            },
        };
        if let (Some(_), Some(scope)) = (&step.undo, &progress.scope) {
            progress.undos.push((Arc::clone(&step), scope.clone()));
        }
        let outcome = Outcome::errored(cut_off(&step, why, &step.span));
        let result = StepResult { step: key_of(&step), outcome, duration, attempts: 1, arguments: None, output: None };
        self.finished(&result);
        progress.results.push(result);
    }
}

fn lock(progress: &Mutex<Progress>) -> std::sync::MutexGuard<'_, Progress> {
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The outcome when a `when` does not hold; none if it does.
pub(super) fn when(when: &crate::expr::Expression, scope: &Scope) -> Option<Outcome> {
    match when.evaluate(scope) {
        Ok(Value::Bool(true)) => None,
        Ok(Value::Bool(false)) => Some(Outcome::Skipped { reason: format!("`when` is false: {}", when.source()) }),
        Ok(other) => {
            let message = format!("`when` must be true or false, but is {}", other.display());
            Some(Outcome::errored(Finding::new(message).at(when.span())))
        }
        Err(error) => Some(Outcome::errored(of_eval_error(&error, when.span()))),
    }
}

/// `when` is false, or has no value.
fn not_wanted(step: &Step, scope: &Scope) -> Option<Ended> {
    let outcome = when(step.when.as_ref()?, scope)?;
    let (step, attempts) = (key_of(step), 0);
    let result =
        StepResult { step, outcome, duration: std::time::Duration::ZERO, attempts, arguments: None, output: None };
    Some(Ended { result, output: Value::Null })
}

/// Names parts of the output for later steps.
fn capture(step: &Step, output: &Value, scope: &mut Scope) -> Result<(), Box<Finding>> {
    let bare = scope.bare(output);
    for (name, expression) in &step.capture {
        let value = expression.evaluate(&bare).map_err(|error| Box::new(of_eval_error(&error, expression.span())))?;
        scope.set_path(&["captures", name], value);
    }
    Ok(())
}

/// A sequence is as red as its reddest step: failed, then errored. All findings are kept.
fn combine(results: &[StepResult]) -> Outcome {
    let findings: Vec<Finding> = results.iter().flat_map(|r| r.outcome.findings()).cloned().collect();
    let any = |wanted: fn(&Outcome) -> bool| results.iter().any(|r| wanted(&r.outcome));
    if any(|outcome| matches!(outcome, Outcome::Failed { .. })) {
        return Outcome::Failed { findings };
    }
    if any(|outcome| matches!(outcome, Outcome::Errored { .. })) {
        return Outcome::Errored { findings };
    }
    if !results.is_empty() && results.iter().all(|r| matches!(r.outcome, Outcome::Skipped { .. })) {
        return Outcome::Skipped { reason: "`when` is false for each of its steps".to_owned() };
    }
    passed(results)
}

fn passed(results: &[StepResult]) -> Outcome {
    let mut all_warnings = Vec::new();
    let mut any_flaky = false;
    for result in results {
        if let Outcome::Passed { warnings, flaky } = &result.outcome {
            all_warnings.extend(warnings.clone());
            any_flaky |= flaky;
        }
    }
    Outcome::Passed { warnings: all_warnings, flaky: any_flaky }
}

/// The outputs of a sequence as `cases.<id>` shows them to the cases that need it.
pub(super) fn outputs(scope: &Scope) -> Value {
    let steps = scope.get("steps").unwrap_or(Value::Map(Map::new()));
    Value::Map(Map::from([("steps".to_owned(), steps)]))
}

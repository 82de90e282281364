//! Steps in order, each seeing the outputs of those before: a case's, a setup's or a cleanup's.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use tokio::time::{Instant, timeout_at};

use super::attempt::{Attempt, Ended};
use super::context::{Context, Owner};
use super::invoke::key_of;
use super::judge::of_eval_error;
use super::limit::Limit;
use super::stop::words;
use super::undo::Undos;
use crate::event::{Finding, Outcome, StepResult};
use crate::expr::{Expression, Scope};
use crate::suite::Step;
use crate::value::{Map, Value};

/// Steps that run in order.
pub(super) struct Sequence<'a> {
    pub context: &'a Context,
    pub owner: Owner,
    pub steps: &'a [Arc<Step>],
    /// The root under which outputs are seen: `steps` or `setup`.
    pub root: &'static str,
    /// When the time is up.
    pub limit: Limit,
    /// Where the undo of a step goes.
    pub undos: &'a Undos,
    /// Whether the steps go on when the run is to stop, as those of cleanup do.
    pub goes_on: bool,
}

/// How a sequence ended.
pub(super) struct Finished {
    pub results: Vec<StepResult>,
    pub outcome: Outcome,
    pub scope: Scope,
}

/// What is known so far, should the future be dropped.
#[derive(Default)]
struct Progress {
    results: Vec<StepResult>,
    current: Option<(Arc<Step>, Instant)>,
    scope: Option<Scope>,
}

/// Why the steps were ended from outside.
struct Cut {
    why: String,
    help: Option<&'static str>,
}

impl Sequence<'_> {
    /// Runs the steps until one is red, the time is up, or the run stops. A panic is the outcome of the step that it ends.
    pub async fn run(&self, scope: Scope) -> Finished {
        let progress = Mutex::new(Progress { scope: Some(scope.clone()), ..Progress::default() });
        let steps = AssertUnwindSafe(self.steps(scope.clone(), &progress)).catch_unwind();
        let cut = tokio::select! {
            biased;
            reason = self.context.stop.requested(), if !self.goes_on => Some(Cut { why: words(reason).to_owned(), help: None }),
            done = timeout_at(self.limit.at, steps) => match done {
                Ok(Ok(())) => None,
                Ok(Err(panic)) => Some(Cut { why: bug(panic.as_ref()), help: None }),
                Err(_) => Some(Cut { why: self.limit.words(), help: Some(self.limit.help()) }),
            },
        };
        let mut progress = progress.into_inner().unwrap_or_else(PoisonError::into_inner);
        let outcome = cut.and_then(|cut| self.cut(&mut progress, &cut));
        let outcome = outcome.unwrap_or_else(|| combine(&progress.results));
        Finished { outcome, results: progress.results, scope: progress.scope.unwrap_or(scope) }
    }

    async fn steps(&self, mut scope: Scope, progress: &Mutex<Progress>) {
        let mut started: BTreeMap<String, Instant> = BTreeMap::new();
        for step in self.steps {
            let now = Instant::now();
            lock(progress).current = Some((Arc::clone(step), now));
            let ended = self.step(step, &scope, &started).await;
            started.insert(step.id.clone(), now);
            let undo = ended.undo;
            let result = self.after(step, ended, &mut scope);
            let goes_on = self.goes_on || step.continue_on_failure || !is_red(&result.outcome);
            let mut progress = lock(progress);
            progress.current = None;
            progress.scope = Some(scope.clone());
            progress.results.push(result);
            drop(progress);
            if let Some(id) = undo {
                self.undos.ended(id, &scope);
            }
            if !goes_on {
                return;
            }
        }
    }

    async fn step(&self, step: &Arc<Step>, scope: &Scope, started: &BTreeMap<String, Instant>) -> Ended {
        if let Some(ended) = not_wanted(step, scope) {
            return ended;
        }
        let undo = match self.undos.intend(self.context, &self.owner, step, scope).await {
            Ok(undo) => undo,
            Err(finding) => return Ended::without_attempt(step, Outcome::errored(finding)),
        };
        let since = step.eventually.as_ref().and_then(|e| e.since.as_ref()).and_then(|id| started.get(id).copied());
        let (context, owner, limit) = (self.context, &self.owner, self.limit);
        let attempt = Attempt { context, owner, step, scope, since, limit, calls: AtomicU32::new(0) };
        let ended = attempt.run().await;
        match undo {
            // Without arguments nothing was called.
            Some(id) if ended.result.arguments.is_none() => {
                self.undos.forget(self.context, id).await;
                ended
            }
            undo => Ended { undo, ..ended },
        }
    }

    /// What later steps see, captures, and the event.
    fn after(&self, step: &Step, ended: Ended, scope: &mut Scope) -> StepResult {
        let Ended { mut result, output, undo: _ } = ended;
        scope.set_path(&[self.root, &step.id], output.clone());
        if result.outcome.is_green()
            && let Err(finding) = capture(step, &output, scope)
        {
            result.outcome = Outcome::errored(*finding);
        }
        self.context.step_finished(&self.owner, result.clone());
        result
    }

    /// Notes the step that was ended from outside. An outcome if none had begun yet.
    fn cut(&self, progress: &mut Progress, cut: &Cut) -> Option<Outcome> {
        let Some((step, started)) = progress.current.take() else {
            return Some(Outcome::errored(Finding::new(format!("not started: {}", cut.why))));
        };
        let message = format!("{} was stopped: {}", step.action.spec().name, cut.why);
        let finding = Finding { step: Some(step.id.clone()), ..Finding::new(message).at(&step.span) };
        let finding = Finding { help: cut.help.map(str::to_owned), ..finding };
        let result =
            StepResult { duration: started.elapsed(), attempts: 1, ..bare_result(&step, Outcome::errored(finding)) };
        self.context.step_finished(&self.owner, result.clone());
        progress.results.push(result);
        None
    }
}

impl Ended {
    fn without_attempt(step: &Step, outcome: Outcome) -> Self {
        Self { result: bare_result(step, outcome), output: Value::Null, undo: None }
    }
}

fn bare_result(step: &Step, outcome: Outcome) -> StepResult {
    StepResult { step: key_of(step), outcome, duration: Duration::ZERO, attempts: 0, arguments: None, output: None }
}

fn is_red(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Failed { .. } | Outcome::Errored { .. } => true,
        Outcome::Passed { .. } | Outcome::Skipped { .. } => false,
    }
}

/// What a panic says of itself.
pub(super) fn bug(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    format!("a bug in shakedown: {}", text.unwrap_or("a panic without a message"))
}

fn lock(progress: &Mutex<Progress>) -> MutexGuard<'_, Progress> {
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `when` is false, or has no value.
fn not_wanted(step: &Step, scope: &Scope) -> Option<Ended> {
    let outcome = when(step.when.as_ref()?, scope)?;
    Some(Ended::without_attempt(step, outcome))
}

/// The outcome when a `when` does not hold; none if it does.
pub(super) fn when(when: &Expression, scope: &Scope) -> Option<Outcome> {
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

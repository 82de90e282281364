//! Steps in order, each seeing the outputs of those before: a case's, a setup's or a cleanup's.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt;
use tokio::time::{Instant, timeout_at};

use super::attempt::{Attempt, Ended};
use super::context::{Context, Owner};
use super::invoke::{Began, key_of};
use super::judge::of_eval_error;
use super::limit::Limit;
use super::recall::{Recalled, recall};
use super::stop::words;
use super::undo::Undos;
use crate::event::{Finding, Outcome, StepKey, StepResult};
use crate::expr::{Expression, Scope};
use crate::suite::Step;
use crate::value::Value;

/// Steps that run in order.
pub(super) struct Sequence<'a> {
    pub context: &'a Context,
    pub owner: Owner,
    pub steps: &'a [Arc<Step>],
    /// The root under which outputs are seen: `steps` or `setup`.
    pub root: &'static str,
    /// When the time is up.
    pub limit: Limit,
    /// When the steps of setup began, where that ran before.
    pub before: Began,
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
    /// When its steps began, and those before them.
    pub began: Began,
}

/// What is known so far, should the future be dropped.
#[derive(Default)]
struct Progress {
    results: Vec<StepResult>,
    current: Option<(Arc<Step>, Owner, Instant)>,
    scope: Option<Scope>,
    began: Began,
}

/// Why the steps were ended from outside.
struct Cut {
    why: String,
    help: Option<&'static str>,
}

impl Sequence<'_> {
    /// Runs the steps until one is red, the time is up, or the run stops. A panic is the outcome of the step that it ends.
    pub async fn run(&self, mut scope: Scope) -> Finished {
        for step in self.steps.iter().filter(|step| step.named) {
            scope.set_absent(
                &[self.root, &step.id],
                &format!("the step `{}` did not run, so it has no output", step.id),
            );
        }
        let (known, began) = (Some(scope.clone()), self.before.clone());
        let progress = Mutex::new(Progress { scope: known, began, ..Progress::default() });
        let steps = AssertUnwindSafe(self.steps(scope.clone(), &progress)).catch_unwind();
        let cut = tokio::select! {
            biased;
            reason = self.context.stop.requested(), if !self.goes_on => {
                Some(Cut { why: words(reason, &self.context.options), help: None })
            }
            done = timeout_at(self.limit.at, steps) => match done {
                Ok(Ok(())) => None,
                Ok(Err(panic)) => Some(Cut { why: bug(panic.as_ref()), help: None }),
                Err(_) => Some(Cut { why: self.limit.words(), help: Some(self.limit.help()) }),
            },
        };
        let mut progress = progress.into_inner().unwrap_or_else(PoisonError::into_inner);
        let between = cut.and_then(|cut| self.cut(&mut progress, &cut));
        let outcome = cut_between(combine(&progress.results), between);
        let (results, began) = (progress.results, progress.began);
        Finished { outcome, results, scope: progress.scope.unwrap_or(scope), began }
    }

    async fn steps(&self, mut scope: Scope, progress: &Mutex<Progress>) {
        let mut began = self.before.clone();
        for step in self.steps {
            let now = Instant::now();
            let owner = Owner { step_name: name_of(step, &scope), ..self.owner.clone() };
            lock(progress).current = Some((Arc::clone(step), owner.clone(), now));
            let (ended, since) = self.step(step, &owner, &scope, &began).await;
            began.insert(step.id.clone(), since.unwrap_or(now));
            let result = self.after(step, &owner, ended, &mut scope).await;
            let goes_on = self.goes_on || step.continue_on_failure || !is_red(&result.outcome);
            let mut progress = lock(progress);
            progress.current = None;
            progress.scope = Some(scope.clone());
            progress.began.clone_from(&began);
            progress.results.push(result);
            drop(progress);
            if !goes_on {
                return;
            }
        }
    }

    /// How a step ended, and when it began if that was in an earlier run.
    async fn step(&self, step: &Arc<Step>, owner: &Owner, scope: &Scope, began: &Began) -> (Ended, Option<Instant>) {
        if let Some(ended) = not_wanted(step, scope) {
            return (ended, None);
        }
        let undo = match self.undos.intend(self.context, owner, step, scope).await {
            Ok(undo) => undo,
            Err(finding) => return (Ended::without_attempt(step, Outcome::errored(finding)), None),
        };
        let (context, limit) = (self.context, self.limit);
        let (ended, since) = match recall(context, owner, step, scope, began) {
            Some(Recalled::Ended(ended, since)) => (*ended, Some(since)),
            recalled => {
                let attempt = Attempt { context, owner, step, scope, began, limit, calls: AtomicU32::new(0) };
                let mut ended = attempt.run().await;
                ended.result.reuse = recalled.and_then(Recalled::why_not);
                (ended, None)
            }
        };
        match undo {
            // Without arguments nothing was called.
            Some(id) if ended.result.arguments.is_none() => {
                self.undos.forget(self.context, id).await;
                (ended, since)
            }
            undo => (Ended { undo, ..ended }, since),
        }
    }

    /// What later steps and its undo see, captures, and the event.
    async fn after(&self, step: &Step, owner: &Owner, ended: Ended, scope: &mut Scope) -> StepResult {
        let Ended { mut result, output, undo } = ended;
        match output {
            Value::Null => {
                let why = format!("the step `{}` {}, so it has no output", step.id, how(&result.outcome));
                scope.set_absent(&[self.root, &step.id], &why);
            }
            _ => scope.set_path(&[self.root, &step.id], output.clone()),
        }
        if !result.outcome.is_green() {
            capture_nothing(step, &result.outcome, scope);
        } else if let Err(finding) = capture(step, &output, scope) {
            result.outcome = Outcome::errored(*finding);
        }
        if let Some(id) = undo
            && let Err(finding) = self.undos.ended(self.context, id, scope).await
            && result.outcome.is_green()
        {
            result.outcome = Outcome::errored(finding.at(&step.span));
        }
        self.context.step_finished(owner, result)
    }

    /// Notes the step that was ended from outside. A finding if that was before the first step, or between two.
    fn cut(&self, progress: &mut Progress, cut: &Cut) -> Option<Finding> {
        let Some((step, owner, started)) = progress.current.take() else {
            let what = if progress.results.is_empty() { "not started" } else { "stopped before its next step" };
            return Some(Finding::new(format!("{what}: {}", cut.why)));
        };
        let message = format!("{} was stopped: {}", step.action.spec().name, cut.why);
        let finding = Finding { step: Some(step.id.clone()), ..Finding::new(message).at(&step.span) };
        let finding = Finding { help: cut.help.map(str::to_owned), ..finding };
        let result =
            StepResult { duration: started.elapsed(), attempts: 1, ..bare_result(&step, Outcome::errored(finding)) };
        progress.results.push(self.context.step_finished(&owner, result));
        None
    }
}

impl Finished {
    /// Nothing was begun.
    pub fn without_steps(outcome: Outcome, scope: Scope) -> Self {
        Self { results: Vec::new(), outcome, scope, began: Began::new() }
    }
}

impl Ended {
    fn without_attempt(step: &Step, outcome: Outcome) -> Self {
        Self { result: bare_result(step, outcome), output: Value::Null, undo: None }
    }
}

fn bare_result(step: &Step, outcome: Outcome) -> StepResult {
    StepResult::new(key_of(step), outcome)
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

/// `name:` as it reads now. One that has no value is left out: it is for people, and decides nothing.
fn name_of(step: &Step, scope: &Scope) -> Option<String> {
    match step.name.as_ref()?.evaluate(scope).ok()? {
        Value::Text(text) => Some(text),
        other => Some(other.display().to_string()),
    }
}

/// The step as reports call it.
pub(super) fn named_key(step: &Step, scope: &Scope) -> StepKey {
    StepKey { name: name_of(step, scope), ..key_of(step) }
}

/// What became of a step, after its name.
fn how(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Skipped { reason } => format!("was skipped ({reason})"),
        Outcome::Passed { .. } => "passed".to_owned(),
        Outcome::Failed { .. } => "failed".to_owned(),
        Outcome::Errored { .. } => "could not be judged".to_owned(),
    }
}

/// What a step would have captured has no value: whoever reads it is told why.
fn capture_nothing(step: &Step, outcome: &Outcome, scope: &mut Scope) {
    for name in step.capture.keys() {
        let why = format!("the capture `{name}` has no value: the step `{}` {}", step.id, how(outcome));
        scope.set_absent(&["captures", name], &why);
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

/// The outcome of steps that were ended between two of them: never green, and what was red before stays.
fn cut_between(outcome: Outcome, finding: Option<Finding>) -> Outcome {
    let Some(finding) = finding else { return outcome };
    match outcome {
        Outcome::Failed { mut findings } => {
            findings.push(finding);
            Outcome::Failed { findings }
        }
        Outcome::Errored { mut findings } => {
            findings.push(finding);
            Outcome::Errored { findings }
        }
        Outcome::Passed { .. } | Outcome::Skipped { .. } => Outcome::errored(finding),
    }
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

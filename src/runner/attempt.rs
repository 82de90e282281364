//! A step from its start to its outcome: attempts, `eventually` and `consistently` around single calls.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::cleanup::stop_started;
use super::context::{Context, Owner};
use super::invoke::{Began, Deadline, invoke, key_of, resolve};
use super::judge::{Judged, judge, of_eval_error};
use super::limit::{Limit, later};
use crate::actions::{Arguments, ErrorKind};
use crate::clock::words;
use crate::event::{Detail, Finding, IntentId, Outcome, StepResult};
use crate::expr::{self, Scope};
use crate::suite::{Consistently, Eventually, Retry, RetryOn, Step};
use crate::value::Value;

/// The first pause of an `eventually` that names none; each later one is half as long again.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest pause of an `eventually` that names none.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// How many of the last values are shown when an `eventually` expires.
const SHOWN_VALUES: usize = 8;
/// A read that began in time may end this much later than its `eventually`: the last look is not cut short.
const GRACE: Duration = Duration::from_secs(10);

/// A step that is under way.
pub(super) struct Attempt<'a> {
    pub context: &'a Context,
    pub owner: &'a Owner,
    pub step: &'a Step,
    pub scope: &'a Scope,
    /// When the steps before this one began.
    pub began: &'a Began,
    /// When the case's time is up: whoever runs this drops it then.
    pub limit: Limit,
    /// Calls so far. Each has a name of its own, or AWS would take a second look for the first one, repeated.
    pub calls: AtomicU32,
}

/// A step that has ended: what is reported of it, and what later steps see of it.
pub(super) struct Ended {
    pub result: StepResult,
    pub output: Value,
    /// The intent that stands for its `undo`.
    pub undo: Option<IntentId>,
}

impl Attempt<'_> {
    /// Runs the step to its outcome.
    pub async fn run(&self) -> Ended {
        let started = Instant::now();
        let mut arguments = None;
        let mut attempts = 1;
        let mut judged = loop {
            self.context.step_started(self.owner, &key_of(self.step), attempts);
            let judged = self.attempt(&mut arguments).await;
            match self.pause_before_retry(&judged, attempts) {
                Some(pause) => self.pause(pause).await,
                None => break judged,
            }
            self.stop_earlier_attempt().await;
            attempts += 1;
        };
        if attempts > 1 {
            prefix(&mut judged.outcome, &format!("the last of {attempts} attempts"));
        }
        let result = StepResult {
            step: key_of(self.step),
            outcome: flaky_after(judged.outcome.clone(), attempts),
            duration: started.elapsed(),
            attempts,
            notes: if judged.outcome.is_green() { judged.notes } else { Vec::new() },
            arguments: arguments.map(|a: Arguments| self.context.recorded(&a.to_value())),
            output: (judged.output != Value::Null).then(|| self.context.recorded(&judged.output)),
            reuse: None,
        };
        Ended { result, output: judged.output, undo: None }
    }

    async fn attempt(&self, arguments: &mut Option<Arguments>) -> Judged {
        let resolved = match resolve(self.step, self.scope, self.began) {
            Ok(resolved) => arguments.insert(resolved),
            Err(error) => return unresolved(of_eval_error(&error, &self.step.span)),
        };
        match (&self.step.eventually, self.step.consistently) {
            (Some(eventually), _) => self.eventually(eventually, resolved).await,
            (None, Some(consistently)) => self.consistently(consistently, resolved).await,
            (None, None) => self.once(resolved, self.own_time()).await,
        }
    }

    async fn once(&self, arguments: &Arguments, own: Duration) -> Judged {
        let number = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        let deadline = Deadline { own, of_all: self.limit.at };
        let result = invoke(self.context, self.owner, self.step, arguments, number, deadline).await;
        let judged = judge(self.step, self.scope, result, self.context.options.update);
        accept(self.step, judged)
    }

    /// The time of one call.
    fn own_time(&self) -> Duration {
        self.step.timeout.unwrap_or(self.context.options.budgets.step)
    }

    /// Reads until it holds. What is not there yet and what is throttled is waited out; denied and invalid end it.
    async fn eventually(&self, eventually: &Eventually, arguments: &Arguments) -> Judged {
        let since = eventually.since.as_ref().and_then(|id| self.began.get(id).copied());
        let deadline = later(since.unwrap_or_else(Instant::now), eventually.within);
        let mut pause = eventually.every.unwrap_or(FIRST_PAUSE);
        let mut moved = Moved::default();
        let mut last_false = None;
        loop {
            let look = deadline.saturating_duration_since(Instant::now()) + GRACE;
            let judged = self.once(arguments, look.min(self.own_time())).await;
            if judged.outcome.is_green() || ends_the_wait(judged.error) {
                return judged;
            }
            if judged.ambiguous {
                return Judged { outcome: as_error(judged.outcome), ..judged };
            }
            if let Some(outcome) = self.hopeless(&judged) {
                return Judged { outcome, ..judged };
            }
            moved.note(&judged);
            let now = Instant::now();
            let expired = now >= deadline;
            if !expired {
                self.context.step_waits(self.owner, &key_of(self.step), &moved.words());
            }
            if judged.error.is_none() || last_false.is_none() {
                last_false = Some(judged);
            }
            if expired {
                return moved.expired(last_false, eventually);
            }
            sleep_until(later(now, pause).min(deadline)).await;
            if eventually.every.is_none() {
                pause = (pause + pause / 2).min(LONGEST_PAUSE);
            }
        }
    }

    /// `fail_when`: the value can never become right, so waiting is over.
    /// Where a field that it speaks of is not there yet, it says nothing; where it can never be evaluated, the wait is over too.
    fn hopeless(&self, judged: &Judged) -> Option<Outcome> {
        let fail_when = self.step.fail_when.as_ref().filter(|_| judged.error.is_none())?;
        let finding = match fail_when.evaluate(&self.scope.bare(&judged.output)) {
            Ok(Value::Bool(true)) => Finding::new(format!("`fail_when` holds: {}", fail_when.source())),
            Ok(Value::Bool(false)) => return None,
            Err(error) if error.kind == expr::ErrorKind::Missing => return None,
            Err(error) => return Some(Outcome::errored(of_eval_error(&error, fail_when.span()))),
            Ok(other) => {
                let message = format!("`fail_when` must be true or false, but is {}", other.display());
                return Some(Outcome::errored(Finding::new(message).at(fail_when.span())));
            }
        };
        let mut finding = finding.at(fail_when.span());
        finding.details.push(Detail::new("last value", judged.output.pretty()));
        finding.details.extend(judged.outcome.findings().iter().map(|f| Detail::new("not yet", f.message.clone())));
        Some(Outcome::Failed { findings: vec![finding] })
    }

    async fn consistently(&self, consistently: Consistently, arguments: &Arguments) -> Judged {
        let begun = Instant::now();
        let end = later(begun, consistently.during);
        let mut held = None;
        loop {
            let mut judged = self.once(arguments, self.own_time()).await;
            let now = Instant::now();
            if !judged.outcome.is_green() {
                tell_held(&mut judged.outcome, held, consistently);
                return judged;
            }
            if now >= end {
                return judged;
            }
            held = Some(now - begun);
            let left = words(end - now);
            self.context.step_waits(self.owner, &key_of(self.step), &format!("holds; watched for {left} more"));
            sleep_until(later(now, consistently.every).min(end)).await;
        }
    }

    fn pause_before_retry(&self, judged: &Judged, attempts: u32) -> Option<Duration> {
        let retry = self.step.retry.as_ref().filter(|retry| attempts < retry.attempts)?;
        repeats(retry, judged).then(|| retry.delay.saturating_mul(2u32.saturating_pow(attempts - 1)))
    }

    /// What an attempt started and did not see to its end would run beside the next one.
    async fn stop_earlier_attempt(&self) {
        let (case, step) = (&self.owner.case, self.owner.call_name(&self.step.id));
        stop_started(self.context, |intent| {
            intent.suite == self.owner.suite && intent.case == *case && intent.step == step
        })
        .await;
    }

    async fn pause(&self, pause: Duration) {
        self.context.step_waits(self.owner, &key_of(self.step), "the next attempt");
        sleep_until(later(Instant::now(), pause)).await;
    }
}

/// Says how long something had held when it no longer did, or could no longer be looked at.
fn tell_held(outcome: &mut Outcome, held: Option<Duration>, consistently: Consistently) {
    let held = held.map(|held| format!("held for {} of {}", words(held), words(consistently.during)));
    match outcome {
        Outcome::Failed { .. } => prefix(outcome, held.as_deref().unwrap_or("did not hold at the first look")),
        Outcome::Errored { findings } => {
            if let (Some(first), Some(held)) = (findings.first_mut(), held) {
                first.details.push(Detail::new("before", held));
            }
        }
        Outcome::Passed { .. } | Outcome::Skipped { .. } => {}
    }
}

/// Puts words before what was found first.
fn prefix(outcome: &mut Outcome, words: &str) {
    if let Outcome::Failed { findings } | Outcome::Errored { findings } = outcome
        && let Some(first) = findings.first_mut()
    {
        first.message = format!("{words}: {}", first.message);
    }
}

/// What was found, as the reason why nothing can be judged.
fn as_error(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Failed { mut findings } | Outcome::Errored { mut findings } => {
            // What is ambiguous was found last.
            findings.reverse();
            Outcome::Errored { findings }
        }
        other => other,
    }
}

/// Writes the golden files that were to be updated.
pub(super) fn accept(step: &Step, mut judged: Judged) -> Judged {
    for golden in std::mem::take(&mut judged.golden) {
        if let Err(error) = std::fs::write(&golden.path, &golden.new) {
            let message = format!("failed to write the golden file {}: {error}", golden.path.display());
            judged.outcome = Outcome::errored(Finding::new(message).at(&step.span));
        }
    }
    judged
}

fn unresolved(finding: Finding) -> Judged {
    Judged {
        outcome: Outcome::errored(finding),
        output: Value::Null,
        golden: Vec::new(),
        error: Some(ErrorKind::Invalid),
        ambiguous: false,
        notes: Vec::new(),
    }
}

fn repeats(retry: &Retry, judged: &Judged) -> bool {
    let class = match (&judged.outcome, judged.error) {
        (Outcome::Failed { .. }, _) => RetryOn::Failure,
        (Outcome::Errored { .. }, Some(ErrorKind::Throttled)) => RetryOn::Throttled,
        (Outcome::Errored { .. }, Some(ErrorKind::Infrastructure)) => RetryOn::Infrastructure,
        _ => return false,
    };
    retry.on.contains(&class)
}

fn flaky_after(outcome: Outcome, attempts: u32) -> Outcome {
    match outcome {
        Outcome::Passed { warnings, flaky } => Outcome::Passed { warnings, flaky: flaky || attempts > 1 },
        other => other,
    }
}

/// Whether an error will not go away by waiting.
fn ends_the_wait(error: Option<ErrorKind>) -> bool {
    match error {
        None | Some(ErrorKind::NotFound | ErrorKind::Throttled | ErrorKind::Infrastructure | ErrorKind::TimedOut) => {
            false
        }
        Some(
            ErrorKind::Denied
            | ErrorKind::Invalid
            | ErrorKind::Unknown
            | ErrorKind::Unintelligible
            | ErrorKind::Refused,
        ) => true,
    }
}

/// How the decisive value of an `eventually` moved.
#[derive(Debug, Default)]
struct Moved(Vec<String>);

impl Moved {
    fn note(&mut self, judged: &Judged) {
        let first = judged.outcome.findings().first();
        let value = first.map(|f| f.actual.clone().unwrap_or_else(|| f.message.clone())).unwrap_or_default();
        self.0.push(value);
    }

    fn words(&self) -> String {
        let from = self.0.len().saturating_sub(SHOWN_VALUES);
        let dots = if from > 0 { "… → " } else { "" };
        format!("{dots}{}", self.0[from..].join(" → "))
    }

    fn expired(&self, last: Option<Judged>, eventually: &Eventually) -> Judged {
        let within = words(eventually.within);
        let mut judged = last.unwrap_or_else(|| unresolved(Finding::new("nothing was read")));
        let detail = Detail::new("moved", self.words());
        let expire = |findings: &mut Vec<Finding>| {
            if let Some(first) = findings.first_mut() {
                first.message = format!("not within {within}: {}", first.message);
                first.details.insert(0, detail);
            }
        };
        match &mut judged.outcome {
            Outcome::Failed { findings } | Outcome::Errored { findings } => expire(findings),
            Outcome::Passed { .. } | Outcome::Skipped { .. } => {}
        }
        judged
    }
}

//! Judging: what an action yielded, held against what the step expects and what the action expects by default.

use crate::actions::{ActionError, ErrorKind, Output};
use crate::diagnostic::Span;
use crate::event::{Detail, Finding, Outcome};
use crate::expect::{Expectation, GoldenUpdate, Judgement, Mismatch};
use crate::expr::{EvalError, Expression, Scope};
use crate::suite::Step;
use crate::value::{Map, Value};

/// The output field by which a suite expects AWS to refuse.
pub(super) const AWS_ERROR: &str = "aws_error";

/// A judged attempt.
#[derive(Debug, Clone)]
pub(super) struct Judged {
    pub outcome: Outcome,
    /// The output; null where there is none.
    pub output: Value,
    /// Golden files to write, where that was asked for.
    pub golden: Vec<GoldenUpdate>,
    /// The class of the error, where the action could not be carried out.
    pub error: Option<ErrorKind>,
    /// The expectation can be read in two ways: no other value makes it a clear one.
    pub ambiguous: bool,
    /// What should be known although it is green.
    pub notes: Vec<String>,
}

/// What was found false, and what could not be checked.
#[derive(Debug, Default)]
struct Findings {
    failed: Vec<Finding>,
    errored: Vec<Finding>,
    golden: Vec<GoldenUpdate>,
    update: bool,
    ambiguous: bool,
}

/// Judges one attempt of a step.
/// `update` accepts what golden files would have to hold.
pub(super) fn judge(step: &Step, scope: &Scope, result: Result<Output, ActionError>, update: bool) -> Judged {
    match result {
        Ok(output) => judge_output(step, scope, output, update),
        Err(error) => judge_error(step, scope, &error),
    }
}

fn expects_refusal(step: &Step) -> bool {
    step.expect.as_ref().is_some_and(|expect| expect.top_level_keys().any(|key| key == AWS_ERROR))
}

/// AWS refused, or we could not ask. The first can be expected, by its code.
fn judge_error(step: &Step, scope: &Scope, error: &ActionError) -> Judged {
    match &error.code {
        Some(code) if expects_refusal(step) => {
            let judged = judge_refusal(step, scope, error, code);
            if judged.outcome.is_green() || is_an_answer(error.kind) { judged } else { not_carried_out(step, error) }
        }
        _ => not_carried_out(step, error),
    }
}

fn judge_refusal(step: &Step, scope: &Scope, error: &ActionError, code: &str) -> Judged {
    let output = Value::Map(Map::from([(AWS_ERROR.to_owned(), Value::text(code))]));
    let mut findings = Findings::default();
    findings.expectation(step, scope, &output);
    let bare = scope.bare(&output);
    for that in &step.that {
        findings.that(that, &bare);
    }
    let ambiguous = findings.ambiguous;
    let outcome = findings.outcome(step, vec![Detail::new("answer", error.message.clone())]);
    Judged { outcome, output, golden: Vec::new(), error: None, ambiguous, notes: Vec::new() }
}

fn not_carried_out(step: &Step, error: &ActionError) -> Judged {
    let outcome = Outcome::errored(of_action_error(step, error));
    Judged {
        outcome,
        output: Value::Null,
        golden: Vec::new(),
        error: Some(error.kind),
        ambiguous: false,
        notes: Vec::new(),
    }
}

/// Whether AWS has judged the request. Where it has not, nothing can be said about the refusal that is expected.
fn is_an_answer(kind: ErrorKind) -> bool {
    match kind {
        ErrorKind::NotFound | ErrorKind::Denied | ErrorKind::Invalid => true,
        ErrorKind::Throttled
        | ErrorKind::Infrastructure
        | ErrorKind::TimedOut
        | ErrorKind::Unknown
        | ErrorKind::Unintelligible
        | ErrorKind::Refused => false,
    }
}

fn judge_output(step: &Step, scope: &Scope, output: Output, update: bool) -> Judged {
    let mut findings = Findings { update, ..Findings::default() };
    findings.defaults(step, &output.value);
    let judged = if expects_refusal(step) { without_refusal(&output.value) } else { output.value.clone() };
    findings.expectation(step, scope, &judged);
    let bare = scope.bare(&output.value);
    for that in &step.that {
        findings.that(that, &bare);
    }
    let (golden, ambiguous) = (std::mem::take(&mut findings.golden), findings.ambiguous);
    let outcome = findings.outcome(step, output.details);
    Judged { outcome, output: output.value, golden, error: None, ambiguous, notes: output.notes }
}

/// An output with `aws_error: null`: the refusal that is expected did not come.
fn without_refusal(output: &Value) -> Value {
    let mut map = output.as_map().cloned().unwrap_or_default();
    map.insert(AWS_ERROR.to_owned(), Value::Null);
    Value::Map(map)
}

impl Findings {
    /// The default expectations of the groups that the step's own `expect` does not speak of.
    fn defaults(&mut self, step: &Step, output: &Value) {
        let own: Vec<&str> = step.expect.iter().flat_map(Expectation::top_level_keys).collect();
        let spoken_of = |fields: &[&str]| own.iter().any(|key| fields.contains(key));
        for group in step.action.spec().groups.iter().filter(|group| !spoken_of(group.fields)) {
            if let Some(finding) = (group.wrong)(output) {
                self.failed.push(finding.at(&step.span));
            }
        }
    }

    fn expectation(&mut self, step: &Step, scope: &Scope, output: &Value) {
        let Some(expect) = &step.expect else { return };
        match expect.resolve(scope) {
            Ok(resolved) => self.judgement(resolved.judge(output)),
            Err(error) => self.errored.push(of_eval_error(&error, &step.span)),
        }
    }

    fn judgement(&mut self, judgement: Judgement) {
        if judgement.hidden > 0 {
            self.failed.push(Finding::new(format!("{} further differences are not shown", judgement.hidden)));
        }
        self.ambiguous |= judgement.ambiguous.is_some();
        self.errored.extend(judgement.ambiguous.into_iter().map(|a| Finding::new(a.message).at(&a.span)));
        for mut mismatch in judgement.mismatches {
            match mismatch.golden.take().filter(|_| self.update) {
                Some(golden) => self.golden.push(golden),
                None => self.failed.push(of_mismatch(mismatch)),
            }
        }
    }

    fn that(&mut self, that: &Expression, scope: &Scope) {
        match that.evaluate(scope) {
            Ok(Value::Bool(true)) => {}
            Ok(Value::Bool(false)) => self.failed.push(false_that(that, scope)),
            Ok(other) => {
                let message = format!("`{}` must be true or false, but is {}", that.source(), other.display());
                self.errored.push(Finding::new(message).at(that.span()));
            }
            Err(error) => self.errored.push(of_eval_error(&error, that.span())),
        }
    }

    /// What is false decides, then what could not be checked. The action's evidence goes with the first finding.
    fn outcome(self, step: &Step, details: Vec<Detail>) -> Outcome {
        let failed = !self.failed.is_empty();
        let mut findings = self.failed;
        findings.extend(self.errored);
        for finding in &mut findings {
            finding.step.get_or_insert_with(|| step.id.clone());
        }
        let Some(first) = findings.first_mut() else { return Outcome::passed() };
        first.details.extend(details);
        if failed { Outcome::Failed { findings } } else { Outcome::Errored { findings } }
    }
}

/// A false `that` prints the value of each part.
fn false_that(that: &Expression, scope: &Scope) -> Finding {
    let parts: Vec<String> = that
        .explain(scope)
        .into_iter()
        .map(|(part, value)| match value {
            Ok(value) => format!("{part} = {}", value.display()),
            Err(error) => format!("{part}: {}", error.message),
        })
        .collect();
    let mut finding = Finding::new(format!("`{}` is false", that.source())).at(that.span());
    if !parts.is_empty() {
        finding.details.push(Detail::new("parts", parts.join("\n")));
    }
    finding
}

fn of_mismatch(mismatch: Mismatch) -> Finding {
    let message = format!("{}: expected {}, actual {}", mismatch.path, mismatch.expected, mismatch.actual);
    let mut finding = Finding::new(message).at(&mismatch.span);
    finding.path = Some(mismatch.path);
    finding.expected = Some(mismatch.expected);
    finding.actual = Some(mismatch.actual);
    finding.help = mismatch.note;
    finding.details.extend(mismatch.diff.map(|diff| Detail::new("diff", diff)));
    finding
}

/// An expression that has no value.
pub(super) fn of_eval_error(error: &EvalError, fallback: &Span) -> Finding {
    let finding = Finding::new(error.message.clone()).at(error.span.as_ref().unwrap_or(fallback));
    Finding { help: error.help.clone(), ..finding }
}

/// An action that could not be carried out.
pub(super) fn of_action_error(step: &Step, error: &ActionError) -> Finding {
    // A mistake in an argument is told as it is; everything else was attempted and failed.
    let message = match error.kind {
        ErrorKind::TimedOut | ErrorKind::Refused => error.message.clone(),
        ErrorKind::Invalid if error.span.is_some() => error.message.clone(),
        _ => format!("failed to {}", error.message),
    };
    let finding = Finding::new(message).at(error.span.as_ref().unwrap_or(&step.span));
    Finding { step: Some(step.id.clone()), help: error.help.clone(), details: error.details.clone(), ..finding }
}

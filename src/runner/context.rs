//! What every part of a run works with.

use std::path::PathBuf;
use std::sync::Arc;

use super::options::RunOptions;
use super::stop::Stop;
use crate::event::{CaseKey, Detail, Effect, Finding, Kind, Ledger, Outcome, RunId, StepKey, StepResult, Stream};
use crate::redact::Redactor;
use crate::service::Services;
use crate::value::Value;

/// One run's account, ways out and rules.
#[derive(Clone)]
pub struct Context {
    /// `run.id`.
    pub run: RunId,
    /// The account.
    pub services: Arc<Services>,
    /// The way out.
    pub stream: Stream,
    /// Where intents are written.
    pub ledger: Arc<dyn Ledger>,
    /// The choke point that everything passes before it is recorded or shown.
    pub redactor: Redactor,
    /// The project's root.
    pub root: PathBuf,
    /// What the target allows.
    pub allow: Vec<Effect>,
    /// How to go about it.
    pub options: RunOptions,
    /// Whether to stop.
    pub stop: Stop,
}

/// Whose step it is, for events and names.
#[derive(Debug, Clone)]
pub(super) struct Owner {
    pub suite: String,
    pub case: Option<CaseKey>,
}

impl Context {
    /// A value in its recorded form: typed and without secrets.
    pub(super) fn recorded(&self, value: &Value) -> serde_json::Value {
        self.redactor.redact_value(value).to_recorded()
    }

    pub(super) fn step_started(&self, owner: &Owner, step: &StepKey, attempt: u32) {
        let (suite, case, step) = (owner.suite.clone(), owner.case.clone(), step.clone());
        self.stream.emit(Kind::StepStarted { suite, case, step, attempt });
    }

    pub(super) fn step_waits(&self, owner: &Owner, step: &StepKey, what: &str) {
        let (suite, case, step) = (owner.suite.clone(), owner.case.clone(), step.clone());
        let what = self.redactor.redact(what).into_owned();
        self.stream.emit(Kind::StepWaiting { suite, case, step, what });
    }
}

impl Context {
    /// A step's result without secrets in what a person reads.
    pub(super) fn redacted(&self, mut result: StepResult) -> StepResult {
        result.outcome = self.redacted_outcome(result.outcome);
        result
    }

    /// The same without arguments and output, which the step's own event holds.
    pub(super) fn without_documents(&self, result: StepResult) -> StepResult {
        StepResult { arguments: None, output: None, ..self.redacted(result) }
    }

    /// An outcome without secrets in what a person reads.
    pub(super) fn redacted_outcome(&self, outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Passed { warnings, flaky } => {
                Outcome::Passed { warnings: self.redacted_findings(warnings), flaky }
            }
            Outcome::Failed { findings } => Outcome::Failed { findings: self.redacted_findings(findings) },
            Outcome::Errored { findings } => Outcome::Errored { findings: self.redacted_findings(findings) },
            Outcome::Skipped { reason } => Outcome::Skipped { reason: self.redact(reason) },
        }
    }

    fn redacted_findings(&self, findings: Vec<Finding>) -> Vec<Finding> {
        findings.into_iter().map(|finding| self.redacted_finding(finding)).collect()
    }

    fn redacted_finding(&self, finding: Finding) -> Finding {
        let detail = |d: Detail| Detail { title: d.title, text: self.redact(d.text) };
        Finding {
            message: self.redact(finding.message),
            expected: finding.expected.map(|text| self.redact(text)),
            actual: finding.actual.map(|text| self.redact(text)),
            help: finding.help.map(|text| self.redact(text)),
            source_line: finding.source_line.map(|text| self.redact(text)),
            details: finding.details.into_iter().map(detail).collect(),
            ..finding
        }
    }

    fn redact(&self, text: String) -> String {
        self.redactor.redact(&text).into_owned()
    }
}

//! The choke point: what an event says, without secrets. Documents (arguments, outputs) come here in their recorded form.

use super::{CaseResult, CleanupItem, Detail, Finding, Intent, Kind, Outcome, PlannedCase, StepKey, StepResult};
use crate::redact::Redactor;

/// Something that loses its secrets before it is recorded or shown.
pub(super) trait Redacted {
    /// The same without secrets.
    fn redacted(self, by: &Redactor) -> Self;
}

impl Redacted for String {
    fn redacted(self, by: &Redactor) -> Self {
        by.redact(&self).into_owned()
    }
}

impl<T: Redacted> Redacted for Option<T> {
    fn redacted(self, by: &Redactor) -> Self {
        self.map(|it| it.redacted(by))
    }
}

impl<T: Redacted> Redacted for Vec<T> {
    fn redacted(self, by: &Redactor) -> Self {
        self.into_iter().map(|it| it.redacted(by)).collect()
    }
}

impl Redacted for serde_json::Value {
    fn redacted(self, by: &Redactor) -> Self {
        by.redact_json(&self)
    }
}

impl Redacted for Kind {
    fn redacted(self, by: &Redactor) -> Self {
        match self {
            Self::RunStarted { run, project, target, date, cases, folder, notes, started_at, reuses } => {
                let (cases, notes) = (cases.redacted(by), notes.redacted(by));
                Self::RunStarted { run, project, target, date, cases, folder, notes, started_at, reuses }
            }
            Self::SetupFinished { suite, steps, duration } => {
                Self::SetupFinished { suite, steps: steps.redacted(by), duration }
            }
            Self::StepStarted { suite, case, step, attempt } => {
                Self::StepStarted { suite, case, step: step.redacted(by), attempt }
            }
            Self::StepWaiting { suite, case, step, what } => {
                Self::StepWaiting { suite, case, step: step.redacted(by), what: what.redacted(by) }
            }
            Self::StepFinished { suite, case, result } => {
                Self::StepFinished { suite, case, result: result.redacted(by) }
            }
            Self::CaseFinished { case, result } => Self::CaseFinished { case, result: result.redacted(by) },
            Self::Intended { id, intent } => Self::Intended { id, intent: intent.redacted(by) },
            Self::CleanedUp(item) => Self::CleanedUp(item.redacted(by)),
            Self::RunFinished { exit, duration, problems } => {
                Self::RunFinished { exit, duration, problems: problems.redacted(by) }
            }
            // Names and ids as the suites give them, and never a value.
            Self::TakenUp { .. }
            | Self::SetupStarted { .. }
            | Self::CaseStarted { .. }
            | Self::Settled { .. }
            | Self::Stopping { .. }
            | Self::CleanupStarted { .. }
            | Self::CleanupFinished { .. } => self,
        }
    }
}

impl Redacted for PlannedCase {
    fn redacted(self, by: &Redactor) -> Self {
        Self { name: self.name.redacted(by), ..self }
    }
}

impl Redacted for CaseResult {
    fn redacted(self, by: &Redactor) -> Self {
        Self { outcome: self.outcome.redacted(by), duration: self.duration, steps: self.steps.redacted(by) }
    }
}

impl Redacted for StepKey {
    fn redacted(self, by: &Redactor) -> Self {
        Self { name: self.name.redacted(by), ..self }
    }
}

impl Redacted for StepResult {
    fn redacted(self, by: &Redactor) -> Self {
        let Self { step, outcome, duration, attempts, notes, arguments, output, reuse } = self;
        let notes = notes.redacted(by);
        let (step, arguments, output) = (step.redacted(by), arguments.redacted(by), output.redacted(by));
        Self { step, outcome: outcome.redacted(by), duration, attempts, notes, arguments, output, reuse }
    }
}

impl Redacted for Outcome {
    fn redacted(self, by: &Redactor) -> Self {
        match self {
            Self::Passed { warnings, flaky } => Self::Passed { warnings: warnings.redacted(by), flaky },
            Self::Failed { findings } => Self::Failed { findings: findings.redacted(by) },
            Self::Errored { findings } => Self::Errored { findings: findings.redacted(by) },
            Self::Skipped { reason } => Self::Skipped { reason: reason.redacted(by) },
        }
    }
}

impl Redacted for Finding {
    fn redacted(self, by: &Redactor) -> Self {
        Self {
            message: self.message.redacted(by),
            place: self.place,
            source_line: self.source_line.redacted(by),
            step: self.step.redacted(by),
            path: self.path.redacted(by),
            expected: self.expected.redacted(by),
            actual: self.actual.redacted(by),
            help: self.help.redacted(by),
            details: self.details.redacted(by),
        }
    }
}

impl Redacted for Detail {
    fn redacted(self, by: &Redactor) -> Self {
        Self { title: self.title.redacted(by), text: self.text.redacted(by) }
    }
}

impl Redacted for Intent {
    fn redacted(self, by: &Redactor) -> Self {
        Self { name: self.name.redacted(by), parameters: self.parameters.redacted(by), ..self }
    }
}

impl Redacted for CleanupItem {
    fn redacted(self, by: &Redactor) -> Self {
        Self { name: self.name.redacted(by), problem: self.problem.redacted(by), ..self }
    }
}

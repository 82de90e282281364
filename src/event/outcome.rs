//! How cases and runs end. "The check was false" and "we could not check" are different things.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{Finding, RunId, StepKey};

/// How a case or step ended. Exactly one for every planned case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every expectation held.
    Passed {
        /// Checks at level `warn` that were false.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        warnings: Vec<Finding>,
        /// It passed on a later attempt only.
        #[serde(default)]
        flaky: bool,
    },
    /// An expectation was false. At least one finding.
    Failed {
        /// What was false.
        findings: Vec<Finding>,
    },
    /// It could not be judged. At least one finding.
    Errored {
        /// Why.
        findings: Vec<Finding>,
    },
    /// It was not to run here.
    Skipped {
        /// Why, in words.
        reason: String,
    },
}

impl Outcome {
    /// Passed, with nothing to remark.
    pub fn passed() -> Self {
        Self::Passed { warnings: Vec::new(), flaky: false }
    }

    /// Errored by one finding.
    pub fn errored(finding: Finding) -> Self {
        Self::Errored { findings: vec![finding] }
    }

    /// Green: what needs this may run.
    pub fn is_green(&self) -> bool {
        matches!(self, Self::Passed { .. })
    }

    /// What was found wrong; empty unless failed or errored.
    pub fn findings(&self) -> &[Finding] {
        match self {
            Self::Failed { findings } | Self::Errored { findings } => findings,
            Self::Passed { .. } | Self::Skipped { .. } => &[],
        }
    }

    /// The same, its findings naming the step by its title.
    #[must_use]
    pub fn in_step(mut self, step: &StepKey) -> Self {
        let (Self::Passed { warnings: findings, .. } | Self::Failed { findings } | Self::Errored { findings }) =
            &mut self
        else {
            return self;
        };
        for finding in findings.iter_mut().filter(|finding| finding.step.as_deref() == Some(step.id.as_str())) {
            finding.step = Some(step.title());
        }
        self
    }

    /// The outcome's name: `passed`, `failed`, `errored`, `skipped`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Passed { .. } => "passed",
            Self::Failed { .. } => "failed",
            Self::Errored { .. } => "errored",
            Self::Skipped { .. } => "skipped",
        }
    }
}

/// A step as it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepResult {
    /// Which step.
    pub step: StepKey,
    /// How it ended.
    pub outcome: Outcome,
    /// From the first attempt's start to the last one's end.
    pub duration: Duration,
    /// How often it was tried; 1 without a retry.
    pub attempts: u32,
    /// What should be known although it is green, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The arguments as resolved, in the recorded form (typed, redacted).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<Json>,
    /// The output, in the recorded form (typed, redacted).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Json>,
    /// Where the run reuses another one: whether this step was taken from its record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reuse: Option<Reuse>,
}

/// Whether a step that starts or changes something was taken from the record of another run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reuse {
    /// It was not carried out: its output is that of this run.
    Taken {
        /// The run.
        from: RunId,
    },
    /// It was carried out.
    CarriedOut {
        /// Why the record would not do.
        why: String,
    },
}

impl StepResult {
    /// What is to be said of it in a run that reuses another one.
    pub fn reuse_words(&self) -> Option<String> {
        Some(match self.reuse.as_ref()? {
            Reuse::Taken { from } => format!("not carried out: taken from run {from}"),
            Reuse::CarriedOut { why } => format!("carried out, not taken from the reused run: {why}"),
        })
    }

    /// A step that ended so, with nothing else to tell of it.
    pub fn new(step: StepKey, outcome: Outcome) -> Self {
        let notes = Vec::new();
        Self { step, outcome, duration: Duration::ZERO, attempts: 0, notes, arguments: None, output: None, reuse: None }
    }
}

/// A case as it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseResult {
    /// How it ended.
    pub outcome: Outcome,
    /// From its start to its end; zero if it never started.
    pub duration: Duration,
    /// Its steps, in the order they ran.
    pub steps: Vec<StepResult>,
}

impl CaseResult {
    /// As a report keeps it until the end: without what the steps were given and yielded, which may be megabytes for each case.
    #[must_use]
    pub fn without_documents(&self) -> Self {
        let bare = |step: &StepResult| StepResult {
            step: step.step.clone(),
            outcome: step.outcome.clone(),
            duration: step.duration,
            attempts: step.attempts,
            notes: step.notes.clone(),
            reuse: step.reuse.clone(),
            arguments: None,
            output: None,
        };
        let steps = self.steps.iter().map(bare).collect();
        Self { outcome: self.outcome.clone(), duration: self.duration, steps }
    }
}

/// The exit code of the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    /// 0: everything green.
    Green,
    /// 1: something failed.
    Failed,
    /// 2: usage, invalid files, or refused by the target's rules.
    Refused,
    /// 3: something errored, or the guard or the sandbox did not start.
    Errored,
    /// 4: nothing was judged.
    NothingJudged,
    /// 5: green, but cleanup is incomplete.
    CleanupIncomplete,
    /// 130: interrupted, and cleaned up.
    Interrupted,
}

impl Exit {
    /// The process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Green => 0,
            Self::Failed => 1,
            Self::Refused => 2,
            Self::Errored => 3,
            Self::NothingJudged => 4,
            Self::CleanupIncomplete => 5,
            Self::Interrupted => 130,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_report_keeps_has_no_documents_and_all_the_rest() {
        let document = Some(serde_json::json!({ "rows": [1, 2, 3] }));
        let step = StepResult {
            step: StepKey::new("count", "athena.query"),
            outcome: Outcome::errored(Finding::new("denied")),
            duration: Duration::from_secs(2),
            attempts: 3,
            notes: Vec::new(),
            reuse: None,
            arguments: document.clone(),
            output: document,
        };
        let bare = StepResult { arguments: None, output: None, ..step.clone() };
        let result = |step| CaseResult {
            outcome: Outcome::errored(Finding::new("denied")),
            duration: Duration::ZERO,
            steps: vec![step],
        };
        assert_eq!(result(step).without_documents(), result(bare));
    }
}

//! What every part of a run works with.

use std::path::PathBuf;
use std::sync::Arc;

use super::options::RunOptions;
use super::plan::PlannedSuite;
use super::record::Record;
use super::stop::Stop;
use crate::event::{CaseKey, Effect, Kind, Ledger, RunId, StepKey, StepResult, Stream};
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
    /// The secrets: values lose them while they still have their types, texts at the stream, which shares them.
    pub redactor: Redactor,
    /// The project's root.
    pub root: PathBuf,
    /// What the target allows.
    pub allow: Vec<Effect>,
    /// Whether the target allows commands on this machine.
    pub exec: bool,
    /// How to go about it.
    pub options: RunOptions,
    /// Whether to stop.
    pub stop: Stop,
    /// The run from whose record started steps are taken.
    pub record: Option<Arc<Record>>,
}

/// Whose step it is, for events and names.
#[derive(Debug, Clone)]
pub(super) struct Owner {
    pub suite: String,
    /// The case on whose behalf; none for setup and the suite's own cleanup.
    pub case: Option<CaseKey>,
    pub part: Part,
    /// `name:` of the step that is under way, as it reads now.
    pub step_name: Option<String>,
}

/// The part of a suite that a step belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Setup,
    Case,
    Cleanup,
}

impl Owner {
    /// No step is under way yet.
    pub fn new(suite: impl Into<String>, case: Option<CaseKey>, part: Part) -> Self {
        Self { suite: suite.into(), case, part, step_name: None }
    }

    /// The step as events name it.
    fn named(&self, step: StepKey) -> StepKey {
        StepKey { name: step.name.or_else(|| self.step_name.clone()), ..step }
    }

    /// The case that events of the step name. What cleanup does for a case happens when that case is over already.
    fn running_case(&self) -> Option<CaseKey> {
        self.case.clone().filter(|_| self.part != Part::Cleanup)
    }

    /// What calls and intents name the step by: `step-1` of setup is not `step-1` of cleanup, and AWS must not take them for the
    /// same request.
    pub fn call_name(&self, step: &str) -> String {
        self.part.call_name(step)
    }
}

impl Part {
    /// The name of a step of this part, as calls and intents have it.
    pub fn call_name(self, step: &str) -> String {
        match self {
            Self::Setup | Self::Case => step.to_owned(),
            Self::Cleanup => format!("cleanup:{step}"),
        }
    }
}

impl Context {
    /// The same for one suite of a plan: a repetition names what it starts after itself.
    pub(super) fn of_suite(&self, planned: &PlannedSuite) -> Self {
        let own = planned.repetition.as_ref().and_then(|repetition| self.run.repetition(repetition.number).ok());
        Self { run: own.unwrap_or_else(|| self.run.clone()), ..self.clone() }
    }

    /// A value in its recorded form: typed and without secrets.
    pub(super) fn recorded(&self, value: &Value) -> serde_json::Value {
        self.redactor.redact_value(value).to_recorded()
    }

    pub(super) fn step_started(&self, owner: &Owner, step: &StepKey, attempt: u32) {
        let (suite, case, step) = (owner.suite.clone(), owner.running_case(), owner.named(step.clone()));
        self.stream.emit(Kind::StepStarted { suite, case, step, attempt });
    }

    pub(super) fn step_waits(&self, owner: &Owner, step: &StepKey, what: &str) {
        let (suite, case, step) = (owner.suite.clone(), owner.running_case(), owner.named(step.clone()));
        self.stream.emit(Kind::StepWaiting { suite, case, step, what: what.to_owned() });
    }

    /// Tells of a step that has ended, as it is reported.
    pub(super) fn step_finished(&self, owner: &Owner, result: StepResult) -> StepResult {
        let (suite, case) = (owner.suite.clone(), owner.running_case());
        let step = owner.named(result.step);
        let result = StepResult { outcome: result.outcome.in_step(&step), step, ..result };
        self.stream.emit(Kind::StepFinished { suite, case, result: result.clone() });
        result
    }
}

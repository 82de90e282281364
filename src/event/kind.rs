//! The events, in the order a reader of `events.jsonl` meets them.

use std::time::Duration;

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{
    CaseKey, CaseResult, Exit, Finding, Intent, IntentId, Place, RunId, Settlement, StepKey, StepResult, Totals,
};

/// Something that happened, with its time and the totals after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// 0 for the first event of a run, then one more each.
    pub sequence: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// The counts after this event.
    pub totals: Totals,
    /// What.
    pub kind: Kind,
}

/// A case that the run is to report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedCase {
    /// Its key.
    pub key: CaseKey,
    /// Its name as reported, with the values of its row. Unique within its suite.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// The case's tags and its suite's.
    pub tags: Vec<String>,
    /// Which repetition of its suite it belongs to, in a run that repeats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repetition: Option<Repetition>,
}

impl PlannedCase {
    /// Its key as the suite's file has it, whichever repetition it belongs to.
    pub fn origin(&self) -> CaseKey {
        let suite = self.repetition.as_ref().map_or(&self.key.suite, |repetition| &repetition.suite);
        CaseKey { suite: suite.clone(), ..self.key.clone() }
    }
}

/// One of the times that a suite is run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repetition {
    /// The suite's name as its file has it.
    pub suite: String,
    /// 1 for the first.
    pub number: usize,
    /// How many there are.
    pub of: usize,
}

impl Repetition {
    /// The name of the repetition, which is the suite's in all events and reports: `orders (2 of 5)`.
    pub fn title(&self) -> String {
        format!("{} ({} of {})", self.suite, self.number, self.of)
    }
}

/// An earlier run whose record is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reused {
    /// The run.
    pub run: RunId,
    /// The `run.id` that expressions saw in it, and see again: another one than `run` if that reused a run itself.
    pub id: RunId,
}

/// The account that a run is against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetSummary {
    /// The target's name in the project file.
    pub name: String,
    /// The account's 12 digits.
    pub account: String,
    /// The region.
    pub region: String,
    /// Where calls go when it is not AWS itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
}

/// Why a run stops before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// Ctrl-C or SIGTERM.
    Interrupted,
    /// The run's deadline was met.
    Deadline,
    /// As many cases failed as `--max-fail` allows.
    MaxFail,
}

/// One thing that cleanup did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CleanupItem {
    /// The suite on whose behalf.
    pub suite: String,
    /// What was cleaned up, as a person would name it.
    pub name: String,
    /// What went wrong; the thing is left over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Finding>,
    /// How long it took.
    pub duration: Duration,
    /// The earlier run whose leftover it was; none for what this run did itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
}

/// What happened. Consumers match every one by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Always the first.
    RunStarted {
        /// The run.
        run: RunId,
        /// The project's name.
        project: String,
        /// The account it is against.
        target: TargetSummary,
        /// The date of the run, frozen, in the project's time zone.
        date: NaiveDate,
        /// Every case that will be reported, in the order of the reports.
        cases: Vec<PlannedCase>,
        /// Where the run's files are, as shown.
        folder: String,
        /// Things to know about the selection, for example what was added because another case needs it.
        notes: Vec<String>,
        /// `run.started_at`, in the project's time zone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        started_at: Option<DateTime<FixedOffset>>,
        /// The run from whose record started steps are taken.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reuses: Option<Reused>,
    },
    /// An earlier run is dead and has left things, which are cleaned up next.
    TakenUp {
        /// The earlier run.
        run: RunId,
        /// How it ended, after "run …": `was killed`.
        why: String,
        /// How many things it left; none where another run is cleaning up after it.
        items: usize,
    },
    /// A suite's setup begins.
    SetupStarted {
        /// The suite.
        suite: String,
    },
    /// A suite's setup ended.
    SetupFinished {
        /// The suite.
        suite: String,
        /// Its steps.
        steps: Vec<StepResult>,
        /// How long it took.
        duration: Duration,
    },
    /// A case begins.
    CaseStarted {
        /// The case.
        case: CaseKey,
    },
    /// A step begins.
    StepStarted {
        /// The suite.
        suite: String,
        /// The case; none for setup and cleanup.
        case: Option<CaseKey>,
        /// The step.
        step: StepKey,
        /// 1 for the first.
        attempt: u32,
    },
    /// A step waits for something.
    StepWaiting {
        /// The suite.
        suite: String,
        /// The case; none for setup and cleanup.
        case: Option<CaseKey>,
        /// The step.
        step: StepKey,
        /// For what, for example `execution orders-etl: RUNNING`.
        what: String,
    },
    /// A step ended.
    StepFinished {
        /// The suite.
        suite: String,
        /// The case; none for setup and cleanup.
        case: Option<CaseKey>,
        /// How.
        result: StepResult,
    },
    /// A case ended. Exactly one for every planned case.
    CaseFinished {
        /// The case.
        case: CaseKey,
        /// How.
        result: CaseResult,
    },
    /// The next call will start or create this. A second one of the same id replaces the first: more is known of it by then.
    Intended {
        /// Its id.
        id: IntentId,
        /// What.
        intent: Intent,
    },
    /// What was intended is gone, or never was.
    Settled {
        /// Its id.
        id: IntentId,
        /// How.
        settlement: Settlement,
    },
    /// No new steps from here; what runs is stopped.
    Stopping {
        /// Why.
        reason: StopReason,
    },
    /// A suite's cleanup begins.
    CleanupStarted {
        /// The suite.
        suite: String,
    },
    /// One thing was cleaned up, or could not be.
    CleanedUp(CleanupItem),
    /// A suite's cleanup ended.
    CleanupFinished {
        /// The suite.
        suite: String,
    },
    /// Always the last.
    RunFinished {
        /// How the run ended.
        exit: Exit,
        /// From the run's start.
        duration: Duration,
        /// Problems of the run as a whole: cases without outcome, a report that could not be written, things left running.
        problems: Vec<Finding>,
    },
}

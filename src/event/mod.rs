//! The one serialised contract: what happens in a run, in order, with its time and the totals so far.
//!
//! The runner's only way out is this stream; reports and the journal are consumers of it and keep no counters of their own.
//! The types here are what `events.jsonl` holds, so a change to them is a change of a format.

mod finding;
mod id;
mod intent;
mod kind;
mod outcome;
mod redacted;
mod stream;
mod totals;

pub use finding::{Detail, Finding, Place};
pub use id::{CaseKey, IntentId, RunId, RunIdError, StepKey};
pub use intent::{Effect, Intent, IntentKind, Ledger, LedgerError, Settlement};
pub use kind::{CleanupItem, Event, Kind, PlannedCase, Repetition, Reused, StopReason, TargetSummary};
pub use outcome::{CaseResult, Exit, Outcome, Reuse, StepResult};
pub use stream::{Consumer, Stream};
pub use totals::Totals;

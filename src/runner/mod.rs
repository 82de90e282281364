//! From checked suites to a verdict: plan, then dispatch cases side by side, judge them, and clean up.
//!
//! The verdict comes from a closed ledger: every planned case has exactly one outcome, and a case without one makes the run red.
//! The only way out is the event stream; nothing here prints, and nothing here knows a report.

mod attempt;
mod case;
mod cleanup;
mod context;
mod dispatcher;
mod gate;
mod invoke;
mod judge;
mod limit;
mod options;
mod own_cleanup;
mod plan;
mod promise;
mod quiet;
mod recall;
mod record;
mod recover;
mod repeat;
mod scope;
mod select;
mod stop;
mod suite;
mod taken;
#[cfg(test)]
mod tests;
mod undo;

pub use context::Context;
pub use dispatcher::run;
pub use options::{Budgets, RunOptions};
pub use plan::{Plan, PlanError, PlannedSuite, ReportedCase, plan};
pub use record::Record;
pub use recover::{Estate, Left, recover};
pub use repeat::plan_repeated;
pub use scope::RunFacts;
pub use select::{Selection, SelectionError, Shard, TagExpression};
pub use stop::Stop;
pub use taken::Taken;

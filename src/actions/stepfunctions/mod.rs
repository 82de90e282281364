//! `stepfunctions.*`: executions of state machines, started once and watched to their end.

mod awaited;
mod document;
mod explain;
mod hung;
mod names;
mod output;
mod run;
mod run_sync;
mod search;
mod wait;
mod watch;

pub use awaited::Await;
pub(super) use hung::whereabouts;
pub use run::Run;
pub use run_sync::RunSync;
pub use wait::Wait;
pub(super) use watch::stop;

/// The intent of an execution that can be stopped.
pub(super) const EXECUTION: &str = "stepfunctions.execution";
/// The intent of an EXPRESS execution that is waited for, and which nothing can stop.
pub(super) const SYNC_EXECUTION: &str = "stepfunctions.sync_execution";

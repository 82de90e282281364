//! A run from a request to its exit code: project, suites and plan first, then the guard, the session, the run folder, the runner.
//!
//! The command line and the test harness both come in here, so that they run the same cases in the same way.

mod cleanup;
mod environment;
mod folder;
mod ledger;
mod needs;
mod prepare;
mod request;
mod reuse;
mod signals;
mod start;
mod take_up;

pub use cleanup::{Cleaned, Cleanup, CleanupRequest, Leftover, NotCleaned};
pub use folder::{REPORTS_FOLDER, RunFolder};
pub use prepare::{Prepared, Refused, prepare};
pub use request::Request;
pub use reuse::Earlier;
pub use signals::{signalled, stop_on_signals};
pub use start::{LaunchError, Launched, launch};

//! What outlives the machine: the open intents of a run in S3, so that another machine can finish its cleanup.
//!
//! The layout, below a target's `state:`, is version 1:
//!
//! ```text
//! <project>/<target>/runs/<run>/run.json                  the run: what it is against, its process, until when it counts as alive
//! <project>/<target>/runs/<run>/intents/<number>.json     one for each open intent; numbers have ten digits, so that keys are in order
//! <project>/<target>/runs/<run>/claim.json                who is cleaning up after the run at the moment
//! ```
//!
//! `run.json` is written before the first intent, renewed while the run lives, and deleted last: a run that left nothing leaves no key.
//! An intent costs one PUT and one DELETE; one that is kept, or whose arguments become known later, costs a PUT more.

mod document;
mod ledger;
mod place;
mod records;
mod store;
#[cfg(test)]
mod tests;

pub use document::Entry;
pub use ledger::StateLedger;
pub use place::StatePlace;
pub use records::StateRecords;
pub use store::{Found, StateError, StateStore};

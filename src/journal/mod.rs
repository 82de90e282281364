//! The journal: events to JSON Lines and back. It is also the ledger of what the run starts and creates.

mod ledger;
mod outputs;
mod read;
pub mod state;
#[cfg(test)]
mod tests;
mod write;

pub use ledger::JournalLedger;
pub use outputs::document;
pub use read::{ReadError, began, read, red_cases};
pub use write::{EVENTS_FILE, Journal, JournalState};

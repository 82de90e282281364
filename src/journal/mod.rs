//! The journal: events to JSON Lines and back. It is also the ledger of what the run starts and creates.

mod header;
mod heartbeat;
mod ledger;
mod outputs;
mod read;
mod records;
mod reports;
pub mod state;
#[cfg(test)]
mod tests;
mod write;

pub use header::{EXPIRY, Header, Life};
pub use heartbeat::{PULSE, beat};
pub use ledger::JournalLedger;
pub use outputs::document;
pub use read::{ReadError, began, read, red_cases};
pub use records::{Known, Record, RecordError, Records};
pub use reports::{FolderRecord, FolderRecords};
pub use write::{EVENTS_FILE, Journal, JournalState};

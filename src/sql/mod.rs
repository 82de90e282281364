//! What an SQL statement does: reads, writes or destroys.

mod classify;

pub use classify::{Class, Effect, SqlError, classify};

//! What an SQL statement does: reads, writes or destroys.
//!
//! Trino's grammar is wider than the SQL parsers there are, so this module reads only as much as it must: a tokeniser of its own,
//! exactly one statement, its first words against an allow-list. What Trino, Hive's DDL and PostgreSQL would tokenise differently
//! (nested comments, dollar quotes) is refused, so that a statement cannot hide from this reading.

mod classify;
mod statement;
#[cfg(test)]
mod tests;
mod token;

pub use classify::{Class, Effect, classify};
pub use token::SqlError;

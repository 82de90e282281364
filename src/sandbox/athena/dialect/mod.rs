//! Athena's SQL (Trino's) read into the syntax tree that DataFusion plans.
//!
//! A statement is parsed with a dialect of our own, then rewritten: one file per rewrite.

mod error;
mod names;
mod translate;

pub use error::DialectError;
pub use names::output_names;
pub use translate::translate_query;

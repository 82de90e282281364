//! Athena's SQL (Trino's) read into the syntax tree that DataFusion plans.
//!
//! A statement is parsed with a dialect of our own, then rewritten: one file per rewrite, in the order of
//! [`translate_query`]. What DataFusion would read in another way becomes a call of one of our functions, whose names
//! begin with `$`; what the sandbox lacks is refused by name.

mod build;
mod calls;
mod depth;
mod error;
mod expressions;
mod grammar;
mod identifiers;
mod lambdas;
mod literals;
mod names;
mod outputs;
mod relations;
mod special_calls;
mod tokens;
mod translate;
mod unnest;
mod values;

#[cfg(test)]
pub(crate) mod run;
#[cfg(test)]
mod tests;

pub use error::DialectError;
pub use names::output_names;
pub use translate::translate_query;

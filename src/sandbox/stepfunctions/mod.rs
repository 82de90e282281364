//! Step Functions: an interpreter of the Amazon States Language and the API over it.
//!
//! A definition is read into a typed [`machine`] first, with every problem in it collected in AWS's words; then the
//! `interpreter` walks it and writes AWS's own history events. Tasks leave through one door, [`TaskRunner`].
//!
//! Variables (`Assign`, `$name`) travel beside the context object: the value that paths, templates and rules receive as
//! `context` may have one member more than AWS's, [`VARIABLES`], whose members are the variables. `$name.rest` is read
//! from there, and `$$` never shows it.

mod api;
mod choice;
mod clock;
#[cfg(test)]
mod corpus;
mod history;
mod interpreter;
mod intrinsics;
mod jsonpath;
pub mod machine;
mod map_runs;
mod task;
mod template;
#[cfg(test)]
mod tests;
mod token;

pub use api::{Config, OPERATIONS, StepFunctions};
pub use intrinsics::Decimal;
pub use jsonpath::Path as JsonPath;
pub use task::{TaskCall, TaskFailure, TaskOutput, TaskRunner};

/// The member of the value handed to paths as `context` that carries the variables in scope. It cannot be written in a
/// definition, so it cannot collide with anything of AWS's.
pub(crate) const VARIABLES: &str = "\u{0}variables";

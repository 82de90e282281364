//! What a step can do: one folder per service, one file per action with its field table, its output, its default expectation and its code.
//!
//! [`registry::ACTIONS`] is the one list of them. An action never judges: it yields an output document, and the runner holds it against
//! the suite's expectations and the action's default ones. Nothing is started or created before its intent is written ([`Call::intend`]).

pub mod athena;
mod call;
mod console;
mod error;
pub mod exec;
pub mod files;
pub mod lambda;
mod naming;
pub(crate) mod registry;
pub mod s3;
mod spec;
pub mod stepfunctions;
#[cfg(test)]
mod tests;

pub use call::{Arguments, Call, Intended, Uses};
pub use error::{ActionError, ErrorKind};
pub use naming::CallName;
pub use registry::{ACTIONS, action, longest_life, may_grow, undo, undo_effect, whereabouts};
pub use spec::{Action, EffectRule, Group, Output, OutputField, Spec};

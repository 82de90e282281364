//! The matchers: one list, one file for each family.

mod list;
mod logic;
mod order;
mod outside;
mod registry;
mod structure;
mod text;

pub use registry::{ArgumentShape, MatcherDoc, matchers};
pub(super) use registry::{find, names};

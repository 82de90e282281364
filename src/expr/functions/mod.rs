//! The functions of the expression language: one list, in which each has its name, usage, documentation and code.

mod dates;
mod numbers;
mod outside;
mod registry;
mod strings;

pub(super) use registry::find;
pub use registry::{FunctionDoc, Functions, Style, functions};

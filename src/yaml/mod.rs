//! YAML as a tree of nodes that know their place, and field tables that describe what a file may hold.
//!
//! * [`parse`] and [`parse_bytes`] make a [`Node`]; every problem is found with its place and a remedy.
//! * [`field`] holds the tables: one description checks, decodes, and makes JSON Schema and reference.

mod build;
pub mod field;
mod lint;
mod locate;
pub mod node;
pub mod read;
mod scalar;
#[cfg(test)]
mod tests;

pub use node::{Entry, Key, Kind, Node, Scalar, Style};
pub use read::{parse, parse_bytes};

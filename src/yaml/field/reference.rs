//! Reference pages from a table.

use super::Table;

/// The reference of a table and of those it refers to, in Markdown.
pub fn reference(_table: &Table) -> String {
    String::new()
}

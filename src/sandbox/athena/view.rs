//! The text of a view in the catalog, in Presto's encoding: base64 of a JSON document inside a comment.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::failure::Failure;
use super::planner::CATALOG;
use crate::sandbox::glue::{Column, Table};

const BEFORE: &str = "/* Presto View: ";
const AFTER: &str = " */";

/// What a view stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewText {
    pub sql: String,
    /// The database of names without one.
    pub database: String,
}

impl ViewText {
    /// Reads the text of a view.
    pub fn of(table: &Table) -> Result<Self, Failure> {
        let broken = || Failure::user("INVALID_VIEW", format_args!("View '{}' is not a Presto view", table.name));
        let text = table.view_original_text.as_deref().unwrap_or_default();
        let encoded = text.strip_prefix(BEFORE).and_then(|text| text.strip_suffix(AFTER)).ok_or_else(broken)?;
        let decoded = STANDARD.decode(encoded.trim()).map_err(|_| broken())?;
        let view: Value = serde_json::from_slice(&decoded).map_err(|_| broken())?;
        match (view["originalSql"].as_str(), view["schema"].as_str()) {
            (Some(sql), Some(database)) => Ok(Self { sql: sql.to_owned(), database: database.to_owned() }),
            _ => Err(broken()),
        }
    }

    /// The text for the catalog; `columns` are given with Trino's types.
    pub fn encoded(&self, columns: &[Column]) -> String {
        let columns: Vec<Value> =
            columns.iter().map(|column| json!({"name": column.name, "type": column.r#type})).collect();
        let view = json!({
            "originalSql": self.sql,
            "catalog": CATALOG,
            "schema": self.database,
            "columns": columns,
        });
        format!("{BEFORE}{}{AFTER}", STANDARD.encode(view.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_comes_back_from_the_catalog_as_it_was_written() {
        let view = ViewText { sql: "select 'ä' as a".to_owned(), database: "lake".to_owned() };
        let table = Table { view_original_text: Some(view.encoded(&[])), ..Table::default() };
        assert_eq!(ViewText::of(&table), Ok(view));
        let other = Table { view_original_text: Some("select 1".to_owned()), ..Table::default() };
        assert!(ViewText::of(&other).is_err());
    }
}

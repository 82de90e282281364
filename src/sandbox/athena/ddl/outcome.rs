//! What a statement leaves behind, before it is written as a result.

use datafusion::execution::SendableRecordBatchStream;
use serde_json::Value;

use crate::sandbox::athena::storage::Location;

/// Athena's kinds of statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatementType {
    Ddl,
    Dml,
    Utility,
}

impl StatementType {
    /// As in `QueryExecution.StatementType`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ddl => "DDL",
            Self::Dml => "DML",
            Self::Utility => "UTILITY",
        }
    }
}

/// The result of a statement.
pub enum Outcome {
    /// A result set, to be written as CSV.
    Rows { names: Vec<String>, stream: SendableRecordBatchStream },
    /// Lines of text under `ColumnInfo` entries.
    Lines { columns: Vec<Value>, lines: Vec<String> },
    /// Rows that went to a table, and the files they are in.
    Wrote { rows: u64, files: Vec<Location> },
}

impl Outcome {
    /// Nothing to show.
    pub fn nothing() -> Self {
        Self::Lines { columns: Vec::new(), lines: Vec::new() }
    }
}

//! `describe`: columns, types and comments, in Hive's padded lines.

use datafusion::arrow::datatypes::DataType;

use super::cursor::{Cursor, TableName};
use super::outcome::Outcome;
use super::show::table;
use crate::sandbox::athena::environment::Environment;
use crate::sandbox::athena::failure::Failure;
use crate::sandbox::athena::values::column_info;
use crate::sandbox::glue::Column;

/// The statement.
#[derive(Debug)]
pub struct Describe {
    name: TableName,
}

impl Describe {
    /// Reads the statement; the longer forms are refused.
    pub fn parse(mut cursor: Cursor<'_>) -> Result<Self, Failure> {
        if !cursor.take("desc") {
            cursor.expect("describe")?;
        }
        for long in ["extended", "formatted"] {
            if cursor.looks_at(long) {
                return Err(Failure::unsupported(format_args!("the statement DESCRIBE {}", long.to_uppercase())));
            }
        }
        let _ = cursor.take("table");
        let name = cursor.table_name()?;
        cursor.end()?;
        Ok(Self { name })
    }

    /// Reads the catalog.
    pub fn run(&self, environment: &Environment) -> Result<Outcome, Failure> {
        let table = table(environment, &self.name)?;
        let mut lines: Vec<String> =
            table.storage_descriptor.columns.iter().chain(&table.partition_keys).map(line).collect();
        if !table.partition_keys.is_empty() {
            lines.push("\t \t ".to_owned());
            lines.push("# Partition Information\t \t ".to_owned());
            lines.push(format!("{:20}\t{:20}\t{:20}", "# col_name", "data_type", "comment"));
            lines.push("\t \t ".to_owned());
            lines.extend(table.partition_keys.iter().map(line));
        }
        let columns = ["col_name", "data_type", "comment"].map(|name| column_info(name, &DataType::Utf8)).to_vec();
        Ok(Outcome::Lines { columns, lines })
    }
}

fn line(column: &Column) -> String {
    format!("{:20}\t{:20}\t{:20}", column.name, column.r#type, column.comment.as_deref().unwrap_or_default())
}

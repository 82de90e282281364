//! `show create table` and `show create view`: the statement that would make it again.

use datafusion::arrow::datatypes::DataType;
use indexmap::IndexMap;

use super::cursor::{Cursor, TableName};
use super::outcome::Outcome;
use super::show::table;
use crate::sandbox::athena::environment::Environment;
use crate::sandbox::athena::failure::Failure;
use crate::sandbox::athena::values::column_info;
use crate::sandbox::athena::view::ViewText;
use crate::sandbox::glue::{Column, Table};

/// The statement.
#[derive(Debug)]
pub struct ShowCreate {
    name: TableName,
    view: bool,
}

impl ShowCreate {
    /// Reads the statement.
    pub fn parse(mut cursor: Cursor<'_>) -> Result<Self, Failure> {
        cursor.expect("show create")?;
        let view = cursor.take("view");
        if !view {
            cursor.expect("table")?;
        }
        let name = cursor.table_name()?;
        cursor.end()?;
        Ok(Self { name, view })
    }

    /// Writes the statement from the catalog's entry.
    pub fn run(&self, environment: &Environment) -> Result<Outcome, Failure> {
        let table = table(environment, &self.name)?;
        if table.is_view() != self.view {
            let (is, asked) =
                if table.is_view() { ("a view", "SHOW CREATE VIEW") } else { ("a table", "SHOW CREATE TABLE") };
            return Err(Failure::user("NOT_SUPPORTED", format_args!("{} is {is}: use {asked}", table.name)));
        }
        let text = if self.view {
            format!("CREATE VIEW {}.{} AS\n{}", table.database_name, table.name, ViewText::of(&table)?.sql)
        } else {
            statement(&table)
        };
        let columns = vec![column_info("createtab_stmt", &DataType::Utf8)];
        Ok(Outcome::Lines { columns, lines: text.lines().map(str::to_owned).collect() })
    }
}

fn statement(table: &Table) -> String {
    let storage = &table.storage_descriptor;
    let given = |text: &Option<String>| quoted(text.as_deref().unwrap_or_default());
    let mut clauses = vec![format!(
        "CREATE EXTERNAL TABLE `{}.{}`(\n{})",
        table.database_name,
        table.name,
        columns(&storage.columns)
    )];
    if !table.partition_keys.is_empty() {
        clauses.push(format!("PARTITIONED BY ( \n{})", columns(&table.partition_keys)));
    }
    clauses.push(format!("ROW FORMAT SERDE \n  {} ", given(&storage.serde_info.serialization_library)));
    if !storage.serde_info.parameters.is_empty() {
        clauses.push(format!("WITH SERDEPROPERTIES ( \n{}) ", properties(&storage.serde_info.parameters)));
    }
    let (input, output) = (given(&storage.input_format), given(&storage.output_format));
    clauses.push(format!("STORED AS INPUTFORMAT \n  {input} \nOUTPUTFORMAT \n  {output}"));
    clauses.push(format!("LOCATION\n  {}", given(&storage.location)));
    let mut shown = table.parameters.clone();
    shown.shift_remove("EXTERNAL");
    if !shown.is_empty() {
        clauses.push(format!("TBLPROPERTIES (\n{})", properties(&shown)));
    }
    clauses.join("\n")
}

fn columns(columns: &[Column]) -> String {
    let line = |column: &Column| {
        let comment =
            column.comment.as_deref().map_or_else(String::new, |comment| format!(" COMMENT {}", quoted(comment)));
        format!("  `{}` {}{comment}", column.name, column.r#type)
    };
    columns.iter().map(line).collect::<Vec<_>>().join(", \n")
}

fn properties(properties: &IndexMap<String, String>) -> String {
    let line = |(key, value): (&String, &String)| format!("  {}={}", quoted(key), quoted(value));
    properties.iter().map(line).collect::<Vec<_>>().join(", \n")
}

/// A string in Hive's escapes.
fn quoted(text: &str) -> String {
    let mut out = String::from("'");
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => out.extend(format!("\\u{:04x}", u32::from(c)).chars()),
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

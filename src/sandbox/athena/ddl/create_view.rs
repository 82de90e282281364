//! `create [or replace] view`: the query is planned, then kept as text.

use super::create_table::create;
use super::create_table_as::columns_of;
use super::cursor::{Cursor, TableName};
use super::outcome::Outcome;
use crate::sandbox::athena::environment::Environment;
use crate::sandbox::athena::failure::Failure;
use crate::sandbox::athena::planner::{CATALOG, plan};
use crate::sandbox::athena::values::HiveType;
use crate::sandbox::athena::view::ViewText;
use crate::sandbox::glue::{Column, StorageDescriptor, Table};

/// The statement.
#[derive(Debug)]
pub struct CreateView {
    name: TableName,
    replace: bool,
    sql: String,
}

impl CreateView {
    /// Reads the statement.
    pub fn parse(mut cursor: Cursor<'_>) -> Result<Self, Failure> {
        cursor.expect("create")?;
        let replace = cursor.take("or replace");
        cursor.expect("view")?;
        let name = cursor.table_name()?;
        cursor.expect("as")?;
        Ok(Self { name, replace, sql: cursor.rest()?.trim().to_owned() })
    }

    /// Puts the view into the catalog.
    pub async fn run(&self, environment: &Environment) -> Result<Outcome, Failure> {
        let database = self.name.database_or(&environment.database).to_owned();
        let before = environment.catalog.table(&database, &self.name.name).ok();
        if let Some(before) = &before {
            let shown = format!("{CATALOG}.{database}.{}", self.name.name);
            if !before.is_view() {
                return Err(Failure::user(
                    "TABLE_ALREADY_EXISTS",
                    format_args!("line 1:1: Table '{shown}' already exists"),
                ));
            }
            if !self.replace {
                return Err(Failure::user(
                    "VIEW_ALREADY_EXISTS",
                    format_args!("line 1:1: View '{shown}' already exists"),
                ));
            }
        }
        let planned = plan(environment, &self.sql).await?;
        let columns = columns_of(&planned.plan, &planned.names)?;
        let table = self.table(environment, &database, columns)?;
        if before.is_some() {
            environment.catalog.update_table(table)?;
            return Ok(Outcome::nothing());
        }
        create(environment, table, false)
    }

    fn table(&self, environment: &Environment, database: &str, columns: Vec<Column>) -> Result<Table, Failure> {
        let in_trino = |column: &Column| {
            let kind = HiveType::parse(&column.r#type).map_err(Failure::system)?;
            Ok(Column { r#type: kind.trino(), ..column.clone() })
        };
        let trino_columns = columns.iter().map(in_trino).collect::<Result<Vec<_>, Failure>>()?;
        let text = ViewText { sql: self.sql.clone(), database: environment.database.clone() };
        Ok(Table {
            name: self.name.name.clone(),
            database_name: database.to_owned(),
            table_type: Some("VIRTUAL_VIEW".to_owned()),
            storage_descriptor: StorageDescriptor { columns, ..StorageDescriptor::default() },
            view_original_text: Some(text.encoded(&trino_columns)),
            view_expanded_text: Some("/* Presto View */".to_owned()),
            parameters: [("presto_view".to_owned(), "true".to_owned())].into_iter().collect(),
            ..Table::default()
        })
    }
}

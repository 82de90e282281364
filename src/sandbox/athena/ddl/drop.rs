//! `drop table`, `drop view`, `drop database`. Files stay in S3, as with Athena's external tables.

use super::cursor::{Cursor, TableName};
use super::outcome::Outcome;
use crate::sandbox::athena::environment::Environment;
use crate::sandbox::athena::failure::Failure;
use crate::sandbox::athena::planner::CATALOG;
use crate::sandbox::glue::CatalogError;

/// The statement.
#[derive(Debug)]
pub enum Drop {
    Table { name: TableName, if_exists: bool },
    View { name: TableName, if_exists: bool },
    Database { name: String, if_exists: bool, cascade: bool },
}

impl Drop {
    /// Reads the statement.
    pub fn parse(mut cursor: Cursor<'_>) -> Result<Self, Failure> {
        cursor.expect("drop")?;
        let parsed = if cursor.take("table") {
            let if_exists = cursor.take("if exists");
            Self::Table { name: cursor.table_name()?, if_exists }
        } else if cursor.take("view") {
            let if_exists = cursor.take("if exists");
            Self::View { name: cursor.table_name()?, if_exists }
        } else if cursor.take("database") || cursor.take("schema") {
            let if_exists = cursor.take("if exists");
            let name = cursor.identifier()?;
            let cascade = cursor.take("cascade");
            let _ = !cascade && cursor.take("restrict");
            Self::Database { name, if_exists, cascade }
        } else {
            return Err(cursor.mismatch("'DATABASE', 'SCHEMA', 'TABLE', 'VIEW'"));
        };
        cursor.end()?;
        Ok(parsed)
    }

    /// As in `SubstatementType`.
    pub fn subtype(&self) -> &'static str {
        match self {
            Self::Table { .. } => "DROP_TABLE",
            Self::View { .. } => "DROP_VIEW",
            Self::Database { .. } => "DROP_DATABASE",
        }
    }

    /// Removes it from the catalog.
    pub fn run(&self, environment: &Environment) -> Result<Outcome, Failure> {
        match self {
            Self::Table { name, if_exists } => drop_table(environment, name, *if_exists, false),
            Self::View { name, if_exists } => drop_table(environment, name, *if_exists, true),
            Self::Database { name, if_exists, cascade } => drop_database(environment, name, *if_exists, *cascade),
        }
    }
}

fn drop_table(environment: &Environment, name: &TableName, if_exists: bool, view: bool) -> Result<Outcome, Failure> {
    let database = name.database_or(&environment.database);
    let kind = if view { "View" } else { "Table" };
    let found = match environment.catalog.table(database, &name.name) {
        Err(CatalogError::NotFound(_)) if if_exists => return Ok(Outcome::nothing()),
        Err(CatalogError::NotFound(_)) => {
            let message = format!("{kind} '{CATALOG}.{database}.{}' does not exist", name.name);
            return Err(Failure::user(if view { "VIEW_NOT_FOUND" } else { "TABLE_NOT_FOUND" }, message));
        }
        other => other?,
    };
    if found.is_view() != view {
        let message = format!(
            "'{CATALOG}.{database}.{}' is {}",
            name.name,
            if view { "a table, not a view" } else { "a view, not a table" }
        );
        return Err(Failure::user("GENERIC_USER_ERROR", message));
    }
    environment.catalog.delete_table(database, &name.name)?;
    Ok(Outcome::nothing())
}

fn drop_database(environment: &Environment, name: &str, if_exists: bool, cascade: bool) -> Result<Outcome, Failure> {
    match environment.catalog.tables(name) {
        Err(CatalogError::NotFound(_)) if if_exists => return Ok(Outcome::nothing()),
        Err(CatalogError::NotFound(_)) => {
            return Err(Failure::user("SCHEMA_NOT_FOUND", format_args!("Schema '{name}' does not exist")));
        }
        Ok(tables) if !tables.is_empty() && !cascade => {
            return Err(Failure::user(
                "SCHEMA_NOT_EMPTY",
                format_args!("Database {name} is not empty. One or more tables exist."),
            ));
        }
        other => drop(other?),
    }
    environment.catalog.delete_database(name)?;
    Ok(Outcome::nothing())
}

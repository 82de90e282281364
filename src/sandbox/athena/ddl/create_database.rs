//! `create database|schema [if not exists] name [comment '…'] [location '…']`.

use super::cursor::Cursor;
use super::outcome::Outcome;
use crate::sandbox::athena::environment::Environment;
use crate::sandbox::athena::failure::Failure;
use crate::sandbox::glue::{CatalogError, Database};

/// The statement.
#[derive(Debug)]
pub struct CreateDatabase {
    database: Database,
    if_not_exists: bool,
}

impl CreateDatabase {
    /// Reads the statement.
    pub fn parse(mut cursor: Cursor<'_>) -> Result<Self, Failure> {
        cursor.expect("create")?;
        if !cursor.take("schema") {
            cursor.expect("database")?;
        }
        let if_not_exists = cursor.take("if not exists");
        let mut database = Database { name: cursor.identifier()?, ..Database::default() };
        if cursor.take("comment") {
            database.description = Some(cursor.string()?);
        }
        if cursor.take("location") {
            database.location_uri = Some(cursor.string()?);
        }
        if cursor.take("with dbproperties") {
            database.parameters = super::create_table::properties(&mut cursor)?;
        }
        cursor.end()?;
        Ok(Self { database, if_not_exists })
    }

    /// Creates it in the catalog.
    pub fn run(&self, environment: &Environment) -> Result<Outcome, Failure> {
        match environment.catalog.create_database(self.database.clone()) {
            Err(CatalogError::AlreadyExists(_)) if self.if_not_exists => Ok(Outcome::nothing()),
            Err(CatalogError::AlreadyExists(_)) => Err(Failure::user(
                "SCHEMA_ALREADY_EXISTS",
                format_args!("Schema '{}' already exists", self.database.name),
            )),
            other => Ok(other.map(|()| Outcome::nothing())?),
        }
    }
}

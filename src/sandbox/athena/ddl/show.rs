//! `show databases`, `show tables`, `show views`, `show columns`, `show partitions`.

use datafusion::arrow::datatypes::DataType;

use super::cursor::{Cursor, TableName};
use super::outcome::Outcome;
use crate::sandbox::athena::environment::Environment;
use crate::sandbox::athena::failure::Failure;
use crate::sandbox::athena::planner::CATALOG;
use crate::sandbox::athena::table::partition_name;
use crate::sandbox::athena::values::column_info;
use crate::sandbox::glue::Table;

/// Hive pads names of columns to this width.
const PADDING: usize = 20;

/// The statement.
#[derive(Debug)]
pub enum Show {
    Databases { pattern: Option<regex::Regex> },
    Tables { database: Option<String>, pattern: Option<regex::Regex>, views: bool },
    Columns(TableName),
    Partitions(TableName),
}

impl Show {
    /// Reads the statement.
    pub fn parse(mut cursor: Cursor<'_>) -> Result<Self, Failure> {
        cursor.expect("show")?;
        let parsed = if cursor.take("databases") || cursor.take("schemas") {
            Self::Databases { pattern: pattern(&mut cursor)? }
        } else if cursor.take("tables") {
            Self::tables(&mut cursor, false)?
        } else if cursor.take("views") {
            Self::tables(&mut cursor, true)?
        } else if cursor.take("columns in") || cursor.take("columns from") {
            Self::Columns(in_database(&mut cursor)?)
        } else if cursor.take("partitions") {
            Self::Partitions(cursor.table_name()?)
        } else {
            return Err(Failure::unsupported(format_args!("the statement {}", cursor.heading(2))));
        };
        cursor.end()?;
        Ok(parsed)
    }

    fn tables(cursor: &mut Cursor<'_>, views: bool) -> Result<Self, Failure> {
        let database = if cursor.take("in") || cursor.take("from") { Some(cursor.identifier()?) } else { None };
        Ok(Self::Tables { database, pattern: pattern(cursor)?, views })
    }

    /// As in `SubstatementType`.
    pub fn subtype(&self) -> &'static str {
        match self {
            Self::Databases { .. } => "SHOW_DATABASES",
            Self::Tables { views: false, .. } => "SHOW_TABLES",
            Self::Tables { views: true, .. } => "SHOW_VIEWS",
            Self::Columns(_) => "SHOW_COLUMNS",
            Self::Partitions(_) => "SHOW_PARTITIONS",
        }
    }

    /// Reads the catalog.
    pub fn run(&self, environment: &Environment) -> Result<Outcome, Failure> {
        let (column, lines) = match self {
            Self::Databases { pattern } => {
                let names = environment.catalog.databases().into_iter().map(|database| database.name);
                ("database_name", names.filter(|name| matches(pattern.as_ref(), name)).collect())
            }
            Self::Tables { database, pattern, views } => {
                let database = database.as_deref().unwrap_or(&environment.database);
                let tables = environment.catalog.tables(database).map_err(|_| missing_schema(database))?;
                let shown = |table: &Table| (!views || table.is_view()) && matches(pattern.as_ref(), &table.name);
                let names = tables.into_iter().filter(shown).map(|table| table.name).collect();
                (if *views { "views" } else { "tab_name" }, names)
            }
            Self::Columns(name) => {
                let table = table(environment, name)?;
                let columns = table.storage_descriptor.columns.iter().chain(&table.partition_keys);
                ("field", columns.map(|column| format!("{:PADDING$}", column.name)).collect())
            }
            Self::Partitions(name) => ("partition", partitions(environment, name)?),
        };
        Ok(Outcome::Lines { columns: vec![column_info(column, &DataType::Utf8)], lines })
    }
}

fn missing_schema(database: &str) -> Failure {
    Failure::user("SCHEMA_NOT_FOUND", format_args!("Schema '{database}' does not exist"))
}

/// A table that a statement about tables names.
pub fn table(environment: &Environment, name: &TableName) -> Result<Table, Failure> {
    let database = name.database_or(&environment.database);
    environment.catalog.table(database, &name.name).map_err(|_| {
        Failure::user("TABLE_NOT_FOUND", format_args!("Table '{CATALOG}.{database}.{}' does not exist", name.name))
    })
}

fn partitions(environment: &Environment, name: &TableName) -> Result<Vec<String>, Failure> {
    let table = table(environment, name)?;
    if table.partition_keys.is_empty() {
        return Err(Failure::user("NOT_SUPPORTED", format_args!("Table {} is not a partitioned table", table.name)));
    }
    let partitions = environment.catalog.partitions(&table.database_name, &table.name)?;
    let name = |values: &[String]| partition_name(table.partition_keys.iter().map(|key| key.name.as_str()), values);
    Ok(partitions.iter().map(|partition| name(&partition.values)).collect())
}

/// `table [in database]` or `database.table`.
fn in_database(cursor: &mut Cursor<'_>) -> Result<TableName, Failure> {
    let mut name = cursor.table_name()?;
    if cursor.take("in") || cursor.take("from") {
        name.database = Some(cursor.identifier()?);
    }
    Ok(name)
}

/// `[like] 'regular expression'`, in which `*` stands for any characters as in Hive.
fn pattern(cursor: &mut Cursor<'_>) -> Result<Option<regex::Regex>, Failure> {
    let like = cursor.take("like");
    if cursor.at_end() && !like {
        return Ok(None);
    }
    let text = cursor.string()?;
    let starred = text.replace(".*", "*").replace('*', ".*");
    let compiled = regex::Regex::new(&format!("(?i)^(?:{starred})$"));
    compiled.map(Some).map_err(|_| Failure::user("SYNTAX_ERROR", format_args!("'{text}' is not a regular expression")))
}

fn matches(pattern: Option<&regex::Regex>, name: &str) -> bool {
    pattern.is_none_or(|pattern| pattern.is_match(name))
}

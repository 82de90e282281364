//! `alter table … add|drop partition`, `set location`, `set tblproperties`, `add columns`.

use datafusion::sql::sqlparser::tokenizer::Token;
use indexmap::IndexMap;

use super::create_table::{columns, properties};
use super::cursor::{Cursor, TableName};
use super::outcome::Outcome;
use crate::sandbox::athena::environment::Environment;
use crate::sandbox::athena::failure::Failure;
use crate::sandbox::athena::planner::CATALOG;
use crate::sandbox::athena::storage::Location;
use crate::sandbox::athena::table::{TableDefinition, partition_name, partition_value};
use crate::sandbox::glue::{CatalogError, Column, Partition, StorageDescriptor, Table};

/// The statement.
#[derive(Debug)]
pub struct AlterTable {
    name: TableName,
    change: Change,
}

/// A partition as named in a statement: key to value.
type PartitionSpec = IndexMap<String, String>;

#[derive(Debug)]
enum Change {
    AddPartitions { if_not_exists: bool, partitions: Vec<(PartitionSpec, Option<String>)> },
    DropPartitions { if_exists: bool, partitions: Vec<PartitionSpec> },
    AddColumns(Vec<Column>),
    Properties(IndexMap<String, String>),
    Location(String),
}

impl AlterTable {
    /// Reads the statement; changes that the sandbox does not make are refused.
    pub fn parse(mut cursor: Cursor<'_>) -> Result<Self, Failure> {
        if !cursor.take("alter table") {
            return Err(Failure::unsupported(format_args!("the statement {}", cursor.heading(2))));
        }
        let name = cursor.table_name()?;
        let change = if cursor.take("add columns") {
            Change::AddColumns(columns(&mut cursor)?)
        } else if cursor.take("add") {
            let if_not_exists = cursor.take("if not exists");
            Change::AddPartitions { if_not_exists, partitions: added(&mut cursor)? }
        } else if cursor.take("drop") {
            let if_exists = cursor.take("if exists");
            Change::DropPartitions { if_exists, partitions: dropped(&mut cursor)? }
        } else if cursor.take("set tblproperties") {
            Change::Properties(properties(&mut cursor)?)
        } else if cursor.take("set location") {
            Change::Location(cursor.string()?)
        } else {
            return Err(Failure::unsupported(format_args!(
                "this ALTER TABLE: {}",
                cursor.mismatch("'ADD', 'DROP', 'SET'").reason
            )));
        };
        cursor.end()?;
        Ok(Self { name, change })
    }

    /// As in `SubstatementType`.
    pub fn subtype(&self) -> &'static str {
        match self.change {
            Change::AddPartitions { .. } => "ALTER_TABLE_ADD_PARTITION",
            Change::DropPartitions { .. } => "ALTER_TABLE_DROP_PARTITION",
            Change::AddColumns(_) => "ALTER_TABLE_ADD_COLUMN",
            Change::Properties(_) => "ALTER_TABLE_SET_PROPERTIES",
            Change::Location(_) => "ALTER_TABLE_SET_LOCATION",
        }
    }

    /// Changes the catalog.
    pub fn run(&self, environment: &Environment) -> Result<Outcome, Failure> {
        let database = self.name.database_or(&environment.database);
        let mut table = environment.catalog.table(database, &self.name.name).map_err(|_| {
            Failure::user(
                "TABLE_NOT_FOUND",
                format_args!("Table '{CATALOG}.{database}.{}' does not exist", self.name.name),
            )
        })?;
        match &self.change {
            Change::AddPartitions { if_not_exists, partitions } => {
                return add_partitions(environment, &table, partitions, *if_not_exists);
            }
            Change::DropPartitions { if_exists, partitions } => {
                return drop_partitions(environment, &table, partitions, *if_exists);
            }
            Change::AddColumns(columns) => table.storage_descriptor.columns.extend(columns.iter().cloned()),
            Change::Properties(properties) => table.parameters.extend(properties.clone()),
            Change::Location(location) => table.storage_descriptor.location = Some(location.clone()),
        }
        TableDefinition::new(&table)?;
        environment.catalog.update_table(table)?;
        Ok(Outcome::nothing())
    }
}

/// `partition (key = value, …)`.
fn spec(cursor: &mut Cursor<'_>) -> Result<PartitionSpec, Failure> {
    cursor.expect("partition")?;
    cursor.expect_symbol(&Token::LParen)?;
    let mut spec = PartitionSpec::new();
    loop {
        let key = cursor.identifier()?;
        cursor.expect_symbol(&Token::Eq)?;
        spec.insert(key, cursor.literal()?);
        if !cursor.symbol(&Token::Comma) {
            break;
        }
    }
    cursor.expect_symbol(&Token::RParen)?;
    Ok(spec)
}

fn added(cursor: &mut Cursor<'_>) -> Result<Vec<(PartitionSpec, Option<String>)>, Failure> {
    let mut partitions = Vec::new();
    while partitions.is_empty() || cursor.looks_at("partition") {
        let spec = spec(cursor)?;
        let location = if cursor.take("location") { Some(cursor.string()?) } else { None };
        partitions.push((spec, location));
    }
    Ok(partitions)
}

fn dropped(cursor: &mut Cursor<'_>) -> Result<Vec<PartitionSpec>, Failure> {
    let mut partitions = vec![spec(cursor)?];
    while cursor.symbol(&Token::Comma) {
        partitions.push(spec(cursor)?);
    }
    Ok(partitions)
}

/// The values in the order of the table's keys; all keys must be there and of their types.
fn values(definition: &TableDefinition, spec: &PartitionSpec) -> Result<Vec<String>, Failure> {
    let keys = &definition.partition_keys;
    if keys.len() != spec.len() || keys.is_empty() {
        let message = format!("partition spec {spec:?} does not name all partition keys of table {}", definition.name);
        return Err(Failure::user("SYNTAX_ERROR", message));
    }
    let value = |key: &(String, _)| {
        let value = spec
            .get(&key.0)
            .ok_or_else(|| Failure::user("SYNTAX_ERROR", format_args!("partition key {} is missing", key.0)))?;
        partition_value(value, key)?;
        Ok(value.clone())
    };
    keys.iter().map(value).collect()
}

fn add_partitions(
    environment: &Environment,
    table: &Table,
    partitions: &[(PartitionSpec, Option<String>)],
    if_not_exists: bool,
) -> Result<Outcome, Failure> {
    let definition = TableDefinition::new(table)?;
    for (spec, location) in partitions {
        let values = values(&definition, spec)?;
        let keys = definition.partition_keys.iter().map(|(name, _)| name.as_str());
        let name = partition_name(keys, &values);
        let location = location.clone().unwrap_or_else(|| format!("{}/", definition.location.child(&name)));
        if Location::parse(&location).is_none() {
            return Err(Failure::user("INVALID_LOCATION", format_args!("'{location}' is not in S3")));
        }
        let storage_descriptor = StorageDescriptor { location: Some(location), ..table.storage_descriptor.clone() };
        let (database_name, table_name) = (table.database_name.clone(), table.name.clone());
        let partition = Partition { values, database_name, table_name, storage_descriptor, ..Partition::default() };
        match environment.catalog.create_partition(partition) {
            Err(CatalogError::AlreadyExists(_)) if if_not_exists => {}
            Err(CatalogError::AlreadyExists(_)) => {
                return Err(Failure::user("ALREADY_EXISTS", format_args!("Partition already exists: {name}")));
            }
            other => other?,
        }
    }
    Ok(Outcome::nothing())
}

fn drop_partitions(
    environment: &Environment,
    table: &Table,
    partitions: &[PartitionSpec],
    if_exists: bool,
) -> Result<Outcome, Failure> {
    let definition = TableDefinition::new(table)?;
    for spec in partitions {
        match environment.catalog.delete_partition(&table.database_name, &table.name, &values(&definition, spec)?) {
            Err(CatalogError::NotFound(_)) if if_exists => {}
            Err(CatalogError::NotFound(_)) => {
                return Err(Failure::user("PARTITION_NOT_FOUND", format_args!("Partition not found: {spec:?}")));
            }
            other => other?,
        }
    }
    Ok(Outcome::nothing())
}

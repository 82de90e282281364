//! `msck repair table`: registers the partitions whose Hive-style folders lie below the table's location.

use std::collections::BTreeSet;

use datafusion::arrow::datatypes::DataType;

use super::create_table_as::register_partition;
use super::cursor::{Cursor, TableName};
use super::outcome::Outcome;
use crate::sandbox::athena::environment::Environment;
use crate::sandbox::athena::failure::Failure;
use crate::sandbox::athena::planner::CATALOG;
use crate::sandbox::athena::table::{TableDefinition, key_values, list_files, partition_name};
use crate::sandbox::athena::values::column_info;

/// The statement.
#[derive(Debug)]
pub struct MsckRepair {
    name: TableName,
}

impl MsckRepair {
    /// Reads the statement.
    pub fn parse(mut cursor: Cursor<'_>) -> Result<Self, Failure> {
        cursor.expect("msck repair table")?;
        let name = cursor.table_name()?;
        cursor.end()?;
        Ok(Self { name })
    }

    /// Lists the location and adds what the catalog lacks.
    pub async fn run(&self, environment: &Environment) -> Result<Outcome, Failure> {
        let database = self.name.database_or(&environment.database);
        let table = environment.catalog.table(database, &self.name.name).map_err(|_| {
            Failure::user(
                "TABLE_NOT_FOUND",
                format_args!("Table '{CATALOG}.{database}.{}' does not exist", self.name.name),
            )
        })?;
        let definition = TableDefinition::new(&table)?;
        let known: BTreeSet<Vec<String>> = environment
            .catalog
            .partitions(database, &table.name)?
            .into_iter()
            .map(|partition| partition.values)
            .collect();
        let mut lines = Vec::new();
        for (values, folder) in found(environment, &definition).await? {
            if known.contains(&values) {
                continue;
            }
            let name = partition_name(definition.partition_keys.iter().map(|(key, _)| key.as_str()), &values);
            let location = definition.location.child(&folder);
            register_partition(environment, database, &table.name, &table.storage_descriptor, values, &location)?;
            lines.push((
                format!("{}:{name}", table.name),
                format!("Repair: Added partition to metastore {}:{name}", table.name),
            ));
        }
        let missing: Vec<&str> = lines.iter().map(|(name, _)| name.as_str()).collect();
        let first = (!missing.is_empty()).then(|| format!("Partitions not in metastore:\t{}", missing.join("\t")));
        let lines = first.into_iter().chain(lines.into_iter().map(|(_, line)| line)).collect();
        Ok(Outcome::Lines { columns: vec![column_info("output", &DataType::Utf8)], lines })
    }
}

/// Values and folder of each partition that has files.
async fn found(environment: &Environment, table: &TableDefinition) -> Result<BTreeSet<(Vec<String>, String)>, Failure> {
    if table.partition_keys.is_empty() {
        return Ok(BTreeSet::new());
    }
    let store = environment.store(&table.location.bucket)?;
    let mut partitions = BTreeSet::new();
    for file in list_files(store.as_ref(), &table.location).await? {
        let key: &str = file.location.as_ref();
        let below = key.strip_prefix(&table.location.prefix).unwrap_or(key).trim_start_matches('/');
        if let Some(values) = key_values(below, &table.partition_keys) {
            let folder: Vec<&str> = below.split('/').take(table.partition_keys.len()).collect();
            partitions.insert((values, folder.join("/")));
        }
    }
    Ok(partitions)
}

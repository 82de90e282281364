//! The catalog itself: a tree of databases, tables and partitions behind one lock. Names are stored in lower case, as Glue does.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::model::{Database, Partition, Table};
use crate::sandbox::wire::ApiError;

/// Why the catalog refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogError {
    #[error("{0}")]
    NotFound(String),
    #[error("{0}")]
    AlreadyExists(String),
    #[error("{0}")]
    Invalid(String),
}

impl From<CatalogError> for ApiError {
    fn from(error: CatalogError) -> Self {
        match error {
            CatalogError::NotFound(message) => Self::client("EntityNotFoundException", message),
            CatalogError::AlreadyExists(message) => Self::client("AlreadyExistsException", message),
            CatalogError::Invalid(message) => Self::client("InvalidInputException", message),
        }
    }
}

/// Databases, tables and partitions, shared by Athena and the Glue API.
#[derive(Debug)]
pub struct Catalog {
    databases: RwLock<BTreeMap<String, DatabaseEntry>>,
}

#[derive(Debug)]
struct DatabaseEntry {
    database: Database,
    tables: BTreeMap<String, TableEntry>,
}

#[derive(Debug)]
struct TableEntry {
    table: Table,
    partitions: BTreeMap<Vec<String>, Partition>,
}

type Tree = BTreeMap<String, DatabaseEntry>;

impl Default for Catalog {
    fn default() -> Self {
        Self::new()
    }
}

impl Catalog {
    /// A catalog with the database `default`, which every account has once it used Athena.
    pub fn new() -> Self {
        let catalog = Self { databases: RwLock::new(BTreeMap::new()) };
        let database =
            Database { name: "default".to_owned(), create_time: crate::sandbox::time::now(), ..Database::default() };
        catalog.write().insert("default".to_owned(), DatabaseEntry { database, tables: BTreeMap::new() });
        catalog
    }

    fn read(&self) -> RwLockReadGuard<'_, Tree> {
        self.databases.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Tree> {
        self.databases.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// All databases by name.
    pub fn databases(&self) -> Vec<Database> {
        self.read().values().map(|entry| entry.database.clone()).collect()
    }

    pub fn database(&self, name: &str) -> Result<Database, CatalogError> {
        Ok(database_entry(&self.read(), name)?.database.clone())
    }

    pub fn create_database(&self, mut database: Database) -> Result<(), CatalogError> {
        database.name = checked_name(&database.name)?;
        database.create_time = crate::sandbox::time::now();
        match self.write().entry(database.name.clone()) {
            Entry::Occupied(_) => Err(CatalogError::AlreadyExists("Database already exists.".to_owned())),
            Entry::Vacant(place) => {
                place.insert(DatabaseEntry { database, tables: BTreeMap::new() });
                Ok(())
            }
        }
    }

    /// Removes the database with everything in it; the files of its tables stay.
    pub fn delete_database(&self, name: &str) -> Result<(), CatalogError> {
        let gone = self.write().remove(&name.to_lowercase());
        gone.map(|_| ()).ok_or_else(|| database_missing(name))
    }

    /// All tables and views of a database by name.
    pub fn tables(&self, database: &str) -> Result<Vec<Table>, CatalogError> {
        let tree = self.read();
        Ok(database_entry(&tree, database)?.tables.values().map(|entry| entry.table.clone()).collect())
    }

    pub fn table(&self, database: &str, name: &str) -> Result<Table, CatalogError> {
        Ok(table_entry(&self.read(), database, name)?.table.clone())
    }

    pub fn create_table(&self, table: Table) -> Result<(), CatalogError> {
        let mut tree = self.write();
        let table = normalised(table)?;
        let tables = &mut database_entry_mut(&mut tree, &table.database_name)?.tables;
        match tables.entry(table.name.clone()) {
            Entry::Occupied(_) => Err(CatalogError::AlreadyExists("Table already exists.".to_owned())),
            Entry::Vacant(place) => {
                place.insert(TableEntry { table, partitions: BTreeMap::new() });
                Ok(())
            }
        }
    }

    /// Replaces the definition; creation time and partitions stay.
    pub fn update_table(&self, table: Table) -> Result<(), CatalogError> {
        let mut tree = self.write();
        let mut table = normalised(table)?;
        let entry = table_entry_mut(&mut tree, &table.database_name, &table.name)?;
        table.create_time = entry.table.create_time;
        entry.table = table;
        Ok(())
    }

    /// Removes the definition and its partitions; the files stay.
    pub fn delete_table(&self, database: &str, name: &str) -> Result<(), CatalogError> {
        let mut tree = self.write();
        let gone = database_entry_mut(&mut tree, database)?.tables.remove(&name.to_lowercase());
        gone.map(|_| ()).ok_or_else(|| table_missing(name))
    }

    /// All partitions of a table, ordered by their values.
    pub fn partitions(&self, database: &str, table: &str) -> Result<Vec<Partition>, CatalogError> {
        let tree = self.read();
        Ok(table_entry(&tree, database, table)?.partitions.values().cloned().collect())
    }

    pub fn partition(&self, database: &str, table: &str, values: &[String]) -> Result<Partition, CatalogError> {
        let tree = self.read();
        let partitions = &table_entry(&tree, database, table)?.partitions;
        partitions.get(values).cloned().ok_or_else(partition_missing)
    }

    pub fn create_partition(&self, mut partition: Partition) -> Result<(), CatalogError> {
        let mut tree = self.write();
        let entry = table_entry_mut(&mut tree, &partition.database_name, &partition.table_name)?;
        let expected = entry.table.partition_keys.len();
        if partition.values.len() != expected {
            let message =
                format!("The number of partition keys ({expected}) do not match the number of partition values");
            return Err(CatalogError::Invalid(message));
        }
        partition.creation_time = crate::sandbox::time::now();
        match entry.partitions.entry(partition.values.clone()) {
            Entry::Occupied(_) => Err(CatalogError::AlreadyExists("Partition already exists.".to_owned())),
            Entry::Vacant(place) => {
                place.insert(partition);
                Ok(())
            }
        }
    }

    pub fn delete_partition(&self, database: &str, table: &str, values: &[String]) -> Result<(), CatalogError> {
        let mut tree = self.write();
        let gone = table_entry_mut(&mut tree, database, table)?.partitions.remove(values);
        gone.map(|_| ()).ok_or_else(partition_missing)
    }
}

fn normalised(mut table: Table) -> Result<Table, CatalogError> {
    table.name = checked_name(&table.name)?;
    table.database_name = table.database_name.to_lowercase();
    for column in table.storage_descriptor.columns.iter_mut().chain(&mut table.partition_keys) {
        column.name = column.name.to_lowercase();
    }
    (table.create_time, table.update_time) = (crate::sandbox::time::now(), crate::sandbox::time::now());
    Ok(table)
}

fn checked_name(name: &str) -> Result<String, CatalogError> {
    let length = name.chars().count();
    if (1..=255).contains(&length) && !name.chars().any(char::is_control) {
        Ok(name.to_lowercase())
    } else {
        Err(CatalogError::Invalid("a name must have 1 to 255 characters and no control characters".to_owned()))
    }
}

fn database_missing(name: &str) -> CatalogError {
    CatalogError::NotFound(format!("Database {} not found.", name.to_lowercase()))
}

fn table_missing(name: &str) -> CatalogError {
    CatalogError::NotFound(format!("Table {} not found.", name.to_lowercase()))
}

fn partition_missing() -> CatalogError {
    CatalogError::NotFound("Cannot find partition.".to_owned())
}

fn database_entry<'a>(tree: &'a Tree, name: &str) -> Result<&'a DatabaseEntry, CatalogError> {
    tree.get(&name.to_lowercase()).ok_or_else(|| database_missing(name))
}

fn database_entry_mut<'a>(tree: &'a mut Tree, name: &str) -> Result<&'a mut DatabaseEntry, CatalogError> {
    tree.get_mut(&name.to_lowercase()).ok_or_else(|| database_missing(name))
}

fn table_entry<'a>(tree: &'a Tree, database: &str, name: &str) -> Result<&'a TableEntry, CatalogError> {
    database_entry(tree, database)?.tables.get(&name.to_lowercase()).ok_or_else(|| table_missing(name))
}

fn table_entry_mut<'a>(tree: &'a mut Tree, database: &str, name: &str) -> Result<&'a mut TableEntry, CatalogError> {
    database_entry_mut(tree, database)?.tables.get_mut(&name.to_lowercase()).ok_or_else(|| table_missing(name))
}

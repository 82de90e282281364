//! `information_schema` and `"table$partitions"`: the catalog as tables.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::catalog::TableProvider;
use datafusion::common::ScalarValue;
use datafusion::datasource::MemTable;

use super::failure::Failure;
use super::planner::CATALOG;
use super::table::{TableDefinition, partition_value};
use super::values::HiveType;
use crate::sandbox::glue::{Catalog, Column, Table};

/// The name of the schema.
pub const NAME: &str = "information_schema";

/// One table of `information_schema`.
pub fn table(catalog: &Catalog, name: &str, place: &str) -> Result<Arc<dyn TableProvider>, Failure> {
    match name {
        "schemata" => schemata(catalog),
        "tables" => tables(catalog),
        "columns" => columns(catalog),
        other => {
            let message = format!("{place}Table '{CATALOG}.{NAME}.{other}' does not exist");
            Err(Failure::user("TABLE_NOT_FOUND", message))
        }
    }
}

/// The partitions of a table: a column per key.
pub fn partitions(catalog: &Catalog, table: &TableDefinition) -> Result<Arc<dyn TableProvider>, Failure> {
    if table.partition_keys.is_empty() {
        let message = format!("Table '{CATALOG}.{}.{}$partitions' does not exist", table.database, table.name);
        return Err(Failure::user("TABLE_NOT_FOUND", message));
    }
    let partitions = catalog.partitions(&table.database, &table.name)?;
    let column = |(index, key): (usize, &(String, HiveType))| {
        let values = partitions.iter().map(|partition| partition_value(&partition.values[index], key));
        let values = values.collect::<Result<Vec<ScalarValue>, _>>()?;
        if values.is_empty() {
            return Ok(datafusion::arrow::array::new_empty_array(&key.1.arrow()));
        }
        ScalarValue::iter_to_array(values).map_err(Failure::system)
    };
    let arrays = table.partition_keys.iter().enumerate().map(column).collect::<Result<Vec<_>, Failure>>()?;
    in_memory(table.partition_fields(), arrays)
}

fn schemata(catalog: &Catalog) -> Result<Arc<dyn TableProvider>, Failure> {
    let names = catalog.databases().into_iter().map(|database| database.name).collect();
    texts([("catalog_name", None), ("schema_name", Some(names))])
}

fn all_tables(catalog: &Catalog) -> Result<Vec<Table>, Failure> {
    let mut all = Vec::new();
    for database in catalog.databases() {
        all.extend(catalog.tables(&database.name)?);
    }
    Ok(all)
}

fn tables(catalog: &Catalog) -> Result<Arc<dyn TableProvider>, Failure> {
    let all = all_tables(catalog)?;
    let kind = |table: &Table| if table.is_view() { "VIEW" } else { "BASE TABLE" }.to_owned();
    texts([
        ("table_catalog", None),
        ("table_schema", Some(all.iter().map(|table| table.database_name.clone()).collect())),
        ("table_name", Some(all.iter().map(|table| table.name.clone()).collect())),
        ("table_type", Some(all.iter().map(kind).collect())),
    ])
}

fn columns(catalog: &Catalog) -> Result<Arc<dyn TableProvider>, Failure> {
    let all = all_tables(catalog)?;
    let mut rows: Vec<(&Table, i64, &Column)> = Vec::new();
    for table in &all {
        let columns = table.storage_descriptor.columns.iter().chain(&table.partition_keys);
        rows.extend(columns.zip(1_i64..).map(|(column, position)| (table, position, column)));
    }
    let kind =
        |column: &Column| HiveType::parse(&column.r#type).map_or_else(|_| column.r#type.clone(), |kind| kind.trino());
    let text = |values: Vec<String>| Arc::new(StringArray::from(values)) as ArrayRef;
    let count = rows.len();
    let arrays: Vec<(&str, ArrayRef)> = vec![
        ("table_catalog", text(vec![CATALOG.to_owned(); count])),
        ("table_schema", text(rows.iter().map(|row| row.0.database_name.clone()).collect())),
        ("table_name", text(rows.iter().map(|row| row.0.name.clone()).collect())),
        ("column_name", text(rows.iter().map(|row| row.2.name.clone()).collect())),
        ("ordinal_position", Arc::new(Int64Array::from(rows.iter().map(|row| row.1).collect::<Vec<_>>()))),
        ("column_default", Arc::new(StringArray::new_null(count))),
        ("is_nullable", text(vec!["YES".to_owned(); count])),
        ("data_type", text(rows.iter().map(|row| kind(row.2)).collect())),
    ];
    let fields = arrays.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    in_memory(fields, arrays.into_iter().map(|(_, array)| array).collect())
}

/// A table of texts; a column without values holds the catalog's name.
fn texts<const N: usize>(columns: [(&str, Option<Vec<String>>); N]) -> Result<Arc<dyn TableProvider>, Failure> {
    let rows = columns.iter().find_map(|(_, values)| values.as_ref().map(Vec::len)).unwrap_or_default();
    let fields = columns.iter().map(|(name, _)| Field::new(*name, DataType::Utf8, true)).collect();
    let array = |values: Option<Vec<String>>| {
        Arc::new(StringArray::from(values.unwrap_or_else(|| vec![CATALOG.to_owned(); rows]))) as ArrayRef
    };
    in_memory(fields, columns.into_iter().map(|(_, values)| array(values)).collect())
}

fn in_memory(fields: Vec<Field>, arrays: Vec<ArrayRef>) -> Result<Arc<dyn TableProvider>, Failure> {
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).map_err(Failure::system)?;
    let table = MemTable::try_new(schema, vec![vec![batch]]).map_err(Failure::system)?;
    Ok(Arc::new(table))
}

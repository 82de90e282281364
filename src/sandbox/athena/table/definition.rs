//! What a table of the catalog means to the reader: columns with their types, and how its files are encoded.

use std::sync::Arc;

use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use indexmap::IndexMap;

use super::json::JsonLines;
use super::lazy_simple::LazySimple;
use super::open_csv::OpenCsv;
use crate::sandbox::athena::failure::Failure;
use crate::sandbox::athena::storage::Location;
use crate::sandbox::athena::values::HiveType;
use crate::sandbox::glue::{Column, Table};

/// How the files of a table are encoded.
#[derive(Debug, Clone)]
pub enum Format {
    LazySimple(LazySimple),
    OpenCsv(OpenCsv),
    Json(JsonLines),
    Parquet,
}

/// A table, checked: what of it the sandbox does not support was refused.
#[derive(Debug, Clone)]
pub struct TableDefinition {
    pub database: String,
    pub name: String,
    pub columns: Vec<(String, HiveType)>,
    pub partition_keys: Vec<(String, HiveType)>,
    pub format: Format,
    pub location: Location,
    /// Lines to skip at the start of each text file.
    pub header_lines: usize,
}

impl TableDefinition {
    /// Reads the catalog's entry.
    pub fn new(table: &Table) -> Result<Self, Failure> {
        refuse_unsupported(&table.parameters)?;
        let storage = &table.storage_descriptor;
        let library = storage.serde_info.serialization_library.as_deref().unwrap_or_default();
        let location = storage.location.as_deref().unwrap_or_default();
        let location = Location::parse(location).ok_or_else(|| {
            Failure::user(
                "HIVE_METASTORE_ERROR",
                format_args!("Table {} has the location '{location}', which is not in S3", table.name),
            )
        })?;
        Ok(Self {
            database: table.database_name.clone(),
            name: table.name.clone(),
            columns: typed(&storage.columns)?,
            partition_keys: typed(&table.partition_keys)?,
            format: format(library, &storage.serde_info.parameters, storage.input_format.as_deref())?,
            location,
            header_lines: header_lines(&table.parameters, &storage.serde_info.parameters)?,
        })
    }

    /// The columns that are in the files.
    pub fn file_schema(&self) -> SchemaRef {
        Arc::new(Schema::new(fields(&self.columns)))
    }

    /// The partition keys as Arrow fields.
    pub fn partition_fields(&self) -> Vec<Field> {
        fields(&self.partition_keys)
    }

    /// All columns: those of the files, then the partition keys.
    pub fn schema(&self) -> SchemaRef {
        Arc::new(Schema::new([fields(&self.columns), self.partition_fields()].concat()))
    }
}

fn fields(columns: &[(String, HiveType)]) -> Vec<Field> {
    columns.iter().map(|(name, kind)| Field::new(name, kind.arrow(), true)).collect()
}

fn typed(columns: &[Column]) -> Result<Vec<(String, HiveType)>, Failure> {
    let read = |column: &Column| {
        let kind = HiveType::parse(&column.r#type).map_err(|error| {
            Failure::user("HIVE_INVALID_METADATA", format_args!("column '{}': {error}", column.name))
        })?;
        Ok((column.name.to_lowercase(), kind))
    };
    columns.iter().map(read).collect()
}

fn refuse_unsupported(parameters: &IndexMap<String, String>) -> Result<(), Failure> {
    let is = |key: &str, value: &str| parameters.get(key).is_some_and(|found| found.eq_ignore_ascii_case(value));
    if is("projection.enabled", "true") {
        return Err(Failure::unsupported("partition projection (projection.enabled)"));
    }
    if is("table_type", "iceberg") {
        return Err(Failure::unsupported("Iceberg tables"));
    }
    Ok(())
}

/// `skip.header.line.count`, which Athena takes from the table's and from the `SerDe`'s properties.
fn header_lines(table: &IndexMap<String, String>, serde: &IndexMap<String, String>) -> Result<usize, Failure> {
    let key = "skip.header.line.count";
    let Some(text) = table.get(key).or_else(|| serde.get(key)) else { return Ok(0) };
    text.parse()
        .map_err(|_| Failure::user("HIVE_INVALID_METADATA", format_args!("Invalid value for {key} property: {text}")))
}

fn format(library: &str, properties: &IndexMap<String, String>, input: Option<&str>) -> Result<Format, Failure> {
    Ok(match library {
        "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe" => Format::LazySimple(LazySimple::new(properties)?),
        "org.apache.hadoop.hive.serde2.OpenCSVSerde" => Format::OpenCsv(OpenCsv::new(properties)?),
        "org.openx.data.jsonserde.JsonSerDe" => Format::Json(JsonLines::openx(properties)?),
        "org.apache.hive.hcatalog.data.JsonSerDe" | "org.apache.hadoop.hive.serde2.JsonSerDe" => {
            Format::Json(JsonLines::hive())
        }
        "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe" => Format::Parquet,
        "" => {
            return Err(Failure::unsupported(format_args!(
                "tables without a SerDe (input format {})",
                input.unwrap_or("not given")
            )));
        }
        other => return Err(Failure::unsupported(format_args!("the SerDe {other}"))),
    })
}

//! `create table … with (…) as select …`: a table from a query, its files written to S3.

use std::collections::BTreeMap;

use datafusion::sql::sqlparser::tokenizer::Token;
use indexmap::IndexMap;

use super::create_table::{FormatClasses, JSON, PARQUET, TEXTFILE, create};
use super::cursor::{Cursor, TableName};
use super::outcome::Outcome;
use super::write_rows::{Target, write_rows};
use crate::sandbox::athena::environment::Environment;
use crate::sandbox::athena::failure::Failure;
use crate::sandbox::athena::planner::{Planned, plan};
use crate::sandbox::athena::storage::Location;
use crate::sandbox::athena::table::{TableDefinition, has_files};
use crate::sandbox::athena::values::HiveType;
use crate::sandbox::glue::{Column, Partition, SerdeInfo, StorageDescriptor, Table};

/// The statement.
#[derive(Debug)]
pub struct CreateTableAs {
    name: TableName,
    if_not_exists: bool,
    properties: Properties,
    sql: String,
    with_data: bool,
}

#[derive(Debug)]
struct Properties {
    format: FormatClasses,
    delimiter: Option<String>,
    location: Option<Location>,
    partitioned_by: Vec<String>,
}

impl CreateTableAs {
    /// Reads the statement; properties that the sandbox does not know are refused by name.
    pub fn parse(mut cursor: Cursor<'_>) -> Result<Self, Failure> {
        cursor.expect("create table")?;
        let if_not_exists = cursor.take("if not exists");
        let name = cursor.table_name()?;
        let mut properties =
            Properties { format: PARQUET, delimiter: None, location: None, partitioned_by: Vec::new() };
        if cursor.take("with") {
            read_properties(&mut cursor, &mut properties)?;
        }
        cursor.expect("as")?;
        let (sql, with_data) = without_data(cursor.rest()?);
        Ok(Self { name, if_not_exists, properties, sql, with_data })
    }

    /// Runs the query, writes the files, then creates the table.
    pub async fn run(&self, environment: &Environment) -> Result<Outcome, Failure> {
        let database = self.name.database_or(&environment.database);
        environment
            .catalog
            .database(database)
            .map_err(|_| Failure::user("SCHEMA_NOT_FOUND", format_args!("Schema '{database}' does not exist")))?;
        if environment.catalog.table(database, &self.name.name).is_ok() {
            if self.if_not_exists {
                return Ok(Outcome::Wrote { rows: 0, files: Vec::new() });
            }
            return Err(Failure::user(
                "TABLE_ALREADY_EXISTS",
                format_args!("line 1:1: Table '{database}.{}' already exists", self.name.name),
            ));
        }
        let base = self.location(environment).await?;
        let Planned { context, plan, names } = plan(environment, &self.sql).await?;
        let table = self.table(database, &base, &plan, &names)?;
        let definition = TableDefinition::new(&table)?;
        if !self.with_data {
            create(environment, table, false)?;
            return Ok(Outcome::Wrote { rows: 0, files: Vec::new() });
        }
        let failed = |error| Failure::from_engine(&error, &self.sql);
        let stream =
            context.execute_logical_plan(plan).await.map_err(failed)?.execute_stream().await.map_err(failed)?;
        let places: Vec<Option<usize>> = (0..names.len()).map(Some).collect();
        let store = environment.store(&base.bucket)?;
        let target = Target { table: definition, base, store, id: environment.id.clone(), known: BTreeMap::new() };
        let written = write_rows(target, stream, &places, &self.sql).await?;
        let (storage, name) = (table.storage_descriptor.clone(), table.name.clone());
        create(environment, table, false)?;
        for (values, location) in written.partitions {
            register_partition(environment, database, &name, &storage, values, &location)?;
        }
        Ok(Outcome::Wrote { rows: written.rows, files: written.files })
    }

    /// The folder of the table, which must be empty.
    async fn location(&self, environment: &Environment) -> Result<Location, Failure> {
        let default = || environment.output.child(&format!("tables/{}", environment.id));
        let base = self.properties.location.clone().unwrap_or_else(default);
        if has_files(environment.store(&base.bucket)?.as_ref(), &base).await? {
            let message = format!(
                "Target directory for table '{}' already exists: {base}. You may need to manually clean the data",
                self.name.name
            );
            return Err(Failure::user("HIVE_PATH_ALREADY_EXISTS", message));
        }
        Ok(base)
    }

    fn table(
        &self,
        database: &str,
        base: &Location,
        plan: &datafusion::logical_expr::LogicalPlan,
        names: &[String],
    ) -> Result<Table, Failure> {
        let mut columns = columns_of(plan, names)?;
        let partition_keys = self.split_partition_keys(&mut columns)?;
        let mut serde =
            SerdeInfo { serialization_library: Some(self.properties.format.serde.to_owned()), ..SerdeInfo::default() };
        if let Some(delimiter) = &self.properties.delimiter {
            serde.parameters = IndexMap::from([("field.delim".to_owned(), delimiter.clone())]);
        }
        let storage_descriptor = StorageDescriptor {
            columns,
            location: Some(format!("{base}/")),
            input_format: Some(self.properties.format.input.to_owned()),
            output_format: Some(self.properties.format.output.to_owned()),
            serde_info: serde,
            ..StorageDescriptor::default()
        };
        Ok(Table {
            name: self.name.name.clone(),
            database_name: database.to_owned(),
            table_type: Some("EXTERNAL_TABLE".to_owned()),
            storage_descriptor,
            partition_keys,
            parameters: IndexMap::from([("EXTERNAL".to_owned(), "TRUE".to_owned())]),
            ..Table::default()
        })
    }

    /// Takes the partition keys off the end of the columns, where they must be, in their order.
    fn split_partition_keys(&self, columns: &mut Vec<Column>) -> Result<Vec<Column>, Failure> {
        let wanted = &self.properties.partitioned_by;
        let first = columns.len().saturating_sub(wanted.len());
        let keys = columns.split_off(first);
        if wanted.iter().eq(keys.iter().map(|key| &key.name)) && !columns.is_empty() {
            return Ok(keys);
        }
        let message = format!(
            "Partition keys must be the last columns in the table and in the same order as the table properties: {wanted:?}"
        );
        Err(Failure::user("HIVE_COLUMN_ORDER_MISMATCH", message))
    }
}

/// The columns that a query makes, with Hive types; each must have a name of its own.
pub fn columns_of(plan: &datafusion::logical_expr::LogicalPlan, names: &[String]) -> Result<Vec<Column>, Failure> {
    let mut columns: Vec<Column> = Vec::new();
    for (index, (field, name)) in plan.schema().fields().iter().zip(names).enumerate() {
        let name = name.to_lowercase();
        if name == format!("_col{index}") {
            return Err(Failure::user(
                "MISSING_COLUMN_NAME",
                format_args!("line 1:1: Column name not specified at position {}", index + 1),
            ));
        }
        if columns.iter().any(|column| column.name == name) {
            return Err(Failure::user(
                "DUPLICATE_COLUMN_NAME",
                format_args!("line 1:1: Column name '{name}' specified more than once"),
            ));
        }
        let kind = HiveType::from_arrow(field.data_type())
            .map_err(|error| Failure::user("NOT_SUPPORTED", format_args!("column '{name}': {error}")))?;
        columns.push(Column { name, r#type: kind.to_string(), comment: None });
    }
    Ok(columns)
}

/// Puts a partition that was written into the catalog; one that is there already stays.
pub fn register_partition(
    environment: &Environment,
    database: &str,
    table: &str,
    storage: &StorageDescriptor,
    values: Vec<String>,
    location: &Location,
) -> Result<(), Failure> {
    let storage_descriptor = StorageDescriptor { location: Some(format!("{location}/")), ..storage.clone() };
    let partition = Partition {
        values,
        database_name: database.to_owned(),
        table_name: table.to_owned(),
        storage_descriptor,
        ..Partition::default()
    };
    match environment.catalog.create_partition(partition) {
        Err(crate::sandbox::glue::CatalogError::AlreadyExists(_)) => Ok(()),
        other => Ok(other?),
    }
}

fn without_data(sql: String) -> (String, bool) {
    let lower = sql.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().rev().take(3).collect();
    match words[..] {
        ["data", "no", "with"] => (cut_words(&sql, 3), false),
        ["data", "with", ..] => (cut_words(&sql, 2), true),
        _ => (sql, true),
    }
}

fn cut_words(sql: &str, words: usize) -> String {
    (0..words).fold(sql, |rest, _| rest.trim_end().trim_end_matches(|c: char| !c.is_whitespace())).to_owned()
}

fn read_properties(cursor: &mut Cursor<'_>, properties: &mut Properties) -> Result<(), Failure> {
    cursor.expect_symbol(&Token::LParen)?;
    loop {
        let name = cursor.identifier()?;
        cursor.expect_symbol(&Token::Eq)?;
        read_property(cursor, &name, properties)?;
        if !cursor.symbol(&Token::Comma) {
            break;
        }
    }
    cursor.expect_symbol(&Token::RParen)
}

fn read_property(cursor: &mut Cursor<'_>, name: &str, properties: &mut Properties) -> Result<(), Failure> {
    match name {
        "format" => {
            let format = cursor.string()?;
            properties.format = match format.to_uppercase().as_str() {
                "PARQUET" => PARQUET,
                "TEXTFILE" => TEXTFILE,
                "JSON" => JSON,
                _ => return Err(Failure::unsupported(format_args!("CREATE TABLE AS with format = '{format}'"))),
            };
        }
        "external_location" => {
            let text = cursor.string()?;
            let location = Location::parse(&text);
            properties.location = Some(location.ok_or_else(|| {
                Failure::user("INVALID_TABLE_PROPERTY", format_args!("external_location '{text}' is not in S3"))
            })?);
        }
        "field_delimiter" => properties.delimiter = Some(cursor.string()?),
        "partitioned_by" => properties.partitioned_by = names(cursor)?,
        // How files are compressed does not change what is read from them.
        "write_compression" | "parquet_compression" | "compression_level" => drop(cursor.literal()?),
        "is_external" if cursor.looks_at("true") => cursor.expect("true")?,
        "table_type" => {
            let kind = cursor.string()?;
            if !kind.eq_ignore_ascii_case("hive") {
                return Err(Failure::unsupported(format_args!("CREATE TABLE AS with table_type = '{kind}'")));
            }
        }
        other => return Err(Failure::unsupported(format_args!("the table property '{other}' of CREATE TABLE AS"))),
    }
    Ok(())
}

/// `array['a', 'b']`, in lower case.
fn names(cursor: &mut Cursor<'_>) -> Result<Vec<String>, Failure> {
    cursor.expect("array")?;
    cursor.expect_symbol(&Token::LBracket)?;
    let mut names = Vec::new();
    while !cursor.symbol(&Token::RBracket) {
        names.push(cursor.string()?.to_lowercase());
        if !cursor.symbol(&Token::Comma) {
            cursor.expect_symbol(&Token::RBracket)?;
            break;
        }
    }
    Ok(names)
}

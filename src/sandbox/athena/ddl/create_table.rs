//! `create external table`: Hive's grammar, with the formats that the sandbox reads.

use datafusion::sql::sqlparser::tokenizer::Token;
use indexmap::IndexMap;

use super::cursor::{Cursor, TableName};
use super::outcome::Outcome;
use crate::sandbox::athena::environment::Environment;
use crate::sandbox::athena::failure::Failure;
use crate::sandbox::athena::table::TableDefinition;
use crate::sandbox::athena::values::HiveType;
use crate::sandbox::glue::{CatalogError, Column, SerdeInfo, StorageDescriptor, Table};

/// The three class names that make up a format in the catalog.
#[derive(Debug, Clone, Copy)]
pub struct FormatClasses {
    pub serde: &'static str,
    pub input: &'static str,
    pub output: &'static str,
}

const TEXT_INPUT: &str = "org.apache.hadoop.mapred.TextInputFormat";
const TEXT_OUTPUT: &str = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat";

/// `stored as textfile`.
pub const TEXTFILE: FormatClasses = FormatClasses {
    serde: "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
    input: TEXT_INPUT,
    output: TEXT_OUTPUT,
};
/// `stored as json`.
pub const JSON: FormatClasses =
    FormatClasses { serde: "org.apache.hive.hcatalog.data.JsonSerDe", input: TEXT_INPUT, output: TEXT_OUTPUT };
/// `stored as parquet`.
pub const PARQUET: FormatClasses = FormatClasses {
    serde: "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    input: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    output: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
};

/// The statement.
#[derive(Debug)]
pub struct CreateTable {
    name: TableName,
    if_not_exists: bool,
    table: Table,
}

/// Clauses that come in any order after the columns.
#[derive(Debug, Default)]
struct Clauses {
    serde: Option<String>,
    serde_properties: IndexMap<String, String>,
    format: Option<FormatClasses>,
    input_output: Option<(String, String)>,
}

impl CreateTable {
    /// Reads the statement; a table without `external` is refused as Athena does.
    pub fn parse(mut cursor: Cursor<'_>) -> Result<Self, Failure> {
        cursor.expect("create")?;
        let external = cursor.take("external");
        cursor.expect("table")?;
        let if_not_exists = cursor.take("if not exists");
        let name = cursor.table_name()?;
        let mut table =
            Table { name: name.name.clone(), table_type: Some("EXTERNAL_TABLE".to_owned()), ..Table::default() };
        table.storage_descriptor.columns = columns(&mut cursor)?;
        let mut clauses = Clauses::default();
        while !cursor.at_end() {
            clause(&mut cursor, &mut table, &mut clauses)?;
        }
        if !external {
            let iceberg = table.parameters.get("table_type").is_some_and(|value| value.eq_ignore_ascii_case("iceberg"));
            let what = "Unsupported table type: a table that is not Iceberg must be created with CREATE EXTERNAL TABLE";
            return Err(if iceberg {
                Failure::unsupported("Iceberg tables")
            } else {
                Failure::user("NOT_SUPPORTED", what)
            });
        }
        finish_storage(&mut table.storage_descriptor, clauses);
        table.parameters.insert("EXTERNAL".to_owned(), "TRUE".to_owned());
        Ok(Self { name, if_not_exists, table })
    }

    /// Creates it in the catalog, if the sandbox can read it.
    pub fn run(&self, environment: &Environment) -> Result<Outcome, Failure> {
        let mut table = self.table.clone();
        self.name.database_or(&environment.database).clone_into(&mut table.database_name);
        if table.storage_descriptor.location.is_none() {
            return Err(Failure::user(
                "HIVE_METASTORE_ERROR",
                "LOCATION is missing: an external table must say where its files are",
            ));
        }
        TableDefinition::new(&table)?;
        create(environment, table, self.if_not_exists)
    }
}

/// Puts a table into the catalog.
pub fn create(environment: &Environment, table: Table, if_not_exists: bool) -> Result<Outcome, Failure> {
    let (database, name) = (table.database_name.clone(), table.name.clone());
    match environment.catalog.create_table(table) {
        Err(CatalogError::AlreadyExists(_)) if if_not_exists => Ok(Outcome::nothing()),
        Err(CatalogError::AlreadyExists(_)) => {
            Err(Failure::user("TABLE_ALREADY_EXISTS", format_args!("Table '{database}.{name}' already exists")))
        }
        Err(CatalogError::NotFound(_)) => {
            Err(Failure::user("SCHEMA_NOT_FOUND", format_args!("Schema '{database}' does not exist")))
        }
        other => Ok(other.map(|()| Outcome::nothing())?),
    }
}

fn finish_storage(storage: &mut StorageDescriptor, clauses: Clauses) {
    let format = clauses.format.unwrap_or(TEXTFILE);
    let (input, output) = clauses.input_output.unwrap_or_else(|| (format.input.to_owned(), format.output.to_owned()));
    // An explicit SerDe wins over the one that comes with the file format.
    let library = clauses.serde.unwrap_or_else(|| format.serde.to_owned());
    storage.input_format = Some(input);
    storage.output_format = Some(output);
    storage.serde_info =
        SerdeInfo { name: None, serialization_library: Some(library), parameters: clauses.serde_properties };
}

/// `(name type [comment '…'], …)`.
pub fn columns(cursor: &mut Cursor<'_>) -> Result<Vec<Column>, Failure> {
    cursor.expect_symbol(&Token::LParen)?;
    let mut columns: Vec<Column> = Vec::new();
    loop {
        let name = cursor.identifier()?;
        let text = cursor.text_until(&["comment"])?;
        let kind = HiveType::parse(text)
            .map_err(|error| Failure::user("SYNTAX_ERROR", format_args!("column '{name}': {error}")))?;
        let comment = if cursor.take("comment") { Some(cursor.string()?) } else { None };
        if columns.iter().any(|column| column.name == name) {
            return Err(Failure::user(
                "DUPLICATE_COLUMN_NAME",
                format_args!("Column name '{name}' specified more than once"),
            ));
        }
        columns.push(Column { name, r#type: kind.to_string(), comment });
        if !cursor.symbol(&Token::Comma) {
            break;
        }
    }
    cursor.expect_symbol(&Token::RParen)?;
    Ok(columns)
}

/// `('key'='value', …)`.
pub fn properties(cursor: &mut Cursor<'_>) -> Result<IndexMap<String, String>, Failure> {
    cursor.expect_symbol(&Token::LParen)?;
    let mut properties = IndexMap::new();
    loop {
        let key = cursor.string()?;
        if !cursor.symbol(&Token::Eq) {
            cursor.expect_symbol(&Token::DoubleEq)?;
        }
        properties.insert(key, cursor.literal()?);
        if !cursor.symbol(&Token::Comma) {
            break;
        }
    }
    cursor.expect_symbol(&Token::RParen)?;
    Ok(properties)
}

fn clause(cursor: &mut Cursor<'_>, table: &mut Table, clauses: &mut Clauses) -> Result<(), Failure> {
    if cursor.take("comment") {
        table.description = Some(cursor.string()?);
    } else if cursor.take("partitioned by") {
        table.partition_keys = columns(cursor)?;
        let repeated = table
            .partition_keys
            .iter()
            .find(|key| table.storage_descriptor.columns.iter().any(|it| it.name == key.name));
        if let Some(key) = repeated {
            return Err(Failure::user(
                "DUPLICATE_COLUMN_NAME",
                format_args!("Column repeated in partitioning columns: {}", key.name),
            ));
        }
    } else if cursor.looks_at("clustered by") {
        return Err(Failure::unsupported("bucketed tables (CLUSTERED BY)"));
    } else if cursor.take("row format serde") {
        clauses.serde = Some(cursor.string()?);
    } else if cursor.take("row format delimited") {
        clauses.serde = Some(TEXTFILE.serde.to_owned());
        delimiters(cursor, &mut clauses.serde_properties)?;
    } else if cursor.take("with serdeproperties") {
        clauses.serde_properties.extend(properties(cursor)?);
    } else if cursor.take("stored as inputformat") {
        let input = cursor.string()?;
        cursor.expect("outputformat")?;
        clauses.input_output = Some((input, cursor.string()?));
    } else if cursor.take("stored as") {
        clauses.format = Some(format(&cursor.identifier()?)?);
    } else if cursor.take("location") {
        table.storage_descriptor.location = Some(cursor.string()?);
    } else if cursor.take("tblproperties") {
        table.parameters.extend(properties(cursor)?);
    } else {
        return Err(cursor.mismatch(
            "'PARTITIONED BY', 'ROW FORMAT', 'STORED AS', 'WITH SERDEPROPERTIES', 'LOCATION', 'TBLPROPERTIES'",
        ));
    }
    Ok(())
}

fn format(name: &str) -> Result<FormatClasses, Failure> {
    match name {
        "textfile" => Ok(TEXTFILE),
        "parquet" => Ok(PARQUET),
        "json" => Ok(JSON),
        other => Err(Failure::unsupported(format_args!("STORED AS {}", other.to_uppercase()))),
    }
}

/// The clauses of `row format delimited` under the names of their `SerDe` properties.
fn delimiters(cursor: &mut Cursor<'_>, properties: &mut IndexMap<String, String>) -> Result<(), Failure> {
    loop {
        let key = if cursor.take("fields terminated by") {
            "field.delim"
        } else if cursor.take("escaped by") {
            "escape.delim"
        } else if cursor.take("collection items terminated by") {
            "collection.delim"
        } else if cursor.take("map keys terminated by") {
            "mapkey.delim"
        } else if cursor.take("lines terminated by") {
            "line.delim"
        } else if cursor.take("null defined as") {
            "serialization.null.format"
        } else {
            return Ok(());
        };
        properties.insert(key.to_owned(), cursor.string()?);
    }
}

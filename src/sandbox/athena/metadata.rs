//! Athena's own view of the catalog: `ListDatabases`, `GetDatabase`, `ListTableMetadata`, `GetTableMetadata`, `ListDataCatalogs`.

use serde_json::{Value, json};

use super::planner::CATALOG;
use super::request::{invalid, optional_text, page, text, with_token};
use crate::sandbox::glue::{Catalog, Column, Database, Table, epoch_seconds};
use crate::sandbox::wire::ApiError;

/// Answers one of the operations about metadata.
pub fn handle(catalog: &Catalog, operation: &str, body: &Value) -> Result<Value, ApiError> {
    if operation == "ListDataCatalogs" {
        return Ok(json!({"DataCatalogsSummary": [{"CatalogName": "AwsDataCatalog", "Type": "GLUE"}]}));
    }
    let name = text(body, "CatalogName")?;
    if !name.eq_ignore_ascii_case(CATALOG) {
        return Err(invalid(format!("DataCatalog {name} was not found")));
    }
    match operation {
        "ListDatabases" => {
            let (databases, token) = page(body, 50, catalog.databases())?;
            let shown: Vec<Value> = databases.iter().map(shown_database).collect();
            Ok(with_token(json!({"DatabaseList": shown}), token))
        }
        "GetDatabase" => {
            let database = catalog.database(text(body, "DatabaseName")?).map_err(|error| missing(&error))?;
            Ok(json!({"Database": shown_database(&database)}))
        }
        "GetTableMetadata" => {
            let table = catalog
                .table(text(body, "DatabaseName")?, text(body, "TableName")?)
                .map_err(|error| missing(&error))?;
            Ok(json!({"TableMetadata": shown_table(&table)}))
        }
        _ => list_tables(catalog, body),
    }
}

fn list_tables(catalog: &Catalog, body: &Value) -> Result<Value, ApiError> {
    let mut tables = catalog.tables(text(body, "DatabaseName")?).map_err(|error| missing(&error))?;
    if let Some(pattern) = optional_text(body, "Expression")? {
        let pattern = regex::Regex::new(&format!("^(?:{pattern})$"))
            .map_err(|_| invalid("Expression is not a regular expression"))?;
        tables.retain(|table| pattern.is_match(&table.name));
    }
    let (tables, token) = page(body, 50, tables)?;
    let shown: Vec<Value> = tables.iter().map(shown_table).collect();
    Ok(with_token(json!({"TableMetadataList": shown}), token))
}

fn missing(error: &crate::sandbox::glue::CatalogError) -> ApiError {
    ApiError::client("MetadataException", error.to_string())
}

fn shown_database(database: &Database) -> Value {
    let mut shown = json!({"Name": database.name});
    if let Some(description) = &database.description {
        shown["Description"] = json!(description);
    }
    if !database.parameters.is_empty() {
        shown["Parameters"] = json!(database.parameters);
    }
    shown
}

fn shown_column(column: &Column) -> Value {
    let mut shown = json!({"Name": column.name, "Type": column.r#type});
    if let Some(comment) = &column.comment {
        shown["Comment"] = json!(comment);
    }
    shown
}

fn shown_table(table: &Table) -> Value {
    let storage = &table.storage_descriptor;
    let mut parameters = table.parameters.clone();
    let library = storage.serde_info.serialization_library.clone();
    let known = [
        ("location", storage.location.clone()),
        ("inputformat", storage.input_format.clone()),
        ("outputformat", storage.output_format.clone()),
        ("serde.serialization.lib", library),
    ];
    parameters.extend(known.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
    let of_serde =
        storage.serde_info.parameters.iter().map(|(key, value)| (format!("serde.param.{key}"), value.clone()));
    parameters.extend(of_serde);
    json!({
        "Name": table.name,
        "CreateTime": epoch_seconds(table.create_time),
        "TableType": table.table_type,
        "Columns": storage.columns.iter().map(shown_column).collect::<Vec<_>>(),
        "PartitionKeys": table.partition_keys.iter().map(shown_column).collect::<Vec<_>>(),
        "Parameters": parameters,
    })
}

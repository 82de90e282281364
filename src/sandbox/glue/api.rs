//! Glue's JSON API over the catalog.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::catalog::{Catalog, CatalogError};
use super::model::{Database, Partition, Table};
use crate::sandbox::wire::ApiError;

/// Results on one page when the caller does not say (AWS's maximum of `GetTables` is 100, of `GetPartitions` 1,000).
const PAGE: usize = 100;

/// The part of Glue that the sandbox serves.
#[derive(Debug, Clone)]
pub struct Glue {
    catalog: Arc<Catalog>,
    account: String,
}

impl Glue {
    /// Serves `catalog` as the Data Catalog of `account` (twelve digits).
    pub fn new(account: impl Into<String>, catalog: Arc<Catalog>) -> Self {
        Self { catalog, account: account.into() }
    }

    /// Answers one call, for example `GetTable`.
    #[expect(clippy::unused_async, reason = "every service of the sandbox has the same door")]
    pub async fn handle(&self, operation: &str, body: Value) -> Result<Value, ApiError> {
        self.answer(operation, &body)
    }

    fn answer(&self, operation: &str, body: &Value) -> Result<Value, ApiError> {
        match operation {
            "GetDatabase" => Ok(json!({"Database": self.shown(&self.catalog.database(&text(body, "Name")?)?)?})),
            "GetDatabases" => self.databases(body),
            "CreateDatabase" => done(self.catalog.create_database(decoded::<Database>(body, "DatabaseInput")?)),
            "DeleteDatabase" => done(self.catalog.delete_database(&text(body, "Name")?)),
            "GetTable" => {
                let table = self.catalog.table(&text(body, "DatabaseName")?, &text(body, "Name")?)?;
                Ok(json!({"Table": self.shown(&table)?}))
            }
            "GetTables" => self.tables(body),
            "CreateTable" => done(self.catalog.create_table(table_input(body)?)),
            "UpdateTable" => done(self.catalog.update_table(table_input(body)?)),
            "DeleteTable" => done(self.catalog.delete_table(&text(body, "DatabaseName")?, &text(body, "Name")?)),
            "GetPartition" => self.partition(body),
            "GetPartitions" => self.partitions(body),
            "CreatePartition" => done(self.catalog.create_partition(partition_input(body, &body["PartitionInput"])?)),
            "BatchCreatePartition" => self.create_partitions(body),
            "DeletePartition" => self.delete_partition(body),
            other => Err(ApiError::unsupported(format_args!("Glue's operation {other}"))),
        }
    }

    fn databases(&self, body: &Value) -> Result<Value, ApiError> {
        self.page(body, "DatabaseList", &self.catalog.databases())
    }

    fn tables(&self, body: &Value) -> Result<Value, ApiError> {
        let mut tables = self.catalog.tables(&text(body, "DatabaseName")?)?;
        if let Some(pattern) = body["Expression"].as_str() {
            let pattern = regex::Regex::new(&format!("^(?:{pattern})$"))
                .map_err(|_| invalid(format!("Expression is not a regular expression: {pattern}")))?;
            tables.retain(|table| pattern.is_match(&table.name));
        }
        self.page(body, "TableList", &tables)
    }

    fn partition(&self, body: &Value) -> Result<Value, ApiError> {
        let (database, table) = (text(body, "DatabaseName")?, text(body, "TableName")?);
        let values: Vec<String> = decoded(body, "PartitionValues")?;
        Ok(json!({"Partition": self.shown(&self.catalog.partition(&database, &table, &values)?)?}))
    }

    fn partitions(&self, body: &Value) -> Result<Value, ApiError> {
        if body["Expression"].as_str().is_some_and(|text| !text.trim().is_empty()) {
            return Err(ApiError::unsupported("Expression of Glue's GetPartitions; ask without and filter the answer"));
        }
        let partitions = self.catalog.partitions(&text(body, "DatabaseName")?, &text(body, "TableName")?)?;
        self.page(body, "Partitions", &partitions)
    }

    fn create_partitions(&self, body: &Value) -> Result<Value, ApiError> {
        let inputs: Vec<Value> = decoded(body, "PartitionInputList")?;
        let mut errors = Vec::new();
        for input in &inputs {
            let partition = partition_input(body, input)?;
            let values = partition.values.clone();
            if let Err(error) = self.catalog.create_partition(partition) {
                let error = ApiError::from(error);
                let detail = json!({"ErrorCode": error.code, "ErrorMessage": error.message});
                errors.push(json!({"PartitionValues": values, "ErrorDetail": detail}));
            }
        }
        Ok(json!({"Errors": errors}))
    }

    fn delete_partition(&self, body: &Value) -> Result<Value, ApiError> {
        let (database, table) = (text(body, "DatabaseName")?, text(body, "TableName")?);
        let values: Vec<String> = decoded(body, "PartitionValues")?;
        done(self.catalog.delete_partition(&database, &table, &values))
    }

    fn shown<T: Serialize>(&self, entity: &T) -> Result<Value, ApiError> {
        let mut shown = serde_json::to_value(entity)
            .map_err(|error| ApiError::new(500, "InternalServiceException", error.to_string()))?;
        shown["CatalogId"] = json!(self.account);
        Ok(shown)
    }

    fn page<T: Serialize>(&self, body: &Value, key: &str, entities: &[T]) -> Result<Value, ApiError> {
        let from = match body["NextToken"].as_str() {
            None | Some("") => 0,
            Some(token) => token.parse::<usize>().map_err(|_| invalid("NextToken is not valid".to_owned()))?,
        };
        let size = match body.get("MaxResults") {
            None | Some(Value::Null) => PAGE,
            Some(size) => size
                .as_u64()
                .filter(|size| (1..=1000).contains(size))
                .and_then(|size| usize::try_from(size).ok())
                .ok_or_else(|| invalid("MaxResults must be between 1 and 1000".to_owned()))?,
        };
        let total = entities.len();
        let shown =
            entities.iter().skip(from).take(size).map(|entity| self.shown(entity)).collect::<Result<Vec<_>, _>>()?;
        let mut answer = json!({ key: shown });
        if from.saturating_add(size) < total {
            answer["NextToken"] = json!((from + size).to_string());
        }
        Ok(answer)
    }
}

fn done(result: Result<(), CatalogError>) -> Result<Value, ApiError> {
    result?;
    Ok(json!({}))
}

fn invalid(message: String) -> ApiError {
    ApiError::client("InvalidInputException", message)
}

fn text(body: &Value, key: &str) -> Result<String, ApiError> {
    body[key].as_str().map(str::to_owned).ok_or_else(|| invalid(format!("{key} is required and must be a string")))
}

fn decoded<T: DeserializeOwned>(body: &Value, key: &str) -> Result<T, ApiError> {
    T::deserialize(&body[key]).map_err(|error| invalid(format!("{key}: {error}")))
}

fn table_input(body: &Value) -> Result<Table, ApiError> {
    let mut table: Table = decoded(body, "TableInput")?;
    table.database_name = text(body, "DatabaseName")?;
    Ok(table)
}

fn partition_input(body: &Value, input: &Value) -> Result<Partition, ApiError> {
    let mut partition: Partition =
        serde::Deserialize::deserialize(input).map_err(|error| invalid(format!("PartitionInput: {error}")))?;
    partition.database_name = text(body, "DatabaseName")?.to_lowercase();
    partition.table_name = text(body, "TableName")?.to_lowercase();
    Ok(partition)
}

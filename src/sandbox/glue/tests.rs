//! Glue's API over an in-memory catalog.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Catalog, Glue};

async fn check(glue: &Glue, operation: &str, body: Value, expected: Result<&[(&str, Value)], &str>) {
    let answer = glue.handle(operation, body).await;
    match expected {
        Ok(parts) => {
            let answer = answer.unwrap_or_else(|error| panic!("{operation}: {error}"));
            for (pointer, value) in parts {
                assert_eq!(answer.pointer(pointer).unwrap_or(&Value::Null), value, "{operation} {pointer} in {answer}");
            }
        }
        Err(code) => assert_eq!(answer.expect_err(operation).code, code, "{operation}"),
    }
}

fn orders() -> Value {
    json!({"DatabaseName": "Lake", "TableInput": {
        "Name": "Orders", "TableType": "EXTERNAL_TABLE",
        "StorageDescriptor": {"Columns": [{"Name": "ID", "Type": "bigint"}], "Location": "s3://lake/orders/",
            "SerdeInfo": {"SerializationLibrary": "org.example.Serde", "Parameters": {"k": "v"}}},
        "PartitionKeys": [{"Name": "Day", "Type": "string"}], "Parameters": {"a": "b"}}})
}

fn day(value: &str) -> Value {
    json!({"Values": [value], "StorageDescriptor": {"Location": format!("s3://lake/orders/day={value}/")}})
}

#[tokio::test]
async fn entities_are_created_found_in_any_case_and_gone_when_deleted() {
    let glue = Glue::new("000000000000", Arc::new(Catalog::new()));
    check(&glue, "CreateDatabase", json!({"DatabaseInput": {"Name": "Lake"}}), Ok(&[])).await;
    check(&glue, "CreateDatabase", json!({"DatabaseInput": {"Name": "lake"}}), Err("AlreadyExistsException")).await;
    check(&glue, "GetDatabase", json!({"Name": "LAKE"}), Ok(&[("/Database/Name", json!("lake"))])).await;
    check(&glue, "CreateTable", orders(), Ok(&[])).await;
    check(&glue, "CreateTable", orders(), Err("AlreadyExistsException")).await;
    let expected = [
        ("/Table/Name", json!("orders")),
        ("/Table/CatalogId", json!("000000000000")),
        ("/Table/StorageDescriptor/Columns/0/Name", json!("id")),
        ("/Table/StorageDescriptor/SerdeInfo/Parameters/k", json!("v")),
        ("/Table/PartitionKeys/0/Type", json!("string")),
    ];
    check(&glue, "GetTable", json!({"DatabaseName": "lake", "Name": "ORDERS"}), Ok(&expected)).await;
    check(&glue, "DeleteTable", json!({"DatabaseName": "lake", "Name": "orders"}), Ok(&[])).await;
    check(&glue, "GetTable", json!({"DatabaseName": "lake", "Name": "orders"}), Err("EntityNotFoundException")).await;
    check(&glue, "DeleteDatabase", json!({"Name": "lake"}), Ok(&[])).await;
    check(&glue, "GetTables", json!({"DatabaseName": "lake"}), Err("EntityNotFoundException")).await;
}

#[tokio::test]
async fn partitions_are_listed_page_by_page_and_doubles_are_reported_one_by_one() {
    let glue = Glue::new("000000000000", Arc::new(Catalog::new()));
    check(&glue, "CreateDatabase", json!({"DatabaseInput": {"Name": "lake"}}), Ok(&[])).await;
    check(&glue, "CreateTable", orders(), Ok(&[])).await;
    let table = json!({"DatabaseName": "lake", "TableName": "orders"});
    let with = |key: &str, value: Value| {
        let mut body = table.clone();
        body[key] = value;
        body
    };
    check(&glue, "CreatePartition", with("PartitionInput", day("2026-01-01")), Ok(&[])).await;
    let batch = with("PartitionInputList", json!([day("2026-01-01"), day("2026-01-02")]));
    let expected = [("/Errors/0/ErrorDetail/ErrorCode", json!("AlreadyExistsException")), ("/Errors/1", Value::Null)];
    check(&glue, "BatchCreatePartition", batch, Ok(&expected)).await;
    let first = [("/Partitions/0/Values/0", json!("2026-01-01")), ("/NextToken", json!("1"))];
    check(&glue, "GetPartitions", with("MaxResults", json!(1)), Ok(&first)).await;
    let second = [("/Partitions/0/Values/0", json!("2026-01-02")), ("/NextToken", Value::Null)];
    check(&glue, "GetPartitions", with("NextToken", json!("1")), Ok(&second)).await;
    check(&glue, "GetPartition", with("PartitionValues", json!(["x"])), Err("EntityNotFoundException")).await;
    let wrong = with("PartitionInput", json!({"Values": ["a", "b"]}));
    check(&glue, "CreatePartition", wrong, Err("InvalidInputException")).await;
}

#[tokio::test]
async fn wrong_input_and_what_is_not_served_are_refused_by_name() {
    let glue = Glue::new("000000000000", Arc::new(Catalog::new()));
    check(&glue, "GetDatabase", json!({}), Err("InvalidInputException")).await;
    check(&glue, "GetDatabases", json!({"NextToken": "x"}), Err("InvalidInputException")).await;
    check(&glue, "CreateTable", json!({"DatabaseName": "default", "TableInput": []}), Err("InvalidInputException"))
        .await;
    check(&glue, "StartJobRun", json!({}), Err("NotImplemented")).await;
}

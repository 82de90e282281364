//! AWS's own client against the API, over HTTP.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_athena::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_athena::error::ProvideErrorMetadata;
use aws_sdk_athena::types::{
    QueryExecutionContext, QueryExecutionState, QueryExecutionStatistics, ResultConfiguration,
};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::tests::Lab;

async fn answer(State(lab): State<Arc<Lab>>, headers: HeaderMap, body: Bytes) -> (StatusCode, String) {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let operation = target.strip_prefix("AmazonAthena.").unwrap_or(target);
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    match lab.athena.handle(operation, body).await {
        Ok(answer) => (StatusCode::OK, answer.to_string()),
        Err(error) => {
            let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, json!({"__type": error.code, "message": error.message}).to_string())
        }
    }
}

async fn client_of(lab: Arc<Lab>) -> aws_sdk_athena::Client {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer).with_state(lab)).await });
    let config = aws_sdk_athena::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("key", "secret", None, None, "test"))
        .endpoint_url(format!("http://{address}"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    aws_sdk_athena::Client::from_conf(config)
}

/// Starts a query with the client and waits for its end.
async fn ended(client: &aws_sdk_athena::Client, sql: &str) -> aws_sdk_athena::types::QueryExecution {
    let started = client
        .start_query_execution()
        .query_string(sql)
        .query_execution_context(QueryExecutionContext::builder().catalog("AwsDataCatalog").database("lake").build())
        .result_configuration(ResultConfiguration::builder().output_location("s3://results/sdk/").build())
        .send()
        .await
        .expect("start");
    let id = started.query_execution_id().expect("id");
    let wait = async {
        loop {
            let answer = client.get_query_execution().query_execution_id(id).send().await.expect("get");
            let execution = answer.query_execution().expect("execution").clone();
            let state = execution.status().and_then(|status| status.state()).expect("state");
            if !matches!(state, QueryExecutionState::Queued | QueryExecutionState::Running) {
                return execution;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), wait).await.expect("the query ends")
}

#[tokio::test]
async fn awss_own_client_runs_queries_and_reads_results_and_errors() {
    let lab = Arc::new(Lab::new());
    lab.put("orders/a.csv", "1,10.50\n2,\n").await;
    lab.run("create database lake").await;
    let client = client_of(Arc::clone(&lab)).await;
    let create = "create external table orders (id bigint, amount decimal(18,2)) \
                  row format delimited fields terminated by ',' location 's3://lake/orders/'";
    assert_eq!(ended(&client, create).await.statement_type().map(ToString::to_string).as_deref(), Some("DDL"));

    let execution = ended(&client, "select id, amount from orders order by id").await;
    let status = execution.status().expect("status");
    assert_eq!(status.state(), Some(&QueryExecutionState::Succeeded), "{:?}", status.state_change_reason());
    assert!(status.submission_date_time() <= status.completion_date_time());
    assert_eq!(execution.statistics().and_then(QueryExecutionStatistics::data_scanned_in_bytes), Some(11));
    let id = execution.query_execution_id().expect("id");
    let pages = client.get_query_results().query_execution_id(id).max_results(2).into_paginator().send();
    let pages = pages.try_collect().await.expect("pages");
    assert_eq!(pages.len(), 2);
    let rows = pages.iter().flat_map(|page| page.result_set().expect("result set").rows());
    let rows: Vec<Vec<Option<&str>>> =
        rows.map(|row| row.data().iter().map(|datum| datum.var_char_value()).collect()).collect();
    assert_eq!(rows, [vec![Some("id"), Some("amount")], vec![Some("1"), Some("10.50")], vec![Some("2"), None]]);

    let failed = ended(&client, "select nope from orders").await;
    let error = failed.status().and_then(|status| status.athena_error()).expect("error").clone();
    assert_eq!((error.error_category(), error.retryable()), (Some(2), false));
    let gone = client.get_query_execution().query_execution_id("gone").send().await.expect_err("no such query");
    assert_eq!(gone.code(), Some("InvalidRequestException"));
    assert!(gone.message().is_some_and(|message| message.contains("gone was not found")));
}

//! Athena's API end to end, over an object store in memory.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use datafusion::object_store::memory::InMemory;
use datafusion::object_store::path::Path;
use datafusion::object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use serde_json::{Value, json};

use super::{Athena, Buckets, Config};
use crate::sandbox::glue::Catalog;

/// Two buckets in memory.
#[derive(Debug, Default)]
pub struct Memory(BTreeMap<&'static str, Arc<InMemory>>);

impl Buckets for Memory {
    fn bucket(&self, name: &str) -> Option<Arc<dyn ObjectStore>> {
        self.0.get(name).map(|store| Arc::clone(store) as Arc<dyn ObjectStore>)
    }
}

/// An Athena to try statements on.
pub struct Lab {
    pub athena: Athena,
    pub lake: Arc<InMemory>,
    pub results: Arc<InMemory>,
}

impl Lab {
    pub fn new() -> Self {
        Self::with_memory(1 << 30)
    }

    pub fn with_memory(bytes: usize) -> Self {
        let (lake, results) = (Arc::new(InMemory::new()), Arc::new(InMemory::new()));
        let buckets = Memory(BTreeMap::from([("lake", Arc::clone(&lake)), ("results", Arc::clone(&results))]));
        let config = Config { default_output: Some("s3://results/athena/".to_owned()) };
        Self { athena: Athena::with_memory(config, Arc::new(buckets), Arc::new(Catalog::new()), bytes), lake, results }
    }

    pub async fn put(&self, key: &str, bytes: impl Into<PutPayload>) {
        self.lake.put(&Path::from(key), bytes.into()).await.expect("put");
    }

    pub async fn call(&self, operation: &str, body: Value) -> Value {
        self.athena.handle(operation, body).await.unwrap_or_else(|error| panic!("{operation}: {error}"))
    }

    pub async fn refused(&self, operation: &str, body: Value) -> String {
        self.athena.handle(operation, body).await.expect_err(operation).message
    }

    /// Starts a query and waits for its end; the `QueryExecution`.
    pub async fn finished(&self, request: Value) -> Value {
        let started = self.call("StartQueryExecution", request).await;
        let id = json!({"QueryExecutionId": started["QueryExecutionId"]});
        let ended = async {
            loop {
                let execution = self.call("GetQueryExecution", id.clone()).await["QueryExecution"].clone();
                if !["QUEUED", "RUNNING"].contains(&execution["Status"]["State"].as_str().expect("state")) {
                    return execution;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), ended).await.expect("the query ends")
    }

    /// Rows as texts with `NULL`, without the header, or the reason of the failure.
    pub async fn rows(&self, sql: &str) -> Result<Vec<String>, String> {
        let execution = self.finished(json!({"QueryString": sql})).await;
        if execution["Status"]["State"] != "SUCCEEDED" {
            return Err(execution["Status"]["StateChangeReason"].as_str().unwrap_or_default().to_owned());
        }
        let results = self.call("GetQueryResults", json!({"QueryExecutionId": execution["QueryExecutionId"]})).await;
        let is_csv = execution["ResultConfiguration"]["OutputLocation"]
            .as_str()
            .is_some_and(|place| place.rsplit_once('.').is_some_and(|(_, extension)| extension == "csv"));
        let rows = results["ResultSet"]["Rows"].as_array().expect("rows");
        Ok(rows.iter().skip(usize::from(is_csv)).map(row_text).collect())
    }

    /// Runs a statement that must succeed.
    pub async fn run(&self, sql: &str) {
        self.rows(sql).await.unwrap_or_else(|reason| panic!("{sql}: {reason}"));
    }

    pub async fn check(&self, sql: &str, expected: Result<&[&str], &str>) {
        match (self.rows(sql).await, expected) {
            (Ok(rows), Ok(expected)) => assert_eq!(rows, expected, "{sql}"),
            (Err(reason), Err(part)) => assert!(reason.contains(part), "{sql}: {reason}"),
            (got, expected) => panic!("{sql}: {got:?} instead of {expected:?}"),
        }
    }
}

fn row_text(row: &Value) -> String {
    let data = row["Data"].as_array().expect("data");
    let texts: Vec<&str> = data.iter().map(|datum| datum["VarCharValue"].as_str().unwrap_or("NULL")).collect();
    texts.join("|")
}

async fn with_orders() -> Lab {
    let lab = Lab::new();
    lab.put("orders/a.csv", "id,amount,day\n1,10.50,2026-01-16\n2,x,2026-01-17\n").await;
    lab.run(
        "create external table orders (id bigint, amount decimal(18,2), day date) \
         row format delimited fields terminated by ',' location 's3://lake/orders/' \
         tblproperties ('skip.header.line.count'='1')",
    )
    .await;
    lab
}

#[tokio::test]
async fn a_query_has_typed_columns_a_header_and_a_csv_in_s3() {
    let lab = with_orders().await;
    let execution = lab.finished(json!({"QueryString": "select id, amount, day from orders order by id"})).await;
    assert_eq!(execution["Status"]["State"], "SUCCEEDED", "{execution}");
    assert_eq!(execution["StatementType"], "DML");
    assert_eq!(execution["Statistics"]["DataScannedInBytes"].to_string(), "48");
    let id = execution["QueryExecutionId"].as_str().expect("id");
    let results = lab.call("GetQueryResults", json!({"QueryExecutionId": id})).await;
    let columns: Vec<String> = results["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
        .as_array()
        .expect("columns")
        .iter()
        .map(|column| format!("{} {} {} {}", column["Name"], column["Type"], column["Precision"], column["Scale"]))
        .collect();
    assert_eq!(columns, ["\"id\" \"bigint\" 19 0", "\"amount\" \"decimal\" 18 2", "\"day\" \"date\" 0 0"]);
    let rows: Vec<String> = results["ResultSet"]["Rows"].as_array().expect("rows").iter().map(row_text).collect();
    assert_eq!(rows, ["id|amount|day", "1|10.50|2026-01-16", "2|NULL|2026-01-17"]);
    assert_eq!(results["ResultSet"]["Rows"][2]["Data"][1], json!({}));
    let object =
        lab.results.get(&Path::from(format!("athena/{id}.csv"))).await.expect("result").bytes().await.expect("bytes");
    let expected = "\"id\",\"amount\",\"day\"\n\"1\",\"10.50\",\"2026-01-16\"\n\"2\",,\"2026-01-17\"\n";
    assert_eq!(String::from_utf8_lossy(&object), expected);
}

#[tokio::test]
async fn failures_say_what_is_wrong_and_where() {
    let lab = with_orders().await;
    lab.check("select nope from orders", Err("COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved")).await;
    lab.check(
        "select * from nope",
        Err("TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.default.nope' does not exist"),
    )
    .await;
    lab.check("select * from nope.t", Err("SCHEMA_NOT_FOUND: line 1:20: Schema 'nope' does not exist")).await;
    lab.check("select 1/0", Err("DIVISION_BY_ZERO")).await;
    lab.check("selct 1", Err("line 1:1")).await;
    lab.check("select 1; select 2", Err("Only one sql statement is allowed")).await;
    for (sql, named) in [
        ("merge into orders using x on 1=1 when matched then delete", "MERGE"),
        ("update orders set id = 1", "UPDATE"),
        ("delete from orders", "DELETE"),
        ("unload (select 1) to 's3://lake/x' with (format='PARQUET')", "UNLOAD"),
    ] {
        lab.check(sql, Err(&format!("does not support the statement {named}"))).await;
    }
    let execution = lab.finished(json!({"QueryString": "select nope from orders"})).await;
    assert_eq!(execution["Status"]["AthenaError"]["ErrorCategory"], 2);
    assert_eq!(execution["Status"]["AthenaError"]["Retryable"], false);
}

#[tokio::test]
async fn results_are_paged_by_tokens_that_belong_to_their_query() {
    let lab = Lab::new();
    let values: Vec<String> = (0..2500).map(|n| format!("({n})")).collect();
    let execution =
        lab.finished(json!({"QueryString": format!("select * from (values {}) as t(n)", values.join(","))})).await;
    assert_eq!(execution["Status"]["State"], "SUCCEEDED", "{execution}");
    let id = &execution["QueryExecutionId"];
    let (mut sizes, mut seen, mut body) = (Vec::new(), Vec::new(), json!({"QueryExecutionId": id}));
    loop {
        let page = lab.call("GetQueryResults", body.clone()).await;
        let rows: Vec<String> = page["ResultSet"]["Rows"].as_array().expect("rows").iter().map(row_text).collect();
        sizes.push(rows.len());
        seen.extend(rows);
        match page.get("NextToken") {
            Some(token) => body["NextToken"] = token.clone(),
            None => break,
        }
    }
    assert_eq!(sizes, [1000, 1000, 501]);
    assert_eq!((seen[0].as_str(), seen[1].as_str(), seen[2500].as_str()), ("n", "0", "2499"));
    assert!(
        lab.refused("GetQueryResults", json!({"QueryExecutionId": id, "NextToken": "x"})).await.contains("NextToken")
    );
    assert!(
        lab.refused("GetQueryResults", json!({"QueryExecutionId": id, "MaxResults": 1001}))
            .await
            .contains("MaxResults")
    );
}

#[tokio::test]
async fn a_token_starts_a_query_once() {
    let lab = Lab::new();
    let request = |sql: &str| json!({"QueryString": sql, "ClientRequestToken": "0123456789abcdef0123456789abcdef"});
    let first = lab.call("StartQueryExecution", request("select 1")).await;
    assert_eq!(lab.call("StartQueryExecution", request("select 1")).await, first);
    assert!(
        lab.refused("StartQueryExecution", request("select 2")).await.contains("Idempotent parameters do not match")
    );
    let short = json!({"QueryString": "select 1", "ClientRequestToken": "short"});
    assert!(lab.refused("StartQueryExecution", short).await.contains("32 to 128"));
    assert_eq!(lab.call("ListQueryExecutions", json!({})).await["QueryExecutionIds"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn parameters_take_the_place_of_question_marks() {
    let lab = with_orders().await;
    let execution = lab.finished(json!({"QueryString": "select id from orders where day = ? and id < ?", "ExecutionParameters": ["date '2026-01-16'", "10"]})).await;
    assert_eq!(execution["Status"]["State"], "SUCCEEDED", "{execution}");
    let results = lab.call("GetQueryResults", json!({"QueryExecutionId": execution["QueryExecutionId"]})).await;
    assert_eq!(row_text(&results["ResultSet"]["Rows"][1]), "1");
    let execution = lab.finished(json!({"QueryString": "select ?"})).await;
    assert_eq!(
        execution["Status"]["StateChangeReason"],
        "INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected 1 but found 0"
    );
}

#[tokio::test]
async fn a_stopped_query_is_cancelled_and_stays_so() {
    let lab = Lab::new();
    let digits = "(values 0,1,2,3,4,5,6,7,8,9) as ";
    let joined: Vec<String> = (0..10).map(|n| format!("{digits} t{n}(n)")).collect();
    let sql = format!(
        "select count(*) from {} where t0.n + t1.n + t2.n + t3.n + t4.n + t5.n + t6.n = t7.n",
        joined.join(" cross join ")
    )
    .replace("values 0,1,2,3,4,5,6,7,8,9", "values (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)");
    let started = lab.call("StartQueryExecution", json!({"QueryString": sql})).await;
    assert!(lab.refused("GetQueryResults", started.clone()).await.contains("has not yet finished"));
    lab.call("StopQueryExecution", started.clone()).await;
    lab.call("StopQueryExecution", started.clone()).await;
    let execution = lab.call("GetQueryExecution", started.clone()).await["QueryExecution"].clone();
    assert_eq!(execution["Status"]["State"], "CANCELLED");
    assert!(lab.refused("GetQueryResults", started).await.contains("Final query state: CANCELLED"));
}

#[tokio::test]
async fn many_queries_are_described_in_one_call() {
    let lab = Lab::new();
    let one = lab.finished(json!({"QueryString": "select 1 as a"})).await["QueryExecutionId"].clone();
    let answer = lab.call("BatchGetQueryExecution", json!({"QueryExecutionIds": [one, "gone"]})).await;
    assert_eq!(answer["QueryExecutions"][0]["QueryExecutionId"], one);
    assert_eq!(answer["UnprocessedQueryExecutionIds"][0]["QueryExecutionId"], "gone");
    let many = json!({"QueryExecutionIds": vec!["x"; 51]});
    assert!(lab.refused("BatchGetQueryExecution", many).await.contains("1 to 50"));
}

#[tokio::test]
async fn work_groups_enforce_their_output_and_limit_what_is_scanned() {
    let lab = Lab::new();
    let configuration =
        json!({"ResultConfiguration": {"OutputLocation": "s3://results/qa"}, "BytesScannedCutoffPerQuery": 10_000_000});
    lab.call("CreateWorkGroup", json!({"Name": "qa", "Configuration": configuration})).await;
    let mut lines = String::new();
    while lines.len() < 11_000_000 {
        lines.push_str("0123456789012345678901234567890123456789012345678901234567890123456789\n");
    }
    lab.put("big/a.csv", lines).await;
    lab.run("create external table big (a string) location 's3://lake/big'").await;
    let request = json!({"QueryString": "select count(a) as n from big", "WorkGroup": "qa", "ResultConfiguration": {"OutputLocation": "s3://results/mine"}});
    let execution = lab.finished(request).await;
    assert_eq!(execution["Status"]["State"], "CANCELLED", "{execution}");
    assert_eq!(execution["Status"]["StateChangeReason"], "Bytes scanned limit was exceeded");
    assert!(
        execution["ResultConfiguration"]["OutputLocation"]
            .as_str()
            .is_some_and(|place| place.starts_with("s3://results/qa/"))
    );
    lab.call("UpdateWorkGroup", json!({"WorkGroup": "qa", "ConfigurationUpdates": {"RemoveBytesScannedCutoffPerQuery": true, "EnforceWorkGroupConfiguration": false}})).await;
    let request = json!({"QueryString": "select count(a) as n from big", "WorkGroup": "qa", "ResultConfiguration": {"OutputLocation": "s3://results/mine"}});
    let execution = lab.finished(request).await;
    assert_eq!(execution["Status"]["State"], "SUCCEEDED", "{execution}");
    assert!(
        execution["ResultConfiguration"]["OutputLocation"]
            .as_str()
            .is_some_and(|place| place.starts_with("s3://results/mine/"))
    );
    let small = json!({"Name": "small", "Configuration": {"BytesScannedCutoffPerQuery": 1}});
    assert!(lab.refused("CreateWorkGroup", small).await.contains("10000000"));
    assert!(
        lab.refused("StartQueryExecution", json!({"QueryString": "select 1", "WorkGroup": "gone"}))
            .await
            .contains("gone is not found")
    );
    lab.call("UpdateWorkGroup", json!({"WorkGroup": "qa", "State": "DISABLED"})).await;
    assert!(
        lab.refused("StartQueryExecution", json!({"QueryString": "select 1", "WorkGroup": "qa"}))
            .await
            .contains("disabled")
    );
    assert!(lab.refused("DeleteWorkGroup", json!({"WorkGroup": "qa"})).await.contains("not empty"));
    lab.call("DeleteWorkGroup", json!({"WorkGroup": "qa", "RecursiveDeleteOption": true})).await;
    lab.call("CreateWorkGroup", json!({"Name": "unset"})).await;
    let nowhere = json!({"QueryString": "select 1", "WorkGroup": "unset", "ResultConfiguration": {"OutputLocation": "s3://results/mine"}});
    assert!(lab.refused("StartQueryExecution", nowhere).await.contains("No output location provided"));
    assert_eq!(lab.call("ListWorkGroups", json!({})).await["WorkGroups"][0]["Name"], "primary");
}

#[tokio::test]
async fn metadata_is_what_the_catalog_holds() {
    let lab = with_orders().await;
    assert_eq!(
        lab.call("ListDatabases", json!({"CatalogName": "AwsDataCatalog"})).await["DatabaseList"][0]["Name"],
        "default"
    );
    let table = json!({"CatalogName": "AwsDataCatalog", "DatabaseName": "default", "TableName": "orders"});
    let metadata = lab.call("GetTableMetadata", table).await["TableMetadata"].clone();
    assert_eq!(metadata["Columns"][1], json!({"Name": "amount", "Type": "decimal(18,2)"}));
    let tables = json!({"CatalogName": "AwsDataCatalog", "DatabaseName": "default", "Expression": "ord.*"});
    assert_eq!(lab.call("ListTableMetadata", tables).await["TableMetadataList"][0]["Name"], "orders");
    assert!(lab.refused("ListDatabases", json!({"CatalogName": "other"})).await.contains("other"));
}

#[tokio::test]
async fn deep_and_long_statements_end_as_queries_and_not_as_a_crash() {
    let lab = with_orders().await;
    let chain = |length: usize| (0..length).map(|n| format!("id <> {n}")).collect::<Vec<_>>().join(" and ");
    lab.check(&format!("select count(*) as n from orders where {}", chain(900)), Ok(&["0"])).await;
    lab.check(
        &format!("select count(*) as n from orders where {}", chain(5000)),
        Err("STACK_OVERFLOW: statement is too large"),
    )
    .await;
    let nested = format!("select {}1{} as n", "(".repeat(1000), ")".repeat(1000));
    lab.check(&nested, Err("too deeply nested")).await;
    assert!(lab.refused("StartQueryExecution", json!({"QueryString": " "})).await.contains("QueryString"));
    assert!(
        lab.refused("StartQueryExecution", json!({"QueryString": "x".repeat(300_000)})).await.contains("QueryString")
    );
    assert!(lab.refused("StartQueryExecution", json!({"QueryString": 1})).await.contains("must be a string"));
}

#[tokio::test]
async fn what_is_not_served_is_refused_by_name() {
    let lab = Lab::new();
    assert!(lab.refused("CreateNamedQuery", json!({})).await.contains("Athena's operation CreateNamedQuery"));
    assert!(
        lab.refused("GetQueryExecution", json!({"QueryExecutionId": "x"}))
            .await
            .contains("QueryExecution x was not found")
    );
    let other = json!({"QueryString": "select 1", "ResultConfiguration": {"OutputLocation": "s3://nowhere/x"}});
    assert!(lab.refused("StartQueryExecution", other).await.contains("nowhere"));
}

#[tokio::test]
async fn a_query_that_needs_too_much_memory_fails_and_the_next_one_runs() {
    let lab = Lab::with_memory(1 << 20);
    let lines: String = (0..50_000).map(|n| n.to_string() + "\n").collect();
    lab.put("n/a.csv", lines).await;
    lab.run("create external table n (id bigint) location 's3://lake/n/'").await;
    let join = "select count(*) as c from n a join n b on a.id = b.id join n c on b.id = c.id";
    lab.check(join, Err("EXCEEDED_LOCAL_MEMORY_LIMIT: Query exhausted resources")).await;
    lab.check("select count(*) as c from n", Ok(&["50000"])).await;
}

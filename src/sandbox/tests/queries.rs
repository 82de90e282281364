//! Tables over seeds: declared, queried by the SDK and by a state machine.

use aws_sdk_athena::types::QueryExecutionState;
use aws_sdk_sfn::types::ExecutionStatus;
use serde_json::{Value, json};

use super::project::{Clients, Project, machine};

const YAML: &str = r"
buckets:
  lake: {seed: {orders/: seed/*.csv}}
  results: {}
state_machines:
  count: {definition: count.asl.json}
athena: {output: 's3://results/', databases: [lake], statements: [tables.sql]}
";

const TABLES: &str = r"
-- orders as they arrive
create external table orders (id bigint, status string)
row format delimited fields terminated by ','
location 's3://lake/orders/'
tblproperties ('skip.header.line.count' = '1');
create view paid as select * from lake.orders where status = 'PAID; DONE';
";

const COUNT: &str = r#"{
  "StartAt": "Count",
  "States": {
    "Count": {"Type": "Task", "Resource": "arn:aws:states:::athena:startQueryExecution.sync",
      "Parameters": {"QueryString.$": "$.sql", "QueryExecutionContext": {"Database": "lake"}},
      "ResultSelector": {"id.$": "$.QueryExecution.QueryExecutionId", "submitted.$": "$.QueryExecution.Status.SubmissionDateTime"},
      "Next": "Results"},
    "Results": {"Type": "Task", "Resource": "arn:aws:states:::athena:getQueryResults",
      "Parameters": {"QueryExecutionId.$": "$.id"},
      "ResultSelector": {"count.$": "$.ResultSet.Rows[1].Data[0].VarCharValue"}, "ResultPath": "$.got", "End": true}
  }
}"#;

fn project(tables: &str) -> Project {
    Project::new(&[
        ("sandbox.yaml", YAML),
        ("seed/a.csv", "id,status\n1,NEW\n2,PAID; DONE\n"),
        ("seed/b.csv", "id,status\n3,PAID; DONE\n"),
        ("tables.sql", tables),
        ("count.asl.json", COUNT),
    ])
}

async fn count(clients: &Clients, sql: &str) -> aws_sdk_sfn::operation::describe_execution::DescribeExecutionOutput {
    let input = json!({"sql": sql}).to_string();
    let start = clients.sfn.start_execution().state_machine_arn(machine("count")).input(input);
    let arn = start.send().await.expect("started").execution_arn;
    loop {
        let described = clients.sfn.describe_execution().execution_arn(&arn).send().await.expect("described");
        if described.status != ExecutionStatus::Running {
            return described;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn declared_tables_answer_the_sdk() {
    let project = project(TABLES);
    let sandbox = project.start().await.expect("started");
    let athena = Clients::of(&sandbox).athena;
    let sql = "select id from lake.paid order by id";
    let id = athena.start_query_execution().query_string(sql).send().await.expect("started").query_execution_id;
    let id = id.expect("an id");
    loop {
        let got = athena.get_query_execution().query_execution_id(&id).send().await.expect("an execution");
        let status = got.query_execution.and_then(|execution| execution.status).expect("a status");
        match status.state() {
            Some(QueryExecutionState::Succeeded) => break,
            Some(QueryExecutionState::Queued | QueryExecutionState::Running) => tokio::task::yield_now().await,
            _ => panic!("{status:?}"),
        }
    }
    let results = athena.get_query_results().query_execution_id(&id).send().await.expect("results");
    let rows = results.result_set().expect("a set").rows();
    let texts: Vec<_> = rows.iter().filter_map(|row| row.data()[0].var_char_value()).collect();
    assert_eq!(texts, ["id", "2", "3"]);
    sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_waits_for_a_query_and_reads_its_result() {
    let project = project(TABLES);
    let sandbox = project.start().await.expect("started");
    let clients = Clients::of(&sandbox);
    let done = count(&clients, "select count(*) from orders").await;
    assert_eq!(done.status, ExecutionStatus::Succeeded, "{done:?}");
    let output: Value = serde_json::from_str(done.output().expect("an output")).expect("JSON");
    assert_eq!(output["got"]["count"], "3");
    let failed = count(&clients, "select nothing from orders").await;
    assert_eq!(failed.error(), Some("States.TaskFailed"));
    let cause: Value = serde_json::from_str(failed.cause().expect("a cause")).expect("JSON");
    assert_eq!(cause["Status"]["State"], "FAILED");
    assert!(cause["Status"]["SubmissionDateTime"].as_i64().is_some_and(|at| at > 1_600_000_000_000), "{cause}");
    sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_fails_is_told_with_its_line() {
    let error = project("select 1;\n\nselect nothing from nowhere").start().await.err().expect("a refusal").to_string();
    for part in ["tables.sql:3", "the statement fails", "nowhere"] {
        assert!(error.contains(part), "{part} is not in\n{error}");
    }
}

//! A machine that reads S3, calls a function and writes its result.

use aws_sdk_sfn::types::ExecutionStatus;
use serde_json::{Value, json};

use super::project::{Clients, Project, machine};

const YAML: &str = r"
buckets:
  lake-raw: {seed: {orders/: seed/*.csv}}
  lake-curated: {}
functions:
  clean: {runtime: python3.11, handler: handler.handle, code: clean, timeout: 30s, environment: {BUCKET: lake-curated}}
state_machines:
  etl: {definition: etl.asl.json, substitutions: {Raw: lake-raw, Curated: lake-curated}}
  outer: {definition: outer.asl.json}
  quick: {definition: quick.asl.json}
";

const HANDLER: &str = r#"
import os

def handle(event, context):
    if event.get("fail"):
        raise ValueError("row 17 is odd")
    lines = event["body"].strip().split("\n")
    return {"rows": len(lines) - 1, "bucket": os.environ["BUCKET"], "key": event["key"]}
"#;

const ETL: &str = r#"{
  "StartAt": "List",
  "States": {
    "List": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:listObjectsV2",
      "Parameters": {"Bucket": "${Raw}", "Prefix": "orders/"}, "ResultPath": "$.list", "Next": "Each"},
    "Each": {"Type": "Map", "ItemsPath": "$.list.Contents",
      "ItemSelector": {"key.$": "$$.Map.Item.Value.Key", "fail.$": "$.fail"},
      "ItemProcessor": {"StartAt": "Read", "States": {
        "Read": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:getObject",
          "Parameters": {"Bucket": "${Raw}", "Key.$": "$.key"}, "ResultSelector": {"body.$": "$.Body"},
          "ResultPath": "$.object", "Next": "Clean"},
        "Clean": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
          "Parameters": {"FunctionName": "${CleanArn}",
            "Payload": {"key.$": "$.key", "body.$": "$.object.body", "fail.$": "$.fail"}},
          "OutputPath": "$.Payload", "End": true}}},
      "ResultPath": "$.results", "Next": "Write"},
    "Write": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:putObject",
      "Parameters": {"Bucket": "${Curated}", "Key": "summary.json", "Body.$": "$.results", "ContentType": "application/json"},
      "ResultPath": null, "OutputPath": "$.results", "End": true}
  }
}"#;

const OUTER: &str = r#"{
  "StartAt": "Inner",
  "States": {"Inner": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2",
    "Parameters": {"StateMachineArn": "${EtlArn}", "Input": {"fail.$": "$.fail"}},
    "ResultSelector": {"inner.$": "$.Output"}, "End": true}}
}"#;

const QUICK: &str = r#"{
  "StartAt": "Clean",
  "States": {"Clean": {"Type": "Task", "Resource": "${CleanArn}", "End": true}}
}"#;

fn project() -> Project {
    Project::new(&[
        ("sandbox.yaml", YAML),
        ("seed/a.csv", "id\n1\n2\n"),
        ("seed/b.csv", "id\n3\n"),
        ("clean/handler.py", HANDLER),
        ("etl.asl.json", ETL),
        ("outer.asl.json", OUTER),
        ("quick.asl.json", QUICK),
    ])
}

/// Starts an execution and waits for its end.
async fn run(
    clients: &Clients,
    name: &str,
    input: &Value,
) -> aws_sdk_sfn::operation::describe_execution::DescribeExecutionOutput {
    let start = clients.sfn.start_execution().state_machine_arn(machine(name)).input(input.to_string());
    let arn = start.send().await.expect("started").execution_arn;
    loop {
        let described = clients.sfn.describe_execution().execution_arn(&arn).send().await.expect("described");
        if described.status != ExecutionStatus::Running {
            return described;
        }
        tokio::task::yield_now().await;
    }
}

fn json(text: Option<&str>) -> Value {
    serde_json::from_str(text.expect("a text")).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_reads_s3_calls_a_function_and_writes_its_result() {
    let project = project();
    let sandbox = project.start().await.expect("started");
    let clients = Clients::of(&sandbox);
    let done = run(&clients, "etl", &json!({"fail": false})).await;
    assert_eq!(done.status, ExecutionStatus::Succeeded, "{done:?}");
    let expected = json!([
        {"rows": 2, "bucket": "lake-curated", "key": "orders/a.csv"},
        {"rows": 1, "bucket": "lake-curated", "key": "orders/b.csv"},
    ]);
    assert_eq!(json(done.output()), expected);
    let written = clients.s3.get_object().bucket("lake-curated").key("summary.json").send().await.expect("written");
    assert_eq!(written.content_type(), Some("application/json"));
    let body = written.body.collect().await.expect("its body").to_vec();
    assert_eq!(serde_json::from_slice::<Value>(&body).expect("JSON"), expected);
    let calls = sandbox.calls();
    assert_eq!(calls.get("stepfunctions.StartExecution"), Some(&1));
    assert_eq!(calls.get("s3.GetObject"), Some(&1));
    sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_error_of_a_function_is_the_failure_of_the_execution() {
    let project = project();
    let sandbox = project.start().await.expect("started");
    let clients = Clients::of(&sandbox);
    let failed = run(&clients, "etl", &json!({"fail": true})).await;
    assert_eq!(failed.status, ExecutionStatus::Failed);
    assert_eq!(failed.error(), Some("ValueError"));
    assert_eq!(json(failed.cause())["errorMessage"], "row 17 is odd");
    let outer = run(&clients, "outer", &json!({"fail": true})).await;
    assert_eq!(outer.error(), Some("States.TaskFailed"));
    assert_eq!(json(outer.cause())["Error"], "ValueError");
    sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_execution_can_wait_for_another() {
    let project = project();
    let sandbox = project.start().await.expect("started");
    let done = run(&Clients::of(&sandbox), "outer", &json!({"fail": false})).await;
    assert_eq!(done.status, ExecutionStatus::Succeeded, "{done:?}");
    assert_eq!(json(done.output())["inner"][0]["rows"], json!(2));
    sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_can_be_called_by_its_arn_and_by_the_sdk() {
    let project = project();
    let sandbox = project.start().await.expect("started");
    let clients = Clients::of(&sandbox);
    let payload = json!({"key": "k", "body": "id\n1"}).to_string();
    let invoked =
        clients.lambda.invoke().function_name("clean").payload(aws_sdk_lambda::primitives::Blob::new(payload));
    let invoked = invoked.send().await.expect("invoked");
    assert_eq!(invoked.function_error(), None);
    let answer: Value = serde_json::from_slice(invoked.payload().expect("a payload").as_ref()).expect("JSON");
    assert_eq!(answer["rows"], json!(1));
    let done = run(&clients, "quick", &json!({"key": "k", "body": "id\n1"})).await;
    assert_eq!(done.status, ExecutionStatus::Succeeded);
    sandbox.shutdown().await;
}

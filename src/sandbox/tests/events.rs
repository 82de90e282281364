//! From an object to an execution: a declared rule, the SDK, the control paths.

use std::collections::BTreeSet;
use std::path::Path;

use aws_sdk_s3::types::{
    CompletedMultipartUpload, CompletedPart, Event, EventBridgeConfiguration, NotificationConfiguration,
    QueueConfiguration,
};
use aws_sdk_sfn::error::ProvideErrorMetadata;
use serde_json::Value;
use tempfile::TempDir;

use super::super::Sandbox;
use super::project::{Clients, Project, machine};

const YAML: &str = r#"
buckets:
  lake: {seed: {landing/: seed/a.csv}, event_bridge: true}
functions:
  note: {runtime: python3.11, handler: handler.handle, code: note, timeout: 30s, environment: {NOTES: NOTES_FILE}}
state_machines:
  arrivals: {definition: pass.asl.json}
  quick: {definition: pass.asl.json, type: EXPRESS}
rules:
  arrivals:
    pattern: {source: [aws.s3], detail: {bucket: {name: [lake]}, object: {key: [{prefix: landing/}]}}}
    targets:
      - state_machine: arrivals
        input_transformer:
          paths: {key: $.detail.object.key, why: $.detail.reason, request: $.detail.request-id}
          template: '{"key": <key>, "why": <why>, "request": <request>}'
      - {function: note}
  nightly: {schedule: cron(0 3 * * ? *), targets: [{state_machine: arrivals}, {state_machine: quick}]}
"#;

const PASS: &str = r#"{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}"#;

/// Notes the key of each event.
const HANDLER: &str = r#"
import os

def handle(event, context):
    with open(os.environ["NOTES"], "a") as notes:
        notes.write(event["detail"]["object"]["key"] + "\n")
"#;

/// The function notes in this file.
fn project(notes: &Path) -> Project {
    let yaml = YAML.replace("NOTES_FILE", &notes.display().to_string());
    Project::new(&[
        ("sandbox.yaml", &yaml),
        ("seed/a.csv", "id\n1\n"),
        ("note/handler.py", HANDLER),
        ("pass.asl.json", PASS),
    ])
}

/// The inputs of the executions of `arrivals`, once there are so many.
async fn inputs(clients: &Clients, count: usize) -> Vec<Value> {
    loop {
        let listed = clients.sfn.list_executions().state_machine_arn(machine("arrivals")).send().await.expect("listed");
        if listed.executions().len() < count {
            tokio::task::yield_now().await;
            continue;
        }
        let mut inputs = Vec::new();
        for execution in listed.executions() {
            let arn = execution.execution_arn();
            let described = clients.sfn.describe_execution().execution_arn(arn).send().await.expect("described");
            inputs.push(serde_json::from_str(described.input().expect("an input")).expect("JSON"));
        }
        return inputs;
    }
}

/// What the function noted, once there is so much.
async fn noted(notes: &Path, count: usize) -> BTreeSet<String> {
    loop {
        let text = std::fs::read_to_string(notes).unwrap_or_default();
        if text.lines().count() >= count {
            return text.lines().map(str::to_owned).collect();
        }
        tokio::task::yield_now().await;
    }
}

/// A request without credentials, as curl sends it; yields the status and the document.
async fn control(sandbox: &Sandbox, method: &str, path: &str) -> (String, Value) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let host = sandbox.endpoint().trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(host).await.expect("a connection");
    let request = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a body");
    let status = head.split(' ').nth(1).expect("a status").to_owned();
    (status, serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}")))
}

#[tokio::test(flavor = "multi_thread")]
async fn writing_copying_and_uploading_an_object_starts_what_waits_for_it() {
    let folder = TempDir::new().expect("a folder");
    let notes = folder.path().join("notes");
    let project = project(&notes);
    let sandbox = project.start().await.expect("started");
    let clients = Clients::of(&sandbox);
    let s3 = &clients.s3;
    let put = |key: &str| s3.put_object().bucket("lake").key(key).body(b"id\n1\n".to_vec().into()).send();
    put("elsewhere/a.csv").await.expect("written");
    put("landing/put.csv").await.expect("written");
    s3.copy_object()
        .bucket("lake")
        .key("landing/copy.csv")
        .copy_source("lake/elsewhere/a.csv")
        .send()
        .await
        .expect("copied");
    let upload = s3.create_multipart_upload().bucket("lake").key("landing/parts.csv").send().await.expect("begun");
    let id = upload.upload_id().expect("an id");
    let part = s3.upload_part().bucket("lake").key("landing/parts.csv").upload_id(id).part_number(1);
    let part = part.body(b"id\n".to_vec().into()).send().await.expect("a part");
    let parts = CompletedPart::builder().part_number(1).set_e_tag(part.e_tag).build();
    let parts = CompletedMultipartUpload::builder().parts(parts).build();
    let complete = s3.complete_multipart_upload().bucket("lake").key("landing/parts.csv").upload_id(id);
    complete.multipart_upload(parts).send().await.expect("completed");
    s3.delete_object().bucket("lake").key("landing/a.csv").send().await.expect("deleted");
    let inputs = inputs(&clients, 4).await;
    let found: BTreeSet<_> = inputs.iter().map(|input| (input["key"].as_str(), input["why"].as_str())).collect();
    let expected = [
        ("landing/a.csv", "DeleteObject"),
        ("landing/copy.csv", "CopyObject"),
        ("landing/parts.csv", "CompleteMultipartUpload"),
        ("landing/put.csv", "PutObject"),
    ];
    assert_eq!(found, expected.into_iter().map(|(key, why)| (Some(key), Some(why))).collect());
    assert_eq!(noted(&notes, 4).await, found.iter().filter_map(|(key, _)| key.map(str::to_owned)).collect());
    let (status, record) = control(&sandbox, "GET", "/_shakedown/events").await;
    let deliveries: Vec<_> =
        record.as_array().expect("a list").iter().map(|it| it["deliveries"].as_array().map(Vec::len)).collect();
    assert_eq!((status.as_str(), deliveries), ("200", vec![Some(0), Some(2), Some(2), Some(2), Some(2)]));
    assert!(record[1]["deliveries"][1]["invocation"].is_string(), "{record}");
    sandbox.shutdown().await;
}

#[tokio::test]
async fn an_event_carries_the_id_of_its_request() {
    use aws_sdk_s3::operation::RequestId;
    let project = project(Path::new("/dev/null"));
    let sandbox = project.start().await.expect("started");
    let clients = Clients::of(&sandbox);
    let put = clients
        .s3
        .put_object()
        .bucket("lake")
        .key("landing/x")
        .body(b"x".to_vec().into())
        .send()
        .await
        .expect("written");
    let input = inputs(&clients, 1).await.remove(0);
    assert_eq!(input["request"].as_str(), put.request_id());
    sandbox.shutdown().await;
}

#[tokio::test]
async fn a_schedule_is_fired_by_the_door_and_by_its_path() {
    let project = project(Path::new("/dev/null"));
    let sandbox = project.start().await.expect("started");
    let clients = Clients::of(&sandbox);
    let fired = sandbox.fire_schedule("nightly").await.expect("fired");
    let (status, again) = control(&sandbox, "POST", "/_shakedown/schedules/nightly/fire").await;
    assert_eq!(status, "200");
    for answer in [&fired, &again] {
        let execution = answer["deliveries"][0]["execution"].as_str().expect("an execution");
        let described = clients.sfn.describe_execution().execution_arn(execution).send().await.expect("described");
        assert_eq!(serde_json::from_str::<Value>(described.input().expect("an input")).expect("JSON"), answer["event"]);
        assert!(
            answer["deliveries"][1]["execution"].as_str().is_some_and(|arn| arn.contains(":express:quick:")),
            "{answer}"
        );
    }
    assert!(sandbox.fire_schedule("nightli").await.expect_err("none").contains("there is no rule `nightli`"));
    for (method, path, expected, part) in [
        ("POST", "/_shakedown/schedules/none/fire", "404", "there is no rule `none`"),
        ("POST", "/_shakedown/schedules/arrivals/fire", "400", "has no schedule"),
        ("GET", "/_shakedown/schedules/nightly/fire", "404", "POST /_shakedown/schedules/<rule>/fire"),
        ("GET", "/_shakedown/", "404", "GET /_shakedown/events"),
    ] {
        let (status, answer) = control(&sandbox, method, path).await;
        assert_eq!(status, expected, "{answer}");
        assert!(answer["message"].as_str().is_some_and(|message| message.contains(part)), "{answer}");
    }
    sandbox.shutdown().await;
}

#[tokio::test]
async fn a_bucket_is_told_to_send_events_and_to_nobody_else() {
    let project = Project::new(&[("sandbox.yaml", "buckets: {lake: {}}")]);
    let sandbox = project.start().await.expect("started");
    let s3 = Clients::of(&sandbox).s3;
    let configured = || async {
        let found = s3.get_bucket_notification_configuration().bucket("lake").send().await.expect("a configuration");
        found.event_bridge_configuration.is_some()
    };
    assert!(!configured().await);
    let put = |configuration| {
        s3.put_bucket_notification_configuration().bucket("lake").notification_configuration(configuration).send()
    };
    let bridge =
        || NotificationConfiguration::builder().event_bridge_configuration(EventBridgeConfiguration::builder().build());
    put(bridge().build()).await.expect("configured");
    assert!(configured().await);
    let queue =
        QueueConfiguration::builder().queue_arn("arn:aws:sqs:eu-west-1:000000000000:q").events(Event::S3ObjectCreated);
    let refused =
        put(bridge().queue_configurations(queue.build().expect("a queue")).build()).await.expect_err("a refusal");
    assert!(refused.message().is_some_and(|message| message.contains("SQS")), "{refused:?}");
    put(NotificationConfiguration::builder().build()).await.expect("configured");
    assert!(!configured().await);
    let missing = s3.get_bucket_notification_configuration().bucket("none").send().await.expect_err("no bucket");
    assert_eq!(missing.code(), Some("NoSuchBucket"));
    sandbox.shutdown().await;
}

#[tokio::test]
async fn a_rule_that_can_never_be_right_is_told_at_its_place() {
    let yaml = "state_machines: {m: {definition: pass.asl.json}}\nrules:\n  a: {pattern: {source: [aws.glue]}, targets: [{state_machine: m}]}\n  b: {pattern: {source: [x]}, targets: [{state_machine: m, input_path: detail}]}\n";
    let project = Project::new(&[("sandbox.yaml", yaml), ("pass.asl.json", PASS)]);
    let error = project.start().await.err().expect("a refusal").to_string();
    for part in ["sandbox.yaml:3", "EventBridge refuses rule `a`", "aws.glue", "sandbox.yaml:4", "`detail` is no path"]
    {
        assert!(error.contains(part), "{part} is not in\n{error}");
    }
}

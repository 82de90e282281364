//! The bus with a store before it and a recorder of executions behind it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::Notify;

use super::{Config, EventBridge, Targets};
use crate::sandbox::lambda::{self, Lambda};
use crate::sandbox::s3::{Attributes, Store};
use crate::sandbox::server::JsonService;
use crate::sandbox::wire::ApiError;

const MACHINE: &str = "arn:aws:states:eu-west-1:000000000000:stateMachine:m";
const ROLE: &str = "arn:aws:iam::000000000000:role/r";

/// Step Functions that knows one machine and keeps what it is asked to start.
#[derive(Default)]
struct Machines {
    started: Mutex<Vec<Value>>,
    news: Notify,
}

#[async_trait::async_trait]
impl JsonService for Machines {
    async fn handle(&self, operation: &str, body: Value) -> Result<Value, ApiError> {
        assert_eq!(operation, "StartExecution");
        if body["stateMachineArn"] != MACHINE {
            return Err(ApiError::client("StateMachineDoesNotExist", "State Machine Does Not Exist"));
        }
        self.started.lock().expect("a lock").push(body);
        self.news.notify_one();
        Ok(json!({"executionArn": "arn:aws:states:eu-west-1:000000000000:execution:m:n"}))
    }
}

struct World {
    bus: EventBridge,
    store: Store,
    machines: Arc<Machines>,
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let store = Store::new(folder.path().to_owned(), "eu-west-1");
        let machines = Arc::new(Machines::default());
        let path = folder.path().to_owned();
        let lambda = Lambda::new(lambda::Config {
            region: "eu-west-1".to_owned(),
            account: "000000000000".to_owned(),
            endpoint: "http://127.0.0.1:1".to_owned(),
            state_dir: path.clone(),
            cache_dir: path,
        });
        let targets = Targets { step_functions: Arc::clone(&machines) as Arc<dyn JsonService>, lambda };
        let config = Config { region: "eu-west-1".to_owned(), account: "000000000000".to_owned() };
        Self { bus: EventBridge::start(config, &store, targets), store, machines, folder }
    }

    async fn ask(&self, operation: &str, body: Value) -> Value {
        self.bus.handle(operation, body).await.expect(operation)
    }

    async fn refusal(&self, operation: &str, body: Value) -> ApiError {
        self.bus.handle(operation, body).await.expect_err(operation)
    }

    /// A rule with one target.
    async fn rule(&self, pattern: &Value, target: Value) {
        self.ask("PutRule", json!({"Name": "r", "EventPattern": pattern.to_string()})).await;
        let mut whole = json!({"Id": "1", "Arn": MACHINE, "RoleArn": ROLE});
        whole.as_object_mut().expect("an object").extend(target.as_object().cloned().unwrap_or_default());
        self.ask("PutTargets", json!({"Rule": "r", "Targets": [whole]})).await;
    }

    async fn put(&self, key: &str, body: &str) {
        let path = self.folder.path().join("body");
        std::fs::write(&path, body).expect("a file");
        self.store.put_file("lake", key, &path, Attributes::default()).await.expect("an object");
    }

    /// The inputs of so many executions, once they were started.
    async fn started(&self, count: usize) -> Vec<Value> {
        loop {
            let started = self.machines.started.lock().expect("a lock").clone();
            if started.len() >= count {
                let input =
                    |body: &Value| serde_json::from_str(body["input"].as_str().expect("an input")).expect("JSON");
                return started.iter().map(input).collect();
            }
            self.machines.news.notified().await;
        }
    }

    /// The record, once it has so many events.
    async fn recorded(&self, count: usize) -> Value {
        loop {
            let record = self.bus.record();
            if record.as_array().expect("a list").len() >= count {
                return record;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

fn entry(detail: &Value) -> Value {
    json!({"Source": "shop", "DetailType": "order", "Detail": detail.to_string()})
}

#[tokio::test]
async fn an_object_starts_what_waits_for_it_with_aws_shape() {
    let world = World::new();
    world.store.create_bucket("lake").expect("a bucket");
    world.put("landing/before.csv", "nobody is told").await;
    world.store.send_events("lake", true).expect("a bucket");
    let pattern = json!({
        "source": ["aws.s3"], "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": ["lake"]}, "object": {"key": [{"prefix": "landing/"}]}},
    });
    world.rule(&pattern, json!({})).await;
    world.put("elsewhere/a.csv", "not this one").await;
    world.put("landing/a.csv", "hello").await;
    let event = world.started(1).await.remove(0);
    let sequencer = event["detail"]["object"]["sequencer"].as_str().expect("a sequencer").to_owned();
    assert_eq!((sequencer.len(), u64::from_str_radix(&sequencer, 16).is_ok()), (16, true), "{sequencer}");
    assert_eq!(event["detail"]["request-id"].as_str().expect("an id").len(), 16);
    assert!(chrono::DateTime::parse_from_rfc3339(event["time"].as_str().expect("a time")).is_ok());
    assert_eq!(
        event,
        json!({
            "version": "0", "id": event["id"], "detail-type": "Object Created", "source": "aws.s3",
            "account": "000000000000", "time": event["time"], "region": "eu-west-1", "resources": ["arn:aws:s3:::lake"],
            "detail": {
                "version": "0", "bucket": {"name": "lake"},
                "object": {"key": "landing/a.csv", "etag": "5d41402abc4b2a76b9719d911017c592", "sequencer": sequencer, "size": 5},
                "request-id": event["detail"]["request-id"], "requester": "000000000000",
                "source-ip-address": "127.0.0.1", "reason": "PutObject",
            },
        })
    );
    let name = world.machines.started.lock().expect("a lock")[0]["name"].as_str().expect("a name").to_owned();
    assert_eq!((name.len(), name.split('_').next()), (73, event["id"].as_str()));
    assert_eq!(world.recorded(2).await[0]["deliveries"], json!([]), "the first matched no rule");
}

#[tokio::test]
async fn a_deletion_is_told_once_and_in_order() {
    let world = World::new();
    world.store.create_bucket("lake").expect("a bucket");
    world.store.send_events("lake", true).expect("a bucket");
    world.rule(&json!({"source": ["aws.s3"]}), json!({"InputPath": "$.detail"})).await;
    world.put("a", "1").await;
    let cause = crate::sandbox::s3::Cause::new("DeleteObject");
    world.store.delete("lake", "a", &cause).expect("deleted");
    world.store.delete("lake", "a", &cause).expect("S3 does not tell that it was not there");
    world.store.send_events("lake", false).expect("a bucket");
    world.put("a", "nobody is told").await;
    world.ask("PutEvents", json!({"Entries": [entry(&json!({}))]})).await;
    assert_eq!(world.recorded(3).await.as_array().map(Vec::len), Some(3));
    let started = world.started(2).await;
    assert_eq!(started[1]["deletion-type"], "Permanently Deleted");
    assert_eq!((started[1]["reason"].as_str(), &started[1]["object"]["size"]), (Some("DeleteObject"), &Value::Null));
    let sequencer = |event: &Value| event["object"]["sequencer"].as_str().expect("a sequencer").to_owned();
    assert!(sequencer(&started[0]) < sequencer(&started[1]));
}

#[tokio::test]
async fn events_of_callers_are_judged_one_by_one() {
    let world = World::new();
    let transformer =
        json!({"InputTransformer": {"InputPathsMap": {"n": "$.detail.n"}, "InputTemplate": "{\"number\": <n>}"}});
    world.rule(&json!({"source": ["shop"], "detail": {"n": [{"numeric": [">", 1]}]}}), transformer).await;
    let answer = world
        .ask(
            "PutEvents",
            json!({"Entries": [
                entry(&json!({"n": 1})),
                entry(&serde_json::from_str("{\"n\": 12345678901234567.89}").expect("JSON")),
                {"Source": "shop", "DetailType": "order", "Detail": "no JSON"},
                {"Source": "aws.s3", "DetailType": "order", "Detail": "{}"},
                {"Source": "shop", "Detail": "{}"},
            ]}),
        )
        .await;
    assert_eq!(answer["FailedEntryCount"], json!(3), "{answer}");
    let codes: Vec<_> =
        answer["Entries"].as_array().expect("a list").iter().map(|it| it["ErrorCode"].as_str()).collect();
    let expected =
        [None, None, Some("MalformedDetail"), Some("NotAuthorizedForSourceException"), Some("InvalidArgument")];
    assert_eq!(codes, expected);
    let started = world.started(1).await;
    assert_eq!(started[0].to_string(), r#"{"number":12345678901234567.89}"#);
    assert_eq!(world.recorded(2).await[1]["event"]["id"], answer["Entries"][1]["EventId"]);
}

#[tokio::test]
async fn what_cannot_be_delivered_is_written_down() {
    let world = World::new();
    world.rule(&json!({"source": ["shop"]}), json!({"Arn": format!("{MACHINE}-gone")})).await;
    let function = json!({"Id": "2", "Arn": "arn:aws:lambda:eu-west-1:000000000000:function:gone"});
    let absent = json!({"Id": "3", "Arn": MACHINE, "RoleArn": ROLE, "InputPath": "$.detail.absent"});
    world.ask("PutTargets", json!({"Rule": "r", "Targets": [function, absent]})).await;
    world.ask("PutEvents", json!({"Entries": [entry(&json!({"n": 1}))]})).await;
    let record = world.recorded(1).await;
    let errors: Vec<_> = record[0]["deliveries"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| it["error"].as_str().unwrap_or("none"))
        .collect();
    assert!(errors[0].contains("StateMachineDoesNotExist"), "{errors:?}");
    assert!(errors[1].contains("Function not found"), "{errors:?}");
    assert!(errors[2].contains("$.detail.absent"), "{errors:?}");
}

#[tokio::test]
async fn a_schedule_fires_when_it_is_told_to() {
    let world = World::new();
    world.ask("PutRule", json!({"Name": "nightly", "ScheduleExpression": "rate(1 day)"})).await;
    let target = json!({"Id": "1", "Arn": MACHINE, "RoleArn": ROLE});
    world.ask("PutTargets", json!({"Rule": "nightly", "Targets": [target]})).await;
    let fired = world.bus.fire("nightly").await.expect("fired");
    assert_eq!(fired["deliveries"][0]["execution"], "arn:aws:states:eu-west-1:000000000000:execution:m:n");
    let event = world.started(1).await.remove(0);
    assert_eq!(event, fired["event"]);
    assert_eq!(
        (event["detail-type"].as_str(), event["source"].as_str()),
        (Some("Scheduled Event"), Some("aws.events"))
    );
    assert_eq!(event["resources"], json!(["arn:aws:events:eu-west-1:000000000000:rule/nightly"]));
    assert_eq!(event["detail"], json!({}));
    world.ask("DisableRule", json!({"Name": "nightly"})).await;
    assert_eq!(world.bus.fire("nightly").await.expect_err("disabled").status, 409);
    assert_eq!(world.bus.fire("hourly").await.expect_err("no rule").status, 404);
    world.ask("PutRule", json!({"Name": "nightly", "EventPattern": "{\"source\": [\"shop\"]}"})).await;
    assert!(world.bus.fire("nightly").await.expect_err("no schedule").message.contains("has no schedule"));
}

#[tokio::test]
async fn a_disabled_rule_starts_nothing() {
    let world = World::new();
    world.rule(&json!({"source": ["shop"]}), json!({})).await;
    world.ask("DisableRule", json!({"Name": "r"})).await;
    world.ask("PutEvents", json!({"Entries": [entry(&json!({"n": 1}))]})).await;
    assert_eq!(world.recorded(1).await[0]["deliveries"], json!([]));
    world.ask("EnableRule", json!({"Name": "r"})).await;
    world.ask("PutEvents", json!({"Entries": [entry(&json!({"n": 2}))]})).await;
    assert_eq!(world.started(1).await[0]["detail"], json!({"n": 2}));
}

#[tokio::test]
async fn rules_and_targets_are_kept_listed_and_removed() {
    let world = World::new();
    world.rule(&json!({"source": ["shop"]}), json!({"Input": "{}"})).await;
    for name in ["s1", "s2"] {
        let schedule =
            json!({"Name": name, "ScheduleExpression": "cron(0 10 * * ? *)", "State": "DISABLED", "Description": "d"});
        world.ask("PutRule", schedule).await;
    }
    let described = world.ask("DescribeRule", json!({"Name": "s1", "EventBusName": "default"})).await;
    assert_eq!(
        described,
        json!({
            "Name": "s1", "Arn": "arn:aws:events:eu-west-1:000000000000:rule/s1", "ScheduleExpression": "cron(0 10 * * ? *)",
            "State": "DISABLED", "Description": "d", "EventBusName": "default",
        })
    );
    let first = world.ask("ListRules", json!({"Limit": 2})).await;
    assert_eq!(first["Rules"].as_array().map(Vec::len), Some(2));
    let second = world.ask("ListRules", json!({"Limit": 2, "NextToken": first["NextToken"]})).await;
    assert_eq!((second["Rules"][0]["Name"].as_str(), &second["NextToken"]), (Some("s2"), &Value::Null));
    assert_eq!(world.ask("ListRules", json!({"NamePrefix": "s"})).await["Rules"].as_array().map(Vec::len), Some(2));
    for (arn, names) in [(MACHINE.to_owned(), json!(["r"])), (format!("{MACHINE}x"), json!([]))] {
        let found = world.ask("ListRuleNamesByTarget", json!({"TargetArn": arn})).await;
        assert_eq!(found["RuleNames"], names);
    }
    let targets = world.ask("ListTargetsByRule", json!({"Rule": "r"})).await;
    assert_eq!(targets["Targets"], json!([{"Id": "1", "Arn": MACHINE, "RoleArn": ROLE, "Input": "{}"}]));
    assert!(world.refusal("DeleteRule", json!({"Name": "r"})).await.message.contains("has targets"));
    let removed = world.ask("RemoveTargets", json!({"Rule": "r", "Ids": ["1", "x"]})).await;
    assert_eq!((&removed["FailedEntryCount"], &removed["FailedEntries"][0]["TargetId"]), (&json!(1), &json!("x")));
    world.ask("DeleteRule", json!({"Name": "r"})).await;
    assert_eq!(world.refusal("DescribeRule", json!({"Name": "r"})).await.code, "ResourceNotFoundException");
}

#[tokio::test]
async fn what_is_wrong_or_not_supported_is_refused_by_name() {
    let world = World::new();
    world.rule(&json!({"source": ["shop"]}), json!({})).await;
    let target = |more: Value| {
        let mut target = json!({"Id": "x", "Arn": MACHINE, "RoleArn": ROLE});
        target.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("an object"));
        ("PutTargets", json!({"Rule": "r", "Targets": [target]}))
    };
    for ((operation, body), code, part) in [
        (("PutRule", json!({"Name": "a b", "EventPattern": "{}"})), "ValidationException", "Name"),
        (("PutRule", json!({"Name": "a"})), "ValidationException", "EventPattern or ScheduleExpression"),
        (
            ("PutRule", json!({"Name": "a", "EventPattern": "{\"source\": \"x\"}"})),
            "InvalidEventPatternException",
            "`source`",
        ),
        (("PutRule", json!({"Name": "a", "ScheduleExpression": "rate(1 days)"})), "ValidationException", "singular"),
        (
            ("PutRule", json!({"Name": "a", "EventPattern": "{\"source\": [\"aws.states\"]}"})),
            "NotImplemented",
            "aws.states",
        ),
        (
            (
                "PutRule",
                json!({"Name": "a", "EventPattern": "{\"source\": [\"aws.s3\"], \"detail-type\": [\"Object Tags Added\"]}"}),
            ),
            "NotImplemented",
            "Object Tags Added",
        ),
        (
            ("PutRule", json!({"Name": "a", "EventBusName": "other", "ScheduleExpression": "rate(1 day)"})),
            "NotImplemented",
            "`other`",
        ),
        (("CreateEventBus", json!({"Name": "other"})), "NotImplemented", "CreateEventBus"),
        (
            ("PutTargets", json!({"Rule": "none", "Targets": [{"Id": "1", "Arn": MACHINE, "RoleArn": ROLE}]})),
            "ResourceNotFoundException",
            "none",
        ),
        (target(json!({"Arn": "arn:aws:sqs:eu-west-1:000000000000:q"})), "NotImplemented", "sqs"),
        (target(json!({"Arn": "m"})), "ValidationException", "not in correct format"),
        (target(json!({"RoleArn": ""})), "ValidationException", "RoleArn is required"),
        (target(json!({"DeadLetterConfig": {}})), "NotImplemented", "DeadLetterConfig"),
        (target(json!({"Input": "{"})), "ValidationException", "Input is not JSON"),
        (target(json!({"InputPath": "detail"})), "ValidationException", "`detail` is no path"),
        (target(json!({"InputPath": "$.detail", "Input": "{}"})), "ValidationException", "only one of"),
        (target(json!({"InputTransformer": {"InputTemplate": "<x>"}})), "ValidationException", "<x>"),
        (
            ("TestEventPattern", json!({"EventPattern": "{\"source\": [\"x\"]}", "Event": "{}"})),
            "ValidationException",
            "no `id`",
        ),
    ] {
        let error = world.refusal(operation, body.clone()).await;
        assert_eq!(error.code, code, "{body}: {error}");
        assert!(error.message.contains(part), "{body}: {error}");
    }
    let targets: Vec<_> = (0..6).map(|n| json!({"Id": n.to_string(), "Arn": MACHINE, "RoleArn": ROLE})).collect();
    assert_eq!(
        world.refusal("PutTargets", json!({"Rule": "r", "Targets": targets})).await.code,
        "LimitExceededException"
    );
}

#[tokio::test]
async fn a_pattern_can_be_tested() {
    let world = World::new();
    let event = json!({"id": "1", "detail-type": "t", "source": "s", "account": "a", "time": "t", "region": "r", "resources": [], "detail": {"n": 5}});
    for (pattern, expected) in [("{\"detail\": {\"n\": [5]}}", true), ("{\"detail\": {\"n\": [6]}}", false)] {
        let answer = world.ask("TestEventPattern", json!({"EventPattern": pattern, "Event": event.to_string()})).await;
        assert_eq!(answer, json!({"Result": expected}));
    }
}

#[tokio::test]
async fn after_its_end_the_bus_delivers_nothing() {
    let world = World::new();
    world.rule(&json!({"source": ["shop"]}), json!({})).await;
    world.bus.stop().await;
    let answer = world.ask("PutEvents", json!({"Entries": [entry(&json!({}))]})).await;
    assert_eq!(answer["Entries"][0]["ErrorCode"], "InternalException");
    assert!(world.machines.started.lock().expect("a lock").is_empty());
}

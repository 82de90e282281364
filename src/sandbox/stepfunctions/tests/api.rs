//! The rules of the API: names, repetition, pages, stops.

use serde_json::{Value, json};

use super::harness::{ROLE, Sandbox, one};

fn wait() -> Value {
    one(json!({"Type": "Wait", "Seconds": 600}))
}

fn pass() -> Value {
    one(json!({"Type": "Pass"}))
}

async fn code(sandbox: &Sandbox, operation: &str, body: Value) -> String {
    sandbox.call(operation, body).await.map_or_else(|error| error.code, |answer| answer.to_string())
}

#[tokio::test(start_paused = true)]
async fn the_same_machine_again_is_the_same_and_another_is_refused() {
    let sandbox = Sandbox::new();
    let first = sandbox.create("m", &pass(), "STANDARD").await;
    assert_eq!(sandbox.create("m", &pass(), "STANDARD").await, first);
    assert_eq!(sandbox.create("m", &wait(), "STANDARD").await.unwrap_err().code, "StateMachineAlreadyExists");
    assert_eq!(sandbox.create("m", &pass(), "EXPRESS").await.unwrap_err().code, "StateMachineAlreadyExists");
    assert_eq!(sandbox.create("m m", &pass(), "STANDARD").await.unwrap_err().code, "InvalidName");
}

#[tokio::test(start_paused = true)]
async fn a_start_is_repeated_only_while_it_runs_with_the_same_input() {
    let sandbox = Sandbox::new();
    let machine = sandbox.create("m", &wait(), "STANDARD").await.unwrap();
    let start = |input: &str| json!({"stateMachineArn": machine, "name": "e", "input": input});
    let first = sandbox.call("StartExecution", start("{}")).await;
    assert_eq!(sandbox.call("StartExecution", start("{}")).await, first);
    assert_eq!(code(&sandbox, "StartExecution", start("[]")).await, "ExecutionAlreadyExists");
    assert_eq!(sandbox.service.started(&machine), 1, "a repetition starts nothing");
    sandbox.ended(first.unwrap()["executionArn"].as_str().unwrap()).await;
    assert_eq!(code(&sandbox, "StartExecution", start("{}")).await, "ExecutionAlreadyExists");
}

#[tokio::test(start_paused = true)]
async fn refusals_have_the_codes_of_aws() {
    let sandbox = Sandbox::new();
    let machine = sandbox.create("m", &pass(), "STANDARD").await.unwrap();
    let no_machine = "arn:aws:states:eu-west-1:000000000000:stateMachine:none";
    for (operation, body, expected) in [
        ("DescribeStateMachine", json!({"stateMachineArn": no_machine}), "StateMachineDoesNotExist"),
        ("DescribeStateMachine", json!({"stateMachineArn": "none"}), "InvalidArn"),
        ("DescribeStateMachine", json!({}), "ValidationException"),
        ("StartExecution", json!({"stateMachineArn": no_machine}), "StateMachineDoesNotExist"),
        ("StartExecution", json!({"stateMachineArn": machine, "input": "{'a'}"}), "InvalidExecutionInput"),
        ("StartExecution", json!({"stateMachineArn": machine, "name": "a b"}), "InvalidName"),
        ("StartSyncExecution", json!({"stateMachineArn": machine}), "StateMachineTypeNotSupported"),
        ("DescribeExecution", json!({"executionArn": "arn:none"}), "ExecutionDoesNotExist"),
        ("StopExecution", json!({"executionArn": "arn:none"}), "ExecutionDoesNotExist"),
        ("GetExecutionHistory", json!({"executionArn": "arn:aws:states:r:a:express:m:e:u"}), "InvalidArn"),
        ("ListExecutions", json!({"stateMachineArn": machine, "statusFilter": "running"}), "ValidationException"),
        ("ListExecutions", json!({"stateMachineArn": machine, "maxResults": 1001}), "ValidationException"),
        ("ListExecutions", json!({"stateMachineArn": machine, "nextToken": "?"}), "InvalidToken"),
        ("UpdateStateMachine", json!({"stateMachineArn": machine}), "MissingRequiredParameter"),
        ("TagResource", json!({"resourceArn": no_machine, "tags": []}), "ResourceNotFound"),
        ("DeleteStateMachine", json!({"stateMachineArn": no_machine}), "{}"),
        ("RedriveExecution", json!({}), "NotImplemented"),
    ] {
        assert_eq!(code(&sandbox, operation, body.clone()).await, expected, "{operation} {body}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stopped_execution_is_aborted_once() {
    let sandbox = Sandbox::new();
    let execution = sandbox.start(&wait(), &json!({})).await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let stop = json!({"executionArn": execution, "error": "E", "cause": "C"});
    let first = sandbox.call("StopExecution", stop.clone()).await.unwrap();
    assert_eq!(sandbox.call("StopExecution", stop).await.unwrap(), first);
    let ended = sandbox.ended(&execution).await;
    assert_eq!((&ended["status"], &ended["error"]), (&json!("ABORTED"), &json!("E")));
    tokio::time::sleep(std::time::Duration::from_secs(700)).await;
    assert_eq!(sandbox.line(&execution).await.last().unwrap(), "3<-2 ExecutionAborted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_follows_the_stop_of_an_execution_that_is_busy() {
    let sandbox = Sandbox::new();
    // Never waits, so that a stop finds it between two events.
    let never = json!([{"Variable": "$.never", "IsPresent": true, "Next": "C"}]);
    let again = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Choice", "Choices": never, "Default": "A"}, "C": {"Type": "Succeed"},
    }});
    let machine = sandbox.create("m", &again, "STANDARD").await.unwrap();
    for name in 0..20 {
        let start = json!({"stateMachineArn": machine, "name": name.to_string()});
        let execution = sandbox.call("StartExecution", start).await.unwrap()["executionArn"].clone();
        let stopped = json!({ "executionArn": execution });
        sandbox.call("StopExecution", stopped.clone()).await.unwrap();
        let history = json!({"executionArn": execution, "reverseOrder": true, "maxResults": 1});
        for _ in 0..20 {
            let last = sandbox.call("GetExecutionHistory", history.clone()).await.unwrap();
            assert_eq!(last["events"][0]["type"], "ExecutionAborted");
            tokio::task::yield_now().await;
        }
        assert_eq!(sandbox.call("DescribeExecution", stopped).await.unwrap()["status"], "ABORTED");
    }
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_stops_everything() {
    let sandbox = Sandbox::new();
    let execution = sandbox.start(&wait(), &json!({})).await;
    sandbox.service.stop_all();
    assert_eq!(sandbox.ended(&execution).await["status"], "ABORTED");
}

#[tokio::test(start_paused = true)]
async fn descriptions_say_whether_an_execution_can_be_redriven() {
    let ended = Sandbox::new().run(&pass(), &json!({})).await;
    assert_eq!(ended["redriveStatus"], "NOT_REDRIVABLE");
    assert_eq!(ended["redriveStatusReason"], "Execution is SUCCEEDED and cannot be redriven");
    let failing = json!({"StartAt": "A", "States": {"A": {"Type": "Fail"}}});
    assert_eq!(Sandbox::new().run(&failing, &json!({})).await["redriveStatus"], "REDRIVABLE");
}

#[tokio::test(start_paused = true)]
async fn an_express_machine_answers_at_once() {
    let sandbox = Sandbox::new();
    let machine = sandbox.create("x", &one(json!({"Type": "Wait", "Seconds": 1})), "EXPRESS").await.unwrap();
    let answer =
        sandbox.call("StartSyncExecution", json!({"stateMachineArn": machine, "input": "{\"a\":1}"})).await.unwrap();
    assert_eq!((&answer["status"], &answer["output"]), (&json!("SUCCEEDED"), &json!("{\"a\":1}")));
    assert!(answer["executionArn"].as_str().unwrap().contains(":express:x:"));
    let billing = &answer["billingDetails"];
    assert!(billing["billedDurationInMilliseconds"].as_u64().unwrap() >= 1000, "{billing}");
    let start = json!({"stateMachineArn": machine, "name": "same"});
    let (one, two) = (sandbox.call("StartExecution", start.clone()).await, sandbox.call("StartExecution", start).await);
    assert_ne!(one.unwrap()["executionArn"], two.unwrap()["executionArn"], "EXPRESS is never idempotent");
}

#[tokio::test(start_paused = true)]
async fn an_express_execution_lasts_five_minutes_at_most() {
    let sandbox = Sandbox::new();
    let machine = sandbox.create("x", &wait(), "EXPRESS").await.unwrap();
    let answer = sandbox.call("StartSyncExecution", json!({ "stateMachineArn": machine })).await.unwrap();
    assert_eq!(answer["status"], "TIMED_OUT");
}

/// All pages of a list, two elements each.
async fn pages(sandbox: &Sandbox, operation: &str, list: &str, mut body: Value) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    body["maxResults"] = json!(2);
    loop {
        let answer = sandbox.call(operation, body.clone()).await.unwrap();
        pages.push(answer[list].as_array().unwrap().clone());
        let Some(token) = answer.get("nextToken") else { return pages };
        body["nextToken"] = token.clone();
    }
}

#[tokio::test(start_paused = true)]
async fn a_history_is_read_page_by_page_in_both_orders() {
    let sandbox = Sandbox::new();
    let execution = sandbox.start(&pass(), &json!({})).await;
    sandbox.ended(&execution).await;
    for (reverse, expected) in [(false, [[1, 2], [3, 4]]), (true, [[4, 3], [2, 1]])] {
        let body = json!({"executionArn": execution, "reverseOrder": reverse});
        let pages = pages(&sandbox, "GetExecutionHistory", "events", body).await;
        let ids: Vec<Vec<u64>> =
            pages.iter().map(|page| page.iter().map(|e| e["id"].as_u64().unwrap()).collect()).collect();
        assert_eq!(ids, expected);
    }
    let body = json!({"executionArn": execution, "includeExecutionData": false});
    let answer = sandbox.call("GetExecutionHistory", body).await.unwrap();
    assert!(answer["events"][1]["stateEnteredEventDetails"].get("input").is_none());
}

#[tokio::test(start_paused = true)]
async fn lists_have_pages_too() {
    let sandbox = Sandbox::new();
    for name in ["c", "a", "b"] {
        sandbox.create(name, &pass(), "STANDARD").await.unwrap();
    }
    let listed = pages(&sandbox, "ListStateMachines", "stateMachines", json!({})).await;
    let names: Vec<Vec<&str>> =
        listed.iter().map(|page| page.iter().map(|m| m["name"].as_str().unwrap()).collect()).collect();
    assert_eq!(names, [vec!["a", "b"], vec!["c"]]);
    let machine = "arn:aws:states:eu-west-1:000000000000:stateMachine:a";
    for name in ["x", "y", "z"] {
        sandbox.call("StartExecution", json!({"stateMachineArn": machine, "name": name})).await.unwrap();
    }
    let listed = pages(&sandbox, "ListExecutions", "executions", json!({ "stateMachineArn": machine })).await;
    let names: Vec<Vec<&str>> =
        listed.iter().map(|page| page.iter().map(|e| e["name"].as_str().unwrap()).collect()).collect();
    assert_eq!(names, [vec!["z", "y"], vec!["x"]], "the newest first");
}

#[tokio::test(start_paused = true)]
async fn what_runs_keeps_the_definition_it_started_with() {
    let sandbox = Sandbox::new();
    let execution = sandbox.start(&wait(), &json!({})).await;
    let machine = "arn:aws:states:eu-west-1:000000000000:stateMachine:m";
    let update = json!({"stateMachineArn": machine, "definition": pass().to_string()});
    let first = sandbox.call("UpdateStateMachine", update.clone()).await.unwrap();
    let second = sandbox.call("UpdateStateMachine", update).await.unwrap();
    assert_eq!(first["revisionId"], second["revisionId"], "nothing changed");
    let now = sandbox.call("DescribeStateMachine", json!({ "stateMachineArn": machine })).await.unwrap();
    assert_eq!(now["definition"], pass().to_string());
    sandbox.call("DeleteStateMachine", json!({ "stateMachineArn": machine })).await.unwrap();
    let then = sandbox.call("DescribeStateMachineForExecution", json!({ "executionArn": execution })).await.unwrap();
    assert_eq!(then["definition"], wait().to_string());
    assert_eq!(sandbox.ended(&execution).await["status"], "SUCCEEDED");
}

#[tokio::test(start_paused = true)]
async fn tags_are_kept_by_key() {
    let sandbox = Sandbox::new();
    let body =
        json!({"name": "m", "definition": pass().to_string(), "roleArn": ROLE, "tags": [{"key": "a", "value": "1"}]});
    let created = sandbox.call("CreateStateMachine", body).await.unwrap();
    let arn = &created["stateMachineArn"];
    let tags = json!([{"key": "a", "value": "2"}, {"key": "b", "value": ""}]);
    sandbox.call("TagResource", json!({"resourceArn": arn, "tags": tags})).await.unwrap();
    let listed = sandbox.call("ListTagsForResource", json!({ "resourceArn": arn })).await.unwrap();
    assert_eq!(listed["tags"], tags);
    sandbox.call("UntagResource", json!({"resourceArn": arn, "tagKeys": ["a"]})).await.unwrap();
    let listed = sandbox.call("ListTagsForResource", json!({ "resourceArn": arn })).await.unwrap();
    assert_eq!(listed["tags"], json!([{"key": "b", "value": ""}]));
}

#[tokio::test(start_paused = true)]
async fn every_operation_of_the_list_is_answered() {
    for operation in crate::sandbox::stepfunctions::OPERATIONS {
        let code = code(&Sandbox::new(), operation, json!({})).await;
        assert_ne!(code, "NotImplemented", "{operation}");
    }
}

//! Maps whose iterations are executions of their own.

use serde_json::{Value, json};

use super::harness::{Sandbox, check, one};

fn map(more: Value, inner: Value) -> Value {
    let config = json!({"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"});
    let processor = json!({"ProcessorConfig": config, "StartAt": "I", "States": {"I": inner}});
    let mut map = json!({"Type": "Map", "Label": "L", "ItemProcessor": processor});
    map.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    one(map)
}

fn pass() -> Value {
    json!({"Type": "Pass", "End": true})
}

fn reader(config: Value, key: &str) -> Value {
    json!({"ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": config,
        "Parameters": {"Bucket": "b", "Key": key}}})
}

#[tokio::test(start_paused = true)]
async fn a_map_run_stands_for_its_children_in_the_history() {
    let sandbox = Sandbox::new();
    let execution = sandbox.start(&map(json!({}), pass()), &json!([1, 2])).await;
    assert_eq!(sandbox.ended(&execution).await["output"], "[1,2]");
    let expected = [
        "1<-0 ExecutionStarted",
        "2<-0 MapStateEntered",
        "3<-2 MapStateStarted",
        "4<-3 MapRunStarted",
        "5<-4 MapRunSucceeded",
        "6<-5 MapStateSucceeded",
        "7<-5 MapStateExited",
        "8<-7 ExecutionSucceeded",
    ];
    assert_eq!(sandbox.line(&execution).await, expected);
}

#[tokio::test(start_paused = true)]
async fn items_are_read_from_an_object() {
    let json_list = map(reader(json!({"InputType": "JSON"}), "[1,2]"), pass());
    check(json_list, json!({}), json!({"output": [1, 2]})).await;
    let csv = json!({"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW", "MaxItems": 1});
    check(map(reader(csv, "a,b\n1,2\n3,4"), pass()), json!({}), json!({"output": [{"a": "1", "b": "2"}]})).await;
    let wrong = json!({"error": "States.ItemReaderFailed", "cause": "Attempting to map over non-iterable node."});
    check(map(reader(json!({"InputType": "JSON"}), "1"), pass()), json!({}), wrong).await;
}

#[tokio::test(start_paused = true)]
async fn items_travel_in_batches() {
    let more = json!({"ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"x": 1}}});
    let expected = json!([{"BatchInput": {"x": 1}, "Items": [1, 2]}, {"BatchInput": {"x": 1}, "Items": [3]}]);
    check(map(more, pass()), json!([1, 2, 3]), json!({"output": expected})).await;
}

#[tokio::test(start_paused = true)]
async fn failures_are_tolerated_up_to_the_threshold() {
    let fail = json!({"Type": "Fail", "Error": "E"});
    let exceeded = json!({
        "error": "States.ExceedToleratedFailureThreshold",
        "cause": "The specified tolerated failure threshold was exceeded",
    });
    check(map(json!({}), fail.clone()), json!([1, 2]), exceeded.clone()).await;
    check(map(json!({"ToleratedFailureCount": 1}), fail.clone()), json!([1, 2]), exceeded.clone()).await;
    check(map(json!({"ToleratedFailureCount": 2}), fail.clone()), json!([1, 2]), json!({"output": []})).await;
    check(map(json!({"ToleratedFailurePercentage": 99}), fail.clone()), json!([1]), exceeded).await;
    check(map(json!({"ToleratedFailurePercentage": 100}), fail), json!([1]), json!({"output": []})).await;
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_fails_counts_with_all_its_items() {
    let inner = json!({"Type": "Choice", "Default": "P", "Choices": [{"Variable": "$.Items[0]", "NumericEquals": 0, "Next": "F"}]});
    let run = async |tolerance: Value| {
        let mut more = json!({"ItemBatcher": {"MaxItemsPerBatch": 3}});
        more.as_object_mut().unwrap().extend(tolerance.as_object().unwrap().clone());
        let mut definition = map(more, inner.clone());
        let states = &mut definition["States"]["A"]["ItemProcessor"]["States"];
        states["F"] = json!({"Type": "Fail", "Error": "E"});
        states["P"] = json!({"Type": "Succeed"});
        Sandbox::new().run(&definition, &json!([0, 1, 2, 3])).await["status"].clone()
    };
    assert_eq!(run(json!({"ToleratedFailureCount": 2})).await, "FAILED", "3 of 4 items");
    assert_eq!(run(json!({"ToleratedFailureCount": 3})).await, "SUCCEEDED");
    assert_eq!(run(json!({"ToleratedFailurePercentage": 60})).await, "FAILED", "75 %, although half of the batches");
    assert_eq!(run(json!({"ToleratedFailurePercentage": 75})).await, "SUCCEEDED");
}

#[tokio::test(start_paused = true)]
async fn results_are_written_with_a_manifest() {
    let sandbox = Sandbox::new();
    let writer = json!({"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix": "p"}});
    let ended = sandbox.run(&map(json!({ "ResultWriter": writer }), pass()), &json!([1, 2])).await;
    let output: Value = serde_json::from_str(ended["output"].as_str().unwrap()).unwrap();
    assert_eq!(output["ResultWriterDetails"]["Bucket"], "b");
    let objects = sandbox.tasks.objects.lock().unwrap().clone();
    let [results, manifest] = objects.as_slice() else { panic!("{objects:?}") };
    assert_eq!(manifest["Key"], output["ResultWriterDetails"]["Key"]);
    assert_eq!(results["Body"].as_array().unwrap().len(), 2);
    assert_eq!(manifest["Body"]["ResultFiles"]["SUCCEEDED"][0]["Key"], results["Key"]);
}

#[tokio::test(start_paused = true)]
async fn a_map_run_counts_its_children_and_items() {
    let sandbox = Sandbox::new();
    let inner =
        json!({"Type": "Choice", "Default": "P", "Choices": [{"Variable": "$", "NumericEquals": 1, "Next": "F"}]});
    let mut definition = map(json!({"ToleratedFailureCount": 1, "MaxConcurrency": 2}), inner);
    let states = &mut definition["States"]["A"]["ItemProcessor"]["States"];
    states["F"] = json!({"Type": "Fail", "Error": "E"});
    states["P"] = json!({"Type": "Wait", "Seconds": 5, "End": true});
    let execution = sandbox.start(&definition, &json!([0, 1, 2])).await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let listed = sandbox.call("ListMapRuns", json!({ "executionArn": execution })).await.unwrap();
    let arn = listed["mapRuns"][0]["mapRunArn"].clone();
    let count = async |what: &str| {
        let run = sandbox.call("DescribeMapRun", json!({ "mapRunArn": arn })).await.unwrap();
        let counts = &run["itemCounts"];
        assert_eq!(counts, &run["executionCounts"], "{what}");
        json!([
            run["status"],
            counts["running"],
            counts["succeeded"],
            counts["failed"],
            counts["pending"],
            counts["total"]
        ])
    };
    assert_eq!(count("while it runs").await, json!(["RUNNING", 2, 0, 1, 0, 3]));
    assert_eq!(sandbox.ended(&execution).await["status"], "SUCCEEDED", "although a child failed");
    assert_eq!(count("at the end").await, json!(["SUCCEEDED", 0, 2, 1, 0, 3]));
}

#[tokio::test(start_paused = true)]
async fn a_map_run_is_aborted_with_its_execution() {
    let sandbox = Sandbox::new();
    let wait = json!({"Type": "Wait", "Seconds": 99, "End": true});
    let execution = sandbox.start(&map(json!({}), wait), &json!([0])).await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    sandbox.call("StopExecution", json!({ "executionArn": execution })).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let listed = sandbox.call("ListMapRuns", json!({ "executionArn": execution })).await.unwrap();
    let arn = &listed["mapRuns"][0]["mapRunArn"];
    let run = sandbox.call("DescribeMapRun", json!({ "mapRunArn": arn })).await.unwrap();
    assert_eq!((&run["status"], &run["itemCounts"]["aborted"]), (&json!("ABORTED"), &json!(1)));
}

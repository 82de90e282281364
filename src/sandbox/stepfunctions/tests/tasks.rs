//! Task states: what they call, how they fail, try again, catch and time out.

use serde_json::{Value, json};
use tokio::time::Instant;

use super::harness::{Sandbox, check, function, machine, one};

fn task(resource: &str, more: Value) -> Value {
    let mut task = json!({"Type": "Task", "Resource": resource});
    task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    task
}

async fn line(definition: &Value) -> Vec<String> {
    let sandbox = Sandbox::new();
    let execution = sandbox.start(definition, &json!({"n": 1})).await;
    sandbox.ended(&execution).await;
    sandbox.line(&execution).await
}

#[tokio::test(start_paused = true)]
async fn a_function_has_events_of_its_own() {
    let expected = [
        "1<-0 ExecutionStarted",
        "2<-0 TaskStateEntered",
        "3<-2 LambdaFunctionScheduled",
        "4<-3 LambdaFunctionStarted",
        "5<-4 LambdaFunctionSucceeded",
        "6<-5 TaskStateExited",
        "7<-6 ExecutionSucceeded",
    ];
    assert_eq!(line(&one(task(&function("echo"), json!({})))).await, expected);
}

#[tokio::test(start_paused = true)]
async fn a_job_is_submitted_before_it_ends() {
    let sandbox = Sandbox::new();
    let execution = sandbox.start(&one(task("arn:aws:states:::x:job.sync", json!({}))), &json!({})).await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert_eq!(sandbox.line(&execution).await.last().unwrap(), "5<-4 TaskSubmitted");
    let ended = sandbox.ended(&execution).await;
    assert_eq!(ended["output"], "{\"State\":\"SUCCEEDED\"}");
    let events = sandbox.events(&execution).await;
    let expected = json!({"resourceType": "x", "resource": "job.sync", "output": "{\"Id\":1}", "outputDetails": {"truncated": false}});
    assert_eq!(events[4]["taskSubmittedEventDetails"], expected);
}

#[tokio::test(start_paused = true)]
async fn the_result_of_a_task_goes_where_it_is_told() {
    let more = json!({"Parameters": {"p.$": "$.n"}, "ResultSelector": {"s.$": "$.p"}, "ResultPath": "$.r"});
    let expected = json!({"output": {"n": 1, "r": {"s": 1}}});
    check(one(task(&function("echo"), more)), json!({"n": 1}), expected).await;
}

#[tokio::test(start_paused = true)]
async fn a_flaky_task_is_tried_again_after_growing_delays() {
    let sandbox = Sandbox::new();
    let retry = json!([{"ErrorEquals": ["Flaky"], "IntervalSeconds": 2, "BackoffRate": 3.0}]);
    let selector = json!({"n.$": "$$.State.RetryCount"});
    let begun = Instant::now();
    let definition = one(task(&function("flaky"), json!({"Retry": retry, "ResultSelector": selector})));
    let ended = sandbox.run(&definition, &json!({})).await;
    assert_eq!(ended["output"], "{\"n\":2}");
    assert_eq!(begun.elapsed().as_secs(), 8, "2 s, then 6 s");
    assert_eq!(sandbox.tasks.calls(), 3);
}

#[tokio::test(start_paused = true)]
async fn retriers_are_used_up_before_catchers_see_the_error() {
    let more = json!({
        "Retry": [{"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 1}],
        "Catch": [{"ErrorEquals": ["Other"], "Next": "N"}, {"ErrorEquals": ["States.ALL"], "ResultPath": "$.e", "Next": "C"}],
        "Next": "N",
    });
    let states = json!({"A": task(&function("fail"), more), "C": {"Type": "Succeed"}, "N": {"Type": "Succeed"}});
    let expected = json!({"output": {"n": 1, "e": {"Error": "Custom", "Cause": "call 1"}}});
    check(machine(states), json!({"n": 1}), expected).await;
}

#[tokio::test(start_paused = true)]
async fn a_task_that_takes_too_long_is_timed_out() {
    for more in [json!({"TimeoutSeconds": 5}), json!({"TimeoutSecondsPath": "$.t"})] {
        let begun = Instant::now();
        let expected = json!({"error": "States.Timeout", "cause": null});
        check(one(task("arn:aws:states:::x:slow", more)), json!({"t": 5}), expected).await;
        assert_eq!(begun.elapsed().as_secs(), 5);
    }
    let line = line(&one(task(&function("slow"), json!({"TimeoutSeconds": 5})))).await;
    assert_eq!(line[4..], ["5<-4 LambdaFunctionTimedOut", "6<-5 ExecutionFailed"]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_too_large_is_a_failure_of_the_task() {
    let catch = json!({"Catch": [{"ErrorEquals": ["States.DataLimitExceeded"], "Next": "C"}], "Next": "C"});
    let states = json!({"A": task("arn:aws:states:::x:large", catch), "C": {"Type": "Succeed"}});
    let cause = "The state/task 'x' returned a result with a size exceeding the maximum number of bytes service limit.";
    let expected = json!({"output": {"Error": "States.DataLimitExceeded", "Cause": cause}});
    check(machine(states), json!({}), expected).await;
}

/// A task that waits for a token, and that token.
async fn asked(more: Value) -> (Sandbox, String, Value) {
    let sandbox = Sandbox::new();
    let mut task = task("arn:aws:states:::x:ask.waitForTaskToken", json!({"Parameters": {"t.$": "$$.Task.Token"}}));
    task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let execution = sandbox.start(&one(task), &json!({})).await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let events = sandbox.events(&execution).await;
    assert_eq!(events.last().unwrap()["type"], "TaskSubmitted");
    let parameters = events[2]["taskScheduledEventDetails"]["parameters"].as_str().unwrap();
    let token = serde_json::from_str::<Value>(parameters).unwrap()["t"].clone();
    (sandbox, execution, token)
}

#[tokio::test(start_paused = true)]
async fn a_callback_ends_a_task_that_waits_for_it() {
    let (sandbox, execution, token) = asked(json!({})).await;
    sandbox.call("SendTaskSuccess", json!({"taskToken": token, "output": "{\"ok\":1}"})).await.unwrap();
    assert_eq!(sandbox.ended(&execution).await["output"], "{\"ok\":1}");
    let again = sandbox.call("SendTaskSuccess", json!({"taskToken": token, "output": "1"})).await;
    assert_eq!(again.unwrap_err().code, "TaskTimedOut");
    let never = sandbox.call("SendTaskSuccess", json!({"taskToken": "AQC", "output": "1"})).await;
    assert_eq!(never.unwrap_err().code, "InvalidToken");
    let (sandbox, execution, token) = asked(json!({})).await;
    sandbox.call("SendTaskFailure", json!({"taskToken": token, "error": "No", "cause": "c"})).await.unwrap();
    assert_eq!(sandbox.ended(&execution).await["error"], "No");
}

#[tokio::test(start_paused = true)]
async fn a_callback_after_the_stop_comes_too_late_and_one_that_is_too_large_not_at_all() {
    let (sandbox, execution, token) = asked(json!({})).await;
    let send = |output: String| sandbox.call("SendTaskSuccess", json!({"taskToken": token, "output": output}));
    let large = send(format!("\"{}\"", "x".repeat(262_143))).await;
    assert_eq!(large.unwrap_err().code, "ValidationException");
    sandbox.call("StopExecution", json!({ "executionArn": execution })).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert_eq!(send("1".to_owned()).await.unwrap_err().code, "TaskTimedOut");
}

#[tokio::test(start_paused = true)]
async fn heartbeats_keep_a_waiting_task_alive() {
    let (sandbox, execution, token) = asked(json!({"HeartbeatSeconds": 10})).await;
    for _ in 0..3 {
        tokio::time::sleep(std::time::Duration::from_secs(8)).await;
        sandbox.call("SendTaskHeartbeat", json!({ "taskToken": token })).await.unwrap();
    }
    let ended = sandbox.ended(&execution).await;
    assert_eq!((&ended["status"], &ended["error"]), (&json!("FAILED"), &json!("States.Timeout")));
}

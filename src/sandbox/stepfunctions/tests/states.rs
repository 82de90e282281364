//! Each type of state but Task, and the flow of data through them.

use serde_json::{Value, json};
use tokio::time::Instant;

use super::harness::{Sandbox, check, machine, one};

const AT_2: &str = "An error occurred while executing the state 'A' (entered at the event id #2).";

fn output(value: Value) -> Value {
    json!({ "output": value })
}

fn runtime(message: &str) -> Value {
    json!({"error": "States.Runtime", "cause": format!("{AT_2} {message}")})
}

#[tokio::test(start_paused = true)]
async fn a_pass_state_shapes_its_data_field_by_field() {
    let input = json!({"a": {"b": 1}, "c": 2});
    for (state, expected) in [
        (json!({}), input.clone()),
        (json!({"InputPath": "$.a"}), json!({"b": 1})),
        (json!({"InputPath": null}), json!({})),
        (json!({"Parameters": {"x.$": "$.c"}}), json!({"x": 2})),
        (json!({"Result": 5, "ResultPath": "$.r"}), json!({"a": {"b": 1}, "c": 2, "r": 5})),
        (json!({"Result": 5, "ResultPath": null}), input.clone()),
        (json!({"OutputPath": "$.a.b"}), json!(1)),
        (json!({"OutputPath": null}), json!({})),
        (json!({"InputPath": "$.a", "Result": 1, "ResultPath": "$.a", "OutputPath": "$.a"}), json!(1)),
    ] {
        let mut state = state;
        state["Type"] = json!("Pass");
        check(one(state), input.clone(), output(expected)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn numbers_keep_the_text_they_were_written_in() {
    let sandbox = Sandbox::new();
    let machine = sandbox.create("m", &one(json!({"Type": "Pass"})), "STANDARD").await.unwrap();
    let body = json!({"stateMachineArn": machine, "input": "{\"n\": 12345678901234567.890}"});
    let started = sandbox.call("StartExecution", body).await.unwrap();
    let ended = sandbox.ended(started["executionArn"].as_str().unwrap()).await;
    assert_eq!(ended["output"], "{\"n\":12345678901234567.890}");
}

#[tokio::test(start_paused = true)]
async fn a_choice_takes_the_first_rule_that_matches() {
    let definition = machine(json!({
        "A": {"Type": "Choice", "Default": "D", "Choices": [
            {"Variable": "$.n", "NumericGreaterThan": 10, "Next": "B"},
            {"Variable": "$.n", "NumericGreaterThan": 5, "Next": "C"}]},
        "B": {"Type": "Pass", "Result": "B", "End": true},
        "C": {"Type": "Pass", "Result": "C", "End": true},
        "D": {"Type": "Succeed"},
    }));
    check(definition.clone(), json!({"n": 11}), output(json!("B"))).await;
    check(definition.clone(), json!({"n": 7}), output(json!("C"))).await;
    check(definition, json!({"n": 1}), output(json!({"n": 1}))).await;
}

#[tokio::test(start_paused = true)]
async fn a_choice_without_a_match_or_default_fails() {
    let rule = json!({"Variable": "$.n", "NumericEquals": 1, "Next": "B"});
    let definition = machine(json!({"A": {"Type": "Choice", "Choices": [rule]}, "B": {"Type": "Succeed"}}));
    let message = "Failed to transition out of the state. The state does not point to a next state.";
    check(definition, json!({"n": 2}), runtime(message)).await;
}

#[tokio::test(start_paused = true)]
async fn a_fail_state_says_its_error_and_cause() {
    for (state, expected) in [
        (json!({"Error": "E", "Cause": "C"}), json!({"error": "E", "cause": "C"})),
        (
            json!({"ErrorPath": "$.e", "CausePath": "States.Format('no {}', $.c)"}),
            json!({"error": "x", "cause": "no y"}),
        ),
        (json!({}), json!({"error": null, "cause": null})),
        (json!({"ErrorPath": "$.n"}), runtime("The ErrorPath field must refer to a string but was: 1")),
    ] {
        let mut state = state;
        state["Type"] = json!("Fail");
        check(machine(json!({ "A": state })), json!({"e": "x", "c": "y", "n": 1}), expected).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_lasts_as_long_as_it_says() {
    let date = (crate::sandbox::time::now() + chrono::TimeDelta::seconds(90)).to_rfc3339();
    for (state, input, seconds) in [
        (json!({"Seconds": 30}), json!({}), 30),
        (json!({"SecondsPath": "$.s"}), json!({"s": 7}), 7),
        (json!({"Timestamp": "2016-03-14T01:59:00Z"}), json!({}), 0),
        (json!({"TimestampPath": "$.t"}), json!({ "t": date }), 90),
    ] {
        let mut state = state;
        state["Type"] = json!("Wait");
        let begun = Instant::now();
        check(one(state.clone()), input.clone(), output(input)).await;
        let waited = begun.elapsed().as_secs();
        assert!((seconds - i64::try_from(waited).unwrap()).abs() <= 1, "{state} took {waited} s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_refuses_what_is_no_number_of_seconds() {
    let wait = |path: &str| one(json!({"Type": "Wait", "SecondsPath": path}));
    let message = "The SecondsPath parameter cannot be parsed as a long value: $.s == 1.5";
    check(wait("$.s"), json!({"s": 1.5}), runtime(message)).await;
    let message =
        "The JSONPath '$.none' specified for the field 'SecondsPath' could not be found in the input '{\"s\":1}'";
    check(wait("$.none"), json!({"s": 1}), runtime(message)).await;
    let message = "The SecondsPath parameter references a negative value: $.s == -1";
    check(wait("$.s"), json!({"s": -1}), runtime(message)).await;
}

#[tokio::test(start_paused = true)]
async fn a_parallel_state_gathers_its_branches_in_order() {
    let wait = |seconds| {
        json!({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": seconds, "Next": "P"},
        "P": {"Type": "Pass", "Result": seconds, "End": true}}})
    };
    let mut quick = wait(1);
    rename(&mut quick, "W", "V");
    rename(&mut quick, "P", "Q");
    let begun = Instant::now();
    let branches = json!({"Type": "Parallel", "Branches": [wait(9), quick], "ResultPath": "$.r"});
    check(one(branches), json!({}), output(json!({"r": [9, 1]}))).await;
    assert_eq!(begun.elapsed().as_secs(), 9, "branches run side by side");
}

fn rename(program: &mut Value, from: &str, to: &str) {
    let text = program.to_string().replace(&format!("\"{from}\""), &format!("\"{to}\""));
    *program = serde_json::from_str(&text).unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_first_branch_that_fails_ends_the_others() {
    let sandbox = Sandbox::new();
    let branches = json!([
        {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": true}}},
        {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E"}}},
    ]);
    let begun = Instant::now();
    let execution = sandbox.start(&one(json!({"Type": "Parallel", "Branches": branches})), &json!({})).await;
    assert_eq!(sandbox.ended(&execution).await["error"], "E");
    assert!(begun.elapsed().as_secs() < 2);
    let line = sandbox.line(&execution).await;
    let expected = [
        "1<-0 ExecutionStarted",
        "2<-0 ParallelStateEntered",
        "3<-2 ParallelStateStarted",
        "4<-3 WaitStateEntered",
        "5<-3 FailStateEntered",
        "6<-5 ParallelStateFailed",
        "7<-6 ExecutionFailed",
    ];
    assert_eq!(line, expected);
}

fn map(more: Value, inner: Value) -> Value {
    let mut map = json!({"Type": "Map", "ItemProcessor": {"StartAt": "I", "States": {"I": inner}}});
    map.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    one(map)
}

#[tokio::test(start_paused = true)]
async fn a_map_runs_its_processor_for_each_item() {
    let pass = json!({"Type": "Pass", "End": true});
    check(map(json!({}), pass.clone()), json!([1, 2]), output(json!([1, 2]))).await;
    check(map(json!({}), pass.clone()), json!([]), output(json!([]))).await;
    let selector = json!({"ItemsPath": "$.l", "ItemSelector": {"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value", "k.$": "$.k"}});
    let expected = json!([{"i": 0, "v": "a", "k": 9}, {"i": 1, "v": "b", "k": 9}]);
    check(map(selector, pass.clone()), json!({"l": ["a", "b"], "k": 9}), output(expected)).await;
    let message = "Reference path \"$.l\" must point to array.";
    check(map(json!({"ItemsPath": "$.l"}), pass), json!({"l": 1}), runtime(message)).await;
}

#[tokio::test(start_paused = true)]
async fn a_map_keeps_to_its_concurrency() {
    for (limit, seconds) in [(1, 6), (2, 3), (0, 1)] {
        let begun = Instant::now();
        let items: Vec<u8> = (0..6).collect();
        let definition = map(json!({"MaxConcurrency": limit}), json!({"Type": "Wait", "Seconds": 1, "End": true}));
        check(definition, json!(items), output(json!(items))).await;
        assert_eq!(begun.elapsed().as_secs(), seconds, "limit {limit}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_iteration_that_fails_ends_the_map_and_the_others() {
    let sandbox = Sandbox::new();
    let inner = json!({"I": {"Type": "Choice", "Default": "W", "Choices": [{"Variable": "$", "NumericEquals": 1, "Next": "F"}]},
        "F": {"Type": "Fail", "Error": "E"}, "W": {"Type": "Wait", "Seconds": 99, "End": true}});
    let definition = one(json!({"Type": "Map", "ItemProcessor": {"StartAt": "I", "States": inner}}));
    let execution = sandbox.start(&definition, &json!([0, 1])).await;
    assert_eq!(sandbox.ended(&execution).await["error"], "E");
    let line = sandbox.line(&execution).await.join("\n");
    for kind in ["MapIterationFailed", "MapIterationAborted", "MapStateFailed", "ExecutionFailed"] {
        assert!(line.contains(kind), "{kind} in {line}");
    }
}

#[tokio::test(start_paused = true)]
async fn variables_are_read_below_where_they_are_assigned() {
    let definition = machine(json!({
        "A": {"Type": "Pass", "Assign": {"x.$": "$.n", "y": {"z": 2}}, "Next": "B"},
        "B": {"Type": "Map", "ItemsPath": "$.l", "ItemProcessor": {"StartAt": "I", "States": {
            "I": {"Type": "Pass", "Assign": {"x": 0}, "Next": "J"}, "J": {"Type": "Pass", "Parameters": {"x.$": "$x"}, "End": true}}},
            "ResultPath": "$.r", "Next": "C"},
        "C": {"Type": "Pass", "Parameters": {"x.$": "$x", "z.$": "$y.z", "r.$": "$.r"}, "End": true},
    }));
    let expected = json!({"x": 1, "z": 2, "r": [{"x": 0}]});
    check(definition, json!({"n": 1, "l": [1]}), output(expected)).await;
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_takes_too_long_is_timed_out() {
    let sandbox = Sandbox::new();
    let mut definition = one(json!({"Type": "Wait", "Seconds": 3600}));
    definition["TimeoutSeconds"] = json!(10);
    let execution = sandbox.start(&definition, &json!({})).await;
    let ended = sandbox.ended(&execution).await;
    assert_eq!((&ended["status"], &ended["error"]), (&json!("TIMED_OUT"), &json!("States.Timeout")));
    assert_eq!(sandbox.line(&execution).await.last().unwrap(), "3<-2 ExecutionTimedOut");
}

#[tokio::test(start_paused = true)]
async fn an_endless_loop_ends_at_the_limit_of_the_history() {
    let definition = machine(json!({
        "A": {"Type": "Pass", "Next": "B"},
        "B": {"Type": "Choice", "Default": "C", "Choices": [{"Variable": "$.x", "IsPresent": false, "Next": "A"}]},
        "C": {"Type": "Succeed"},
    }));
    let cause = "The execution reached the maximum number of history events (25000).";
    check(definition, json!({}), json!({"error": "States.Runtime", "cause": cause})).await;
}

#[tokio::test(start_paused = true)]
async fn a_payload_that_is_too_large_ends_the_execution() {
    let state = one(json!({"Type": "Pass", "Parameters": {"x.$": "States.Array($.a, $.a, $.a)"}}));
    let cause = "The state/task 'A' returned a result with a size exceeding the maximum number of bytes service limit.";
    let expected = json!({"error": "States.DataLimitExceeded", "cause": cause});
    check(state, json!({"a": "x".repeat(90_000)}), expected).await;
}

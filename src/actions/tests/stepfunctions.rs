//! Executions and functions in the sandbox: started once, watched, judged and explained.

use super::lab::{Lab, detail, shown, wrong};
use crate::actions::ErrorKind;
use crate::event::Settlement;

const SANDBOX: &str = "
state_machines:
  fine: {definition: fine.json}
  retry: {definition: retry.json}
  nested: {definition: nested.json}
  caught: {definition: caught.json}
  loose: {definition: loose.json}
  slow: {definition: slow.json}
  quick: {definition: fine.json, type: EXPRESS}
functions:
  f: {runtime: python3.11, handler: h.handler, code: code, timeout: 20s}
";

const HANDLER: &str = "
def handler(event, context):
    if event.get('fine'):
        print('seen')
        return event
    raise ValueError('row 17 is odd')
";

const FINE: &str = r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Result": {"n": 1.10}, "End": true}}}"#;
const RETRY: &str = r#"{"StartAt": "Call", "States": {"Call": {"Type": "Task", "Resource": "${FArn}",
    "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}],
    "Catch": [{"ErrorEquals": ["ValueError"], "Next": "Done"}], "End": true}, "Done": {"Type": "Pass", "End": true}}}"#;
const NESTED: &str = r#"{"StartAt": "Before", "States": {"Before": {"Type": "Pass", "Next": "Each"}, "Each": {"Type": "Map",
    "ItemProcessor": {"StartAt": "Odd", "States": {"Odd": {"Type": "Choice", "Default": "Ok",
      "Choices": [{"Variable": "$", "NumericEquals": 2, "Next": "Bad"}]},
      "Ok": {"Type": "Pass", "End": true}, "Bad": {"Type": "Fail", "Error": "Odd", "Cause": "{\"row\": 17}"}}}, "End": true}}}"#;
const CAUGHT: &str = r#"{"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "Branches": [
      {"StartAt": "Left", "States": {"Left": {"Type": "Fail", "Error": "Broken", "Cause": "x"}}}],
    "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Each"}], "Next": "Each"},
  "Each": {"Type": "Map", "ItemsPath": "$$.Execution.Input", "ItemProcessor": {"StartAt": "Bad", "States": {"Bad": {"Type": "Fail", "Error": "Odd"}}},
    "Catch": [{"ErrorEquals": ["Odd"], "Next": "End"}], "Next": "End"}, "End": {"Type": "Pass", "End": true}}}"#;
const LOOSE: &str = r#"{"StartAt": "Each", "States": {"Each": {"Type": "Map", "ToleratedFailurePercentage": 100,
    "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
      "StartAt": "Bad", "States": {"Bad": {"Type": "Fail", "Error": "Odd"}}}, "End": true}}}"#;
const SLOW: &str = r#"{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 600, "End": true}}}"#;

async fn lab() -> Lab {
    let files = [("fine.json", FINE), ("retry.json", RETRY), ("nested.json", NESTED), ("caught.json", CAUGHT)];
    let more = [("loose.json", LOOSE), ("slow.json", SLOW), ("sandbox.yaml", SANDBOX), ("code/h.py", HANDLER)];
    Lab::sandbox(&[files, more].concat()).await
}

const HISTORY: &[&str] = &["path", "states", "caught", "maps"];

#[tokio::test]
async fn an_execution_that_succeeds_is_green_and_read_no_further() {
    let lab = lab().await;
    let output = lab.call("stepfunctions.run", "{state_machine: fine}").await.unwrap();
    assert_eq!((shown(&output, "output.n"), shown(&output, "path")), ("1.10".to_owned(), "absent".to_owned()));
    assert!(wrong("stepfunctions.run", &output).is_none() && output.notes.is_empty());
    assert_eq!((shown(&output, "redrives"), shown(&output, "version")), ("0".to_owned(), "null".to_owned()));
    assert_eq!(detail(&output, "console"), "", "a sandbox has no console");
    let output = lab.call_using("stepfunctions.run", "{state_machine: fine}", HISTORY).await.unwrap();
    assert_eq!((shown(&output, "path"), shown(&output, "caught")), ("[\"A\", \"B\"]".to_owned(), "[]".to_owned()));
    assert_eq!(shown(&output, "states.B.output"), "{n: 1.10}");
    assert!(lab.clean_up().await.is_empty());
    lab.close().await;
}

#[tokio::test]
async fn attempts_are_counted_and_what_was_caught_is_told() {
    let lab = lab().await;
    let output = lab.call_using("stepfunctions.run", "{state_machine: retry}", HISTORY).await.unwrap();
    assert_eq!(shown(&output, "caught"), "[{state: \"Call\", error: \"ValueError\"}]");
    let counts = ["entered", "failed", "retried"].map(|field| shown(&output, &format!("states.Call.{field}")));
    assert_eq!(counts, ["1", "2", "1"]);
    assert_eq!(shown(&output, "path"), "[\"Call\", \"Done\"]");
    lab.close().await;
}

#[tokio::test]
async fn the_state_that_failed_is_named_with_its_input_and_cause() {
    let lab = lab().await;
    let output = lab.call("stepfunctions.run", "{state_machine: nested, input: [1, 2, 3]}").await.unwrap();
    assert_eq!(wrong("stepfunctions.run", &output).unwrap().message, "the execution is FAILED: Odd: {row: 17}");
    assert_eq!((detail(&output, "failed state"), detail(&output, "input")), ("Bad: Odd, in item 1 of Each", "2"));
    assert_eq!(detail(&output, "cause"), "{\n  \"row\": 17\n}");
    assert!(detail(&output, "states taken").starts_with("Before ("), "{:?}", output.details);
    assert_eq!(shown(&output, "states.Each.failed"), "1");
    lab.close().await;
}

#[tokio::test]
async fn what_failed_inside_of_map_and_parallel_states_is_caught_by_its_own_name() {
    let lab = lab().await;
    let output = lab.call_using("stepfunctions.run", "{state_machine: caught, input: [1]}", HISTORY).await.unwrap();
    assert_eq!(shown(&output, "caught"), "[{state: \"Both\", error: \"Broken\"}, {state: \"Each\", error: \"Odd\"}]");
    assert_eq!(shown(&output, "path"), "[\"Both\", \"Each\", \"End\"]");
    assert_eq!(
        (shown(&output, "states.Both.failed"), shown(&output, "states.Each.failed")),
        ("1".to_owned(), "1".to_owned())
    );
    assert_eq!(shown(&output, "maps.Each"), "{items: 1, failed: 1}");
    lab.close().await;
}

#[tokio::test]
async fn items_that_failed_within_a_tolerance_are_red_by_default() {
    let lab = lab().await;
    let output = lab.call("stepfunctions.run", "{state_machine: loose, input: [1, 2]}").await.unwrap();
    assert_eq!(
        (shown(&output, "status"), shown(&output, "maps.Each.failed")),
        ("\"SUCCEEDED\"".to_owned(), "2".to_owned())
    );
    let finding = wrong("stepfunctions.run", &output).unwrap();
    assert_eq!(finding.message, "the execution succeeded, but 2 of 2 items of the map Each failed");
    lab.close().await;
}

#[tokio::test]
async fn an_execution_that_is_not_waited_for_is_stopped_or_waited_for_later() {
    let lab = lab().await;
    let output = lab.call("stepfunctions.run", "{state_machine: slow, wait: false}").await.unwrap();
    assert_eq!(shown(&output, "status"), "\"RUNNING\"");
    assert_eq!(lab.clean_up().await, [Ok(Settlement::Stopped)]);
    let arn = shown(&output, "execution_arn");
    let waited = lab.call("stepfunctions.wait", &format!("{{execution: {arn}}}")).await.unwrap();
    assert_eq!(shown(&waited, "status"), "\"ABORTED\"");
    assert!(wrong("stepfunctions.wait", &waited).is_some());

    let output = lab.call("stepfunctions.run", "{state_machine: fine, wait: false}").await.unwrap();
    let arn = shown(&output, "execution_arn");
    lab.call("stepfunctions.wait", &format!("{{execution: {arn}}}")).await.unwrap();
    assert!(lab.clean_up().await.is_empty(), "what was waited for is settled");
    lab.close().await;
}

#[tokio::test]
async fn express_machines_are_run_by_run_sync_and_others_are_not() {
    let lab = lab().await;
    let output = lab.call("stepfunctions.run_sync", "{state_machine: quick}").await.unwrap();
    assert_eq!((shown(&output, "status"), shown(&output, "output.n")), ("\"SUCCEEDED\"".to_owned(), "1.10".to_owned()));
    let error = lab.call("stepfunctions.run", "{state_machine: quick}").await.unwrap_err();
    assert_eq!((error.kind, error.help.as_deref()), (ErrorKind::Invalid, Some("use stepfunctions.run_sync")));
    let error = lab.call("stepfunctions.run_sync", "{state_machine: fine}").await.unwrap_err();
    assert_eq!(error.help.as_deref(), Some("a STANDARD state machine is run by stepfunctions.run"));
    let error = lab.call("stepfunctions.run", "{state_machine: none}").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert!(lab.clean_up().await.is_empty());
    lab.close().await;
}

//! What is told of an execution: its tries, where it hung, what it was caught by, and names that it does not have.

use super::lab::{Lab, compiled, detail, shown, wrong};
use crate::actions::{ErrorKind, whereabouts};
use crate::event::Ledger;

const SANDBOX: &str = "
state_machines:
  tries: {definition: tries.json}
  hangs: {definition: hangs.json}
  caught: {definition: caught.json}
  strict: {definition: strict.json}
functions:
  f: {runtime: python3.11, handler: h.handler, code: code, timeout: 20s}
";
const HANDLER: &str = "
def handler(event, context):
    raise ValueError('row 17 is odd')
";
const TRIES: &str = r#"{"StartAt": "Call", "States": {"Call": {"Type": "Task", "Resource": "${FArn}",
    "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}], "End": true}}}"#;
const HANGS: &str = r#"{"TimeoutSeconds": 1, "StartAt": "Both", "States": {"Both": {"Type": "Parallel", "End": true, "Branches": [
    {"StartAt": "Fast", "States": {"Fast": {"Type": "Pass", "End": true}}},
    {"StartAt": "Before", "States": {"Before": {"Type": "Pass", "Next": "W"}, "W": {"Type": "Wait", "Seconds": 600, "End": true}}}]}}}"#;
const CAUGHT: &str = r#"{"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": [
      {"StartAt": "Left", "States": {"Left": {"Type": "Fail", "Error": "Broken", "Cause": "x"}}}],
    "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "End"}], "Next": "End"}, "End": {"Type": "Pass", "End": true}}}"#;
const STRICT: &str = r#"{"StartAt": "Each", "States": {"Each": {"Type": "Map",
    "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
      "StartAt": "Bad", "States": {"Bad": {"Type": "Fail", "Error": "Odd"}}}, "End": true}}}"#;

async fn lab() -> Lab {
    let files = [("tries.json", TRIES), ("hangs.json", HANGS), ("caught.json", CAUGHT), ("strict.json", STRICT)];
    Lab::sandbox(&[&files[..], &[("sandbox.yaml", SANDBOX), ("code/h.py", HANDLER)]].concat()).await
}

#[tokio::test]
async fn each_try_of_the_failed_state_is_told_and_the_command_leads_to_the_server() {
    let lab = lab().await;
    let output = lab.call("stepfunctions.run", "{state_machine: tries, input: {n: 1}}").await.unwrap();
    assert_eq!((detail(&output, "failed state"), detail(&output, "tries")), ("Call: ValueError", "2: ValueError × 2"));
    assert!(detail(&output, "cause").contains("\"errorMessage\": \"row 17 is odd\""), "{:?}", output.details);
    let look = detail(&output, "look further");
    assert!(look.contains("--endpoint-url http://127.0.0.1:") && look.contains("lives as long as this run"), "{look}");
    let titles: Vec<&str> = output.details.iter().map(|detail| detail.title.as_str()).collect();
    let expected = ["failed state", "cause", "tries", "input", "states taken", "execution", "look further"];
    assert_eq!(titles, expected, "what decides comes first");
    lab.close().await;
}

#[tokio::test]
async fn an_execution_out_of_its_own_time_is_told_with_the_state_that_it_hung_in() {
    let lab = lab().await;
    let output = lab.call("stepfunctions.run", "{state_machine: hangs, input: {day: 1}}").await.unwrap();
    assert!(wrong("stepfunctions.run", &output).unwrap().message.starts_with("the execution is TIMED_OUT"));
    assert!(detail(&output, "hung in").starts_with("W (for "), "{:?}", output.details);
    assert_eq!(detail(&output, "its input"), "{\n  \"day\": 1\n}");
    lab.close().await;
}

#[tokio::test]
async fn an_execution_that_we_stop_is_told_with_the_state_that_it_hung_in() {
    let lab = lab().await;
    lab.call("stepfunctions.run", "{state_machine: hangs, wait: false}").await.unwrap();
    let (_, intent) = lab.book.open().await.remove(0);
    lab.clean_up().await;
    let hung = whereabouts(&intent, &lab.services).await.unwrap_or_default();
    assert!(hung.starts_with("hung in W (for "), "{hung}");
    lab.close().await;
}

#[tokio::test]
async fn a_success_through_a_catch_is_noted_unless_it_is_judged() {
    let lab = lab().await;
    let output = lab.call("stepfunctions.run", "{state_machine: caught}").await.unwrap();
    assert_eq!(output.notes, ["succeeded through a Catch: P (Broken)"]);
    assert!(wrong("stepfunctions.run", &output).is_none());
    let output = lab.call_using("stepfunctions.run", "{state_machine: caught}", &["caught"]).await.unwrap();
    assert!(output.notes.is_empty());
    lab.close().await;
}

#[tokio::test]
async fn the_failed_items_of_a_distributed_map_are_counted_with_the_command_that_lists_them() {
    let lab = lab().await;
    let output = lab.call("stepfunctions.run", "{state_machine: strict, input: [1, 2, 3]}").await.unwrap();
    assert!(detail(&output, "failed items").ends_with(" of 3 items of Each"), "{:?}", output.details);
    assert!(detail(&output, "list them").contains("--map-run-arn arn:aws:states:"), "{:?}", output.details);
    lab.close().await;
}

#[tokio::test]
async fn a_name_that_the_machine_does_not_have_is_refused_before_anything_starts() {
    let mut lab = lab().await;
    for (machine, expects, message, help) in [
        (
            "hangs",
            "states: {Befor: {exists: false}}",
            "the state machine has no state `Befor`",
            "did you mean `Before`?",
        ),
        ("hangs", "path: {not: {contains: Both2}}", "the state machine has no state `Both2`", "did you mean `Both`?"),
        ("caught", "caught: {none: {state: Lefft}}", "the state machine has no state `Lefft`", "did you mean `Left`?"),
        ("caught", "maps: {P: {failed: 0}}", "`P` is no Map state", "those of the machine: none"),
        (
            "strict",
            "states: {Bad: {exists: false}}",
            "`Bad` runs in executions of their own, those of the items of the distributed map `Each`",
            "judge `maps.Each`, and what the items wrote",
        ),
    ] {
        lab.expects = Some(compiled(expects));
        let error = lab.call("stepfunctions.run", &format!("{{state_machine: {machine}}}")).await.unwrap_err();
        assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Invalid, message));
        assert_eq!(error.help.as_deref(), Some(help));
        assert!(error.span.is_some());
    }
    assert_eq!(lab.calls("StartExecution"), 0);
    lab.expects = Some(compiled("states: {Left: {exists: false}, P: {entered: 1}}"));
    let uses = ["states"];
    let output = lab.call_using("stepfunctions.run", "{state_machine: caught}", &uses).await.unwrap();
    assert_eq!(shown(&output, "states.P.entered"), "1");
    lab.close().await;
}

#[tokio::test]
async fn an_execution_that_there_is_not_is_told_at_once() {
    let lab = lab().await;
    let arn = "arn:aws:states:eu-west-1:000000000000:execution:hangs:nothing";
    let error = lab.call("stepfunctions.wait", &format!("{{execution: '{arn}'}}")).await.unwrap_err();
    assert_eq!((error.kind, lab.calls("DescribeExecution")), (ErrorKind::NotFound, 1));
    lab.close().await;
}

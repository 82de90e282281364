//! Executions that something else starts: found by input and time, exactly one, and what there was instead.

use std::time::Duration;

use indexmap::IndexMap;
use tokio::time::Instant;

use super::lab::{Lab, arguments_of, detail, expectation_of, shown, wrong};
use crate::actions::{ActionError, ErrorKind, Output};

const SANDBOX: &str = "
state_machines:
  fine: {definition: fine.json}
  fails: {definition: fails.json}
  slow: {definition: slow.json}
  quick: {definition: fine.json, type: EXPRESS}
";
const FINE: &str = r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}"#;
const FAILS: &str = r#"{"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Broken", "Cause": "on purpose"}}}"#;

/// Waits as long as its input says, for each item of a map.
const SLOW: &str = r#"{"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemsPath": "$.waits", "End": true,
    "ItemProcessor": {"StartAt": "W", "States": {"W": {"Type": "Wait", "SecondsPath": "$", "End": true}}}}}}"#;

async fn lab() -> Lab {
    let files = [("fine.json", FINE), ("fails.json", FAILS), ("slow.json", SLOW), ("sandbox.yaml", SANDBOX)];
    Lab::sandbox(&files).await
}

impl Lab {
    /// Starts an execution as something else would.
    async fn elsewhere(&self, machine: &str, name: &str, input: &str) {
        let machine = self.services.state_machine_arn(machine);
        self.services.start_execution(&machine, name, input).await.expect("started");
    }

    /// Awaits an execution since a moment.
    async fn awaits(&self, machine: &str, input: &str, began: Instant, time: Duration) -> Result<Output, ActionError> {
        let arguments = arguments_of(&format!("{{state_machine: {machine}, since: drop}}"))
            .with_moments(IndexMap::from([("since".to_owned(), began)]))
            .with_expectations(IndexMap::from([("input".to_owned(), expectation_of(input))]));
        self.call_within("stepfunctions.await", arguments, &["path"], time).await
    }

    /// A moment after everything that was started before.
    async fn now(&self) -> Instant {
        // The server's clock is known from its answers: whole seconds, until there are many.
        let before = self.services.server_time(Instant::now()).expect("an answer");
        loop {
            let arn = self.services.state_machine_arn("fine");
            self.services.describe_state_machine(&arn).await.expect("a machine");
            let now = Instant::now();
            if (self.services.server_time(now).expect("an answer") - before).num_milliseconds() > 1_500 {
                return now;
            }
        }
    }
}

const LONG: Duration = Duration::from_secs(40);

#[tokio::test]
async fn the_execution_with_the_input_is_found_and_judged_like_one_of_ours() {
    let lab = lab().await;
    let began = Instant::now();
    lab.elsewhere("fine", "other", r#"{"key": "b.csv", "n": 1}"#).await;
    lab.elsewhere("fine", "mine", r#"{"detail": {"key": "a.csv"}, "n": 2}"#).await;
    let output = lab.awaits("fine", "{detail: {key: {ends_with: .csv}}}", began, LONG).await.unwrap();
    assert!(wrong("stepfunctions.await", &output).is_none());
    assert_eq!((shown(&output, "others"), shown(&output, "path")), ("1".to_owned(), "[\"A\"]".to_owned()));
    assert!(shown(&output, "execution_arn").contains(":execution:fine:mine"));
    assert!(lab.clean_up().await.is_empty(), "nothing is ours to stop");
    lab.close().await;
}

#[tokio::test]
async fn an_execution_that_comes_later_is_waited_for_and_its_failure_is_explained() {
    let lab = lab().await;
    let began = Instant::now();
    let later = async {
        while lab.calls("ListExecutions") < 2 {
            tokio::task::yield_now().await;
        }
        lab.elsewhere("fails", "late", "{}").await;
    };
    let (output, ()) = tokio::join!(lab.awaits("fails", "{type: mapping}", began, LONG), later);
    let output = output.unwrap();
    assert_eq!(wrong("stepfunctions.await", &output).unwrap().message, "the execution is FAILED: Broken: on purpose");
    assert_eq!(detail(&output, "failed state"), "F: Broken");
    lab.close().await;
}

#[tokio::test]
async fn what_was_started_before_the_step_is_not_meant() {
    let lab = lab().await;
    lab.elsewhere("fine", "early", r#"{"key": "a.csv"}"#).await;
    let began = lab.now().await;
    lab.elsewhere("fine", "other", r#"{"key": "b.csv", "n": 1}"#).await;
    let output = lab.awaits("fine", "{key: a.csv, n: 1}", began, Duration::from_secs(2)).await.unwrap();
    let finding = wrong("stepfunctions.await", &output).unwrap();
    assert_eq!(finding.message, "no execution came that matches: one other was started since then");
    assert_eq!(detail(&output, "nearest"), "other\nkey: expected \"a.csv\", actual \"b.csv\"");
    assert!(detail(&output, "the last one before").starts_with("early: SUCCEEDED, started "), "{:?}", output.details);
    for part in ["get-bucket-notification-configuration", "list-rule-names-by-target", "--endpoint-url http://127"] {
        assert!(detail(&output, "look further").contains(part), "{:?}", output.details);
    }
    lab.close().await;
}

#[tokio::test]
async fn none_at_all_is_told_as_such_and_is_not_green_whatever_else_is_expected() {
    let lab = lab().await;
    let output = lab.awaits("fine", "{type: mapping}", Instant::now(), Duration::from_secs(1)).await.unwrap();
    assert_eq!(
        wrong("stepfunctions.await", &output).unwrap().message,
        "no execution came: none was started since then"
    );
    assert_eq!((shown(&output, "status"), shown(&output, "error")), ("null".to_owned(), "null".to_owned()));
    assert_eq!(detail(&output, "started since then"), "none");
    lab.close().await;
}

#[tokio::test]
async fn two_that_match_are_ambiguous_and_an_express_machine_is_refused() {
    let lab = lab().await;
    let began = Instant::now();
    lab.elsewhere("fine", "one", "{}").await;
    lab.elsewhere("fine", "two", "{}").await;
    let error = lab.awaits("fine", "{type: mapping}", began, LONG).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(
        error.message.starts_with("ambiguous: 2 executions of fine were started since `drop` that match"),
        "{}",
        error.message
    );
    assert!(error.details[0].text.contains("one: ") && error.details[0].text.contains("two: "), "{:?}", error.details);
    let error = lab.awaits("quick", "{type: mapping}", began, LONG).await.unwrap_err();
    assert!(error.message.contains("EXPRESS") && error.help.unwrap().contains("`eventually`"));
    lab.close().await;
}

#[tokio::test]
async fn a_second_one_that_comes_while_the_first_one_runs_is_ambiguous_too() {
    let lab = lab().await;
    let began = Instant::now();
    lab.elsewhere("slow", "one", r#"{"waits": [2]}"#).await;
    let later = async {
        while lab.calls("DescribeExecution") < 2 {
            tokio::task::yield_now().await;
        }
        lab.elsewhere("slow", "two", r#"{"waits": [0]}"#).await;
    };
    let (result, ()) = tokio::join!(lab.awaits("slow", "{waits: {length: 1}}", began, LONG), later);
    assert!(result.unwrap_err().message.starts_with("ambiguous: 2 executions of slow "));
    lab.close().await;
}

#[tokio::test]
async fn an_execution_that_outlasts_the_step_is_told_with_the_state_that_it_hangs_in_and_runs_on() {
    let lab = lab().await;
    let began = Instant::now();
    lab.elsewhere("slow", "one", r#"{"waits": [0, 600]}"#).await;
    let error = lab.awaits("slow", "{waits: {length: 2}}", began, Duration::from_secs(3)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::TimedOut);
    assert_eq!(error.message, "out of time: the execution one is still running");
    let hung = &error.details[0];
    assert_eq!(hung.title, "hung in");
    assert!(hung.text.starts_with("W, in item 1 of Each (for "), "{}", hung.text);
    assert_eq!(lab.calls("StopExecution"), 0);
    lab.close().await;
}

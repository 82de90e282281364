//! Errors that no sandbox makes: what class they have, what was sent how often, and what the ledger says then.

use test_case::test_case;

use super::lab::{Lab, shown};
use super::server::{Answer, Server};
use crate::actions::ErrorKind;

const MACHINE: &str = r#"{"stateMachineArn": "arn:aws:states:eu-west-1:111122223333:stateMachine:etl", "name": "etl", "type": "STANDARD",
    "definition": "{\"StartAt\": \"A\", \"States\": {\"A\": {\"Type\": \"Pass\", \"End\": true}}}", "roleArn": "r", "creationDate": 1}"#;
const RUNNING: &str = r#"{"executionArn": "$ASKED", "stateMachineArn": "m",
    "status": "RUNNING", "startDate": 1, "input": "{}"}"#;
const SUCCEEDED: &str = r#"{"executionArn": "$ASKED", "stateMachineArn": "m",
    "status": "SUCCEEDED", "startDate": 1, "stopDate": 1.28000021, "input": "{}", "output": "{}"}"#;
const PARKED: &str =
    r#"{"executionArn": "$ASKED", "stateMachineArn": "m", "status": "PARKED", "startDate": 1, "input": "{}"}"#;
const OTHER_INPUT: &str =
    r#"{"executionArn": "$ASKED", "stateMachineArn": "m", "status": "RUNNING", "startDate": 1, "input": "[1]"}"#;
const STARTED: &str =
    r#"{"executionArn": "arn:aws:states:eu-west-1:111122223333:execution:otherwise:$ASKED", "startDate": 1}"#;
const EXISTS: &str = r#"{"__type": "ExecutionAlreadyExists", "message": "it exists"}"#;
const DENIED: &str = r#"{"__type": "AccessDeniedException", "message": "no"}"#;
const THROTTLED: &str = r#"{"__type": "ThrottlingException", "message": "slowly"}"#;
const OOPS: &str = r#"{"__type": "InternalFailure", "message": "oops"}"#;

/// A server of Step Functions whose starts and looks are answered as told.
async fn machine(start: Answer, looks: &'static [Answer]) -> Server {
    Server::start(move |operation, before| match operation {
        "DescribeStateMachine" => Answer::Says(200, MACHINE),
        "StartExecution" => start.clone(),
        "DescribeExecution" => looks[before.min(looks.len() - 1)].clone(),
        other => panic!("{other} was not expected"),
    })
    .await
}

const RUN: &str = "{state_machine: etl, input: {}}";

#[test_case(Answer::Says(400, EXISTS); "told that it is there already")]
#[test_case(Answer::Breaks; "broken")]
#[test_case(Answer::BreaksOff; "broken off")]
#[test_case(Answer::Says(200, "{"); "malformed")]
#[test_case(Answer::Says(500, OOPS); "an error of the service")]
#[tokio::test]
async fn a_start_whose_answer_is_lost_is_found_by_its_name(start: Answer) {
    static LOOKS: [Answer; 2] = [Answer::Says(200, RUNNING), Answer::Says(200, SUCCEEDED)];
    let server = machine(start, &LOOKS).await;
    let lab = Lab::at(&server.endpoint);
    let output = lab.call("stepfunctions.run", RUN).await.unwrap();
    assert_eq!((shown(&output, "status"), shown(&output, "duration")), ("\"SUCCEEDED\"".into(), "280ms".into()));
    assert_eq!(lab.book.lines(), ["+ stepfunctions.execution", "- stepfunctions.execution Ended"]);
}

#[tokio::test]
async fn an_execution_with_another_input_is_not_taken_for_the_own_one() {
    static LOOKS: [Answer; 1] = [Answer::Says(200, OTHER_INPUT)];
    let server = machine(Answer::Says(400, EXISTS), &LOOKS).await;
    let lab = Lab::at(&server.endpoint);
    assert!(lab.call("stepfunctions.run", RUN).await.unwrap_err().message.contains("ExecutionAlreadyExists"));
    assert_eq!(lab.book.lines(), ["+ stepfunctions.execution", "- stepfunctions.execution NeverWas"]);
}

#[tokio::test]
async fn what_cannot_be_found_out_stays_in_the_ledger_and_is_not_repeated() {
    static LOOKS: [Answer; 1] = [Answer::Says(400, DENIED)];
    let server = machine(Answer::Breaks, &LOOKS).await;
    let lab = Lab::at(&server.endpoint);
    assert_eq!(lab.call("stepfunctions.run", RUN).await.unwrap_err().kind, ErrorKind::Unknown);
    assert_eq!(lab.book.lines(), ["+ stepfunctions.execution"]);
}

#[test_case(Answer::Says(400, DENIED), ErrorKind::Denied; "denied")]
#[test_case(Answer::Says(400, THROTTLED), ErrorKind::Throttled; "throttled")]
#[tokio::test]
async fn a_start_that_is_refused_never_was(start: Answer, expected: ErrorKind) {
    let server = machine(start, &[Answer::Hangs]).await;
    let lab = Lab::at(&server.endpoint);
    assert_eq!(lab.call("stepfunctions.run", RUN).await.unwrap_err().kind, expected);
    assert_eq!(lab.book.lines(), ["+ stepfunctions.execution", "- stepfunctions.execution NeverWas"]);
}

#[tokio::test]
async fn a_watch_goes_on_through_throttles_and_broken_connections() {
    static LOOKS: [Answer; 6] = [
        Answer::Says(200, RUNNING),
        Answer::Says(400, THROTTLED),
        Answer::Says(400, THROTTLED),
        Answer::Says(400, THROTTLED),
        Answer::Breaks,
        Answer::Says(200, SUCCEEDED),
    ];
    let server = machine(Answer::Says(200, STARTED), &LOOKS).await;
    let lab = Lab::at(&server.endpoint);
    let output = lab.call("stepfunctions.run", RUN).await.unwrap();
    assert_eq!(shown(&output, "status"), "\"SUCCEEDED\"");
    assert_eq!(server.count("StartExecution"), 1);
    // AWS named it otherwise than foreseen, so there are two intents, and neither is left open.
    let settled = lab.book.lines().iter().filter(|line| line.starts_with('-')).count();
    assert_eq!((settled, lab.book.lines().len()), (2, 4));
}

#[tokio::test]
async fn a_status_that_is_new_to_us_is_neither_an_end_nor_none() {
    static LOOKS: [Answer; 1] = [Answer::Says(200, PARKED)];
    let server = machine(Answer::Says(200, STARTED), &LOOKS).await;
    let error = Lab::at(&server.endpoint).call("stepfunctions.run", RUN).await.unwrap_err();
    assert!(error.message.contains("`PARKED`"), "{}", error.message);
    assert_eq!(error.kind, ErrorKind::Unknown, "it runs, so it is not started again");
}

#[test_case("stepfunctions.run", "{state_machine: 'arn:aws:states:eu-west-1:999999999999:stateMachine:etl'}")]
#[test_case("stepfunctions.run_sync", "{state_machine: 'arn:aws:states:eu-west-1:999999999999:stateMachine:etl'}")]
#[test_case("stepfunctions.wait", "{execution: 'arn:aws:states:eu-west-1:999999999999:execution:etl:x'}")]
#[test_case("lambda.invoke", "{function: 'arn:aws:lambda:eu-central-1:111122223333:function:f'}")]
#[tokio::test]
async fn things_of_other_accounts_and_regions_are_refused_before_any_call(action: &str, arguments: &str) {
    let server = Server::always(Answer::Hangs).await;
    let lab = Lab::at(&server.endpoint);
    assert_eq!(lab.call(action, arguments).await.unwrap_err().kind, ErrorKind::Refused);
    assert!(lab.book.lines().is_empty());
}

#[test_case("lambda.invoke", "{function: f}")]
#[test_case("stepfunctions.run_sync", "{state_machine: q}")]
#[tokio::test]
async fn what_was_never_sent_may_be_sent_again(action: &str, arguments: &str) {
    // A port that was bound and is free again: nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let lab = Lab::at(&format!("http://{port}"));
    let error = lab.call(action, arguments).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Infrastructure, "{}", error.message);
    assert!(lab.book.lines()[1].ends_with("NeverWas"));
}

#[test_case(Answer::Says(400, DENIED), ErrorKind::Denied, "select 1"; "denied")]
#[test_case(Answer::Says(500, OOPS), ErrorKind::Infrastructure, "select 1"; "a read may be asked again")]
#[test_case(Answer::Says(500, OOPS), ErrorKind::Unknown, "insert into t values (1)"; "a write may not")]
#[test_case(Answer::Says(200, "{}"), ErrorKind::Unintelligible, "select 1"; "no id")]
#[tokio::test]
async fn a_query_that_may_run_stays_in_the_ledger(answer: Answer, expected: ErrorKind, sql: &str) {
    let server = Server::always(answer).await;
    let lab = Lab::at(&server.endpoint);
    assert_eq!(lab.call("athena.query", &format!("{{sql: '{sql}'}}")).await.unwrap_err().kind, expected);
    assert_eq!(lab.book.lines().len() == 2, expected == ErrorKind::Denied, "{:?}", lab.book.lines());
}

#[test_case(412, 200, "there is an object already", 2; "there was one")]
#[test_case(500, 200, "InternalError", 2; "there is one, and it is not the own one")]
#[test_case(500, 403, "InternalError", 1; "whose it is cannot be seen")]
#[tokio::test]
async fn a_temporary_object_that_may_be_somebody_else_s_is_not_deleted(
    put: u16,
    head: u16,
    message: &str,
    lines: usize,
) {
    let server = Server::start(move |operation, _| match (operation, put) {
        ("PUT /lake/a.txt", 412) => {
            Answer::Says(412, "<Error><Code>PreconditionFailed</Code><Message>m</Message></Error>")
        }
        ("PUT /lake/a.txt", _) => Answer::Says(500, "<Error><Code>InternalError</Code><Message>m</Message></Error>"),
        ("HEAD /lake/a.txt", _) => Answer::Says(head, ""),
        other => panic!("{other:?} was not expected"),
    })
    .await;
    let lab = Lab::at(&server.endpoint);
    let error = lab.call("s3.put", "{to: 's3://lake/a.txt', body: x, temporary: true}").await.unwrap_err();
    assert!(error.message.contains(message), "{}", error.message);
    assert_eq!(lab.book.lines().len(), lines, "{:?}", lab.book.lines());
    assert!(lab.clean_up().await.iter().all(Result::is_err), "what cannot be seen is left, and said");
    assert_eq!(server.count("DELETE /lake/a.txt"), 0);
}

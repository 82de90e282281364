//! Functions: invoked once, waited for as long as they may run, and explained.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use test_case::test_case;
use tokio::time::Instant;

use super::lab::{Lab, detail, shown, wrong};
use super::server::{Answer, Server};
use crate::actions::ErrorKind;

const SANDBOX: &str = "
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

#[tokio::test]
async fn functions_are_invoked_in_each_mode() {
    let lab = Lab::sandbox(&[("sandbox.yaml", SANDBOX), ("code/h.py", HANDLER)]).await;
    let output = lab.call("lambda.invoke", "{function: f, payload: {fine: 1.25}}").await.unwrap();
    assert_eq!((shown(&output, "status_code"), shown(&output, "payload.fine")), ("200".to_owned(), "1.25".to_owned()));
    assert!(wrong("lambda.invoke", &output).is_none() && detail(&output, "log tail").contains("seen"));
    assert!(shown(&output, "duration").ends_with('s'), "{}", shown(&output, "duration"));
    let dry = lab.call("lambda.invoke", "{function: f, mode: dry_run}").await.unwrap();
    assert_eq!((shown(&dry, "status_code"), shown(&dry, "payload")), ("204".to_owned(), "null".to_owned()));
    let handed_over = lab.call("lambda.invoke", "{function: f, mode: async}").await.unwrap();
    assert_eq!(shown(&handed_over, "status_code"), "202");
    let failed = lab.call("lambda.invoke", "{function: f}").await.unwrap();
    assert_eq!(
        (shown(&failed, "status_code"), shown(&failed, "error_type")),
        ("200".to_owned(), "\"ValueError\"".to_owned())
    );
    assert_eq!(wrong("lambda.invoke", &failed).unwrap().message, "the function failed: ValueError: row 17 is odd");
    assert!(detail(&failed, "stack trace").contains("raise ValueError('row 17 is odd')"), "{:?}", failed.details);
    assert_eq!(detail(&failed, "look further"), "", "the sandbox has no logs service");
    assert_eq!(lab.calls("GetFunctionConfiguration"), 1, "a run asks once how long a function may run");
    let error = lab.call("lambda.invoke", "{function: none}").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert!(error.message.starts_with("invoke none: ResourceNotFoundException: "), "{}", error.message);
    assert!(lab.clean_up().await.is_empty(), "nothing is left open");
    let large = format!("{{function: f, mode: async, payload: {}}}", "x".repeat(1024 * 1024));
    assert!(lab.call("lambda.invoke", &large).await.unwrap_err().message.contains("Lambda takes 1048576"));
    lab.close().await;
}

const INVOKE: &str = "POST /2015-03-31/functions/f/invocations";

#[test_case(Answer::Says(429, r#"{"Type": "User", "message": "slowly"}"#), ErrorKind::Throttled, 2; "throttled")]
#[test_case(Answer::Says(403, r#"{"Message": "no"}"#), ErrorKind::Denied, 2; "denied")]
#[test_case(Answer::Says(404, r#"{"Message": "no such function"}"#), ErrorKind::NotFound, 2; "not found")]
#[test_case(Answer::Says(500, r#"{"Message": "oops"}"#), ErrorKind::Unknown, 1; "an error of the service")]
#[test_case(Answer::Breaks, ErrorKind::Unknown, 1; "broken")]
#[test_case(Answer::BreaksOff, ErrorKind::Unknown, 1; "broken off")]
#[tokio::test]
async fn an_invoke_is_sent_once_and_settled_only_if_it_provably_did_nothing(
    answer: Answer,
    expected: ErrorKind,
    lines: usize,
) {
    let server = Server::always(answer).await;
    let lab = Lab::at(&server.endpoint);
    assert_eq!(lab.call("lambda.invoke", "{function: f}").await.unwrap_err().kind, expected);
    assert_eq!(server.count(INVOKE), 1);
    assert_eq!(lab.book.lines().len(), lines, "{:?}", lab.book.lines());
}

#[tokio::test]
async fn a_refused_log_tail_is_done_without() {
    let refusal = r#"{"__type": "InvalidParameterValueException", "message": "LogType Tail is not supported"}"#;
    let server = Server::start(move |_, before| match before {
        0 => Answer::Says(400, refusal),
        _ => Answer::Says(200, "{\"ok\": 1}"),
    })
    .await;
    let output = Lab::at(&server.endpoint).call("lambda.invoke", "{function: f}").await.unwrap();
    assert_eq!((shown(&output, "payload.ok"), server.count(INVOKE)), ("1".to_owned(), 2));
}

const CONFIGURE: &str = "GET /2015-03-31/functions/f/configuration";
const CONFIGURATION: &str = r#"{"FunctionName": "f", "Timeout": 20}"#;
const DENIED: &str = r#"{"__type": "AccessDeniedException", "Message": "not allowed to read"}"#;

/// A server of Lambda with one function.
async fn function(configuration: Answer, invoke: Answer) -> Server {
    Server::start(move |operation, _| match operation {
        CONFIGURE => configuration.clone(),
        INVOKE => invoke.clone(),
        other => panic!("{other} was not expected"),
    })
    .await
}

#[tokio::test]
async fn a_call_that_is_given_up_leaves_its_intent() {
    let server = function(Answer::Says(200, CONFIGURATION), Answer::Hangs).await;
    let lab = Lab::at(&server.endpoint);
    let arrived = async {
        while server.count(INVOKE) == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = lab.call("lambda.invoke", "{function: f}") => panic!("it hangs"),
        () = arrived => {}
    }
    assert_eq!(lab.book.lines(), ["+ lambda.invocation"]);
    let left = lab.clean_up().await;
    assert!(left[0].as_ref().unwrap_err().contains("cannot be stopped"), "{left:?}");
}

#[test_case("sync", Answer::Says(200, CONFIGURATION), 30, "unknown whether it ended: no answer within 30s",
    "30s: the function's own time-out of 20s, and a margin"; "the function's own time")]
#[test_case("sync", Answer::Says(403, DENIED), 910, "unknown whether it ended: no answer within 15m10s",
    "15m10s: the longest that a function may run, and a margin, for its own time-out is not known: \
     lambda GetFunctionConfiguration: AccessDeniedException: not allowed to read"; "whose configuration may not be read")]
#[test_case("sync", Answer::Says(200, "{}"), 910, "unknown whether it ended: no answer within 15m10s",
    "15m10s: the longest that a function may run, and a margin, for its own time-out is not known: \
     lambda GetFunctionConfiguration: the answer cannot be understood: it has no time-out"; "without a time-out")]
#[test_case("async", Answer::Breaks, 30, "unknown whether it was taken: no answer within 30s", ""; "handed over")]
#[tokio::test]
async fn an_answer_is_waited_for_as_long_as_the_function_may_run(
    mode: &str,
    configuration: Answer,
    seconds: u64,
    message: &str,
    why: &str,
) {
    let server = function(configuration, Answer::Hangs).await;
    let lab = Lab::at(&server.endpoint);
    let arguments = format!("{{function: f, mode: {mode}}}");
    // From the request's arrival on, time passes as soon as there is nothing else to do.
    let arrived = async {
        while server.count(INVOKE) == 0 {
            tokio::task::yield_now().await;
        }
        tokio::time::pause();
        Instant::now()
    };
    let (answer, begun) = tokio::join!(lab.call("lambda.invoke", &arguments), arrived);
    let error = answer.unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Unknown, format!("invoke f: {message}").as_str()));
    let waited = begun.elapsed();
    assert!(waited > Duration::from_secs(seconds - 5) && waited <= Duration::from_secs(seconds + 1), "{waited:?}");
    let told = error.details.iter().find(|detail| detail.title == "time for the answer");
    assert_eq!(told.map_or("", |detail| detail.text.as_str()), why);
    assert_eq!(lab.book.lines(), ["+ lambda.invocation"], "it may run, so it stays open");
    assert_eq!((server.count(INVOKE), server.count(CONFIGURE)), (1, usize::from(mode == "sync")));
}

#[tokio::test]
async fn a_dry_run_starts_nothing_so_nothing_is_unknown_after_it() {
    let server = function(Answer::Breaks, Answer::Breaks).await;
    let lab = Lab::at(&server.endpoint);
    let error = lab.call("lambda.invoke", "{function: f, mode: dry_run}").await.unwrap_err();
    assert_eq!((error.kind, server.count(CONFIGURE)), (ErrorKind::Infrastructure, 0));
    assert!(lab.book.lines().is_empty());
}

/// An answer with the end of a log, and with what else there is in the headers.
fn with_log(log: &str, more: &str, body: &'static str) -> Answer {
    Answer::SaysWith(200, format!("x-amz-log-result: {}\r\n{more}", STANDARD.encode(log)), body)
}

#[tokio::test]
async fn durations_are_those_of_the_report() {
    let log = "START RequestId: r\nBilled Duration: 99 ms\n\
               REPORT RequestId: r\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\t\n";
    let server = function(Answer::Says(200, CONFIGURATION), with_log(log, "", "null")).await;
    let output = Lab::at(&server.endpoint).call("lambda.invoke", "{function: f}").await.unwrap();
    assert_eq!((shown(&output, "duration"), shown(&output, "billed_duration")), ("12ms340us".into(), "13ms".into()));
}

#[tokio::test]
async fn a_log_that_is_elsewhere_is_said_to_be_there() {
    let place = r#"{"logGroup": "/own", "logStreamName": "2026/01/02/[$LATEST]x"}"#;
    let server = function(Answer::Says(200, CONFIGURATION), with_log(place, "", "null")).await;
    let output = Lab::at(&server.endpoint).call("lambda.invoke", "{function: f}").await.unwrap();
    assert_eq!((shown(&output, "log_tail"), shown(&output, "billed_duration")), ("null".into(), "null".into()));
    let expected = "it does not come with the answer: stream 2026/01/02/[$LATEST]x of the log group /own";
    assert_eq!((detail(&output, "log"), detail(&output, "log tail")), (expected, ""));
}

#[test_case(r#"{"errorType": "Sandbox.Timedout", "errorMessage": "RequestId: r Error: Task timed out after 3.00 seconds"}"#,
    "the function timed out after 3.00 seconds"; "ended by AWS")]
#[test_case(r#"{"errorType": "Error", "errorMessage": "odd", "trace": ["Error: odd"]}"#, "the function failed: Error: odd"; "its own error")]
#[test_case("null", "the function failed"; "nothing is said")]
#[tokio::test]
async fn a_failure_says_what_is_known(body: &'static str, expected: &str) {
    let failed = "x-amz-function-error: Unhandled\r\n";
    let server = function(Answer::Says(200, CONFIGURATION), with_log("the log", failed, body)).await;
    let output = Lab::at(&server.endpoint).call("lambda.invoke", "{function: f}").await.unwrap();
    assert_eq!(wrong("lambda.invoke", &output).unwrap().message, expected);
    assert_eq!(detail(&output, "log tail"), "the log");
}

//! Why a function failed, and where to look further.

use std::iter;

use crate::actions::console;
use crate::event::{Detail, TargetSummary};
use crate::service::lambda::{Invoked, LogPlace, function_name};
use crate::service::stepfunctions::partition;
use crate::value::Value;

/// So many causes of a cause are told.
const DEPTH: usize = 8;

/// What the function's error document tells beyond type and message.
pub(super) fn failure(invoked: &Invoked, payload: &Value) -> Option<Detail> {
    invoked.function_error.as_ref()?;
    let text = stack_trace(payload);
    (!text.is_empty()).then(|| Detail::new("stack trace", text))
}

/// The traces of an error and of its causes: `stackTrace` of Python, Java and .NET, `trace` of Node.js.
fn stack_trace(error: &Value) -> String {
    let errors = iter::successors(Some(error), |error| error.get("cause").filter(|cause| **cause != Value::Null));
    let mut lines = Vec::new();
    for (depth, error) in errors.take(DEPTH).enumerate() {
        if depth > 0 {
            lines.push(format!("caused by {}", headline(error)));
        }
        let trace = error.get("stackTrace").or_else(|| error.get("trace"));
        match trace.map(|trace| (trace, trace.as_list())) {
            Some((_, Some(frames))) => lines.extend(frames.iter().map(text)),
            Some((trace, None)) => lines.push(text(trace)),
            None => {}
        }
    }
    lines.join("\n")
}

fn text(value: &Value) -> String {
    value.as_text().map_or_else(|| value.display().to_string(), |text| text.trim_end().to_owned())
}

/// `ValueError: row 17 is odd`, as far as it is known; an error that is none is shown as it is.
pub(super) fn headline(error: &Value) -> String {
    let parts = ["errorType", "errorMessage"].map(|name| error.get(name).and_then(Value::as_text));
    let parts: Vec<&str> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { text(error) } else { parts.join(": ") }
}

/// `3.00 seconds` of a function that AWS ended. An error of the function's own has a type of its own.
pub(super) fn timed_out_after<'a>(error_type: Option<&str>, message: &'a str) -> Option<&'a str> {
    let (_, time) = message.trim_end().rsplit_once("Task timed out after ")?;
    let is_time = time.strip_suffix(" seconds")?.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let is_of_aws = error_type.is_none_or(|name| name == "Sandbox.Timedout");
    (is_time && is_of_aws).then_some(time)
}

/// The end of the log, or where the log is.
pub(super) fn log(invoked: &Invoked) -> Vec<Detail> {
    let tail = invoked.log_tail.as_ref().map(|tail| Detail::new("log tail", tail.trim_end()));
    let place = invoked.log_place.as_ref().map(|LogPlace { group, stream }| {
        Detail::new("log", format!("it does not come with the answer: stream {stream} of the log group {group}"))
    });
    tail.into_iter().chain(place).collect()
}

/// Where the function and its log can be seen. An endpoint of one's own has neither console nor logs.
pub(super) fn place(account: &TargetSummary, function: &str, log: Option<&LogPlace>) -> Vec<Detail> {
    if account.endpoint.is_some() {
        return Vec::new();
    }
    let (name, region) = (function_name(function), &account.region);
    let page = |host| format!("https://{host}/lambda/home?region={region}#/functions/{name}");
    let link = console::host(partition(region), region).map(|host| Detail::new("console", page(host)));
    let group = log.map_or_else(|| format!("/aws/lambda/{name}"), |log| log.group.clone());
    let stream = log.map(|log| format!(" --log-stream-names '{}'", log.stream)).unwrap_or_default();
    let command = format!("aws logs tail {group}{stream} --region {region} --since 1h");
    link.into_iter().chain([Detail::new("look further", command)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use test_case::test_case;

    #[test]
    fn a_stack_trace_is_that_of_python() {
        let error = json!({"errorType": "KeyError", "errorMessage": "'x'", "stackTrace": ["  File \"h.py\", line 2, in handler\n    raise\n", "  File \"k.py\"\n"]});
        let expected = "  File \"h.py\", line 2, in handler\n    raise\n  File \"k.py\"";
        assert_eq!(stack_trace(&Value::from_json(error)), expected);
    }

    #[test]
    fn a_stack_trace_is_that_of_node_with_its_causes() {
        let inner = json!({"errorType": "RangeError", "errorMessage": "17", "trace": ["RangeError: 17", "    at g (h.mjs:9:1)"], "cause": "the file"});
        let error = json!({"errorType": "Error", "errorMessage": "odd", "trace": ["Error: odd", "    at f (h.mjs:2:1)"], "cause": inner});
        let expected = "Error: odd\n    at f (h.mjs:2:1)\ncaused by RangeError: 17\nRangeError: 17\n    at g (h.mjs:9:1)\ncaused by the file";
        assert_eq!(stack_trace(&Value::from_json(error)), expected);
    }

    #[test]
    fn frames_that_are_mappings_are_not_lost() {
        let error = json!({"stackTrace": [{"path": "main.go", "line": 17}], "cause": null});
        let text = stack_trace(&Value::from_json(error));
        assert!(text.contains("main.go") && text.contains("17") && !text.contains("caused"), "{text}");
    }

    #[test_case(
        Some("Sandbox.Timedout"),
        "RequestId: r Error: Task timed out after 3.00 seconds",
        Some("3.00 seconds")
    )]
    #[test_case(None, "2026-01-02T03:04:05.678Z r Task timed out after 900.10 seconds\n", Some("900.10 seconds"))]
    #[test_case(Some("ValueError"), "Task timed out after 3.00 seconds", None; "an error of the function's own")]
    #[test_case(None, "Task timed out after lunch", None; "another sentence")]
    fn a_function_that_aws_ended_is_known(kind: Option<&str>, message: &str, expected: Option<&str>) {
        assert_eq!(timed_out_after(kind, message), expected);
    }

    #[test]
    fn a_function_of_an_account_has_a_page_and_a_log() {
        let region = "eu-west-1".to_owned();
        let account = TargetSummary { account: "111122223333".into(), region, endpoint: None, name: "uat".into() };
        let seen = |log: Option<&LogPlace>| {
            let details = place(&account, "arn:aws:lambda:eu-west-1:111122223333:function:etl:prod", log);
            details.into_iter().map(|detail| detail.text).collect::<Vec<_>>()
        };
        let page = "https://eu-west-1.console.aws.amazon.com/lambda/home?region=eu-west-1#/functions/etl";
        assert_eq!(seen(None), [page, "aws logs tail /aws/lambda/etl --region eu-west-1 --since 1h"]);
        let log = LogPlace { group: "/own".into(), stream: "a/[$LATEST]b".into() };
        let command = "aws logs tail /own --log-stream-names 'a/[$LATEST]b' --region eu-west-1 --since 1h";
        assert_eq!(seen(Some(&log)), [page, command]);
        let elsewhere = TargetSummary { endpoint: Some("http://127.0.0.1:1".into()), ..account.clone() };
        assert!(place(&elsewhere, "etl", Some(&log)).is_empty(), "no emulator has logs there");
    }
}

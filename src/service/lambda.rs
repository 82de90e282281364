//! Verbs of Lambda.

use std::time::Duration;

use aws_sdk_lambda::config::Builder;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{InvocationType, LogType};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::timeout::TimeoutConfig;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Services;
use crate::target::{AwsFacts, FactKind, facts};

/// The service's name in errors.
pub(super) const SERVICE: &str = "lambda";

/// How a function is invoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// And waited for.
    Sync,
    /// And left to itself.
    Async,
    /// Not at all: only the permission and the payload are checked.
    DryRun,
}

/// A request to invoke a function.
#[derive(Debug, Clone, Copy)]
pub struct Invocation<'a> {
    /// The function's name or ARN.
    pub function: &'a str,
    /// A version or an alias.
    pub qualifier: Option<&'a str>,
    /// The event, JSON.
    pub payload: &'a str,
    /// How.
    pub mode: Mode,
    /// How long its answer is waited for.
    pub time: Duration,
}

/// An invoke without an answer.
#[derive(Debug, Clone)]
pub struct NotAnswered {
    /// What AWS or the network said.
    pub facts: AwsFacts,
    /// Whether it is the time for the answer that was up.
    pub out_of_time: bool,
}

/// Where a log is whose end does not come with the answer: what `LogResult` of some functions decodes to.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct LogPlace {
    /// The log group.
    #[serde(rename = "logGroup")]
    pub group: String,
    /// The stream in it.
    #[serde(rename = "logStreamName")]
    pub stream: String,
}

/// What an invoke answered.
#[derive(Debug, Clone)]
pub struct Invoked {
    /// The HTTP status: 200, 202 or 204.
    pub status_code: i32,
    /// The payload's text.
    pub payload: Option<String>,
    /// Present, whatever its value, when the function failed.
    pub function_error: Option<String>,
    /// What an alias resolved to.
    pub executed_version: Option<String>,
    /// The last 4 KB of the log.
    pub log_tail: Option<String>,
    /// Where the log is instead.
    pub log_place: Option<LogPlace>,
}

impl Services {
    /// Invokes a function. Sent once: an invoke is not idempotent.
    pub async fn invoke(&self, invocation: &Invocation<'_>) -> Result<Invoked, NotAnswered> {
        let with_tail = invocation.mode == Mode::Sync;
        match self.invoke_once(invocation, with_tail).await {
            Err(error) if with_tail && refuses_tail(&error.facts) => self.invoke_once(invocation, false).await,
            answer => answer,
        }
    }

    async fn invoke_once(&self, invocation: &Invocation<'_>, tail: bool) -> Result<Invoked, NotAnswered> {
        let Invocation { function, qualifier, payload, mode, time } = *invocation;
        let kind = match mode {
            Mode::Sync => InvocationType::RequestResponse,
            Mode::Async => InvocationType::Event,
            Mode::DryRun => InvocationType::DryRun,
        };
        let call = self.lambda.invoke().function_name(function).invocation_type(kind);
        let call = call.set_qualifier(qualifier.map(str::to_owned)).payload(Blob::new(payload));
        let call = call.set_log_type(tail.then_some(LogType::Tail));
        let time = TimeoutConfig::builder().operation_attempt_timeout(time).build();
        let call = call.customize().config_override(Builder::new().timeout_config(time));
        let answer = Box::pin(call.send()).await.map_err(|error| NotAnswered {
            facts: facts(SERVICE, "Invoke", &error),
            out_of_time: matches!(error, SdkError::TimeoutError(_)),
        })?;
        let text = |blob: &Blob| String::from_utf8_lossy(blob.as_ref()).into_owned();
        let (log_tail, log_place) = answer.log_result().map(log).unwrap_or_default();
        let invoked = Invoked {
            status_code: answer.status_code(),
            payload: answer.payload().map(text).filter(|text| !text.is_empty()),
            function_error: answer.function_error().map(str::to_owned),
            executed_version: answer.executed_version().map(str::to_owned),
            log_tail,
            log_place,
        };
        match not_understood(&invoked, mode) {
            Some(why) => Err(NotAnswered { facts: no_answer("Invoke", &why), out_of_time: false }),
            None => Ok(invoked),
        }
    }
}

/// The name of a function, of which only the ARN may be known, with or without a qualifier.
pub fn function_name(function: &str) -> &str {
    let name = function.rsplit(":function:").next().unwrap_or(function);
    name.split(':').next().unwrap_or(name)
}

/// Why an answer is none: each mode has its status (Lambda API reference, `Invoke`), and a payload is JSON. One that is not was cut on
/// its way, and is never judged as if it were whole.
fn not_understood(invoked: &Invoked, mode: Mode) -> Option<String> {
    let expected = match mode {
        Mode::Sync => 200,
        Mode::Async => 202,
        Mode::DryRun => 204,
    };
    if invoked.status_code != expected {
        return Some(format!("its status is {}, and not {expected}", invoked.status_code));
    }
    let payload = invoked.payload.as_deref()?;
    let error = serde_json::from_str::<serde_json::Value>(payload).err()?;
    Some(format!("its payload of {} bytes is no JSON: {error}", payload.len()))
}

pub(super) fn no_answer(operation: &'static str, why: &str) -> AwsFacts {
    AwsFacts {
        service: SERVICE,
        operation,
        code: None,
        message: format!("the answer cannot be understood: {why}"),
        request_id: None,
        status: None,
        kind: FactKind::Unintelligible,
    }
}

/// Some functions refuse `LogType=Tail`; the request was not carried out then.
fn refuses_tail(error: &AwsFacts) -> bool {
    error.kind == FactKind::Invalid
        && error.code.as_deref() == Some("InvalidParameterValueException")
        && error.message.to_lowercase().contains("log")
}

/// The end of a log out of `LogResult`, or the place where the log is.
fn log(result: &str) -> (Option<String>, Option<LogPlace>) {
    let text = STANDARD.decode(result).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    match text.as_deref().and_then(|text| serde_json::from_str(text).ok()) {
        Some(place) => (None, Some(place)),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_case::test_case;

    #[test_case("f")]
    #[test_case("f:prod"; "an alias")]
    #[test_case("arn:aws:lambda:eu-west-1:111122223333:function:f"; "an ARN")]
    #[test_case("arn:aws:lambda:eu-west-1:111122223333:function:f:3"; "an ARN of a version")]
    #[test_case("111122223333:function:f"; "a partial ARN")]
    fn a_function_has_a_name(function: &str) {
        assert_eq!(function_name(function), "f");
    }

    #[test]
    fn a_log_result_is_the_end_of_a_log_or_says_where_it_is() {
        let text = "START RequestId: r\n{\"logGroup\": 1}\n";
        assert_eq!(log(&STANDARD.encode(text)), (Some(text.to_owned()), None));
        let place = r#"{"logGroup": "/own", "logStreamName": "2026/01/02/[$LATEST]x"}"#;
        let expected = LogPlace { group: "/own".into(), stream: "2026/01/02/[$LATEST]x".into() };
        assert_eq!(log(&STANDARD.encode(place)), (None, Some(expected)));
    }
}

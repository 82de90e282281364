//! Verbs of Lambda.

use std::time::Duration;

use aws_sdk_lambda::config::Builder;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{InvocationType, LogType};
use aws_smithy_types::timeout::TimeoutConfig;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Services;
use crate::target::{AwsFacts, FactKind, facts};

/// The service's name in errors.
const SERVICE: &str = "lambda";
/// A function runs so long at most (Lambda quotas page).
const LONGEST: Duration = Duration::from_mins(15);
/// For the way there and back, and a cold start.
const MARGIN: Duration = Duration::from_secs(10);

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
}

impl Services {
    /// Invokes a function. Sent once: an invoke is not idempotent.
    pub async fn invoke(
        &self,
        function: &str,
        qualifier: Option<&str>,
        payload: Option<&str>,
        mode: Mode,
    ) -> Result<Invoked, AwsFacts> {
        let with_tail = mode == Mode::Sync;
        match self.invoke_once(function, qualifier, payload, mode, with_tail).await {
            Err(error) if with_tail && refuses_tail(&error) => {
                self.invoke_once(function, qualifier, payload, mode, false).await
            }
            answer => answer,
        }
    }

    async fn invoke_once(
        &self,
        function: &str,
        qualifier: Option<&str>,
        payload: Option<&str>,
        mode: Mode,
        tail: bool,
    ) -> Result<Invoked, AwsFacts> {
        let kind = match mode {
            Mode::Sync => InvocationType::RequestResponse,
            Mode::Async => InvocationType::Event,
            Mode::DryRun => InvocationType::DryRun,
        };
        let call = self.lambda.invoke().function_name(function).invocation_type(kind);
        let call = call.set_qualifier(qualifier.map(str::to_owned)).set_payload(payload.map(Blob::new));
        let call = call.set_log_type(tail.then_some(LogType::Tail));
        let time = TimeoutConfig::builder().operation_attempt_timeout(LONGEST + MARGIN).build();
        let call = call.customize().config_override(Builder::new().timeout_config(time));
        let answer = Box::pin(call.send()).await.map_err(|error| facts(SERVICE, "Invoke", &error))?;
        let text = |blob: &Blob| String::from_utf8_lossy(blob.as_ref()).into_owned();
        let invoked = Invoked {
            status_code: answer.status_code(),
            payload: answer.payload().map(text).filter(|text| !text.is_empty()),
            function_error: answer.function_error().map(str::to_owned),
            executed_version: answer.executed_version().map(str::to_owned),
            log_tail: answer.log_result().and_then(decoded),
        };
        match not_understood(&invoked, mode) {
            Some(why) => Err(no_answer(&why)),
            None => Ok(invoked),
        }
    }

    /// The log group of a function, for a person to look further.
    pub fn log_group(function: &str) -> String {
        let name = function.rsplit(":function:").next().unwrap_or(function);
        format!("/aws/lambda/{}", name.split(':').next().unwrap_or(name))
    }
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

fn no_answer(why: &str) -> AwsFacts {
    AwsFacts {
        service: SERVICE,
        operation: "Invoke",
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

fn decoded(base64: &str) -> Option<String> {
    STANDARD.decode(base64).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

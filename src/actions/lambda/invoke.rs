//! `lambda.invoke`: one request, never repeated, because AWS has no token for it.

use async_trait::async_trait;
use serde_json::json;

use super::{INVOCATION, explain};
use crate::actions::{Action, ActionError, Call, EffectRule, ErrorKind, Group, Output, OutputField, Spec};
use crate::clock;
use crate::event::{Detail, Effect, Finding, IntentKind, Settlement};
use crate::service::lambda::{Invocation, Invoked, Mode, NotAnswered};
use crate::service::stepfunctions::parsed;
use crate::service::{AnswerTime, Services};
use crate::target::AwsFacts;
use crate::value::{Map, Value, read};
use crate::yaml::field::{Field, Phase, Shape, Table};

/// `lambda.invoke`.
#[derive(Debug)]
pub struct Invoke;

/// A payload above this is refused by AWS (Lambda quotas page: 6 MB each way, synchronous).
const SYNC_LIMIT: usize = 6 * 1024 * 1024;
/// The same for an asynchronous invoke: 1 MB.
const ASYNC_LIMIT: usize = 1024 * 1024;

static ARGUMENTS: Table = Table::new(
    "lambda.invoke",
    "Invokes a function. Sent once: an invoke is not idempotent.",
    &[
        Field::required("function", Shape::Text, "The function's name or ARN.").phase(Phase::Plan),
        Field::optional("qualifier", Shape::Text, "A version or an alias.").phase(Phase::Plan),
        Field::optional("payload", Shape::Any, "The event, any JSON value.").default("{}").phase(Phase::Run),
        Field::optional(
            "mode",
            Shape::OneOf(&["sync", "async", "dry_run"]),
            "`sync` waits for the answer, `async` hands the event over, `dry_run` checks only.",
        )
        .default("sync"),
    ],
);

static SPEC: Spec = Spec {
    name: "lambda.invoke",
    doc: "Invokes a Lambda function.",
    effect: EffectRule::Always(Effect::Execute),
    arguments: &ARGUMENTS,
    shorthand: None,
    outputs: &[
        OutputField { name: "status_code", doc: "200, 202 (async) or 204 (dry run)." },
        OutputField { name: "payload", doc: "The answer, which is JSON; null if there is none." },
        OutputField { name: "function_error", doc: "`Handled` or `Unhandled` when the function failed, else null." },
        OutputField { name: "error_type", doc: "The failed function's `errorType`, else null." },
        OutputField { name: "error_message", doc: "The failed function's `errorMessage`, else null." },
        OutputField { name: "executed_version", doc: "The version that ran: what an alias resolved to." },
        OutputField { name: "log_tail", doc: "The last 4 KB of the log (sync); null where AWS does not send it." },
        OutputField {
            name: "duration",
            doc: "What the function's log reports as its duration, null if it reports none.",
        },
        OutputField { name: "billed_duration", doc: "What the log reports as billed, null if it reports none." },
    ],
    resources: &["function", "qualifier"],
    files: &[],
    groups: &[Group {
        fields: &["function_error", "error_type", "error_message"],
        doc: "no function error",
        wrong: function_failed,
    }],
    expect_required: false,
};

#[async_trait]
impl Action for Invoke {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    async fn run(&self, call: &Call<'_>) -> Result<Output, ActionError> {
        let function = call.arguments.text("function")?;
        call.own("function", function)?;
        let qualifier = call.arguments.optional_text("qualifier")?;
        let mode = mode(call.arguments.optional_text("mode")?);
        let payload = payload(call, mode)?;
        (call.waits_for)(format!("the configuration of {function}"));
        let time = call.services.answer_time(function, qualifier, mode).await;
        let intended = match mode {
            Mode::DryRun => None,
            Mode::Sync | Mode::Async => Some(call.intend(IntentKind::Started, INVOCATION, function, json!({})).await?),
        };
        (call.waits_for)(format!("the answer of {function}"));
        let invocation = Invocation { function, qualifier, payload: &payload, mode, time: time.length() };
        let answer = call.services.invoke(&invocation).await;
        // What may run although its answer is lost stays open, and is reported as left running.
        if let Some(intended) = intended {
            match &answer {
                Ok(_) => call.settle(intended, Settlement::Ended).await?,
                Err(error) if error.facts.kind.is_refusal() => call.settle(intended, Settlement::NeverWas).await?,
                Err(_) => {}
            }
        }
        let answer = answer.map_err(|error| refused(call, &invocation, &time, error))?;
        if mode == Mode::Sync && answer.payload.is_none() && call.uses.contains("payload") {
            return Err(without_payload(function));
        }
        Ok(document(call.services, function, &answer))
    }
}

/// Every runtime of AWS's answers with JSON, `null` at least: nothing is none of the values that `payload` could be held against.
fn without_payload(function: &str) -> ActionError {
    let message = format!("invoke {function}: the answer has no payload, not even `null`");
    let details = vec![Detail::new("call", "lambda Invoke")];
    ActionError { details, ..ActionError::new(ErrorKind::Unknown, message) }
}

fn mode(word: Option<&str>) -> Mode {
    match word {
        Some("async") => Mode::Async,
        Some("dry_run") => Mode::DryRun,
        _ => Mode::Sync,
    }
}

fn payload(call: &Call<'_>, mode: Mode) -> Result<String, ActionError> {
    let payload = call.arguments.raw("payload").map_or_else(|| json!({}), Value::to_json).to_string();
    let limit = if mode == Mode::Async { ASYNC_LIMIT } else { SYNC_LIMIT };
    if payload.len() > limit {
        let message = format!("`payload` has {} bytes; Lambda takes {limit}", payload.len());
        return Err(ActionError::invalid(message, call.arguments.span("payload")));
    }
    Ok(payload)
}

/// An invoke that was refused, or whose answer is lost. Nothing runs after a dry run, so it may be asked again.
fn refused(call: &Call<'_>, invocation: &Invocation<'_>, time: &AnswerTime, error: NotAnswered) -> ActionError {
    let Invocation { function, mode, .. } = *invocation;
    let NotAnswered { mut facts, out_of_time } = error;
    let lost = !facts.kind.is_refusal() && mode != Mode::DryRun;
    if out_of_time {
        let what = match mode {
            Mode::Sync => "unknown whether it ended: ",
            Mode::Async => "unknown whether it was taken: ",
            Mode::DryRun => "",
        };
        facts.message = format!("{what}no answer within {}", clock::words(time.length()));
    }
    let mut error = ActionError::aws(format!("invoke {function}"), facts);
    if !lost {
        return error;
    }
    error.details.extend(waited(time));
    error.details.extend(explain::place(&call.services.account, function, None));
    let help = match (out_of_time, mode) {
        (true, Mode::Sync) => "its log tells whether it ended; an invoke has no token, so it is not repeated",
        _ => "unknown whether it started: an invoke has no token, so it is not repeated",
    };
    ActionError { kind: ErrorKind::Unknown, ..error }.with_help(help)
}

/// Why an answer was waited for so long.
fn waited(time: &AnswerTime) -> Option<Detail> {
    let length = clock::words(time.length());
    let text = match time {
        AnswerTime::Own(own) => {
            format!("{length}: the function's own time-out of {}, and a margin", clock::words(*own))
        }
        AnswerTime::Longest(AwsFacts { service, operation, code, message, .. }) => {
            let code = code.as_ref().map(|code| format!("{code}: ")).unwrap_or_default();
            format!(
                "{length}: the longest that a function may run, and a margin, for its own time-out is not known: \
                 {service} {operation}: {code}{message}"
            )
        }
        AnswerTime::AtOnce(_) => return None,
    };
    Some(Detail::new("time for the answer", text))
}

fn document(services: &Services, function: &str, invoked: &Invoked) -> Output {
    let payload = invoked.payload.as_deref().map_or(Value::Null, |text| Value::from_json(parsed(text)));
    let of_error = |name: &str| {
        let value = invoked.function_error.as_ref().and_then(|_| payload.get(name));
        value.cloned().unwrap_or(Value::Null)
    };
    let text = |text: &Option<String>| text.as_ref().map_or(Value::Null, Value::text);
    let fields = Map::from([
        ("status_code".to_owned(), Value::integer(invoked.status_code)),
        ("function_error".to_owned(), text(&invoked.function_error)),
        ("error_type".to_owned(), of_error("errorType")),
        ("error_message".to_owned(), of_error("errorMessage")),
        ("executed_version".to_owned(), text(&invoked.executed_version)),
        ("log_tail".to_owned(), text(&invoked.log_tail)),
        ("duration".to_owned(), reported(invoked, "Duration")),
        ("billed_duration".to_owned(), reported(invoked, "Billed Duration")),
        ("payload".to_owned(), payload.clone()),
    ]);
    Output::with_details(Value::Map(fields), evidence(services, function, &payload, invoked))
}

fn evidence(services: &Services, function: &str, payload: &Value, invoked: &Invoked) -> Vec<Detail> {
    let mut details: Vec<Detail> = explain::failure(invoked, payload).into_iter().collect();
    details.extend(explain::log(invoked));
    details.extend(explain::place(&services.account, function, invoked.log_place.as_ref()));
    details
}

/// A time of the REPORT line, as in `Billed Duration: 13 ms` (AWS Lambda developer guide, "Lambda function logs").
fn reported(invoked: &Invoked, name: &str) -> Value {
    let log = invoked.log_tail.as_deref().unwrap_or_default();
    let report = log.lines().rev().find(|line| line.starts_with("REPORT RequestId"));
    let mut parts = report.into_iter().flat_map(|line| line.split('\t'));
    let time = parts.find_map(|part| part.strip_prefix(name)?.strip_prefix(": ")?.strip_suffix(" ms"));
    let time = time.and_then(|milliseconds| read::read_duration(&format!("{milliseconds}ms")).ok());
    time.map_or(Value::Null, Value::Duration)
}

/// By default a function does not fail. HTTP 200 says nothing: `FunctionError`, whatever its value, means failed.
fn function_failed(output: &Value) -> Option<Finding> {
    let error = output.get("function_error").filter(|error| **error != Value::Null)?;
    let text = |name: &str| output.get(name).and_then(Value::as_text);
    let (kind, message) = (text("error_type"), text("error_message"));
    let what = match message.and_then(|message| explain::timed_out_after(kind, message)) {
        Some(time) => format!("the function timed out after {time}"),
        None => [Some("the function failed"), kind, message].into_iter().flatten().collect::<Vec<_>>().join(": "),
    };
    Some(Finding {
        path: Some("function_error".to_owned()),
        expected: Some("null".to_owned()),
        actual: Some(error.display().to_string()),
        ..Finding::new(what)
    })
}

//! `Invoke` in its three types.

use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::error::Refusal;
use super::functions::Parameters;
use crate::sandbox::lambda::body::{self, Unread};
use crate::sandbox::lambda::invocation::{ASYNCHRONOUS, Invocation, InvokeResult, SYNCHRONOUS, too_large};
use crate::sandbox::lambda::{Lambda, limits, log};
use crate::sandbox::wire::ApiError;

pub async fn invoke(
    State(lambda): State<Lambda>,
    Path(function): Path<String>,
    Query(query): Query<Parameters>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let header = |name: &str| headers.get(name).and_then(|it| it.to_str().ok());
    let kind = header("x-amz-invocation-type").unwrap_or("RequestResponse");
    let payload = read(body, kind).await?;
    let client_context = header("x-amz-client-context").map(decode_context).transpose()?;
    let trace_id = header("x-amzn-trace-id").map(str::to_owned);
    let invocation = Invocation { function, qualifier: query.qualifier, payload, client_context, trace_id };
    match kind {
        "RequestResponse" => {
            let result = lambda.invoke(invocation).await?;
            Ok(render(result, header("x-amz-log-type") == Some("Tail")))
        }
        "Event" => {
            let request_id = lambda.invoke_event(invocation)?;
            Ok((StatusCode::ACCEPTED, [("x-amzn-requestid", request_id)]).into_response())
        }
        "DryRun" => {
            lambda.dry_run(&invocation.function, invocation.qualifier.as_deref())?;
            Ok(StatusCode::NO_CONTENT.into_response())
        }
        other => {
            Err(ApiError::client("InvalidParameterValueException", format!("Unknown invocation type: {other}")).into())
        }
    }
}

async fn read(body: Body, kind: &str) -> Result<Bytes, ApiError> {
    let (kind, limit) = if kind == ASYNCHRONOUS.0 { ASYNCHRONOUS } else { SYNCHRONOUS };
    body::read(body, limit).await.map_err(|error| match error {
        Unread::TooLarge(length) => too_large(length, kind, limit),
        Unread::Broken => ApiError::client("InvalidRequestContentException", "the request's body broke off"),
    })
}

fn decode_context(text: &str) -> Result<String, ApiError> {
    let refuse = || {
        ApiError::client("InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object.")
    };
    let bytes = STANDARD.decode(text).map_err(|_| refuse())?;
    let value: serde_json::Value = serde_json::from_slice(&bytes).map_err(|_| refuse())?;
    // Back to text of one line, for it becomes a header.
    if value.is_object() { Ok(value.to_string()) } else { Err(refuse()) }
}

fn render(result: InvokeResult, with_log: bool) -> Response {
    let mut headers = vec![
        ("content-type", "application/json".to_owned()),
        ("x-amzn-requestid", result.request_id),
        ("x-amz-executed-version", result.executed_version),
    ];
    headers.extend(result.function_error.map(|it| ("x-amz-function-error", it)));
    if with_log {
        headers.push(("x-amz-log-result", STANDARD.encode(log::tail(&result.log, limits::LOG_TAIL))));
    }
    let mut answer = Response::builder().status(result.status_code);
    for (name, value) in headers {
        answer = answer.header(name, value);
    }
    answer.body(Body::from(result.payload)).unwrap_or_else(|error| {
        Refusal::from(ApiError::new(500, "ServiceException", error.to_string())).into_response()
    })
}

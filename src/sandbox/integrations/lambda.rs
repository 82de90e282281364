//! Functions as tasks.

use bytes::Bytes;
use serde_json::{Value, json};

use super::failure;
use super::metadata::Metadata;
use super::params::Params;
use crate::sandbox::lambda::{Invocation, InvokeResult, Lambda};
use crate::sandbox::stepfunctions::TaskFailure;
use crate::sandbox::wire::ApiError;

/// Bytes of the log that `LogType: Tail` asks for.
const LOG_TAIL: usize = 4_096;

/// A function by its own ARN: the parameters are its payload, its answer is the output.
pub async fn function(lambda: &Lambda, arn: &str, parameters: &Value) -> Result<Value, TaskFailure> {
    let invocation = Invocation::new(arn, parameters.to_string());
    let result = lambda.invoke(invocation).await.map_err(|error| refused(&error, true))?;
    let document = String::from_utf8_lossy(&result.payload);
    succeeded(&result, &document).map(|()| payload(&result.payload))
}

/// `arn:aws:states:::lambda:invoke`.
pub async fn invoke(lambda: &Lambda, parameters: &Value) -> Result<Value, TaskFailure> {
    let call = Call::read("lambda:invoke", parameters).map_err(|error| refused(&error, false))?;
    let unqualified = call.is_unqualified();
    match call.kind.as_str() {
        "RequestResponse" => {
            let (tail, invocation) = (call.tail, call.invocation);
            let result = lambda.invoke(invocation).await.map_err(|error| refused(&error, unqualified))?;
            // The payload has been read by then, so the cause is written anew, without blanks.
            succeeded(&result, &payload(&result.payload).to_string()).map(|()| answer(&result, tail))
        }
        "Event" => {
            let id = lambda.invoke_event(call.invocation).map_err(|error| refused(&error, unqualified))?;
            Ok(accepted(202, Some(id)))
        }
        _ => {
            let invocation = call.invocation;
            let dry = lambda.dry_run(&invocation.function, invocation.qualifier.as_deref());
            dry.map(|()| accepted(204, None)).map_err(|error| refused(&error, unqualified))
        }
    }
}

/// `arn:aws:states:::aws-sdk:lambda:invoke`: the API as it is. A function's own error is an output, and payloads are text.
pub async fn sdk_invoke(lambda: &Lambda, parameters: &Value) -> Result<Value, TaskFailure> {
    let refuse = |error: ApiError| failure::of_sdk("Lambda", &error);
    let call = Call::read("aws-sdk:lambda:invoke", parameters).map_err(refuse)?;
    match call.kind.as_str() {
        "RequestResponse" => {
            let result = lambda.invoke(call.invocation).await.map_err(refuse)?;
            let mut output = json!({
                "ExecutedVersion": result.executed_version,
                "Payload": String::from_utf8_lossy(&result.payload),
                "StatusCode": result.status_code,
            });
            if let Some(error) = &result.function_error {
                output["FunctionError"] = json!(error);
            }
            Ok(output)
        }
        "Event" => {
            lambda.invoke_event(call.invocation).map(|_| json!({"Payload": "", "StatusCode": 202})).map_err(refuse)
        }
        _ => {
            let dry = lambda.dry_run(&call.invocation.function, call.invocation.qualifier.as_deref());
            dry.map(|()| json!({"StatusCode": 204})).map_err(refuse)
        }
    }
}

/// The parameters of an invoke.
struct Call {
    invocation: Invocation,
    kind: String,
    tail: bool,
}

impl Call {
    fn read(name: &str, parameters: &Value) -> Result<Self, ApiError> {
        let mut params = Params::new(name, parameters)?;
        let function = params.required("FunctionName")?;
        let payload = params.take("Payload").map(sent).unwrap_or_default();
        let call = Self {
            invocation: Invocation {
                qualifier: params.text("Qualifier")?,
                client_context: params.text("ClientContext")?.map(|text| decoded(&text)).transpose()?,
                ..Invocation::new(function, payload)
            },
            kind: params.text("InvocationType")?.unwrap_or_else(|| "RequestResponse".to_owned()),
            tail: params.text("LogType")?.as_deref() == Some("Tail"),
        };
        params.end()?;
        match call.kind.as_str() {
            "RequestResponse" | "Event" | "DryRun" => Ok(call),
            other => Err(ApiError::client("InvalidParameterValue", format!("InvocationType {other} is not known"))),
        }
    }

    /// A name, or an ARN that ends with one.
    fn is_unqualified(&self) -> bool {
        let function = &self.invocation.function;
        let behind = function.rsplit_once("function:").map_or(function.as_str(), |(_, behind)| behind);
        self.invocation.qualifier.is_none() && !behind.contains(':')
    }
}

/// A text is sent as it is, and has to be JSON itself: `"0.0"` is the number, as AWS's recordings show.
pub fn sent(payload: Value) -> String {
    match payload {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// The client context travels in base64.
fn decoded(text: &str) -> Result<String, ApiError> {
    use base64::Engine;
    let refusal = || ApiError::client("InvalidRequestContentException", "ClientContext is not base64 of a text");
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).map_err(|_| refusal())?;
    String::from_utf8(bytes).map_err(|_| refusal())
}

/// The error of a function is a failure of the task: its type is the name, its document the cause.
fn succeeded(result: &InvokeResult, document: &str) -> Result<(), TaskFailure> {
    if result.function_error.is_none() {
        return Ok(());
    }
    let named = serde_json::from_slice::<Value>(&result.payload).ok();
    match named.as_ref().and_then(|named| named.get("errorType")?.as_str()).filter(|name| !name.is_empty()) {
        Some(name) => Err(TaskFailure { error: name.to_owned(), cause: document.to_owned() }),
        None => Err(TaskFailure {
            error: "Lambda.Unknown".to_owned(),
            cause: format!(
                "The cause could not be determined because Lambda did not return an error type. Returned payload: {document}"
            ),
        }),
    }
}

fn answer(result: &InvokeResult, tail: bool) -> Value {
    use base64::Engine;
    let mut output = json!({
        "ExecutedVersion": result.executed_version,
        "Payload": payload(&result.payload),
        "StatusCode": result.status_code,
    });
    if tail {
        let log = result.log.get(result.log.len().saturating_sub(LOG_TAIL)..).unwrap_or_default();
        output["LogResult"] = json!(base64::engine::general_purpose::STANDARD.encode(log));
    }
    let metadata = Metadata {
        request_id: result.request_id.clone(),
        status: result.status_code,
        headers: vec![
            ("X-Amz-Executed-Version", result.executed_version.clone()),
            ("x-amzn-Remapped-Content-Length", "0".to_owned()),
        ],
        content_type: "application/json",
        length: result.payload.len(),
    };
    metadata.beside(output)
}

fn accepted(status: u16, request_id: Option<String>) -> Value {
    let output = json!({"StatusCode": status});
    let mut metadata = Metadata { status, length: 0, ..Metadata::of(&output, "application/json") };
    metadata.request_id = request_id.unwrap_or(metadata.request_id);
    metadata.beside(output)
}

/// What a function answers is JSON; text that is none stays text.
fn payload(bytes: &Bytes) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(bytes).into_owned()))
}

/// Step Functions asks for `$LATEST` where the definition names no version, and Lambda's answer shows it.
fn refused(error: &ApiError, unqualified: bool) -> TaskFailure {
    let absent =
        unqualified && error.message.starts_with("Function not found: ") && !error.message.ends_with("$LATEST");
    let message = if absent { format!("{}:$LATEST", error.message) } else { error.message.clone() };
    failure::of_optimised("Lambda", "AWSLambda", &ApiError { message, ..error.clone() })
}

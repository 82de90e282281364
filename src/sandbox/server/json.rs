//! The AWS JSON protocols: how requests are read, answers and refusals written.

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Map, Value, json};

use crate::sandbox::wire::ApiError;

/// A service that speaks AWS JSON.
#[async_trait::async_trait]
pub trait JsonService: Send + Sync {
    /// Answers one operation, for example `StartExecution`.
    async fn handle(&self, operation: &str, body: Value) -> Result<Value, ApiError>;
}

/// How a service speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Protocol {
    /// The content type of answers.
    pub content_type: &'static str,
    /// The member that carries a refusal's sentence.
    pub message: &'static str,
}

impl Protocol {
    /// AWS JSON 1.0, of Step Functions.
    pub const JSON_1_0: Self = Self { content_type: "application/x-amz-json-1.0", message: "message" };
    /// AWS JSON 1.1, of Athena and Glue.
    pub const JSON_1_1: Self = Self { content_type: "application/x-amz-json-1.1", message: "Message" };
    /// REST JSON, of Lambda.
    pub const REST: Self = Self { content_type: "application/json", message: "message" };

    /// An answer.
    pub fn answer(self, value: &Value, request_id: &str) -> Response<Body> {
        // Operations without output have an empty answer in AWS JSON: `{}`.
        let body = if value.is_null() { "{}".to_owned() } else { value.to_string() };
        self.response(StatusCode::OK, body, request_id)
    }

    /// A refusal.
    pub fn refusal(self, error: &ApiError, request_id: &str) -> Response<Body> {
        let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = json!({"__type": error.code, self.message: error.message});
        let mut response = self.response(status, body.to_string(), request_id);
        if let Ok(code) = HeaderValue::from_str(&error.code) {
            response.headers_mut().insert("x-amzn-errortype", code);
        }
        response
    }

    fn response(self, status: StatusCode, body: String, request_id: &str) -> Response<Body> {
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        if let Ok(id) = HeaderValue::from_str(request_id) {
            response.headers_mut().insert("x-amzn-requestid", id);
        }
        response
    }
}

/// The body of a request; none is an empty document.
pub fn read(body: &Bytes) -> Result<Value, ApiError> {
    if body.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    match serde_json::from_slice(body) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err(ApiError::client("SerializationException", "Start of structure or map found where not expected.")),
        Err(error) => Err(ApiError::client("SerializationException", format!("the body is not JSON: {error}"))),
    }
}

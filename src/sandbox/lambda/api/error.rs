//! Refusals in the shape of AWS's REST JSON protocol.

use axum::Json;
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use uuid::Uuid;

use crate::sandbox::wire::ApiError;

/// An [`ApiError`] on its way out: `x-amzn-ErrorType` and a document with `Type` and `Message`.
#[derive(Debug)]
pub struct Refusal(ApiError);

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(error) = self;
        let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let side = if status.is_server_error() { "Service" } else { "User" };
        let headers = [
            (HeaderName::from_static("x-amzn-errortype"), error.code),
            (HeaderName::from_static("x-amzn-requestid"), Uuid::new_v4().to_string()),
        ];
        (status, headers, Json(json!({"Type": side, "Message": error.message}))).into_response()
    }
}

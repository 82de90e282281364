//! What a test may do that AWS's API cannot: fire a schedule, and look at what came over the bus. Paths on the sandbox's port.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::bus::EventBridge;
use crate::sandbox::wire::ApiError;

/// What these paths begin with. No bucket can have such a name.
pub const PREFIX: &str = "/_shakedown/";

/// `POST /_shakedown/schedules/<rule>/fire`, `GET /_shakedown/events`. They need no credentials.
pub fn router(bus: Arc<EventBridge>) -> Router {
    Router::new()
        .route("/_shakedown/schedules/{rule}/fire", post(fire))
        .route("/_shakedown/events", get(events))
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .with_state(bus)
}

async fn fire(State(bus): State<Arc<EventBridge>>, Path(rule): Path<String>) -> Response {
    answer(bus.fire(&rule).await)
}

async fn events(State(bus): State<Arc<EventBridge>>) -> Response {
    answer(Ok(bus.record()))
}

async fn unknown() -> Response {
    let message =
        "the sandbox has POST /_shakedown/schedules/<rule>/fire, GET /_shakedown/events and GET /_shakedown/calls";
    answer(Err(ApiError::new(404, "NotFound", message)))
}

fn answer(result: Result<Value, ApiError>) -> Response {
    match result {
        Ok(value) => Json(value).into_response(),
        Err(error) => {
            let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, Json(json!({"code": error.code, "message": error.message}))).into_response()
        }
    }
}

//! How often each operation was called.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::body::Body;
use axum::response::IntoResponse;
use http::Response;

/// Where the counts can be had from outside, by GET and without credentials. No bucket can have such a name.
pub const PATH: &str = "/_shakedown/calls";

/// Calls by `service.Operation`, for example `s3.GetObject`. Clones share the counts.
#[derive(Debug, Clone, Default)]
pub struct Calls(Arc<Mutex<BTreeMap<String, u64>>>);

impl Calls {
    /// Counts one call.
    pub fn count(&self, service: &str, operation: &str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(format!("{service}.{operation}")).or_default() += 1;
    }

    /// All counts until now.
    pub fn read(&self) -> BTreeMap<String, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All counts as a JSON object. Asking for them counts as no call.
    pub fn answer(&self) -> Response<Body> {
        Json(self.read()).into_response()
    }
}

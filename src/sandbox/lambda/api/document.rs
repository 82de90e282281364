//! The body of a request to the control plane, with AWS's refusal when it is too long.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};

use super::error::Refusal;
use crate::sandbox::lambda::body::{self, Unread};
use crate::sandbox::lambda::limits;
use crate::sandbox::wire::ApiError;

/// The bytes of a request document.
#[derive(Debug)]
pub struct Document(pub Bytes);

impl<S: Sync> FromRequest<S> for Document {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let bytes = body::read(request.into_body(), limits::CONTROL_REQUEST).await.map_err(|error| match error {
            Unread::TooLarge(_) => {
                let message =
                    format!("Request must be smaller than {} bytes for this operation", limits::CONTROL_REQUEST);
                ApiError::new(413, "RequestEntityTooLargeException", message)
            }
            Unread::Broken => ApiError::client("SerializationException", "the request's body broke off"),
        })?;
        Ok(Self(bytes))
    }
}

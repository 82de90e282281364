//! The body of a request, which may be left unread: whoever refuses early leaves bytes behind that would be taken for the next request.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Frame, Incoming, SizeHint};

/// Most bytes that are read for nobody. A client that sends more than that sees its connection closed.
const MOST_UNREAD: usize = 64 * 1024 * 1024;

/// How long a client may take to send them.
const PATIENCE: Duration = Duration::from_secs(10);

/// A body and what is left of it. Clones are the same body.
#[derive(Debug, Clone)]
pub struct Inbound(Arc<Mutex<Incoming>>);

impl Inbound {
    /// The body of a request.
    pub fn new(body: Incoming) -> Self {
        Self(Arc::new(Mutex::new(body)))
    }

    /// Reads what nobody read; false if there is more. A client that waits for `100 Continue` is not told to go on.
    pub async fn finish(self, waits: bool) -> bool {
        if self.is_end_stream() {
            return true;
        }
        if waits {
            return false;
        }
        let rest = Limited::new(self, MOST_UNREAD).collect();
        matches!(tokio::time::timeout(PATIENCE, rest).await, Ok(Ok(_)))
    }

    fn lock(&self) -> MutexGuard<'_, Incoming> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Body for Inbound {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut *self.lock()).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.lock().is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.lock().size_hint()
    }
}

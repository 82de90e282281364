//! What changes in a bucket, told to one who wants to know: EventBridge.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use http::Extensions;

use super::store::Object;

/// The id of the HTTP request that a change came by, carried in its extensions.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

impl RequestId {
    /// A new one, of 16 letters and digits as S3's are.
    pub fn new() -> Self {
        let id = uuid::Uuid::new_v4().simple().to_string().to_ascii_uppercase();
        Self(id.get(..16).unwrap_or(&id).to_owned())
    }
}

/// Why an object changes.
#[derive(Debug, Clone)]
pub struct Cause {
    /// `reason` of an event: the operation.
    pub reason: &'static str,
    /// Of the request.
    pub request_id: String,
}

impl Cause {
    /// By a part of the sandbox, which sends no request.
    pub fn new(reason: &'static str) -> Self {
        Self { reason, request_id: RequestId::new().0 }
    }

    /// By a request.
    pub fn of(reason: &'static str, request: &Extensions) -> Self {
        match request.get::<RequestId>() {
            Some(RequestId(id)) => Self { reason, request_id: id.clone() },
            None => Self::new(reason),
        }
    }
}

/// An object that was written, or that is no longer there.
#[derive(Debug, Clone)]
pub struct Change {
    /// Its bucket.
    pub bucket: String,
    /// Its key.
    pub key: String,
    /// Without quotes.
    pub etag: String,
    /// Bytes; `None` if the object was deleted.
    pub size: Option<u64>,
    /// When.
    pub time: SystemTime,
    /// Grows with each change of a key.
    pub sequencer: u64,
    /// Why.
    pub cause: Cause,
}

type Listener = Box<dyn Fn(Change) + Send + Sync>;

/// The one who is told.
#[derive(Default)]
pub struct Watch {
    listener: OnceLock<Listener>,
    last: AtomicU64,
}

impl Watch {
    /// Tells every change to this listener, which must not call the store. The first listener stays.
    pub fn listen(&self, listener: Listener) {
        if self.listener.set(listener).is_err() {
            tracing::error!("the store of the sandbox has a listener already");
        }
    }

    /// Tells that an object was written.
    pub fn created(&self, bucket: &str, key: &str, object: &Object, cause: &Cause) {
        self.tell(bucket, key, object, Some(object.size), cause);
    }

    /// Tells that an object was deleted.
    pub fn deleted(&self, bucket: &str, key: &str, object: &Object, cause: &Cause) {
        self.tell(bucket, key, object, None, cause);
    }

    fn tell(&self, bucket: &str, key: &str, object: &Object, size: Option<u64>, cause: &Cause) {
        let Some(listener) = self.listener.get() else { return };
        let time = SystemTime::now();
        listener(Change {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            etag: object.etag.clone(),
            size,
            time,
            sequencer: self.next(time),
            cause: cause.clone(),
        });
    }

    /// Seconds since 1970 in the upper half, as S3's begin; never one twice, also if the clock goes back.
    fn next(&self, time: SystemTime) -> u64 {
        let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let next = |last: u64| last.saturating_add(1).max(seconds << 32);
        let last = self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(next(last)));
        next(last.unwrap_or_default())
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Watch").field("listening", &self.listener.get().is_some()).finish_non_exhaustive()
    }
}

//! The Runtime API: one private listener per instance, serving the four routes that a runtime asks and answers on.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::task::AbortOnDropHandle;

use super::body::{self, Unread};
use super::limits;
use super::outcome::Outcome;

/// One event on its way to a runtime.
#[derive(Debug, Clone)]
pub struct Event {
    pub request_id: String,
    pub payload: Bytes,
    pub function_arn: String,
    pub trace_id: String,
    /// JSON text of the mobile SDKs.
    pub client_context: Option<String>,
    pub time_limit: Duration,
}

/// What the runtime is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    Starting,
    /// It could not start, and says why.
    InitFailed(Bytes),
    /// It waits for an event.
    Waiting,
    /// It has an event.
    Busy,
}

/// The instance's side of the listener, which closes with it.
#[derive(Debug)]
pub struct RuntimeApi {
    pub address: SocketAddr,
    events: mpsc::Sender<Work>,
    phase: watch::Receiver<Phase>,
    _server: AbortOnDropHandle<()>,
}

#[derive(Debug)]
struct Work {
    event: Event,
    reply: oneshot::Sender<Outcome>,
}

/// The runtime's side of the listener.
struct Shared {
    inbox: tokio::sync::Mutex<mpsc::Receiver<Work>>,
    current: Mutex<Option<(String, oneshot::Sender<Outcome>)>>,
    phase: watch::Sender<Phase>,
}

impl RuntimeApi {
    /// Listens on a free loopback port.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (events, inbox) = mpsc::channel(1);
        let (phase_in, phase) = watch::channel(Phase::Starting);
        let shared = Shared { inbox: inbox.into(), current: Mutex::default(), phase: phase_in };
        let routes = routes(Arc::new(shared));
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, routes).await {
                tracing::warn!(%error, "a runtime API stopped");
            }
        });
        Ok(Self { address, events, phase, _server: AbortOnDropHandle::new(server) })
    }

    /// Waits until the runtime asks for an event, or has failed to start.
    pub fn settled(&self) -> impl Future<Output = Phase> + use<> {
        let mut phase = self.phase.clone();
        async move {
            let settled = phase.wait_for(|it| matches!(it, Phase::Waiting | Phase::InitFailed(_))).await;
            let settled = settled.map(|it| it.clone()).ok();
            match settled {
                Some(phase) => phase,
                // The server holds the sender as long as the instance lives.
                None => std::future::pending().await,
            }
        }
    }

    /// Hands an event to the runtime; the future yields its answer.
    pub fn submit(&self, event: Event) -> impl Future<Output = Outcome> + use<> {
        let (reply, answer) = oneshot::channel();
        let events = self.events.clone();
        async move {
            let sent = events.send(Work { event, reply }).await;
            match (sent, answer.await) {
                (Ok(()), Ok(outcome)) => outcome,
                // No answer can come any more: the process's end or the time limit decides.
                _ => std::future::pending().await,
            }
        }
    }
}

fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(init_error))
        .with_state(shared)
}

async fn next(State(shared): State<Arc<Shared>>) -> Response {
    let mut inbox = shared.inbox.lock().await;
    shared.phase.send_replace(Phase::Waiting);
    let Some(Work { event, reply }) = inbox.recv().await else {
        return refuse(StatusCode::GONE, "Runtime.Stopped", "the instance is being stopped");
    };
    shared.phase.send_replace(Phase::Busy);
    let deadline = SystemTime::now() + event.time_limit;
    let deadline = deadline.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    shared.begin(&event.request_id, reply);
    let mut answer = Response::builder()
        .header("Content-Type", "application/json")
        .header("Lambda-Runtime-Aws-Request-Id", event.request_id)
        .header("Lambda-Runtime-Deadline-Ms", deadline.to_string())
        .header("Lambda-Runtime-Invoked-Function-Arn", event.function_arn)
        .header("Lambda-Runtime-Trace-Id", event.trace_id);
    if let Some(context) = event.client_context {
        answer = answer.header("Lambda-Runtime-Client-Context", context);
    }
    answer
        .body(Body::from(event.payload))
        .unwrap_or_else(|error| refuse(StatusCode::INTERNAL_SERVER_ERROR, "Runtime.InvalidHeader", &error.to_string()))
}

async fn response(State(shared): State<Arc<Shared>>, Path(id): Path<String>, sent: Body) -> Response {
    shared.report(&id, sent, Outcome::Response).await
}

async fn error(State(shared): State<Arc<Shared>>, Path(id): Path<String>, sent: Body) -> Response {
    shared.report(&id, sent, Outcome::Failed).await
}

async fn init_error(State(shared): State<Arc<Shared>>, sent: Body) -> Response {
    match body::read(sent, limits::RESPONSE).await {
        Ok(bytes) => {
            shared.phase.send_replace(Phase::InitFailed(bytes));
            accepted()
        }
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

impl Shared {
    /// Ends the invocation `id` with what the runtime sent.
    async fn report(&self, id: &str, sent: Body, outcome: impl FnOnce(Bytes) -> Outcome) -> Response {
        let (outcome, answer) = match body::read(sent, limits::RESPONSE).await {
            Ok(bytes) => (outcome(bytes), accepted()),
            Err(Unread::TooLarge(length)) => (Outcome::TooLarge(length), too_large()),
            Err(Unread::Broken) => return StatusCode::BAD_REQUEST.into_response(),
        };
        if self.finish(id, outcome) { answer } else { unknown_request(id) }
    }

    fn begin(&self, id: &str, reply: oneshot::Sender<Outcome>) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some((id.to_owned(), reply));
    }

    /// Whether `id` was the current invocation, which ends here.
    fn finish(&self, id: &str, outcome: Outcome) -> bool {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        match current.take_if(|(it, _)| it == id) {
            // A receiver that has gone has met its deadline.
            Some((_, reply)) => {
                drop(reply.send(outcome));
                true
            }
            None => false,
        }
    }
}

fn accepted() -> Response {
    (StatusCode::ACCEPTED, Json(json!({"status": "OK"}))).into_response()
}

fn too_large() -> Response {
    let message = format!("Exceeded maximum allowed payload size ({} bytes).", limits::RESPONSE);
    refuse(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", &message)
}

fn unknown_request(id: &str) -> Response {
    refuse(StatusCode::BAD_REQUEST, "InvalidRequestID", &format!("Invalid request ID: {id}"))
}

fn refuse(status: StatusCode, kind: &str, message: &str) -> Response {
    (status, Json(json!({"errorType": kind, "errorMessage": message}))).into_response()
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    fn event(id: &str) -> Event {
        Event {
            request_id: id.to_owned(),
            payload: "{}".into(),
            function_arn: "arn:f".to_owned(),
            trace_id: "Root=1".to_owned(),
            client_context: None,
            time_limit: Duration::from_secs(3),
        }
    }

    fn shared() -> (Arc<Shared>, mpsc::Sender<Work>) {
        let (events, inbox) = mpsc::channel(1);
        (
            Arc::new(Shared {
                inbox: inbox.into(),
                current: Mutex::default(),
                phase: watch::Sender::new(Phase::Starting),
            }),
            events,
        )
    }

    #[tokio::test]
    async fn an_event_carries_the_headers_of_the_runtime_api() {
        let (shared, events) = shared();
        events.send(Work { event: event("r-1"), reply: oneshot::channel().0 }).await.unwrap();
        let answer = next(State(shared)).await;
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("Lambda-Runtime-Aws-Request-Id"), "r-1");
        assert_eq!(header("Lambda-Runtime-Invoked-Function-Arn"), "arn:f");
        assert_eq!(header("Lambda-Runtime-Trace-Id"), "Root=1");
        assert!(header("Lambda-Runtime-Deadline-Ms").parse::<u64>().unwrap() > 1_600_000_000_000);
        assert!(!answer.headers().contains_key("Lambda-Runtime-Client-Context"));
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "{}");
    }

    #[tokio::test]
    async fn only_the_current_invocation_can_be_answered_and_only_once() {
        let (shared, events) = shared();
        let (reply, answer) = oneshot::channel();
        events.send(Work { event: event("r-1"), reply }).await.unwrap();
        next(State(Arc::clone(&shared))).await;
        let respond = async |id: &str, body: &str| {
            response(State(Arc::clone(&shared)), Path(id.to_owned()), Body::from(body.to_owned())).await.status()
        };
        assert_eq!(respond("r-0", "0").await, StatusCode::BAD_REQUEST);
        assert_eq!(respond("r-1", "1").await, StatusCode::ACCEPTED);
        assert_eq!(respond("r-1", "2").await, StatusCode::BAD_REQUEST);
        assert_eq!(answer.await.unwrap(), Outcome::Response("1".into()));
    }
}

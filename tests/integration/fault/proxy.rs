//! A proxy before the sandbox that lets every call through as it is, but for the chosen ones.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::faults::{Answer, Deed, Fault, Piece};
use super::operation::operation;

/// Which calls go wrong, and how.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// For example `stepfunctions.StartExecution`.
    pub operation: &'static str,
    /// The first call of the operation that goes wrong, counted from 1.
    pub from: usize,
    /// The later ones too.
    pub always: bool,
    pub fault: Fault,
}

/// A proxy on loopback. It ends with the value.
pub struct Proxy {
    pub endpoint: String,
    seen: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Inner {
    upstream: String,
    plan: Plan,
    client: Client<HttpConnector, Full<Bytes>>,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Before the server of this URL.
    pub async fn start(upstream: &str, plan: Plan) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let client = Client::builder(TokioExecutor::new()).build_http();
        let inner = Arc::new(Inner { upstream: upstream.to_owned(), plan, client, seen: Arc::clone(&seen) });
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, Arc::clone(&inner)));
            }
        });
        Self { endpoint, seen, task }
    }

    /// How many calls of an operation arrived here.
    pub fn seen(&self, operation: &str) -> usize {
        self.seen.lock().unwrap().iter().filter(|seen| *seen == operation).count()
    }
}

/// Speaks HTTP with a client until it goes, or until a fault takes the connection over.
async fn serve(stream: TcpStream, inner: Arc<Inner>) {
    let (take_over, mut takes) = mpsc::channel::<Vec<Piece>>(1);
    let service = service_fn(move |request| {
        let (inner, take_over) = (Arc::clone(&inner), take_over.clone());
        async move { Ok::<_, Infallible>(inner.answer(request, take_over).await) }
    });
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let pieces = tokio::select! {
        _ = &mut connection => return,
        pieces = takes.recv() => pieces,
    };
    if let Some(pieces) = pieces {
        play(connection.into_parts().io.into_inner(), pieces).await;
    }
}

async fn play(mut stream: TcpStream, pieces: Vec<Piece>) {
    stream.set_nodelay(true).unwrap();
    for piece in pieces {
        match piece {
            Piece::Bytes(bytes) => stream.write_all(&bytes).await.unwrap_or_default(),
            Piece::Drip(bytes, pause) => {
                for byte in bytes {
                    tokio::time::sleep(pause).await;
                    if stream.write_all(&[byte]).await.is_err() {
                        return;
                    }
                }
            }
            Piece::Reset => stream.set_zero_linger().unwrap(),
            Piece::Close => stream.shutdown().await.unwrap_or_default(),
            Piece::CloseOnNext => drop(stream.read(&mut [0]).await),
            // Until the client goes.
            Piece::Hang => while !matches!(stream.read(&mut [0; 1024]).await, Ok(0) | Err(_)) {},
        }
    }
}

impl Inner {
    async fn answer(&self, request: Request<Incoming>, take_over: mpsc::Sender<Vec<Piece>>) -> Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let Ok(body) = body.collect().await else { return std::future::pending().await };
        let request = Request::from_parts(parts, body.to_bytes());
        let operation = operation(&request);
        let Some(deed) = self.deed(&operation) else { return whole(self.forward(request).await) };
        let pieces = match deed {
            Deed::Answer(answer) => return whole(answer),
            Deed::Alter(alter) => return whole(alter(self.forward(request).await, &operation)),
            Deed::Hang => return std::future::pending().await,
            Deed::Reset => vec![Piece::Reset],
            Deed::Write(write) => write(&self.forward(request).await),
        };
        take_over.send(pieces).await.ok();
        std::future::pending().await
    }

    /// What to do with the call that arrives now; none if it goes through.
    fn deed(&self, operation: &str) -> Option<Deed> {
        let mut seen = self.seen.lock().unwrap();
        seen.push(operation.to_owned());
        if operation != self.plan.operation {
            return None;
        }
        let count = seen.iter().filter(|seen| *seen == operation).count();
        let faulty = if self.plan.always { count >= self.plan.from } else { count == self.plan.from };
        if faulty { self.plan.fault.deed(operation) } else { None }
    }

    /// The call as it is, with its own host, which it is signed for.
    async fn forward(&self, mut request: Request<Bytes>) -> Answer {
        let is_head = request.method() == http::Method::HEAD;
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        *request.uri_mut() = format!("{}{path}", self.upstream).parse::<Uri>().unwrap();
        let response = self.client.request(request.map(Full::new)).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, body, is_head }
    }
}

fn whole(mut answer: Answer) -> Response<Full<Bytes>> {
    if !answer.is_head {
        answer.headers.remove("content-length");
        answer.headers.remove("transfer-encoding");
    }
    let mut response = Response::new(Full::new(answer.body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}

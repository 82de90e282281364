//! Listening on the port, and stopping.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use super::error::ListenError;
use super::front::Front;

/// How long requests may go on once the sandbox stops.
const GRACE: Duration = Duration::from_secs(2);

/// Opens a port of the loopback interface; none, or 0, is any free one.
pub async fn bind(port: Option<u16>) -> Result<TcpListener, ListenError> {
    let port = port.unwrap_or(0);
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .await
        .map_err(|error| ListenError::new(port, error))
}

/// A front door that answers. Dropping it closes the port at once.
#[derive(Debug)]
pub struct Listening {
    stop: CancellationToken,
    accepting: Option<JoinHandle<()>>,
}

impl Listening {
    /// Answers on an open port from now on.
    pub fn start(listener: TcpListener, front: Arc<Front>) -> Self {
        let stop = CancellationToken::new();
        let accepting = tokio::spawn(accept(listener, front, stop.clone()));
        Self { stop, accepting: Some(accepting) }
    }

    /// Takes no more requests from now on; those that run go on.
    pub fn refuse(&self) {
        self.stop.cancel();
    }

    /// Takes no more requests, and gives those that run a moment to end.
    pub async fn stop(mut self) {
        self.refuse();
        if let Some(accepting) = self.accepting.take()
            && let Err(error) = accepting.await
        {
            tracing::warn!(%error, "the front door did not stop cleanly");
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        if let Some(accepting) = &self.accepting {
            accepting.abort();
        }
    }
}

async fn accept(listener: TcpListener, front: Arc<Front>, stop: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(connections.spawn(serve(stream, Arc::clone(&front), stop.clone()))),
                Err(error) => tracing::warn!(%error, "a connection could not be accepted"),
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
    drop(listener);
    let all = async { while connections.join_next().await.is_some() {} };
    // What still runs after the grace is dropped with the set.
    let _ = tokio::time::timeout(GRACE, all).await;
}

async fn serve(stream: TcpStream, front: Arc<Front>, stop: CancellationToken) {
    // Answers are short: waiting to fill a packet would only delay them.
    let _ = stream.set_nodelay(true);
    let builder = Builder::new(TokioExecutor::new());
    let service = service_fn(move |request| {
        let front = Arc::clone(&front);
        async move { front.answer(request).await }
    });
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

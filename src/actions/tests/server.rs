//! A server on loopback that answers as it is told: with a status and a text, or not at all.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a request is answered with.
#[derive(Debug, Clone)]
pub enum Answer {
    /// A status and a body, `$ASKED` in it for the execution that was asked for, or the name of the one to start.
    Says(u16, &'static str),
    /// The same with header lines, each with its end.
    SaysWith(u16, String, &'static str),
    /// The connection ends without an answer.
    Breaks,
    /// The connection ends in the middle of the body.
    BreaksOff,
    /// Nothing, for ever.
    Hangs,
}

/// A server, and the requests that it got: the operation of JSON protocols, else method and path.
pub struct Server {
    pub endpoint: String,
    seen: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Answers each request by its operation and by how many of that operation came before.
    pub async fn start(answer: impl Fn(&str, usize) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let (noted, answer) = (Arc::clone(&seen), Arc::new(answer));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (noted, answer) = (Arc::clone(&noted), Arc::clone(&answer));
                tokio::spawn(async move { serve(stream, &noted, answer.as_ref()).await });
            }
        });
        Self { endpoint, seen, task }
    }

    /// Always the same answer.
    pub async fn always(answer: Answer) -> Self {
        Self::start(move |_, _| answer.clone()).await
    }

    /// How many requests of an operation came.
    pub fn count(&self, operation: &str) -> usize {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).iter().filter(|seen| *seen == operation).count()
    }
}

async fn serve(
    mut stream: TcpStream,
    seen: &Mutex<Vec<String>>,
    answer: &(impl Fn(&str, usize) -> Answer + Send + Sync),
) {
    let Some((operation, asked)) = request(&mut stream).await else { return };
    let before = {
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        let before = seen.iter().filter(|other| **other == operation).count();
        seen.push(operation.clone());
        before
    };
    let head = |status: u16, length: usize| {
        format!(
            "HTTP/1.1 {status} x\r\ncontent-length: {length}\r\netag: \"e\"\r\nx-amzn-requestid: q1\r\nconnection: close\r\n\r\n"
        )
    };
    match answer(&operation, before) {
        Answer::Says(status, body) => {
            let body = if operation.starts_with("HEAD ") { String::new() } else { body.replace("$ASKED", &asked) };
            stream.write_all(format!("{}{body}", head(status, body.len())).as_bytes()).await.ok();
        }
        Answer::SaysWith(status, lines, body) => {
            let head = head(status, body.len());
            let head = head.strip_suffix("\r\n").unwrap_or(&head);
            stream.write_all(format!("{head}{lines}\r\n{body}").as_bytes()).await.ok();
        }
        Answer::BreaksOff => {
            stream.write_all(format!("{}{{", head(200, 100)).as_bytes()).await.ok();
        }
        Answer::Breaks => {}
        Answer::Hangs => std::future::pending().await,
    }
}

/// Reads a request to its end; what it asks for, and of which execution or name.
async fn request(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let header = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
    };
    let length: usize = header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    while bytes.len() < end + 4 + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let mut words = head.split(' ');
    let (method, path) = (words.next()?, words.next()?.split('?').next()?);
    let target = header("x-amz-target").and_then(|text| text.rsplit('.').next().map(str::to_owned));
    let body = serde_json::from_slice::<serde_json::Value>(&bytes[end + 4..]).unwrap_or_default();
    let asked = body["executionArn"].as_str().or(body["name"].as_str()).unwrap_or_default().to_owned();
    Some((target.unwrap_or_else(|| format!("{method} {path}")), asked))
}

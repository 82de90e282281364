//! Who may call.

use std::time::Duration;

use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;

use super::{code, get, lake, put};
use crate::sandbox::server::testing::{config, s3};

#[tokio::test]
async fn a_wrong_secret_and_a_stranger_are_refused() {
    let (door, _) = lake().await;
    let wrong = s3(&config(&door.endpoint, "test", "wrong"));
    assert_eq!(code(wrong.list_buckets().send().await), "SignatureDoesNotMatch");
    let stranger = s3(&config(&door.endpoint, "AKIASTRANGER", "x"));
    assert_eq!(code(stranger.list_buckets().send().await), "InvalidAccessKeyId");
}

#[tokio::test]
async fn an_assumed_role_may_call() {
    let (door, _) = lake().await;
    let sts = aws_sdk_sts::Client::new(&config(&door.endpoint, "test", "test"));
    let role = sts.assume_role().role_arn("arn:aws:iam::111122223333:role/exec").role_session_name("run-1");
    let given = role.send().await.expect("assumed").credentials().expect("credentials").clone();
    let config = config(&door.endpoint, given.access_key_id(), given.secret_access_key());
    put(&s3(&config), "k", b"x".to_vec()).await;
    let without_token = aws_sdk_sts::Client::new(&config).get_caller_identity().send().await;
    assert_eq!(code(without_token), "InvalidClientTokenId");
    let token = Some(given.session_token().to_owned());
    let session = Credentials::new(given.access_key_id(), given.secret_access_key(), token, None, "test");
    let config = config.into_builder().credentials_provider(SharedCredentialsProvider::new(session)).build();
    let identity = aws_sdk_sts::Client::new(&config).get_caller_identity().send().await.expect("an identity");
    assert_eq!(identity.account(), Some("111122223333"));
    assert_eq!(identity.arn(), Some("arn:aws:sts::111122223333:assumed-role/exec/run-1"));
}

#[tokio::test]
async fn a_stream_with_a_trailing_checksum_is_read() {
    let (door, client) = lake().await;
    let path = door.folder().join("upload.csv");
    std::fs::write(&path, vec![b'y'; 700_000]).expect("a file");
    let body = ByteStream::from_path(&path).await.expect("a stream");
    client.put_object().bucket("lake").key("streamed").body(body).send().await.expect("written");
    assert_eq!(get(&client, "streamed").await.len(), 700_000);
    let head = client.head_object().bucket("lake").key("streamed").send().await.expect("a head");
    assert_eq!(head.content_encoding(), None, "how it travelled is not how it is stored");
    let body = ByteStream::from_path(&path).await.expect("a stream");
    let put = client.put_object().bucket("lake").key("packed").content_encoding("gzip").body(body);
    put.send().await.expect("written");
    let head = client.head_object().bucket("lake").key("packed").send().await.expect("a head");
    assert_eq!(head.content_encoding(), Some("gzip"));
}

#[tokio::test]
async fn a_presigned_url_needs_no_header() {
    let (_door, client) = lake().await;
    put(&client, "k", b"shared".to_vec()).await;
    let expires = PresigningConfig::expires_in(Duration::from_mins(1)).expect("a time");
    let request = client.get_object().bucket("lake").key("k").presigned(expires).await.expect("a URL");
    let body = plain_get(request.uri()).await;
    assert!(body.starts_with("HTTP/1.1 200") && body.ends_with("shared"), "{body}");
    let unsigned = plain_get(request.uri().split('?').next().expect("a URL")).await;
    assert!(unsigned.starts_with("HTTP/1.1 403") && unsigned.contains("AccessDenied"), "{unsigned}");
}

/// A GET without any header of the SDK.
async fn plain_get(url: &str) -> String {
    plain("GET", url, "").await
}

/// A request without a body and without any header of the SDK.
async fn plain(method: &str, url: &str, headers: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let url = url::Url::parse(url).expect("a URL");
    let (host, port) = (url.host_str().expect("a host"), url.port().expect("a port"));
    let mut stream = tokio::net::TcpStream::connect((host, port)).await.expect("a connection");
    let target = &url[url::Position::BeforePath..];
    let request = format!("{method} {target} HTTP/1.1\r\nHost: {host}:{port}\r\n{headers}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    answer
}

#[tokio::test]
async fn the_head_of_a_range_is_partial_content() {
    let (_door, client) = lake().await;
    put(&client, "k", b"0123456789".to_vec()).await;
    let expires = PresigningConfig::expires_in(Duration::from_mins(1)).expect("a time");
    let request = client.head_object().bucket("lake").key("k").presigned(expires).await.expect("a URL");
    assert!(plain("HEAD", request.uri(), "").await.starts_with("HTTP/1.1 200"));
    let partial = plain("HEAD", request.uri(), "Range: bytes=2-4\r\n").await.to_lowercase();
    assert!(partial.starts_with("http/1.1 206") && partial.contains("content-range: bytes 2-4/10"), "{partial}");
}

#[tokio::test]
async fn a_refusal_before_the_body_was_read_spares_the_next_request_of_the_connection() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let (door, _) = lake().await;
    let mut stream = tokio::net::TcpStream::connect(door.endpoint.trim_start_matches("http://")).await.expect("open");
    let body = "x".repeat(3_000_000);
    let first = format!("PUT /lake/k HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let second = "GET /lake HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let (mut reader, mut writer) = stream.split();
    let write = async {
        writer.write_all(first.as_bytes()).await.expect("sent");
        writer.write_all(second.as_bytes()).await.expect("sent on the same connection");
    };
    let mut answers = String::new();
    let read = reader.read_to_string(&mut answers);
    let ((), read) = tokio::join!(write, read);
    read.expect("two answers");
    assert_eq!(answers.matches("HTTP/1.1 403").count(), 2, "{answers}");
}

#[tokio::test]
async fn a_closed_door_answers_nobody() {
    let (mut door, client) = lake().await;
    put(&client, "k", b"x".to_vec()).await;
    door.close().await;
    let again = client.get_object().bucket("lake").key("k").send().await.expect_err("nobody is there");
    assert!(again.raw_response().is_none(), "{again:?}");
}

#[tokio::test]
async fn a_taken_port_is_named_with_a_way_out() {
    let (door, _) = lake().await;
    let port = door.endpoint.rsplit(':').next().and_then(|port| port.parse().ok());
    let error = crate::sandbox::server::bind(port).await.expect_err("the port is taken").to_string();
    assert!(error.contains(&format!("127.0.0.1:{}", port.expect("a port"))) && error.contains("help:"), "{error}");
}

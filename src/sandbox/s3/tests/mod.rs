//! S3 as the SDK sees it, over HTTP.

mod listing;
mod multipart;
mod objects;
mod pages;
mod signatures;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

use crate::sandbox::server::testing::Door;

/// A door with a bucket `lake`.
async fn lake() -> (Door, Client) {
    let door = Door::open().await;
    let client = door.s3();
    door.store.create_bucket("lake").expect("a new bucket");
    (door, client)
}

async fn put(client: &Client, key: &str, body: impl Into<Vec<u8>>) {
    client.put_object().bucket("lake").key(key).body(body.into().into()).send().await.expect("an object");
}

async fn get(client: &Client, key: &str) -> Vec<u8> {
    let output = client.get_object().bucket("lake").key(key).send().await.expect("an object");
    output.body.collect().await.expect("its body").to_vec()
}

/// The code of a refusal.
fn code<T: std::fmt::Debug, E>(result: Result<T, SdkError<E>>) -> String
where
    E: ProvideErrorMetadata + std::fmt::Debug,
{
    let error = result.expect_err("a refusal");
    error.code().map_or_else(|| format!("{error:?}"), str::to_owned)
}

/// The HTTP status of a refusal.
fn status<T: std::fmt::Debug, E: std::fmt::Debug>(result: Result<T, SdkError<E>>) -> u16 {
    result.expect_err("a refusal").raw_response().expect("a response").status().as_u16()
}

//! Listings in both forms.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::EncodingType;

use super::{code, lake, put};

const KEYS: [&str; 7] = ["a", "orders/1.csv", "orders/2.csv", "orders/day=1/x", "orders/day=2/x", "z ü", "z/"];

async fn filled() -> (crate::sandbox::server::testing::Door, Client) {
    let (door, client) = lake().await;
    for key in KEYS {
        put(&client, key, key.as_bytes().to_vec()).await;
    }
    (door, client)
}

async fn check(prefix: &str, delimiter: Option<&str>, keys: &[&str], prefixes: &[&str]) {
    let (_door, client) = filled().await;
    for page in [1, 2, 1000] {
        let found = pages(&client, prefix, delimiter, page).await;
        assert_eq!(found, (owned(keys), owned(prefixes)), "{prefix} {delimiter:?} in pages of {page}");
        let found = marked(&client, prefix, delimiter, page).await;
        assert_eq!(found, (owned(keys), owned(prefixes)), "{prefix} {delimiter:?} in marked pages of {page}");
    }
}

async fn pages(client: &Client, prefix: &str, delimiter: Option<&str>, page: i32) -> (Vec<String>, Vec<String>) {
    let (mut keys, mut prefixes, mut token) = (Vec::new(), Vec::new(), None);
    loop {
        let list = client.list_objects_v2().bucket("lake").prefix(prefix).set_delimiter(delimiter.map(str::to_owned));
        let output = list.max_keys(page).set_continuation_token(token).send().await.expect("a page");
        let count = output.contents().len() + output.common_prefixes().len();
        assert_eq!(output.key_count(), i32::try_from(count).ok());
        assert!(count <= usize::try_from(page).expect("a count"));
        keys.extend(output.contents().iter().filter_map(|object| object.key().map(str::to_owned)));
        prefixes.extend(output.common_prefixes().iter().filter_map(|found| found.prefix().map(str::to_owned)));
        token = output.next_continuation_token().map(str::to_owned);
        assert_eq!(output.is_truncated(), Some(token.is_some()));
        if token.is_none() {
            return (keys, prefixes);
        }
    }
}

async fn marked(client: &Client, prefix: &str, delimiter: Option<&str>, page: i32) -> (Vec<String>, Vec<String>) {
    let (mut keys, mut prefixes, mut marker) = (Vec::new(), Vec::new(), None);
    loop {
        let list = client.list_objects().bucket("lake").prefix(prefix).set_delimiter(delimiter.map(str::to_owned));
        let output = list.max_keys(page).set_marker(marker).send().await.expect("a page");
        keys.extend(output.contents().iter().filter_map(|object| object.key().map(str::to_owned)));
        prefixes.extend(output.common_prefixes().iter().filter_map(|found| found.prefix().map(str::to_owned)));
        if output.is_truncated() != Some(true) {
            return (keys, prefixes);
        }
        let bottom = output.contents().last().and_then(|object| object.key()).map(str::to_owned);
        marker = output.next_marker().map(str::to_owned).or(bottom);
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[tokio::test]
async fn every_key_is_listed_once_in_order() {
    check("", None, &KEYS, &[]).await;
    check("orders/", None, &KEYS[1..5], &[]).await;
    check("none", None, &[], &[]).await;
}

#[tokio::test]
async fn a_delimiter_rolls_keys_up() {
    check("", Some("/"), &["a", "z ü"], &["orders/", "z/"]).await;
    check("orders/", Some("/"), &KEYS[1..3], &["orders/day=1/", "orders/day=2/"]).await;
    check("z/", Some("/"), &["z/"], &[]).await;
}

#[tokio::test]
async fn a_listing_starts_after_a_key() {
    let (_door, client) = filled().await;
    let output = client.list_objects_v2().bucket("lake").start_after("orders/2.csv").send().await.expect("a page");
    assert_eq!(output.contents()[0].key(), Some("orders/day=1/x"));
    assert_eq!(output.contents()[0].owner(), None);
    let output = client.list_objects_v2().bucket("lake").fetch_owner(true).send().await.expect("a page");
    assert_eq!(output.contents()[0].owner().and_then(|owner| owner.id()), Some("000000000000"));
}

#[tokio::test]
async fn keys_are_encoded_when_asked() {
    let (_door, client) = filled().await;
    let list = client.list_objects_v2().bucket("lake").prefix("z ").encoding_type(EncodingType::Url);
    let output = list.send().await.expect("a page");
    assert_eq!(output.contents()[0].key(), Some("z%20%C3%BC"));
    assert_eq!(output.prefix(), Some("z%20"));
}

#[tokio::test]
async fn a_made_up_token_is_refused() {
    let (_door, client) = filled().await;
    let list = client.list_objects_v2().bucket("lake").continuation_token("%%%");
    assert_eq!(code(list.send().await), "InvalidArgument");
}

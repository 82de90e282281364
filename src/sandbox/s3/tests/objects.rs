//! Objects and buckets.

use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::{
    BucketLocationConstraint, BucketVersioningStatus, ChecksumAlgorithm, ChecksumMode, CreateBucketConfiguration,
    Delete, MetadataDirective, ObjectIdentifier, Tag, Tagging, VersioningConfiguration,
};

use super::{code, get, lake, put, status};

#[tokio::test]
async fn a_body_comes_back_with_what_it_carries() {
    let (_door, client) = lake().await;
    let put = client.put_object().bucket("lake").key("a/b ü+%.csv").content_type("text/csv").cache_control("no-store");
    let put = put.metadata("owner", "ada").body(b"id\n1\n".to_vec().into()).send().await.expect("written");
    let output = client.get_object().bucket("lake").key("a/b ü+%.csv").send().await.expect("read");
    assert_eq!(output.content_type(), Some("text/csv"));
    assert_eq!(output.cache_control(), Some("no-store"));
    assert_eq!(output.metadata().and_then(|map| map.get("owner")).map(String::as_str), Some("ada"));
    assert_eq!(output.content_length(), Some(5));
    assert_eq!(output.e_tag(), put.e_tag());
    assert_eq!(output.body.collect().await.expect("its body").to_vec(), b"id\n1\n");
}

#[tokio::test]
async fn the_etag_of_a_simple_object_is_its_md5() {
    let (_door, client) = lake().await;
    put(&client, "hello", b"hello".to_vec()).await;
    let head = client.head_object().bucket("lake").key("hello").send().await.expect("a head");
    assert_eq!(head.e_tag(), Some("\"5d41402abc4b2a76b9719d911017c592\""));
    assert_eq!(head.content_type(), Some("application/octet-stream"));
}

#[tokio::test]
async fn every_checksum_of_the_sdk_is_verified_and_told() {
    let (_door, client) = lake().await;
    for algorithm in [
        ChecksumAlgorithm::Crc32,
        ChecksumAlgorithm::Crc32C,
        ChecksumAlgorithm::Crc64Nvme,
        ChecksumAlgorithm::Sha1,
        ChecksumAlgorithm::Sha256,
    ] {
        let put = client.put_object().bucket("lake").key("k").checksum_algorithm(algorithm.clone());
        put.body(vec![7; 300_000].into()).send().await.expect("written");
        let read = client.get_object().bucket("lake").key("k").checksum_mode(ChecksumMode::Enabled);
        let output = read.send().await.expect("read");
        let told = [
            output.checksum_crc32().is_some(),
            output.checksum_crc32_c().is_some(),
            output.checksum_crc64_nvme().is_some(),
            output.checksum_sha1().is_some(),
            output.checksum_sha256().is_some(),
        ];
        assert_eq!(told.iter().filter(|told| **told).count(), 1, "{algorithm}");
        assert_eq!(output.body.collect().await.expect("a verified body").into_bytes().len(), 300_000);
    }
}

#[tokio::test]
async fn a_wrong_checksum_is_refused_and_nothing_is_written() {
    let (_door, client) = lake().await;
    let wrong = client.put_object().bucket("lake").key("k").checksum_crc32("AAAAAA==").body(b"hello".to_vec().into());
    assert_eq!(code(wrong.send().await), "BadDigest");
    let wrong = client.put_object().bucket("lake").key("k").content_md5("AAAAAAAAAAAAAAAAAAAAAA==");
    assert_eq!(code(wrong.body(b"hello".to_vec().into()).send().await), "BadDigest");
    assert_eq!(status(client.head_object().bucket("lake").key("k").send().await), 404);
}

#[tokio::test]
async fn a_range_is_a_part_of_the_body() {
    let (_door, client) = lake().await;
    put(&client, "k", b"0123456789".to_vec()).await;
    for (range, expected, header) in
        [("bytes=2-4", "234", "bytes 2-4/10"), ("bytes=7-", "789", "bytes 7-9/10"), ("bytes=-2", "89", "bytes 8-9/10")]
    {
        let output = client.get_object().bucket("lake").key("k").range(range).send().await.expect("a part");
        assert_eq!(output.content_range(), Some(header));
        assert_eq!(output.body.collect().await.expect("its body").to_vec(), expected.as_bytes());
    }
    assert_eq!(code(client.get_object().bucket("lake").key("k").range("bytes=10-").send().await), "InvalidRange");
}

#[tokio::test]
async fn conditions_of_reads_answer_412_and_304() {
    let (_door, client) = lake().await;
    put(&client, "k", b"hello".to_vec()).await;
    let etag = "\"5d41402abc4b2a76b9719d911017c592\"";
    let read = || client.get_object().bucket("lake").key("k");
    let (long_ago, later) = (DateTime::from_secs(1), DateTime::from_secs(4_000_000_000));
    assert!(read().if_match(etag).send().await.is_ok());
    assert!(read().if_match(etag).if_unmodified_since(long_ago).send().await.is_ok(), "an ETag decides before a date");
    assert_eq!(status(read().if_match("\"other\"").send().await), 412);
    assert_eq!(status(read().if_unmodified_since(long_ago).send().await), 412);
    assert_eq!(status(read().if_none_match(etag).send().await), 304);
    assert_eq!(status(read().if_modified_since(later).send().await), 304);
    assert!(read().if_modified_since(long_ago).send().await.is_ok());
}

#[tokio::test]
async fn conditions_of_writes_keep_what_is_there() {
    let (_door, client) = lake().await;
    let write = |body: &str| client.put_object().bucket("lake").key("k").body(body.as_bytes().to_vec().into());
    assert_eq!(code(write("a").if_match("\"x\"").send().await), "NoSuchKey");
    assert!(write("first").if_none_match("*").send().await.is_ok());
    assert_eq!(status(write("second").if_none_match("*").send().await), 412);
    assert_eq!(code(write("second").if_match("\"x\"").send().await), "PreconditionFailed");
    assert_eq!(get(&client, "k").await, b"first");
}

#[tokio::test]
async fn of_writers_at_the_same_time_one_creates_the_object() {
    let (_door, client) = lake().await;
    let write = |number: usize| {
        let put = client.put_object().bucket("lake").key("lock").if_none_match("*");
        async move { put.body(number.to_string().into_bytes().into()).send().await.is_ok() }
    };
    let won = futures::future::join_all((0..12).map(write)).await;
    assert_eq!(won.into_iter().filter(|won| *won).count(), 1);
}

#[tokio::test]
async fn another_owner_is_refused() {
    let (_door, client) = lake().await;
    put(&client, "k", b"x".to_vec()).await;
    let read = || client.get_object().bucket("lake").key("k");
    assert!(read().expected_bucket_owner("000000000000").send().await.is_ok());
    assert_eq!(code(read().expected_bucket_owner("111122223333").send().await), "AccessDenied");
    assert_eq!(status(read().expected_bucket_owner("abc").send().await), 400);
    let list = client.list_objects_v2().bucket("lake").expected_bucket_owner("111122223333");
    assert_eq!(status(list.send().await), 403);
}

#[tokio::test]
async fn a_copy_keeps_or_replaces_what_the_source_carries() {
    let (_door, client) = lake().await;
    let put = client.put_object().bucket("lake").key("a b").content_type("text/csv").metadata("v", "1").tagging("t=1");
    put.body(b"x".to_vec().into()).send().await.expect("written");
    let copy = |to: &str| client.copy_object().bucket("lake").key(to).copy_source("lake/a%20b");
    copy("kept").send().await.expect("copied");
    let replaced = copy("replaced").metadata_directive(MetadataDirective::Replace).metadata("v", "2");
    replaced.content_type("text/plain").send().await.expect("copied");
    for (key, content_type, metadata) in [("kept", "text/csv", "1"), ("replaced", "text/plain", "2")] {
        let head = client.head_object().bucket("lake").key(key).send().await.expect("a head");
        assert_eq!(head.content_type(), Some(content_type));
        assert_eq!(head.metadata().and_then(|map| map.get("v")).map(String::as_str), Some(metadata));
        assert_eq!(get(&client, key).await, b"x");
    }
    assert_eq!(code(copy("a b").send().await), "InvalidRequest");
    let absent = client.copy_object().bucket("lake").key("x").copy_source("lake/none");
    assert_eq!(code(absent.send().await), "NoSuchKey");
}

#[tokio::test]
async fn a_copy_keeps_what_is_at_its_destination_if_it_is_told_to() {
    let (_door, client) = lake().await;
    put(&client, "a", b"new".to_vec()).await;
    put(&client, "b", b"old".to_vec()).await;
    let copy = |to: &'static str, header: &'static str, value: &'static str| {
        let copy = client.copy_object().bucket("lake").key(to).copy_source("lake/a").customize();
        copy.mutate_request(move |request| drop(request.headers_mut().insert(header, value))).send()
    };
    assert_eq!(status(copy("b", "if-none-match", "*").await), 412);
    assert_eq!(status(copy("b", "if-match", "\"other\"").await), 412);
    assert_eq!(get(&client, "b").await, b"old");
    copy("c", "if-none-match", "*").await.expect("copied");
    copy("b", "if-match", "\"149603e6c03516362a8da23f624db945\"").await.expect("copied over the old one");
    assert_eq!(get(&client, "b").await, b"new");
}

#[tokio::test]
async fn an_operation_that_is_not_served_leaves_the_object_alone() {
    let (door, client) = lake().await;
    put(&client, "k", b"x".to_vec()).await;
    let uri = format!("{}/lake/k?annotation&annotationName=a", door.endpoint);
    let delete = client.delete_object().bucket("lake").key("k").customize();
    let delete = delete.mutate_request(move |request| request.set_uri(uri.clone()).expect("a URI"));
    assert_eq!(code(delete.send().await), "NotImplemented");
    assert_eq!(get(&client, "k").await, b"x");
}

#[tokio::test]
async fn deletes_do_not_tell_whether_a_key_was_there() {
    let (_door, client) = lake().await;
    put(&client, "a", b"x".to_vec()).await;
    let named = |key: &str| ObjectIdentifier::builder().key(key).build().expect("a key");
    let delete = Delete::builder().objects(named("a")).objects(named("none")).build().expect("keys");
    let output = client.delete_objects().bucket("lake").delete(delete).send().await.expect("deleted");
    assert_eq!(output.deleted().len(), 2);
    assert!(client.delete_object().bucket("lake").key("a").send().await.is_ok());
    assert_eq!(code(client.get_object().bucket("lake").key("a").send().await), "NoSuchKey");
}

#[tokio::test]
async fn a_deleted_body_leaves_no_file_and_a_reader_keeps_it() {
    let (door, client) = lake().await;
    put(&client, "k", vec![1; 2_000_000]).await;
    let object = door.store.head("lake", "k").expect("there");
    client.delete_object().bucket("lake").key("k").send().await.expect("deleted");
    assert_eq!(object.range(0..object.size).await.expect("still readable").len(), 2_000_000);
    drop(object);
    assert_eq!(std::fs::read_dir(door.folder()).expect("the folder").count(), 0);
}

#[tokio::test]
async fn tags_are_kept_beside_the_object() {
    let (_door, client) = lake().await;
    put(&client, "k", b"x".to_vec()).await;
    let tag = Tag::builder().key("run").value("42").build().expect("a tag");
    let tagging = Tagging::builder().tag_set(tag).build().expect("tags");
    client.put_object_tagging().bucket("lake").key("k").tagging(tagging).send().await.expect("tagged");
    let tags = || client.get_object_tagging().bucket("lake").key("k");
    assert_eq!(tags().send().await.expect("tags").tag_set()[0].value(), "42");
    client.delete_object_tagging().bucket("lake").key("k").send().await.expect("untagged");
    assert!(tags().send().await.expect("tags").tag_set().is_empty());
}

#[tokio::test]
async fn buckets_are_created_once_and_deleted_empty() {
    let (door, client) = lake().await;
    let place = |region: &str| {
        let place = BucketLocationConstraint::from(region);
        CreateBucketConfiguration::builder().location_constraint(place).build()
    };
    let create = |region: &str| client.create_bucket().bucket("raw").create_bucket_configuration(place(region));
    assert_eq!(code(create("us-west-2").send().await), "IllegalLocationConstraintException");
    create("eu-west-1").send().await.expect("created");
    assert_eq!(code(create("eu-west-1").send().await), "BucketAlreadyOwnedByYou");
    let location = client.get_bucket_location().bucket("raw").send().await.expect("a location");
    assert_eq!(location.location_constraint().map(BucketLocationConstraint::as_str), Some("eu-west-1"));
    let names: Vec<_> = client
        .list_buckets()
        .send()
        .await
        .expect("buckets")
        .buckets()
        .iter()
        .filter_map(|bucket| bucket.name().map(str::to_owned))
        .collect();
    assert_eq!(names, ["lake", "raw"]);
    put(&client, "k", b"x".to_vec()).await;
    assert_eq!(code(client.delete_bucket().bucket("lake").send().await), "BucketNotEmpty");
    client.delete_bucket().bucket("raw").send().await.expect("deleted");
    assert_eq!(status(client.head_bucket().bucket("raw").send().await), 404);
    assert_eq!(code(client.list_objects_v2().bucket("raw").send().await), "NoSuchBucket");
    assert_eq!(door.calls.read().get("s3.CreateBucket"), Some(&3));
}

#[tokio::test]
async fn a_large_body_is_refused_in_words_and_not_by_a_broken_connection() {
    let (_door, client) = lake().await;
    let large = client.put_object().bucket("none").key("k").body(vec![0; 12_000_000].into());
    assert_eq!(code(large.send().await), "NoSuchBucket");
}

#[tokio::test]
async fn versioning_is_off_and_cannot_be_switched_on() {
    let (_door, client) = lake().await;
    let versioning = client.get_bucket_versioning().bucket("lake").send().await.expect("an answer");
    assert_eq!(versioning.status(), None);
    let on = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    let refused = client.put_bucket_versioning().bucket("lake").versioning_configuration(on).send().await;
    assert_eq!(code(refused), "NotImplemented");
    assert_eq!(code(client.get_bucket_policy().bucket("lake").send().await), "NotImplemented");
}

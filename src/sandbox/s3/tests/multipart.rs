//! Uploads in parts.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode, CompletedMultipartUpload, CompletedPart};

use super::{code, get, lake, put};

const PART: usize = 5 * 1024 * 1024;

async fn begin(client: &Client) -> String {
    let begun = client.create_multipart_upload().bucket("lake").key("big").content_type("text/csv").metadata("v", "1");
    begun.send().await.expect("begun").upload_id().expect("an id").to_owned()
}

async fn send(client: &Client, id: &str, number: i32, body: Vec<u8>) -> CompletedPart {
    let part = client.upload_part().bucket("lake").key("big").upload_id(id).part_number(number).body(body.into());
    let etag = part.send().await.expect("a part").e_tag().expect("an ETag").to_owned();
    CompletedPart::builder().part_number(number).e_tag(etag).build()
}

fn parts(parts: &[&CompletedPart]) -> CompletedMultipartUpload {
    CompletedMultipartUpload::builder().set_parts(Some(parts.iter().map(|part| (*part).clone()).collect())).build()
}

#[tokio::test]
async fn parts_become_one_object_whose_etag_counts_them() {
    let (door, client) = lake().await;
    let id = begin(&client).await;
    let second = send(&client, &id, 2, b"tail".to_vec()).await;
    let first = send(&client, &id, 1, vec![b'x'; PART]).await;
    let listed = client.list_parts().bucket("lake").key("big").upload_id(&id).send().await.expect("parts");
    assert_eq!(listed.parts().iter().filter_map(aws_sdk_s3::types::Part::part_number).collect::<Vec<_>>(), [1, 2]);
    let complete = client.complete_multipart_upload().bucket("lake").key("big").upload_id(&id);
    let done = complete.multipart_upload(parts(&[&first, &second])).send().await.expect("completed");
    assert!(done.e_tag().expect("an ETag").ends_with("-2\""), "{done:?}");
    let head = client.head_object().bucket("lake").key("big").send().await.expect("a head");
    assert_eq!(head.content_length(), i64::try_from(PART + 4).ok());
    assert_eq!(head.content_type(), Some("text/csv"));
    assert_eq!(&get(&client, "big").await[PART - 1..], b"xtail");
    let part = client.get_object().bucket("lake").key("big").part_number(2).send().await.expect("a part");
    assert_eq!(part.parts_count(), Some(2));
    assert_eq!(part.body.collect().await.expect("its body").to_vec(), b"tail");
    assert_eq!(std::fs::read_dir(door.folder()).expect("the folder").count(), 1, "parts leave no files");
}

#[tokio::test]
async fn the_checksum_of_parts_is_over_their_checksums() {
    let (_door, client) = lake().await;
    let begun = client.create_multipart_upload().bucket("lake").key("big").checksum_algorithm(ChecksumAlgorithm::Crc32);
    let id = begun.send().await.expect("begun").upload_id().expect("an id").to_owned();
    let part = client.upload_part().bucket("lake").key("big").upload_id(&id).part_number(1);
    let part = part.checksum_algorithm(ChecksumAlgorithm::Crc32).body(b"tail".to_vec().into());
    let sent = part.send().await.expect("a part");
    let named = CompletedPart::builder().part_number(1).set_e_tag(sent.e_tag).set_checksum_crc32(sent.checksum_crc32);
    let complete = client.complete_multipart_upload().bucket("lake").key("big").upload_id(&id);
    let done = complete.multipart_upload(parts(&[&named.build()])).send().await.expect("completed");
    assert!(done.checksum_crc32().expect("a checksum").ends_with("-1"), "{done:?}");
    let read = client.get_object().bucket("lake").key("big").checksum_mode(ChecksumMode::Enabled).send().await;
    assert_eq!(read.expect("read").body.collect().await.expect("its body").to_vec(), b"tail");
}

#[tokio::test]
async fn a_part_can_be_copied_from_an_object() {
    let (_door, client) = lake().await;
    put(&client, "source", b"0123456789".to_vec()).await;
    let id = begin(&client).await;
    let copy = client.upload_part_copy().bucket("lake").key("big").upload_id(&id).part_number(1);
    let copied = copy.copy_source("lake/source").copy_source_range("bytes=2-5").send().await.expect("copied");
    let etag = copied.copy_part_result().and_then(|result| result.e_tag()).expect("an ETag");
    let part = CompletedPart::builder().part_number(1).e_tag(etag).build();
    let complete = client.complete_multipart_upload().bucket("lake").key("big").upload_id(&id);
    complete.multipart_upload(parts(&[&part])).send().await.expect("completed");
    assert_eq!(get(&client, "big").await, b"2345");
}

#[tokio::test]
async fn what_does_not_fit_together_is_refused() {
    let (_door, client) = lake().await;
    let id = begin(&client).await;
    let first = send(&client, &id, 1, b"small".to_vec()).await;
    let second = send(&client, &id, 2, b"tail".to_vec()).await;
    let unknown = CompletedPart::builder().part_number(3).e_tag("\"00\"").build();
    let complete = |named: CompletedMultipartUpload| {
        client.complete_multipart_upload().bucket("lake").key("big").upload_id(&id).multipart_upload(named)
    };
    assert_eq!(code(complete(parts(&[&first, &second])).send().await), "EntityTooSmall");
    assert_eq!(code(complete(parts(&[&second, &first])).send().await), "InvalidPartOrder");
    assert_eq!(code(complete(parts(&[&first, &unknown])).send().await), "InvalidPart");
    let uploads = client.list_multipart_uploads().bucket("lake").send().await.expect("uploads");
    assert_eq!(uploads.uploads()[0].upload_id(), Some(id.as_str()));
    let abort = || client.abort_multipart_upload().bucket("lake").key("big").upload_id(&id);
    abort().send().await.expect("aborted");
    assert_eq!(code(abort().send().await), "NoSuchUpload");
}

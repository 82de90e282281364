//! Operations that read.

use futures::TryStreamExt;
use s3s::S3;
use s3s::dto::{
    Checksum, CommonPrefix, GetObjectInput, HeadBucketInput, HeadObjectInput, HeadObjectOutput, ListBucketsInput,
    ListObjectsInput, ListObjectsV2Input, Object, Range,
};
use serde_json::{Value, json};

use super::super::params::Params;
use super::call::{output, request};
use super::output::Members;
use crate::sandbox::s3::S3Service;
use crate::sandbox::wire::ApiError;

/// Longest body that a task can carry; the output as a whole has the same limit (Step Functions quotas).
const LONGEST_BODY: i64 = 262_144;

/// Copies the members that `GetObject` and `HeadObject` share into the description of an object.
macro_rules! describe {
    ($output:expr) => {{
        let output = &$output;
        let metadata = output.metadata.clone().unwrap_or_default();
        Members::default()
            .with("AcceptRanges", output.accept_ranges.clone())
            .with("CacheControl", output.cache_control.clone())
            .with("ContentDisposition", output.content_disposition.clone())
            .with("ContentEncoding", output.content_encoding.clone())
            .with("ContentLanguage", output.content_language.clone())
            .with("ContentLength", output.content_length)
            .with("ContentRange", output.content_range.clone())
            .with("ContentType", output.content_type.clone())
            .etag(output.e_tag.as_ref())
            .time("LastModified", output.last_modified.as_ref())
            .with("Metadata", Some(metadata.into_iter().map(|(key, value)| (key, json!(value))).collect::<Value>()))
            .with("ServerSideEncryption", output.server_side_encryption.as_ref().map(|used| used.as_str().to_owned()))
            .with("StorageClass", output.storage_class.as_ref().map(|class| class.as_str().to_owned()))
    }};
}

pub async fn get(s3: &S3Service, mut params: Params) -> Result<Value, ApiError> {
    let input = GetObjectInput {
        bucket: params.required("Bucket")?,
        key: params.required("Key")?,
        range: params.text("Range")?.map(|text| range(&text)).transpose()?,
        version_id: params.text("VersionId")?,
        ..GetObjectInput::default()
    };
    params.end()?;
    let mut got = output(s3.get_object(request(input)).await)?;
    if got.content_length.is_some_and(|length| length > LONGEST_BODY) {
        return Err(ApiError::client(
            "InvalidRequest",
            "the object is larger than the 262144 bytes that a state can carry",
        ));
    }
    let body = match got.body.take() {
        Some(body) => body.try_collect::<Vec<_>>().await.map_err(|error| broken(&error.to_string()))?.concat(),
        None => Vec::new(),
    };
    let text = String::from_utf8_lossy(&body).into_owned();
    let (count, described) = (got.tag_count, describe!(got));
    Ok(described.with("TagCount", count).with("Body", Some(text)).done())
}

pub async fn head(s3: &S3Service, mut params: Params) -> Result<Value, ApiError> {
    let input = HeadObjectInput {
        bucket: params.required("Bucket")?,
        key: params.required("Key")?,
        version_id: params.text("VersionId")?,
        ..HeadObjectInput::default()
    };
    params.end()?;
    let head: HeadObjectOutput = output(s3.head_object(request(input)).await)?;
    Ok(describe!(head).done())
}

pub async fn head_bucket(s3: &S3Service, mut params: Params) -> Result<Value, ApiError> {
    let input = HeadBucketInput { bucket: params.required("Bucket")?, expected_bucket_owner: None };
    params.end()?;
    let head = output(s3.head_bucket(request(input)).await)?;
    Ok(Members::default().with("BucketRegion", head.bucket_region).done())
}

pub async fn list_buckets(s3: &S3Service, mut params: Params) -> Result<Value, ApiError> {
    let input = ListBucketsInput {
        prefix: params.text("Prefix")?,
        continuation_token: params.text("ContinuationToken")?,
        max_buckets: params.integer("MaxBuckets")?,
        bucket_region: params.text("BucketRegion")?,
    };
    params.end()?;
    let found = output(s3.list_buckets(request(input)).await)?;
    let bucket = |bucket: s3s::dto::Bucket| {
        Members::default().with("Name", bucket.name).time("CreationDate", bucket.creation_date.as_ref()).done()
    };
    let owner = found.owner.and_then(|owner| owner.id).map(|id| json!({"Id": id}));
    let buckets: Vec<Value> = found.buckets.unwrap_or_default().into_iter().map(bucket).collect();
    let members = Members::default().with("Buckets", Some(buckets)).with("Owner", owner);
    Ok(members.with("ContinuationToken", found.continuation_token).with("Prefix", found.prefix).done())
}

pub async fn list(s3: &S3Service, mut params: Params) -> Result<Value, ApiError> {
    let input = ListObjectsInput {
        bucket: params.required("Bucket")?,
        prefix: params.text("Prefix")?,
        delimiter: params.text("Delimiter")?,
        marker: params.text("Marker")?,
        max_keys: params.integer("MaxKeys")?,
        ..ListObjectsInput::default()
    };
    params.end()?;
    let page = output(s3.list_objects(request(input)).await)?;
    Ok(contents(page.contents, page.common_prefixes)
        .with("Delimiter", page.delimiter)
        .with("IsTruncated", page.is_truncated)
        .with("Marker", page.marker)
        .with("MaxKeys", page.max_keys)
        .with("Name", page.name)
        .with("NextMarker", page.next_marker)
        .with("Prefix", page.prefix)
        .done())
}

pub async fn list_v2(s3: &S3Service, mut params: Params) -> Result<Value, ApiError> {
    let input = ListObjectsV2Input {
        bucket: params.required("Bucket")?,
        prefix: params.text("Prefix")?,
        delimiter: params.text("Delimiter")?,
        start_after: params.text("StartAfter")?,
        continuation_token: params.text("ContinuationToken")?,
        max_keys: params.integer("MaxKeys")?,
        fetch_owner: params.boolean("FetchOwner")?,
        ..ListObjectsV2Input::default()
    };
    params.end()?;
    let page = output(s3.list_objects_v2(request(input)).await)?;
    Ok(contents(page.contents, page.common_prefixes)
        .with("ContinuationToken", page.continuation_token)
        .with("Delimiter", page.delimiter)
        .with("IsTruncated", page.is_truncated)
        .with("KeyCount", page.key_count)
        .with("MaxKeys", page.max_keys)
        .with("Name", page.name)
        .with("NextContinuationToken", page.next_continuation_token)
        .with("Prefix", page.prefix)
        .with("StartAfter", page.start_after)
        .done())
}

fn contents(objects: Option<Vec<Object>>, prefixes: Option<Vec<CommonPrefix>>) -> Members {
    let objects: Vec<Value> = objects.unwrap_or_default().into_iter().map(entry).collect();
    let prefixes: Vec<Value> =
        prefixes.unwrap_or_default().into_iter().map(|found| json!({"Prefix": found.prefix})).collect();
    let some = |values: Vec<Value>| (!values.is_empty()).then_some(values);
    Members::default().with("CommonPrefixes", some(prefixes)).with("Contents", some(objects))
}

fn entry(object: Object) -> Value {
    Members::default()
        .checksum(Checksum { checksum_type: object.checksum_type, ..Checksum::default() })
        .etag(object.e_tag.as_ref())
        .with("Key", object.key)
        .time("LastModified", object.last_modified.as_ref())
        .with("Size", object.size)
        .with("StorageClass", object.storage_class.map(|class| class.as_str().to_owned()))
        .done()
}

fn range(text: &str) -> Result<Range, ApiError> {
    Range::parse(text).map_err(|_| ApiError::client("InvalidArgument", format!("`{text}` is not a range of bytes")))
}

fn broken(error: &str) -> ApiError {
    ApiError::new(500, "InternalError", format!("the body could not be read: {error}"))
}

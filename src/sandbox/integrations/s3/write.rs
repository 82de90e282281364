//! Operations that write.

use bytes::Bytes;
use futures::stream;
use s3s::S3;
use s3s::dto::{
    BucketLocationConstraint, Checksum, ChecksumAlgorithm, CopyObjectInput, CopySource, CreateBucketConfiguration,
    CreateBucketInput, Delete, DeleteObjectInput, DeleteObjectsInput, ETagCondition, MetadataDirective,
    ObjectIdentifier, PutObjectInput, ServerSideEncryption, StorageClass, StreamingBlob, TaggingDirective,
};
use serde_json::{Value, json};

use super::super::params::Params;
use super::call::{output, request};
use super::output::Members;
use crate::sandbox::s3::S3Service;
use crate::sandbox::wire::ApiError;

/// What the SDK that Step Functions uses sends for a body made of a value.
const BODY_TYPE: &str = "text/plain; charset=UTF-8";

pub async fn put(s3: &S3Service, mut params: Params) -> Result<Value, ApiError> {
    let body = params.take("Body").map(body).unwrap_or_default();
    let input = PutObjectInput {
        bucket: params.required("Bucket")?,
        key: params.required("Key")?,
        body: Some(StreamingBlob::wrap(stream::iter([Ok::<_, std::io::Error>(Bytes::from(body))]))),
        content_type: params.text("ContentType")?.or_else(|| Some(BODY_TYPE.to_owned())),
        content_encoding: params.text("ContentEncoding")?,
        cache_control: params.text("CacheControl")?,
        content_disposition: params.text("ContentDisposition")?,
        metadata: params.texts("Metadata")?.map(|pairs| pairs.into_iter().collect()),
        tagging: params.text("Tagging")?,
        if_none_match: params.text("IfNoneMatch")?.map(|text| condition(&text)).transpose()?,
        if_match: params.text("IfMatch")?.map(|text| condition(&text)).transpose()?,
        storage_class: params.text("StorageClass")?.map(StorageClass::from),
        server_side_encryption: params.text("ServerSideEncryption")?.map(ServerSideEncryption::from),
        ssekms_key_id: params.text("SSEKMSKeyId")?.or(params.text("SsekmsKeyId")?),
        checksum_algorithm: Some(ChecksumAlgorithm::from_static(ChecksumAlgorithm::CRC32)),
        ..PutObjectInput::default()
    };
    params.end()?;
    let put = output(s3.put_object(request(input)).await)?;
    let checksum =
        Checksum { checksum_crc32: put.checksum_crc32, checksum_type: put.checksum_type, ..Checksum::default() };
    let members = Members::default().checksum(checksum).etag(put.e_tag.as_ref());
    Ok(members.with("ServerSideEncryption", put.server_side_encryption.map(|used| used.as_str().to_owned())).done())
}

pub async fn copy(s3: &S3Service, mut params: Params) -> Result<Value, ApiError> {
    let source = params.required("CopySource")?;
    let wrong = |_| ApiError::client("InvalidArgument", format!("`{source}` is not a source of a copy: bucket/key"));
    let input = CopyObjectInput {
        copy_source: CopySource::parse(&source).map_err(wrong)?,
        metadata_directive: params.text("MetadataDirective")?.map(MetadataDirective::from),
        tagging_directive: params.text("TaggingDirective")?.map(TaggingDirective::from),
        tagging: params.text("Tagging")?,
        content_type: params.text("ContentType")?,
        metadata: params.texts("Metadata")?.map(|pairs| pairs.into_iter().collect()),
        ..copy_input(params.required("Bucket")?, params.required("Key")?)?
    };
    params.end()?;
    let copied = output(s3.copy_object(request(input)).await)?;
    let result = copied.copy_object_result.unwrap_or_default();
    let inner = Members::default().etag(result.e_tag.as_ref()).time("LastModified", result.last_modified.as_ref());
    Ok(json!({"CopyObjectResult": inner.done()}))
}

/// s3s has no default for a copy's input.
fn copy_input(bucket: String, key: String) -> Result<CopyObjectInput, ApiError> {
    let source = CopySource::Bucket { bucket: bucket.as_str().into(), key: key.as_str().into(), version_id: None };
    let built = CopyObjectInput::builder().bucket(bucket).key(key).copy_source(source).build();
    built.map_err(|error| ApiError::client("InvalidRequest", error.to_string()))
}

pub async fn create_bucket(s3: &S3Service, mut params: Params) -> Result<Value, ApiError> {
    let bucket = params.required("Bucket")?;
    let place = params.take("CreateBucketConfiguration");
    let place = place.as_ref().and_then(|place| place["LocationConstraint"].as_str());
    params.end()?;
    let configuration = place.map(|place| CreateBucketConfiguration {
        location_constraint: Some(BucketLocationConstraint::from(place.to_owned())),
        ..CreateBucketConfiguration::default()
    });
    let input =
        CreateBucketInput { bucket, create_bucket_configuration: configuration, ..CreateBucketInput::default() };
    let created = output(s3.create_bucket(request(input)).await)?;
    Ok(Members::default().with("Location", created.location).done())
}

pub async fn delete(s3: &S3Service, mut params: Params) -> Result<Value, ApiError> {
    let input = DeleteObjectInput {
        bucket: params.required("Bucket")?,
        key: params.required("Key")?,
        version_id: params.text("VersionId")?,
        ..DeleteObjectInput::default()
    };
    params.end()?;
    output(s3.delete_object(request(input)).await).map(|_| json!({}))
}

pub async fn delete_all(s3: &S3Service, mut params: Params) -> Result<Value, ApiError> {
    let bucket = params.required("Bucket")?;
    let delete = params.take("Delete").unwrap_or_default();
    params.end()?;
    let named = delete["Objects"].as_array().cloned().unwrap_or_default();
    let objects = named.iter().map(identifier).collect::<Result<Vec<_>, _>>()?;
    let delete = Delete { objects, quiet: delete["Quiet"].as_bool() };
    let input = DeleteObjectsInput::builder().bucket(bucket).delete(delete).build();
    let input = input.map_err(|error| ApiError::client("InvalidRequest", error.to_string()))?;
    let done = output(s3.delete_objects(request(input)).await)?;
    let deleted: Vec<Value> =
        done.deleted.unwrap_or_default().into_iter().map(|found| json!({"Key": found.key})).collect();
    let error = |error: s3s::dto::Error| json!({"Code": error.code, "Key": error.key, "Message": error.message});
    let errors: Vec<Value> = done.errors.unwrap_or_default().into_iter().map(error).collect();
    let some = |values: Vec<Value>| (!values.is_empty()).then_some(values);
    Ok(Members::default().with("Deleted", some(deleted)).with("Errors", some(errors)).done())
}

fn identifier(named: &Value) -> Result<ObjectIdentifier, ApiError> {
    let missing = || ApiError::client("InvalidRequest", "each of Delete.Objects needs a Key");
    let key = named["Key"].as_str().ok_or_else(missing)?.to_owned();
    Ok(ObjectIdentifier { key, ..ObjectIdentifier::default() })
}

/// A text is written as it is, every other value as JSON.
fn body(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

fn condition(text: &str) -> Result<ETagCondition, ApiError> {
    text.parse().map_err(|_| ApiError::client("InvalidArgument", format!("`{text}` is not an ETag")))
}

//! Writing and deleting objects.

use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use s3s::S3Request;
use s3s::dto::{
    Checksum, DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject, ETag,
    Error, ObjectIdentifier, PutObjectInput, PutObjectOutput, ServerSideEncryption, StreamingBlob,
};

use super::super::attributes::{refuse_unsupported, tags_of_header, take_attributes};
use super::super::change::Cause;
use super::super::checksum::{Algorithm, Claim, only};
use super::super::conditions::WriteCondition;
use super::super::store::{Object, Store};
use super::read::refuse_version;
use crate::sandbox::wire::ApiError;

/// Most keys of one `DeleteObjects`.
const MOST_KEYS: usize = 1_000;

/// Takes what the caller claims of the body from an input with checksum fields.
macro_rules! take_claim {
    ($input:expr, $trailers:expr) => {
        Claim {
            algorithm: $input
                .checksum_algorithm
                .as_ref()
                .map(|name| $crate::sandbox::s3::checksum::Algorithm::parse(name.as_str()))
                .transpose()?,
            expected: $crate::sandbox::s3::ops::object::take_checksum!($input),
            md5: $input.content_md5.take(),
            trailers: $trailers,
        }
    };
}
pub(in super::super) use take_claim;

/// Takes the checksum fields that many inputs share.
macro_rules! take_checksum {
    ($input:expr) => {
        s3s::dto::Checksum {
            checksum_crc32: $input.checksum_crc32.take(),
            checksum_crc32c: $input.checksum_crc32c.take(),
            checksum_crc64nvme: $input.checksum_crc64nvme.take(),
            checksum_sha1: $input.checksum_sha1.take(),
            checksum_sha256: $input.checksum_sha256.take(),
            checksum_type: None,
        }
    };
}
pub(in super::super) use take_checksum;

pub async fn put(store: &Store, req: S3Request<PutObjectInput>) -> Result<PutObjectOutput, ApiError> {
    let cause = Cause::of("PutObject", &req.extensions);
    let mut input = req.input;
    refuse_unsupported(&[("appending to an object", input.write_offset_bytes.is_some())])?;
    let attributes = take_attributes!(input);
    let tags = tags_of_header(input.tagging.as_deref())?;
    let condition = WriteCondition::new(input.if_match.take(), input.if_none_match.take())?;
    if let Err(refusal) = refusal_at_once(store, &input, &condition) {
        drain(input.body).await;
        return Err(refusal);
    }
    let claim = take_claim!(input, req.trailing_headers);
    let written = store.write_body(body(input.body), &claim).await?;
    let object = Object::new(written, attributes, tags);
    let object = store.commit(&input.bucket, &input.key, object, &condition, &cause)?;
    Ok(answer(&object, claim.algorithm()))
}

/// What can be refused before the body is here.
fn refusal_at_once(store: &Store, input: &PutObjectInput, condition: &WriteCondition) -> Result<(), ApiError> {
    store.bucket(&input.bucket)?;
    condition.judge(store.head(&input.bucket, &input.key).ok().as_deref())
}

/// Reads a body to its end: a client that still sends would see a broken connection, and not the refusal.
async fn drain(rest: Option<StreamingBlob>) {
    let mut rest = body(rest);
    while let Some(Ok(_)) = rest.next().await {}
}

/// The body of an upload; none is an empty one.
pub fn body(body: Option<StreamingBlob>) -> BoxStream<'static, Result<bytes::Bytes, s3s::StdError>> {
    match body {
        Some(body) => body.boxed(),
        None => stream::empty().boxed(),
    }
}

fn answer(object: &Object, algorithm: Algorithm) -> PutObjectOutput {
    let Checksum { checksum_crc32, checksum_crc32c, checksum_crc64nvme, checksum_sha1, checksum_sha256, checksum_type } =
        only(algorithm, &object.checksum, true);
    PutObjectOutput {
        checksum_crc32,
        checksum_crc32c,
        checksum_crc64nvme,
        checksum_sha1,
        checksum_sha256,
        checksum_type,
        e_tag: Some(ETag::Strong(object.etag.clone())),
        server_side_encryption: Some(encryption(object)),
        ssekms_key_id: object.attributes.ssekms_key_id.clone(),
        ..PutObjectOutput::default()
    }
}

/// What was asked for when the object was written. S3 encrypts with AES256 where nothing is asked (S3 user guide, "Default
/// encryption FAQ").
pub fn encryption(object: &Object) -> ServerSideEncryption {
    let default = || ServerSideEncryption::from_static(ServerSideEncryption::AES256);
    object.attributes.server_side_encryption.clone().unwrap_or_else(default)
}

pub fn delete(store: &Store, input: &DeleteObjectInput, cause: &Cause) -> Result<DeleteObjectOutput, ApiError> {
    refuse_version(input.version_id.as_deref())?;
    refuse_unsupported(&[(
        "conditions on size or date of a delete",
        input.if_match_size.is_some() || input.if_match_last_modified_time.is_some(),
    )])?;
    if let Some(condition) = &input.if_match {
        let existing = store.head(&input.bucket, &input.key).ok();
        WriteCondition::Matches(condition.clone()).judge(existing.as_deref())?;
    }
    store.delete(&input.bucket, &input.key, cause)?;
    Ok(DeleteObjectOutput::default())
}

pub fn delete_all(store: &Store, input: DeleteObjectsInput, cause: &Cause) -> Result<DeleteObjectsOutput, ApiError> {
    store.bucket(&input.bucket)?;
    if input.delete.objects.is_empty() || input.delete.objects.len() > MOST_KEYS {
        let message = "The XML you provided was not well-formed or did not validate against our published schema";
        return Err(ApiError::client("MalformedXML", message));
    }
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    for named in input.delete.objects {
        match delete_one(store, &input.bucket, &named, cause) {
            Ok(()) => deleted.push(DeletedObject { key: Some(named.key), ..DeletedObject::default() }),
            Err(error) => errors.push(Error {
                code: Some(error.code),
                key: Some(named.key),
                message: Some(error.message),
                version_id: named.version_id,
            }),
        }
    }
    let quiet = input.delete.quiet == Some(true);
    Ok(DeleteObjectsOutput { deleted: (!quiet).then_some(deleted), errors: Some(errors), request_charged: None })
}

fn delete_one(store: &Store, bucket: &str, named: &ObjectIdentifier, cause: &Cause) -> Result<(), ApiError> {
    refuse_version(named.version_id.as_deref())?;
    refuse_unsupported(&[(
        "conditions of a delete among many",
        named.e_tag.is_some() || named.size.is_some() || named.last_modified_time.is_some(),
    )])?;
    store.delete(bucket, &named.key, cause)
}

//! Copying an object.

use std::sync::Arc;
use std::time::SystemTime;

use s3s::dto::{
    CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, ETag, MetadataDirective, TaggingDirective,
    Timestamp,
};

use super::super::attributes::{Attributes, Tags, tags_of_header, take_attributes};
use super::super::change::Cause;
use super::super::checksum::{self, Algorithm, Claim, checksum_type};
use super::super::conditions::{ReadConditions, WriteCondition};
use super::super::store::{Object, Store, broken, hex};
use super::object::encryption;
use super::read::{refuse_version, system_time};
use crate::sandbox::wire::ApiError;

/// Takes the conditions on the source of a copy.
macro_rules! copy_conditions {
    ($input:expr) => {
        ReadConditions {
            matches: $input.copy_source_if_match.take(),
            none_match: $input.copy_source_if_none_match.take(),
            modified_since: $input.copy_source_if_modified_since.as_ref().map(system_time),
            unmodified_since: $input.copy_source_if_unmodified_since.as_ref().map(system_time),
        }
    };
}
pub(super) use copy_conditions;

/// Copies an object under a condition on what is at the destination.
pub async fn copy(
    store: &Store,
    mut input: CopyObjectInput,
    condition: Result<WriteCondition, ApiError>,
    cause: &Cause,
) -> Result<CopyObjectOutput, ApiError> {
    let condition = condition?;
    let (bucket, key) = source(&input.copy_source)?;
    let original = store.head(bucket, key)?;
    copy_conditions!(input).judge_copy(&original)?;
    let replaces = replaces(input.metadata_directive.as_ref());
    let onto_itself = bucket == &*input.bucket && key == input.key;
    let given = take_attributes!(input);
    refuse_copy_onto_itself(onto_itself && !replaces && !changes(&given))?;
    let attributes = attributes(&original, given, replaces);
    let tags = tags(&original, input.tagging.as_deref(), input.tagging_directive.as_ref())?;
    let algorithm = input.checksum_algorithm.as_ref().map(|name| Algorithm::parse(name.as_str())).transpose()?;
    let copied = duplicate(store, &original, attributes, tags, algorithm).await?;
    let object = store.commit(&input.bucket, &input.key, copied, &condition, cause)?;
    Ok(answer(&object))
}

/// Bucket and key of a source in this sandbox.
pub fn source(source: &CopySource) -> Result<(&str, &str), ApiError> {
    match source {
        CopySource::Bucket { bucket, key, version_id } => {
            refuse_version(version_id.as_deref())?;
            Ok((bucket, key))
        }
        CopySource::AccessPoint { .. } | CopySource::Outpost { .. } => {
            Err(ApiError::unsupported("access points and outposts"))
        }
    }
}

fn replaces(directive: Option<&MetadataDirective>) -> bool {
    directive.is_some_and(|directive| directive.as_str() == MetadataDirective::REPLACE)
}

fn changes(given: &Attributes) -> bool {
    given.storage_class.is_some() || given.server_side_encryption.is_some() || given.website_redirect_location.is_some()
}

fn refuse_copy_onto_itself(refused: bool) -> Result<(), ApiError> {
    let message = "This copy request is illegal because it is trying to copy an object to itself without changing the \
                   object's metadata, storage class, website redirect location or encryption attributes.";
    if refused { Err(ApiError::client("InvalidRequest", message)) } else { Ok(()) }
}

/// Storage class, encryption and redirection are never copied; the rest is, unless it is replaced.
fn attributes(original: &Object, given: Attributes, replaces: bool) -> Attributes {
    if replaces {
        return given;
    }
    Attributes {
        website_redirect_location: given.website_redirect_location,
        server_side_encryption: given.server_side_encryption,
        ssekms_key_id: given.ssekms_key_id,
        storage_class: given.storage_class,
        ..original.attributes.clone()
    }
}

fn tags(original: &Object, header: Option<&str>, directive: Option<&TaggingDirective>) -> Result<Tags, ApiError> {
    let replaces = directive.is_some_and(|directive| directive.as_str() == TaggingDirective::REPLACE);
    if replaces { tags_of_header(header) } else { Ok(original.tags.clone()) }
}

/// A copy is one body whatever its source was uploaded in: its `ETag` is an MD5 again. Without another checksum the file is shared.
async fn duplicate(
    store: &Store,
    original: &Arc<Object>,
    attributes: Attributes,
    tags: Tags,
    algorithm: Option<Algorithm>,
) -> Result<Object, ApiError> {
    if original.parts.is_empty() && algorithm.is_none() {
        let now = SystemTime::now();
        return Ok(Object { attributes, tags, last_modified: now, ..(**original).clone() });
    }
    let body = original.blob.stream(0..original.size).await.map_err(|error| broken(&error))?;
    let claim = Claim { algorithm, ..Claim::default() };
    let written = store.write_body(body, &claim).await?;
    let etag = hex(&written.md5);
    let mut checksum = checksum::only(claim.algorithm(), &written.checksum, true);
    checksum.checksum_type = Some(checksum_type(true));
    Ok(Object { etag, checksum, ..Object::new(written, attributes, tags) })
}

fn answer(object: &Object) -> CopyObjectOutput {
    let checksum = object.checksum.clone();
    let result = CopyObjectResult {
        checksum_crc32: checksum.checksum_crc32,
        checksum_crc32c: checksum.checksum_crc32c,
        checksum_crc64nvme: checksum.checksum_crc64nvme,
        checksum_sha1: checksum.checksum_sha1,
        checksum_sha256: checksum.checksum_sha256,
        checksum_type: checksum.checksum_type,
        e_tag: Some(ETag::Strong(object.etag.clone())),
        last_modified: Some(Timestamp::from(object.last_modified)),
    };
    CopyObjectOutput {
        copy_object_result: Some(result),
        server_side_encryption: Some(encryption(object)),
        ssekms_key_id: object.attributes.ssekms_key_id.clone(),
        ..CopyObjectOutput::default()
    }
}

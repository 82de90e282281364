//! Uploads in parts.

use std::collections::BTreeMap;
use std::time::SystemTime;

use s3s::S3Request;
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, Checksum, ChecksumAlgorithm, ChecksumType,
    CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CompletedPart, CopyPartResult,
    CreateMultipartUploadInput, CreateMultipartUploadOutput, ETag, ListMultipartUploadsInput,
    ListMultipartUploadsOutput, ListPartsInput, ListPartsOutput, MultipartUpload, Range, Timestamp,
    UploadPartCopyInput, UploadPartCopyOutput, UploadPartInput, UploadPartOutput,
};

use super::super::attributes::{refuse_unsupported, tags_of_header, take_attributes};
use super::super::change::Cause;
use super::super::checksum::{self, Algorithm, Claim, only};
use super::super::conditions::{ReadConditions, WriteCondition};
use super::super::multipart::{Completion, Named, Part, Upload};
use super::super::store::Store;
use super::bucket::owner;
use super::copy::{copy_conditions, source};
use super::list::{Text, page_size};
use super::object::{body, encryption, take_checksum, take_claim};
use super::read::system_time;
use crate::sandbox::wire::ApiError;

pub fn create(store: &Store, mut input: CreateMultipartUploadInput) -> Result<CreateMultipartUploadOutput, ApiError> {
    let algorithm = input.checksum_algorithm.as_ref().map(|name| Algorithm::parse(name.as_str())).transpose()?;
    let full_object = full_object(algorithm, input.checksum_type.as_ref())?;
    let upload = Upload {
        key: input.key.clone(),
        initiated: SystemTime::now(),
        attributes: take_attributes!(input),
        tags: tags_of_header(input.tagging.as_deref())?,
        algorithm: algorithm.unwrap_or(Algorithm::Crc64Nvme),
        full_object,
        parts: BTreeMap::new(),
    };
    let id = store.begin_upload(&input.bucket, upload)?;
    Ok(CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(id),
        checksum_type: algorithm.map(|_| checksum::checksum_type(full_object)),
        checksum_algorithm: input.checksum_algorithm,
        ..CreateMultipartUploadOutput::default()
    })
}

/// CRC64NVME is always of the whole object, SHA never is, the other CRCs are of the parts unless asked otherwise.
fn full_object(algorithm: Option<Algorithm>, asked: Option<&ChecksumType>) -> Result<bool, ApiError> {
    let asked = asked.map(|asked| asked.as_str() == ChecksumType::FULL_OBJECT);
    match (algorithm, asked) {
        (None | Some(Algorithm::Crc64Nvme), None | Some(true)) => Ok(true),
        (Some(Algorithm::Sha1 | Algorithm::Sha256), None | Some(false)) => Ok(false),
        (Some(Algorithm::Crc32 | Algorithm::Crc32c), asked) => Ok(asked.unwrap_or(false)),
        (algorithm, _) => {
            let name = algorithm.map_or("CRC64NVME", Algorithm::name);
            let message = format!("The checksum type cannot be used with the {name} checksum algorithm.");
            Err(ApiError::client("InvalidRequest", message))
        }
    }
}

pub async fn upload_part(store: &Store, req: S3Request<UploadPartInput>) -> Result<UploadPartOutput, ApiError> {
    let mut input = req.input;
    refuse_unsupported(&[("server-side encryption with customer keys", input.sse_customer_algorithm.is_some())])?;
    let upload = store.upload(&input.bucket, &input.key, &input.upload_id)?;
    let mut claim = take_claim!(input, req.trailing_headers);
    claim.algorithm = Some(if claims(&claim) { claim.algorithm() } else { upload.algorithm });
    let digests = [claim.algorithm(), upload.algorithm];
    let written = store.write_digests(body(input.body), &claim, &digests).await?;
    let answer = only(claim.algorithm(), &written.checksum, true);
    let part = Part { written, last_modified: SystemTime::now() };
    let etag = part.etag();
    store.add_part(&input.bucket, &input.upload_id, input.part_number, part)?;
    Ok(UploadPartOutput {
        checksum_crc32: answer.checksum_crc32,
        checksum_crc32c: answer.checksum_crc32c,
        checksum_crc64nvme: answer.checksum_crc64nvme,
        checksum_sha1: answer.checksum_sha1,
        checksum_sha256: answer.checksum_sha256,
        e_tag: Some(ETag::Strong(etag)),
        ..UploadPartOutput::default()
    })
}

fn claims(claim: &Claim) -> bool {
    claim.algorithm.is_some() || claim.expected != Checksum::default()
}

pub async fn upload_part_copy(store: &Store, mut input: UploadPartCopyInput) -> Result<UploadPartCopyOutput, ApiError> {
    let upload = store.upload(&input.bucket, &input.key, &input.upload_id)?;
    let (bucket, key) = source(&input.copy_source)?;
    let original = store.head(bucket, key)?;
    copy_conditions!(input).judge_copy(&original)?;
    let range = copied_range(input.copy_source_range.as_deref(), original.size)?;
    let written = store.copy_part(&original, range, &[upload.algorithm]).await?;
    let part = Part { written, last_modified: SystemTime::now() };
    let checksum = part.written.checksum.clone();
    let result = CopyPartResult {
        checksum_crc32: checksum.checksum_crc32,
        checksum_crc32c: checksum.checksum_crc32c,
        checksum_crc64nvme: checksum.checksum_crc64nvme,
        checksum_sha1: checksum.checksum_sha1,
        checksum_sha256: checksum.checksum_sha256,
        e_tag: Some(ETag::Strong(part.etag())),
        last_modified: Some(Timestamp::from(part.last_modified)),
    };
    store.add_part(&input.bucket, &input.upload_id, input.part_number, part)?;
    Ok(UploadPartCopyOutput { copy_part_result: Some(result), ..UploadPartCopyOutput::default() })
}

fn copied_range(header: Option<&str>, size: u64) -> Result<std::ops::Range<u64>, ApiError> {
    let Some(header) = header else { return Ok(0..size) };
    let refusal = || {
        let message =
            "The x-amz-copy-source-range value must be of the form bytes=first-last, within the source object";
        ApiError::client("InvalidArgument", message)
    };
    match Range::parse(header).map_err(|_| refusal())? {
        Range::Int { first, last: Some(last) } if last < size => Ok(first..last + 1),
        Range::Int { .. } | Range::Suffix { .. } => Err(refusal()),
    }
}

pub async fn complete(
    store: &Store,
    mut input: CompleteMultipartUploadInput,
    cause: &Cause,
) -> Result<CompleteMultipartUploadOutput, ApiError> {
    let named: Vec<Named> = input
        .multipart_upload
        .take()
        .and_then(|given| given.parts)
        .unwrap_or_default()
        .into_iter()
        .map(|part| named(&part))
        .collect::<Result<_, _>>()?;
    let condition = WriteCondition::new(input.if_match.take(), input.if_none_match.take())?;
    let upload = store.upload(&input.bucket, &input.key, &input.upload_id)?;
    let claim = Claim { algorithm: Some(upload.algorithm), expected: take_checksum!(input), ..Claim::default() };
    let completion = Completion { named: &named, claim: &claim, condition: &condition, cause };
    let object = store.complete_upload(&input.bucket, &input.key, &input.upload_id, &completion).await?;
    let checksum = object.checksum.clone();
    Ok(CompleteMultipartUploadOutput {
        location: Some(format!("/{}/{}", input.bucket, input.key)),
        bucket: Some(input.bucket),
        key: Some(input.key),
        e_tag: Some(ETag::Strong(object.etag.clone())),
        checksum_crc32: checksum.checksum_crc32,
        checksum_crc32c: checksum.checksum_crc32c,
        checksum_crc64nvme: checksum.checksum_crc64nvme,
        checksum_sha1: checksum.checksum_sha1,
        checksum_sha256: checksum.checksum_sha256,
        checksum_type: checksum.checksum_type,
        server_side_encryption: Some(encryption(&object)),
        ..CompleteMultipartUploadOutput::default()
    })
}

fn named(part: &CompletedPart) -> Result<Named, ApiError> {
    let number = part.part_number.ok_or_else(|| ApiError::client("MalformedXML", "A part has no PartNumber"))?;
    Ok(Named { number, etag: part.e_tag.as_ref().map(|etag| etag.value().to_owned()) })
}

pub fn abort(store: &Store, input: &AbortMultipartUploadInput) -> Result<AbortMultipartUploadOutput, ApiError> {
    refuse_unsupported(&[("a condition on the time of an abort", input.if_match_initiated_time.is_some())])?;
    store.abort_upload(&input.bucket, &input.key, &input.upload_id)?;
    Ok(AbortMultipartUploadOutput::default())
}

pub fn list_parts(store: &Store, input: ListPartsInput) -> Result<ListPartsOutput, ApiError> {
    let upload = store.upload(&input.bucket, &input.key, &input.upload_id)?;
    let most = page_size(input.max_parts)?;
    let after = input.part_number_marker.unwrap_or(0);
    let mut parts: Vec<s3s::dto::Part> =
        upload.parts.range(after.saturating_add(1)..).map(|(number, part)| described(*number, part)).collect();
    let more = parts.len() > usize::try_from(most).unwrap_or_default();
    parts.truncate(usize::try_from(most).unwrap_or_default());
    Ok(ListPartsOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(input.upload_id),
        checksum_algorithm: Some(ChecksumAlgorithm::from_static(upload.algorithm.name())),
        checksum_type: Some(checksum::checksum_type(upload.full_object)),
        is_truncated: Some(more),
        max_parts: Some(most),
        next_part_number_marker: parts.last().filter(|_| more).and_then(|part| part.part_number),
        owner: Some(owner()),
        part_number_marker: Some(after),
        parts: Some(parts),
        storage_class: upload.attributes.storage_class,
        ..ListPartsOutput::default()
    })
}

fn described(number: i32, part: &Part) -> s3s::dto::Part {
    let checksum = part.written.checksum.clone();
    s3s::dto::Part {
        checksum_crc32: checksum.checksum_crc32,
        checksum_crc32c: checksum.checksum_crc32c,
        checksum_crc64nvme: checksum.checksum_crc64nvme,
        checksum_sha1: checksum.checksum_sha1,
        checksum_sha256: checksum.checksum_sha256,
        e_tag: Some(ETag::Strong(part.etag())),
        last_modified: Some(Timestamp::from(part.last_modified)),
        part_number: Some(number),
        size: i64::try_from(part.written.size).ok(),
    }
}

pub fn list_uploads(store: &Store, input: ListMultipartUploadsInput) -> Result<ListMultipartUploadsOutput, ApiError> {
    refuse_unsupported(&[("a delimiter in ListMultipartUploads", input.delimiter.is_some())])?;
    let text = Text::of(input.encoding_type.as_ref())?;
    let most = page_size(input.max_uploads)?;
    let mut uploads = uploads_after(store, &input)?;
    let more = uploads.len() > usize::try_from(most).unwrap_or_default();
    uploads.truncate(usize::try_from(most).unwrap_or_default());
    let next = uploads.last().filter(|_| more).cloned();
    let described = |(key, id, upload): (String, String, Upload)| MultipartUpload {
        checksum_algorithm: Some(ChecksumAlgorithm::from_static(upload.algorithm.name())),
        checksum_type: Some(checksum::checksum_type(upload.full_object)),
        initiated: Some(Timestamp::from(upload.initiated)),
        key: Some(text.write(&key)),
        owner: Some(owner()),
        storage_class: upload.attributes.storage_class,
        upload_id: Some(id),
        ..MultipartUpload::default()
    };
    Ok(ListMultipartUploadsOutput {
        bucket: Some(input.bucket),
        is_truncated: Some(more),
        max_uploads: Some(most),
        next_key_marker: next.as_ref().map(|(key, ..)| text.write(key)),
        next_upload_id_marker: next.map(|(_, id, _)| id),
        prefix: input.prefix.map(|prefix| text.write(&prefix)),
        key_marker: input.key_marker.map(|marker| text.write(&marker)),
        upload_id_marker: input.upload_id_marker,
        encoding_type: input.encoding_type,
        uploads: Some(uploads.into_iter().map(described).collect()),
        ..ListMultipartUploadsOutput::default()
    })
}

/// Uploads by key and id, behind the markers.
fn uploads_after(store: &Store, input: &ListMultipartUploadsInput) -> Result<Vec<(String, String, Upload)>, ApiError> {
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let after_key = input.key_marker.as_deref().unwrap_or_default();
    let after_id = input.upload_id_marker.as_deref();
    let wanted = |key: &str, id: &str| {
        let behind = key > after_key || (key == after_key && after_id.is_some_and(|after| id > after));
        key.starts_with(prefix) && behind
    };
    let mut uploads: Vec<_> = store.read(&input.bucket, |contents| {
        let all = contents.uploads.iter();
        all.filter(|(id, upload)| wanted(&upload.key, id))
            .map(|(id, upload)| (upload.key.clone(), id.clone(), upload.clone()))
            .collect()
    })?;
    uploads.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    Ok(uploads)
}

//! Reading one object: its body or a part of it, and what it carries.

use std::ops::Range;
use std::time::SystemTime;

use s3s::dto::{
    Checksum, ChecksumMode, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, StreamingBlob,
    Timestamp,
};
use s3s::dto::{ETag, StorageClass, TimestampFormat};

use super::super::attributes::{DEFAULT_CONTENT_TYPE, refuse_unsupported};
use super::super::conditions::ReadConditions;
use super::super::store::{Object, Store, broken};
use super::object::encryption;
use crate::sandbox::wire::ApiError;

/// Takes the conditions of a read from its input.
macro_rules! read_conditions {
    ($input:expr) => {
        ReadConditions {
            matches: $input.if_match.take(),
            none_match: $input.if_none_match.take(),
            modified_since: $input.if_modified_since.as_ref().map(system_time),
            unmodified_since: $input.if_unmodified_since.as_ref().map(system_time),
        }
    };
}

/// What `GetObject` and `HeadObject` tell of an object.
macro_rules! describe {
    ($output:ident, $object:expr, $span:expr, $checksum:expr) => {{
        let (attributes, checksum) = ($object.attributes.clone(), $checksum);
        $output {
            accept_ranges: Some("bytes".to_owned()),
            cache_control: attributes.cache_control,
            checksum_crc32: checksum.checksum_crc32,
            checksum_crc32c: checksum.checksum_crc32c,
            checksum_crc64nvme: checksum.checksum_crc64nvme,
            checksum_sha1: checksum.checksum_sha1,
            checksum_sha256: checksum.checksum_sha256,
            checksum_type: checksum.checksum_type,
            content_disposition: attributes.content_disposition,
            content_encoding: attributes.content_encoding,
            content_language: attributes.content_language,
            content_length: i64::try_from($span.bytes.end - $span.bytes.start).ok(),
            content_range: $span.header($object.size),
            content_type: attributes.content_type.or_else(|| Some(DEFAULT_CONTENT_TYPE.to_owned())),
            e_tag: Some(ETag::Strong($object.etag.clone())),
            expires: attributes.expires,
            last_modified: Some(Timestamp::from($object.last_modified)),
            metadata: attributes.metadata,
            parts_count: $span.parts,
            server_side_encryption: Some(encryption(&$object)),
            ssekms_key_id: attributes.ssekms_key_id,
            storage_class: attributes.storage_class.filter(|class| class.as_str() != StorageClass::STANDARD),
            website_redirect_location: attributes.website_redirect_location,
            ..$output::default()
        }
    }};
}

pub async fn get(store: &Store, mut input: GetObjectInput) -> Result<GetObjectOutput, ApiError> {
    refuse_version(input.version_id.as_deref())?;
    refuse_unsupported(&[("server-side encryption with customer keys", input.sse_customer_algorithm.is_some())])?;
    let object = store.head(&input.bucket, &input.key)?;
    read_conditions!(input).judge_read(&object)?;
    let span = Span::of(&object, input.range, input.part_number)?;
    let checksum = checksum(&object, input.checksum_mode.as_ref(), &span);
    let body = object.blob.stream(span.bytes.clone()).await.map_err(|error| broken(&error))?;
    let mut output = describe!(GetObjectOutput, object, span, checksum);
    output.tag_count = i32::try_from(object.tags.len()).ok().filter(|count| *count > 0);
    output.body = Some(StreamingBlob::wrap(body));
    Ok(output)
}

pub fn head(store: &Store, mut input: HeadObjectInput) -> Result<HeadObjectOutput, ApiError> {
    refuse_version(input.version_id.as_deref())?;
    let object = store.head(&input.bucket, &input.key)?;
    read_conditions!(input).judge_read(&object)?;
    let span = Span::of(&object, input.range, input.part_number)?;
    let checksum = checksum(&object, input.checksum_mode.as_ref(), &span);
    Ok(describe!(HeadObjectOutput, object, span, checksum))
}

/// Buckets are not versioned: the one version of an object is `null`.
pub fn refuse_version(version: Option<&str>) -> Result<(), ApiError> {
    match version {
        None | Some("null") => Ok(()),
        Some(_) => Err(ApiError::client("InvalidArgument", "Invalid version id specified")),
    }
}

/// s3s keeps its type of time to itself: it is read from the text that it writes.
pub fn system_time(timestamp: &Timestamp) -> SystemTime {
    let mut text = Vec::new();
    let formatted = timestamp.format(TimestampFormat::EpochSeconds, &mut text);
    let seconds = String::from_utf8(text).ok().and_then(|text| text.split('.').next()?.parse::<u64>().ok());
    match (formatted, seconds) {
        (Ok(()), Some(seconds)) => SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds),
        // Only a date before 1970 comes here, and nothing in the sandbox is as old.
        _ => SystemTime::UNIX_EPOCH,
    }
}

/// The digests are told when asked for, and only of the whole body: nobody could check a part against them.
fn checksum(object: &Object, mode: Option<&ChecksumMode>, span: &Span) -> Checksum {
    let asked = mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED);
    if asked && !span.partial { object.checksum.clone() } else { Checksum::default() }
}

/// The bytes that are read.
struct Span {
    bytes: Range<u64>,
    partial: bool,
    parts: Option<i32>,
}

impl Span {
    fn of(object: &Object, range: Option<s3s::dto::Range>, part: Option<i32>) -> Result<Self, ApiError> {
        match (range, part) {
            (None, None) => Ok(Self { bytes: 0..object.size, partial: false, parts: None }),
            (Some(_), Some(_)) => {
                let message = "Cannot specify both Range header and partNumber query parameter";
                Err(ApiError::client("InvalidRequest", message))
            }
            (Some(range), None) => {
                let bytes = range.check(object.size).map_err(|_| unsatisfiable())?;
                Ok(Self { bytes, partial: true, parts: None })
            }
            (None, Some(number)) => Self::of_part(object, number),
        }
    }

    fn of_part(object: &Object, number: i32) -> Result<Self, ApiError> {
        let index = usize::try_from(number - 1).map_err(|_| unsatisfiable())?;
        if object.parts.is_empty() && index == 0 {
            return Ok(Self { bytes: 0..object.size, partial: object.size > 0, parts: None });
        }
        let size = object.parts.get(index).ok_or_else(unsatisfiable)?;
        let start: u64 = object.parts.iter().take(index).sum();
        Ok(Self { bytes: start..start + size, partial: true, parts: i32::try_from(object.parts.len()).ok() })
    }

    fn header(&self, size: u64) -> Option<String> {
        self.partial.then(|| format!("bytes {}-{}/{size}", self.bytes.start, self.bytes.end.saturating_sub(1)))
    }
}

fn unsatisfiable() -> ApiError {
    ApiError::new(416, "InvalidRange", "The requested range is not satisfiable")
}

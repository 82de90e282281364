//! What an object carries beside its body: system headers, user metadata, tags.

use std::collections::BTreeMap;

use s3s::dto::{Metadata, ServerSideEncryption, StorageClass, Timestamp};

use crate::sandbox::wire::ApiError;

/// Type of a body that nobody named.
pub const DEFAULT_CONTENT_TYPE: &str = "binary/octet-stream";

/// Longest key and value of a tag, and how many an object can have (S3 user guide, "Categorizing your storage using tags").
const TAG_LIMITS: (usize, usize, usize) = (128, 256, 10);

/// Headers and metadata of an object.
///
/// Encryption and storage class are recorded and told, not performed: a body lies in the temporary folder as it came.
#[derive(Debug, Clone, Default)]
pub struct Attributes {
    pub cache_control: Option<String>,
    pub content_disposition: Option<String>,
    pub content_encoding: Option<String>,
    pub content_language: Option<String>,
    pub content_type: Option<String>,
    pub expires: Option<Timestamp>,
    pub website_redirect_location: Option<String>,
    pub server_side_encryption: Option<ServerSideEncryption>,
    pub ssekms_key_id: Option<String>,
    pub storage_class: Option<StorageClass>,
    /// `x-amz-meta-*`, without the prefix.
    pub metadata: Option<Metadata>,
}

impl Attributes {
    /// Only a content type.
    pub fn of_type(content_type: impl Into<String>) -> Self {
        Self { content_type: Some(content_type.into()), ..Self::default() }
    }
}

/// Takes the fields that the inputs of `PutObject`, `CopyObject` and `CreateMultipartUpload` share, and refuses what the sandbox has not.
macro_rules! take_attributes {
    ($input:expr) => {{
        let input = &mut $input;
        $crate::sandbox::s3::attributes::refuse_unsupported(&[
            ("server-side encryption with customer keys", input.sse_customer_algorithm.is_some()),
            ("object lock", input.object_lock_mode.is_some() || input.object_lock_legal_hold_status.is_some()),
        ])?;
        let grants = [
            input.grant_full_control.is_some(),
            input.grant_read.is_some(),
            input.grant_read_acp.is_some(),
            input.grant_write_acp.is_some(),
        ];
        $crate::sandbox::s3::attributes::refuse_acl(input.acl.as_ref().map(|acl| acl.as_str()), &grants)?;
        $crate::sandbox::s3::attributes::refuse_archive(input.storage_class.as_ref())?;
        $crate::sandbox::s3::Attributes {
            cache_control: input.cache_control.take(),
            content_disposition: input.content_disposition.take(),
            content_encoding: $crate::sandbox::s3::attributes::stored_encoding(input.content_encoding.take()),
            content_language: input.content_language.take(),
            content_type: input.content_type.take(),
            expires: input.expires.take(),
            website_redirect_location: input.website_redirect_location.take(),
            server_side_encryption: input.server_side_encryption.take(),
            ssekms_key_id: input.ssekms_key_id.take(),
            storage_class: input.storage_class.take(),
            metadata: input.metadata.take(),
        }
    }};
}
pub(super) use take_attributes;

/// `aws-chunked` is how a body travels, not how it is stored (S3 API reference, "Signature calculations for streaming uploads").
pub fn stored_encoding(header: Option<String>) -> Option<String> {
    let header = header?;
    let kept: Vec<&str> = header.split(',').map(str::trim).filter(|coding| *coding != "aws-chunked").collect();
    (!kept.join("").is_empty()).then(|| kept.join(","))
}

/// Refuses the first feature that is asked for.
pub fn refuse_unsupported(features: &[(&str, bool)]) -> Result<(), ApiError> {
    match features.iter().find(|(_, asked)| *asked) {
        Some((feature, _)) => Err(ApiError::unsupported(feature)),
        None => Ok(()),
    }
}

/// New buckets have ACLs off: only `bucket-owner-full-control` is accepted (S3 user guide, "Controlling ownership of objects").
pub fn refuse_acl(acl: Option<&str>, grants: &[bool]) -> Result<(), ApiError> {
    let allowed = acl.is_none_or(|acl| acl == "bucket-owner-full-control" || acl == "private");
    if allowed && !grants.contains(&true) {
        return Ok(());
    }
    Err(ApiError::client("AccessControlListNotSupported", "The bucket does not allow ACLs"))
}

/// Archived objects cannot be read at once, which the sandbox does not imitate.
pub fn refuse_archive(class: Option<&StorageClass>) -> Result<(), ApiError> {
    match class.map(StorageClass::as_str) {
        Some(class @ (StorageClass::GLACIER | StorageClass::DEEP_ARCHIVE)) => {
            Err(ApiError::unsupported(format!("storage class {class}")))
        }
        _ => Ok(()),
    }
}

/// Tags of an object, by key.
pub type Tags = BTreeMap<String, String>;

/// Reads `x-amz-tagging`, which is written like a query string.
pub fn tags_of_header(header: Option<&str>) -> Result<Tags, ApiError> {
    let pairs = url::form_urlencoded::parse(header.unwrap_or_default().as_bytes());
    tags(pairs.map(|(key, value)| (key.into_owned(), value.into_owned())))
}

/// Judges tags by S3's rules.
pub fn tags(pairs: impl Iterator<Item = (String, String)>) -> Result<Tags, ApiError> {
    let (longest_key, longest_value, most) = TAG_LIMITS;
    let refusal = |message: &str| Err(ApiError::client("InvalidTag", message));
    let mut tags = Tags::new();
    for (key, value) in pairs {
        if key.is_empty() || key.chars().count() > longest_key {
            return refusal("The TagKey you have provided is invalid");
        }
        if value.chars().count() > longest_value {
            return refusal("The TagValue you have provided is invalid");
        }
        if tags.insert(key, value).is_some() {
            return refusal("Cannot provide multiple Tags with the same key");
        }
    }
    if tags.len() > most {
        return Err(ApiError::client("BadRequest", "Object tags cannot be greater than 10"));
    }
    Ok(tags)
}

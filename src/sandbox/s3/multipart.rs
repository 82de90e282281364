//! Uploads in parts: what is kept until they are completed or aborted.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use futures::{StreamExt, TryStreamExt, stream};
use md5::{Digest, Md5};
use s3s::dto::Checksum;

use super::attributes::{Attributes, Tags};
use super::blob::Written;
use super::change::Cause;
use super::checksum::{self, Algorithm, Claim};
use super::conditions::WriteCondition;
use super::store::{Object, Store, broken, hex};
use crate::sandbox::wire::ApiError;

/// Every part but the last has at least 5 MiB (S3 user guide, "Multipart upload limits").
const SMALLEST_PART: u64 = 5 * 1024 * 1024;

/// An upload that was begun.
#[derive(Debug, Clone)]
pub struct Upload {
    /// The object to be.
    pub key: String,
    /// When it was begun.
    pub initiated: SystemTime,
    /// Headers and metadata of the object to be.
    pub attributes: Attributes,
    /// Tags of the object to be.
    pub tags: Tags,
    /// The checksum of the object to be.
    pub algorithm: Algorithm,
    /// Whether the checksum is over all bytes, or over the checksums of the parts.
    pub full_object: bool,
    /// Parts by number. A part can be sent again.
    pub parts: BTreeMap<i32, Part>,
}

/// A part that is here.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its body and digests.
    pub written: Written,
    /// When it was sent.
    pub last_modified: SystemTime,
}

impl Part {
    /// The MD5 in hex.
    pub fn etag(&self) -> String {
        hex(&self.written.md5)
    }
}

/// What `CompleteMultipartUpload` names of a part.
#[derive(Debug, Clone)]
pub struct Named {
    /// From 1.
    pub number: i32,
    /// Without quotes.
    pub etag: Option<String>,
}

/// How an upload is completed.
#[derive(Debug, Clone, Copy)]
pub struct Completion<'c> {
    /// The parts in their order.
    pub named: &'c [Named],
    /// What the caller claims of the object.
    pub claim: &'c Claim,
    /// On what is there.
    pub condition: &'c WriteCondition,
    /// Why.
    pub cause: &'c Cause,
}

impl Store {
    /// Begins an upload and returns its id.
    pub(super) fn begin_upload(&self, bucket: &str, upload: Upload) -> Result<String, ApiError> {
        let id = uuid::Uuid::new_v4().simple().to_string();
        self.change(bucket, |contents| contents.uploads.insert(id.clone(), upload))?;
        Ok(id)
    }

    /// An upload that is neither completed nor aborted.
    pub(super) fn upload(&self, bucket: &str, key: &str, id: &str) -> Result<Upload, ApiError> {
        self.read(bucket, |contents| contents.uploads.get(id).filter(|upload| upload.key == key).cloned())?
            .ok_or_else(no_such_upload)
    }

    /// Adds a part, or puts it in the place of the one with its number.
    pub(super) fn add_part(&self, bucket: &str, id: &str, number: i32, part: Part) -> Result<(), ApiError> {
        if !(1..=10_000).contains(&number) {
            let message = "Part number must be an integer between 1 and 10000, inclusive";
            return Err(ApiError::client("InvalidArgument", message));
        }
        self.change(bucket, |contents| match contents.uploads.get_mut(id) {
            Some(upload) => Ok(upload.parts.insert(number, part)),
            None => Err(no_such_upload()),
        })?
        .map(|_| ())
    }

    /// Forgets an upload and its parts.
    pub(super) fn abort_upload(&self, bucket: &str, key: &str, id: &str) -> Result<(), ApiError> {
        self.upload(bucket, key, id)?;
        self.change(bucket, |contents| contents.uploads.remove(id)).map(|_| ())
    }

    /// Makes an object of the named parts.
    pub(super) async fn complete_upload(
        &self,
        bucket: &str,
        key: &str,
        id: &str,
        completion: &Completion<'_>,
    ) -> Result<Arc<Object>, ApiError> {
        let Completion { named, claim, condition, cause } = *completion;
        let upload = self.upload(bucket, key, id)?;
        let parts = chosen(&upload, named)?;
        let object = self.join(&upload, &parts, claim).await?;
        let object = self.commit(bucket, key, object, condition, cause)?;
        self.change(bucket, |contents| contents.uploads.remove(id))?;
        Ok(object)
    }

    async fn join(&self, upload: &Upload, parts: &[Part], claim: &Claim) -> Result<Object, ApiError> {
        let bodies = stream::iter(parts.iter().map(|part| part.written.clone()))
            .then(|part| async move { part.blob.stream(0..part.size).await })
            .try_flatten()
            .boxed();
        let claim = if upload.full_object { claim } else { &Claim::default() };
        let written = self.write_digests::<_, std::io::Error>(bodies, claim, &[upload.algorithm]).await?;
        let checksum = checksum_of(upload, parts, &written)?;
        let mut object = Object::new(written, upload.attributes.clone(), upload.tags.clone());
        object.etag = etag(parts);
        object.parts = parts.iter().map(|part| part.written.size).collect();
        object.checksum = checksum;
        Ok(object)
    }

    /// The bytes of a part that is copied from an object.
    pub(super) async fn copy_part(
        &self,
        source: &Object,
        range: std::ops::Range<u64>,
        algorithms: &[Algorithm],
    ) -> Result<Written, ApiError> {
        let body = source.blob.stream(range).await.map_err(|error| broken(&error))?;
        self.write_digests(body, &Claim::default(), algorithms).await
    }
}

fn chosen(upload: &Upload, named: &[Named]) -> Result<Vec<Part>, ApiError> {
    if named.is_empty() {
        return Err(ApiError::client("MalformedXML", "You must specify at least one part"));
    }
    if named.windows(2).any(|pair| pair[0].number >= pair[1].number) {
        return Err(ApiError::client("InvalidPartOrder", "The list of parts was not in ascending order."));
    }
    let parts = named.iter().map(|name| find(upload, name)).collect::<Result<Vec<_>, _>>()?;
    let but_last = parts.split_last().map_or(&parts[..], |(_, before)| before);
    if but_last.iter().any(|part| part.written.size < SMALLEST_PART) {
        let message = "Your proposed upload is smaller than the minimum allowed size";
        return Err(ApiError::client("EntityTooSmall", message));
    }
    Ok(parts)
}

fn find(upload: &Upload, named: &Named) -> Result<Part, ApiError> {
    let same = |part: &&Part| named.etag.as_ref().is_none_or(|etag| *etag == part.etag());
    upload.parts.get(&named.number).filter(same).cloned().ok_or_else(|| {
        let message = "One or more of the specified parts could not be found.  \
                       The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.";
        ApiError::client("InvalidPart", message)
    })
}

fn etag(parts: &[Part]) -> String {
    let mut md5 = Md5::new();
    for part in parts {
        md5.update(part.written.md5);
    }
    format!("{}-{}", hex(&md5.finalize()), parts.len())
}

fn checksum_of(upload: &Upload, parts: &[Part], written: &Written) -> Result<Checksum, ApiError> {
    if upload.full_object {
        return Ok(checksum::only(upload.algorithm, &written.checksum, true));
    }
    let digests: Vec<&Checksum> = parts.iter().map(|part| &part.written.checksum).collect();
    let value = checksum::composite(upload.algorithm, &digests)
        .ok_or_else(|| ApiError::new(500, "InternalError", "a part lacks the upload's checksum"))?;
    let mut checksum = Checksum { checksum_type: Some(checksum::checksum_type(false)), ..Checksum::default() };
    upload.algorithm.set(&mut checksum, value);
    Ok(checksum)
}

fn no_such_upload() -> ApiError {
    let message = "The specified upload does not exist. \
                   The upload ID may be invalid, or the upload may have been aborted or completed.";
    ApiError::new(404, "NoSuchUpload", message)
}

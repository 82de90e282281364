//! The store: buckets and their objects. What a service of the sandbox keeps in S3, it keeps through this.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::SystemTime;

use bytes::Bytes;
use futures::Stream;
use s3s::dto::Checksum;
use tokio::fs::File;
use tokio_util::io::ReaderStream;

use super::attributes::{Attributes, Tags};
use super::blob::{Blob, Folder, Written};
use super::change::{Cause, Change, Watch};
use super::checksum::{self, Algorithm, Claim};
use super::conditions::WriteCondition;
use super::listing::{self, Listing, Query};
use super::multipart::Upload;
use crate::sandbox::wire::ApiError;

/// One object as it was written. Never changed: a write puts another one in its place.
#[derive(Debug, Clone)]
pub struct Object {
    /// The body.
    pub blob: Arc<Blob>,
    /// Bytes.
    pub size: u64,
    /// Without quotes: the MD5 in hex, or `md5-n` of n parts.
    pub etag: String,
    /// When it was written.
    pub last_modified: SystemTime,
    /// Headers and metadata.
    pub attributes: Attributes,
    /// Tags by key.
    pub tags: Tags,
    /// Digests with their type.
    pub checksum: Checksum,
    /// Sizes of the parts that it was uploaded in; empty if in one.
    pub parts: Vec<u64>,
}

impl Object {
    /// An object that was uploaded in one part.
    pub fn new(written: Written, attributes: Attributes, tags: Tags) -> Self {
        let mut checksum = written.checksum;
        checksum.checksum_type = Some(checksum::checksum_type(true));
        Self {
            etag: hex(&written.md5),
            blob: written.blob,
            size: written.size,
            last_modified: SystemTime::now(),
            attributes,
            tags,
            checksum,
            parts: Vec::new(),
        }
    }

    /// A part of the body; the range must lie within it.
    pub async fn range(&self, range: Range<u64>) -> Result<Bytes, ApiError> {
        if range.start > range.end || range.end > self.size {
            return Err(ApiError::new(416, "InvalidRange", "The requested range is not satisfiable"));
        }
        self.blob.bytes(range).await.map_err(|error| broken(&error))
    }
}

/// A bucket's own facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// When it was created.
    pub created: SystemTime,
}

#[derive(Debug)]
pub(super) struct Contents {
    pub created: SystemTime,
    pub objects: BTreeMap<String, Arc<Object>>,
    pub uploads: BTreeMap<String, Upload>,
    /// Whether changes are told.
    pub sends_events: bool,
}

/// All buckets of one sandbox. Clones are the same store.
#[derive(Debug, Clone)]
pub struct Store {
    buckets: Arc<RwLock<BTreeMap<String, Contents>>>,
    pub(super) folder: Arc<Folder>,
    region: Arc<str>,
    watch: Arc<Watch>,
}

impl Store {
    /// An empty store that writes bodies to this folder, which must exist and is removed by its owner.
    pub fn new(folder: PathBuf, region: &str) -> Self {
        Self {
            buckets: Arc::default(),
            folder: Arc::new(Folder::new(folder)),
            region: region.into(),
            watch: Arc::default(),
        }
    }

    /// The region of every bucket.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Creates a bucket. One that is there already is refused, outside `us-east-1`.
    pub fn create_bucket(&self, name: &str) -> Result<(), ApiError> {
        if !s3s::path::check_bucket_name(name) {
            return Err(ApiError::client("InvalidBucketName", format!("The specified bucket is not valid: {name}")));
        }
        let mut buckets = self.write();
        if buckets.contains_key(name) {
            let message = "Your previous request to create the named bucket succeeded and you already own it.";
            let kept = self.region() == "us-east-1";
            return if kept { Ok(()) } else { Err(ApiError::new(409, "BucketAlreadyOwnedByYou", message)) };
        }
        let contents = Contents {
            created: SystemTime::now(),
            objects: BTreeMap::new(),
            uploads: BTreeMap::new(),
            sends_events: false,
        };
        buckets.insert(name.to_owned(), contents);
        Ok(())
    }

    /// Deletes an empty bucket.
    pub fn delete_bucket(&self, name: &str) -> Result<(), ApiError> {
        let mut buckets = self.write();
        let contents = buckets.get(name).ok_or_else(|| no_such_bucket(name))?;
        if !contents.objects.is_empty() {
            return Err(ApiError::new(409, "BucketNotEmpty", "The bucket you tried to delete is not empty"));
        }
        buckets.remove(name);
        Ok(())
    }

    /// Whether there is such a bucket, as an error if not.
    pub fn bucket(&self, name: &str) -> Result<Bucket, ApiError> {
        self.read(name, |contents| Bucket { name: name.to_owned(), created: contents.created })
    }

    /// All buckets by name.
    pub fn buckets(&self) -> Vec<Bucket> {
        let bucket = |(name, contents): (&String, &Contents)| Bucket { name: name.clone(), created: contents.created };
        self.lock().iter().map(bucket).collect()
    }

    /// Writes an object from a file.
    pub async fn put_file(
        &self,
        bucket: &str,
        key: &str,
        path: &Path,
        attributes: Attributes,
    ) -> Result<Arc<Object>, ApiError> {
        self.bucket(bucket)?;
        let file = File::open(path).await.map_err(|error| broken(&error))?;
        let written = self.write_body(ReaderStream::new(file), &Claim::default()).await?;
        let object = Object::new(written, attributes, Tags::new());
        self.commit(bucket, key, object, &WriteCondition::Always, &Cause::new("PutObject"))
    }

    /// What is known of an object.
    pub fn head(&self, bucket: &str, key: &str) -> Result<Arc<Object>, ApiError> {
        self.read(bucket, |contents| contents.objects.get(key).cloned())?.ok_or_else(no_such_key)
    }

    /// One page of a bucket, or all of it if the query has no limit.
    pub fn list(&self, bucket: &str, query: &Query) -> Result<Listing, ApiError> {
        self.read(bucket, |contents| listing::list(&contents.objects, query))
    }

    /// Deletes an object, if it is there: S3 does not tell.
    pub fn delete(&self, bucket: &str, key: &str, cause: &Cause) -> Result<(), ApiError> {
        self.change(bucket, |contents| {
            if let Some(object) = contents.objects.remove(key).filter(|_| contents.sends_events) {
                self.watch.deleted(bucket, key, &object, cause);
            }
        })
    }

    /// Whether a bucket tells its changes from now on.
    pub fn send_events(&self, bucket: &str, wanted: bool) -> Result<(), ApiError> {
        self.change(bucket, |contents| contents.sends_events = wanted)
    }

    /// Whether a bucket tells its changes.
    pub fn sends_events(&self, bucket: &str) -> Result<bool, ApiError> {
        self.read(bucket, |contents| contents.sends_events)
    }

    /// Tells the changes of all buckets that send events, in their order. The listener must not call the store.
    pub fn listen(&self, listener: impl Fn(Change) + Send + Sync + 'static) {
        self.watch.listen(Box::new(listener));
    }

    /// Writes a body to the folder and judges it by what the caller claims.
    pub(super) async fn write_body<S, E>(&self, body: S, claim: &Claim) -> Result<Written, ApiError>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
        E: std::fmt::Display,
    {
        self.write_digests(body, claim, &[claim.algorithm()]).await
    }

    /// As `write_body`, with more digests than the caller asked for.
    pub(super) async fn write_digests<S, E>(
        &self,
        body: S,
        claim: &Claim,
        algorithms: &[Algorithm],
    ) -> Result<Written, ApiError>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
        E: std::fmt::Display,
    {
        let hasher = checksum::hasher(algorithms.iter().copied());
        let written = self.folder.write(body, hasher).await.map_err(|error| broken(&error))?;
        claim.judge(&written)?;
        Ok(written)
    }

    /// Puts an object in its place if the condition holds at this moment.
    pub(super) fn commit(
        &self,
        bucket: &str,
        key: &str,
        object: Object,
        condition: &WriteCondition,
        cause: &Cause,
    ) -> Result<Arc<Object>, ApiError> {
        let object = Arc::new(object);
        self.change(bucket, |contents| {
            condition.judge(contents.objects.get(key).map(AsRef::as_ref))?;
            contents.objects.insert(key.to_owned(), Arc::clone(&object));
            if contents.sends_events {
                self.watch.created(bucket, key, &object, cause);
            }
            Ok(object)
        })?
    }

    pub(super) fn read<T>(&self, bucket: &str, look: impl FnOnce(&Contents) -> T) -> Result<T, ApiError> {
        self.lock().get(bucket).map(look).ok_or_else(|| no_such_bucket(bucket))
    }

    pub(super) fn change<T>(&self, bucket: &str, alter: impl FnOnce(&mut Contents) -> T) -> Result<T, ApiError> {
        self.write().get_mut(bucket).map(alter).ok_or_else(|| no_such_bucket(bucket))
    }

    fn lock(&self) -> RwLockReadGuard<'_, BTreeMap<String, Contents>> {
        self.buckets.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<String, Contents>> {
        self.buckets.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

pub(super) fn no_such_key() -> ApiError {
    ApiError::new(404, "NoSuchKey", "The specified key does not exist.")
}

fn no_such_bucket(name: &str) -> ApiError {
    ApiError::new(404, "NoSuchBucket", format!("The specified bucket does not exist: {name}"))
}

/// The temporary folder failed, or the caller's connection did.
pub(super) fn broken(error: &io::Error) -> ApiError {
    ApiError::new(500, "InternalError", format!("the sandbox's store failed: {error}"))
}

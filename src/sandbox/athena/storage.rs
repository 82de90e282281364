//! The sandbox's S3 as Athena sees it: buckets as object stores, locations, and a count of the bytes that a query reads.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use datafusion::object_store::path::Path;
use datafusion::object_store::{
    CopyOptions, Error as StoreError, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result as StoreResult,
};
use futures::StreamExt;
use futures::stream::BoxStream;

use super::failure::Failure;

/// Where Athena finds the buckets of the sandbox's S3.
pub trait Buckets: Send + Sync {
    /// The objects of one bucket, or `None` when there is no such bucket.
    fn bucket(&self, name: &str) -> Option<Arc<dyn ObjectStore>>;
}

/// A place in S3: a bucket and a prefix or key without slashes at its ends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    pub bucket: String,
    pub prefix: String,
}

impl Location {
    /// Reads `s3://bucket/prefix/` (also `s3a` and `s3n`, which Hive wrote).
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let known = ["s3", "s3a", "s3n"].contains(&scheme);
        let prefix = prefix.trim_matches('/').to_owned();
        (known && !bucket.is_empty()).then(|| Self { bucket: bucket.to_owned(), prefix })
    }

    /// The place `name` below this one.
    #[must_use]
    pub fn child(&self, name: &str) -> Self {
        let prefix = if self.prefix.is_empty() { name.to_owned() } else { format!("{}/{name}", self.prefix) };
        Self { bucket: self.bucket.clone(), prefix: prefix.trim_matches('/').to_owned() }
    }

    /// The location as the key of an object store.
    pub fn path(&self) -> Result<Path, Failure> {
        Path::parse(&self.prefix)
            .map_err(|error| Failure::user("HIVE_FILESYSTEM_ERROR", format!("{self} is not a valid location: {error}")))
    }
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "s3://{}/{}", self.bucket, self.prefix)
    }
}

/// Bytes that one query has read from S3, and the number at which it is stopped.
#[derive(Debug)]
pub struct ScanCounter {
    bytes: AtomicU64,
    cutoff: u64,
}

impl ScanCounter {
    /// Counts from zero; `None` means no limit.
    pub fn new(cutoff: Option<u64>) -> Self {
        Self { bytes: AtomicU64::new(0), cutoff: cutoff.unwrap_or(u64::MAX) }
    }

    /// Bytes read so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Whether the work group's limit was met.
    pub fn exceeded(&self) -> bool {
        self.bytes() > self.cutoff
    }

    fn add(&self, count: usize) -> StoreResult<()> {
        self.bytes.fetch_add(count as u64, Ordering::Relaxed);
        if self.exceeded() {
            let source = "the limit of bytes scanned per query was exceeded".into();
            return Err(StoreError::Generic { store: "athena", source });
        }
        Ok(())
    }
}

/// An object store that counts what is read through it.
#[derive(Debug)]
pub struct CountingStore {
    inner: Arc<dyn ObjectStore>,
    counter: Arc<ScanCounter>,
}

impl CountingStore {
    /// Wraps `inner`; reads are added to `counter`.
    pub fn new(inner: Arc<dyn ObjectStore>, counter: Arc<ScanCounter>) -> Self {
        Self { inner, counter }
    }
}

impl fmt::Display for CountingStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "counting {}", self.inner)
    }
}

#[async_trait]
impl ObjectStore for CountingStore {
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> StoreResult<PutResult> {
        self.inner.put_opts(location, payload, opts).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        opts: PutMultipartOptions,
    ) -> StoreResult<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(location, opts).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> StoreResult<GetResult> {
        let head = options.head;
        let GetResult { payload, meta, range, attributes } = self.inner.get_opts(location, options).await?;
        if head {
            return Ok(GetResult { payload, meta, range, attributes });
        }
        let whole = GetResult { payload, meta: meta.clone(), range: range.clone(), attributes: attributes.clone() };
        let counter = Arc::clone(&self.counter);
        let stream = whole.into_stream().map(move |chunk| {
            let chunk = chunk?;
            counter.add(chunk.len())?;
            Ok(chunk)
        });
        Ok(GetResult { payload: GetResultPayload::Stream(stream.boxed()), meta, range, attributes })
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> StoreResult<Vec<Bytes>> {
        let parts = self.inner.get_ranges(location, ranges).await?;
        self.counter.add(parts.iter().map(Bytes::len).sum())?;
        Ok(parts)
    }

    fn delete_stream(&self, locations: BoxStream<'static, StoreResult<Path>>) -> BoxStream<'static, StoreResult<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> StoreResult<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> StoreResult<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_a_bucket_and_a_prefix() {
        fn check(text: &str, expected: Option<(&str, &str)>) {
            let location = Location::parse(text);
            assert_eq!(location.as_ref().map(|it| (it.bucket.as_str(), it.prefix.as_str())), expected, "{text}");
        }
        check("s3://lake/raw/orders/", Some(("lake", "raw/orders")));
        check("s3://lake", Some(("lake", "")));
        check("s3a://lake/x", Some(("lake", "x")));
        check("https://lake/x", None);
        check("s3:///x", None);
        check("lake/x", None);
    }
}

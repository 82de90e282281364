//! A bucket as DataFusion sees it: an object store in this process, no HTTP between.

use std::fmt;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use datafusion::object_store::path::Path;
use datafusion::object_store::{
    Attribute, Attributes as StoreAttributes, CopyMode, CopyOptions, Error, GetOptions, GetResult, GetResultPayload,
    ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload,
    PutResult, Result, UploadPart,
};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt, stream};
use s3s::dto::{ETag, ETagCondition};

use super::attributes::{Attributes, Tags};
use super::change::Cause;
use super::checksum::Claim;
use super::conditions::WriteCondition;
use super::listing::{Listing, Query};
use super::store::{Object, Store};
use crate::sandbox::wire::ApiError;

/// One bucket of a store.
#[derive(Debug, Clone)]
pub struct BucketStore {
    store: Store,
    bucket: String,
}

impl BucketStore {
    /// A view of a bucket that is there.
    pub fn new(store: Store, bucket: &str) -> std::result::Result<Self, ApiError> {
        store.bucket(bucket)?;
        Ok(Self { store, bucket: bucket.to_owned() })
    }

    fn head(&self, location: &Path) -> Result<Arc<Object>> {
        self.store.head(&self.bucket, location.as_ref()).map_err(|error| failure(location.as_ref(), error))
    }

    /// Everything below a path: S3 knows prefixes of text, object stores whole segments.
    fn page(&self, prefix: Option<&Path>, delimiter: Option<&str>) -> Result<Listing> {
        let prefix = prefix.filter(|path| !path.as_ref().is_empty()).map_or(String::new(), |path| format!("{path}/"));
        let query = Query { delimiter: delimiter.map(str::to_owned), ..Query::prefix(prefix) };
        self.store.list(&self.bucket, &query).map_err(|error| failure(&self.bucket, error))
    }

    async fn write(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        let condition = condition(options.mode)?;
        let chunks = stream::iter(payload.into_iter().map(io::Result::Ok));
        let failed = |error| failure(location.as_ref(), error);
        let written = self.store.write_body(chunks, &Claim::default()).await.map_err(failed)?;
        let object = Object::new(written, attributes(&options.attributes), Tags::new());
        let object = self
            .store
            .commit(&self.bucket, location.as_ref(), object, &condition, &Cause::new("PutObject"))
            .map_err(failed)?;
        Ok(PutResult { e_tag: Some(quoted(&object.etag)), version: None })
    }
}

impl fmt::Display for BucketStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "s3://{}", self.bucket)
    }
}

#[async_trait::async_trait]
impl ObjectStore for BucketStore {
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        self.write(location, payload, opts).await
    }

    async fn put_multipart_opts(&self, location: &Path, opts: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        let options = PutOptions { attributes: opts.attributes, ..PutOptions::default() };
        Ok(Box::new(Upload { target: self.clone(), location: location.clone(), options, chunks: Vec::new() }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let object = self.head(location)?;
        let meta = meta(location.clone(), &object);
        options.check_preconditions(&meta)?;
        let range = match &options.range {
            Some(range) => range.as_range(object.size).map_err(|error| generic(error.into()))?,
            None => 0..object.size,
        };
        let body = if options.head { stream::empty().boxed() } else { body(&object, range.clone()).await? };
        let attributes = StoreAttributes::new();
        Ok(GetResult { payload: GetResultPayload::Stream(body), meta, range, attributes })
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let object = self.head(location)?;
        let reads = ranges.iter().map(|range| object.range(range.start..range.end.min(object.size)));
        futures::future::try_join_all(reads).await.map_err(|error| failure(location.as_ref(), error))
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let this = self.clone();
        let delete = move |location: Path| {
            let deleted = this.store.delete(&this.bucket, location.as_ref(), &Cause::new("DeleteObject"));
            futures::future::ready(deleted.map_err(|error| failure(location.as_ref(), error)).map(|()| location))
        };
        locations.and_then(delete).boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        match self.page(prefix, None) {
            Ok(page) => stream::iter(metas(page)).boxed(),
            Err(error) => stream::iter([Err(error)]).boxed(),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let page = self.page(prefix, Some("/"))?;
        let common_prefixes = page.prefixes.iter().map(Path::parse).collect::<std::result::Result<_, _>>()?;
        Ok(ListResult { common_prefixes, objects: metas(page).into_iter().collect::<Result<_>>()? })
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        let original = self.head(from)?;
        let condition = match options.mode {
            CopyMode::Overwrite => WriteCondition::Always,
            CopyMode::Create => WriteCondition::Absent,
        };
        let copy = Object { last_modified: std::time::SystemTime::now(), ..(*original).clone() };
        let done = self.store.commit(&self.bucket, to.as_ref(), copy, &condition, &Cause::new("CopyObject"));
        done.map(|_| ()).map_err(|error| failure(to.as_ref(), error))
    }
}

/// An upload that is one body in the end: parts wait in memory, in their order.
#[derive(Debug)]
struct Upload {
    target: BucketStore,
    location: Path,
    options: PutOptions,
    chunks: Vec<Bytes>,
}

#[async_trait::async_trait]
impl MultipartUpload for Upload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        self.chunks.extend(data);
        Box::pin(std::future::ready(Ok(())))
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let payload = std::mem::take(&mut self.chunks).into_iter().collect::<PutPayload>();
        self.target.write(&self.location, payload, self.options.clone()).await
    }

    async fn abort(&mut self) -> Result<()> {
        self.chunks.clear();
        Ok(())
    }
}

async fn body(object: &Object, range: Range<u64>) -> Result<BoxStream<'static, Result<Bytes>>> {
    let chunks = object.blob.stream(range).await.map_err(|error| generic(error.into()))?;
    Ok(chunks.map_err(|error| generic(error.into())).boxed())
}

/// Keys that an object store cannot name are an error where they are listed; markers of folders are left out, they hold no data.
fn metas(page: Listing) -> Vec<Result<ObjectMeta>> {
    let objects = page.objects.into_iter().filter(|(key, object)| !(key.ends_with('/') && object.size == 0));
    objects.map(|(key, object)| Ok(meta(Path::parse(&key)?, &object))).collect()
}

fn meta(location: Path, object: &Object) -> ObjectMeta {
    ObjectMeta {
        location,
        last_modified: DateTime::<Utc>::from(object.last_modified),
        size: object.size,
        e_tag: Some(quoted(&object.etag)),
        version: None,
    }
}

fn quoted(etag: &str) -> String {
    format!("\"{etag}\"")
}

fn condition(mode: PutMode) -> Result<WriteCondition> {
    match mode {
        PutMode::Overwrite => Ok(WriteCondition::Always),
        PutMode::Create => Ok(WriteCondition::Absent),
        PutMode::Update(version) => {
            let etag = version.e_tag.ok_or_else(|| generic("an update needs an ETag".into()))?;
            Ok(WriteCondition::Matches(ETagCondition::ETag(ETag::Strong(etag.trim_matches('"').to_owned()))))
        }
    }
}

fn attributes(given: &StoreAttributes) -> Attributes {
    Attributes {
        content_type: given.get(&Attribute::ContentType).map(|value| value.as_ref().to_owned()),
        content_encoding: given.get(&Attribute::ContentEncoding).map(|value| value.as_ref().to_owned()),
        ..Attributes::default()
    }
}

fn failure(path: &str, error: ApiError) -> Error {
    let path = path.to_owned();
    match error.code.as_str() {
        "NoSuchKey" | "NoSuchBucket" => Error::NotFound { path, source: error.into() },
        "PreconditionFailed" => Error::AlreadyExists { path, source: error.into() },
        _ => generic(error.into()),
    }
}

fn generic(source: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::Generic { store: "sandbox S3", source }
}

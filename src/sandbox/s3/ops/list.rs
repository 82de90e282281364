//! Listing objects, in both forms.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::dto::{
    ChecksumAlgorithm, CommonPrefix, ETag, EncodingType, ListObjectsInput, ListObjectsOutput, ListObjectsV2Input,
    ListObjectsV2Output, Object, ObjectStorageClass, StorageClass, Timestamp,
};

use super::super::checksum::ALGORITHMS;
use super::super::listing::{After, Listing, Query};
use super::super::store::{self, Store};
use super::bucket::owner;
use crate::sandbox::wire::ApiError;

/// What S3 leaves as it is in a listing with `encoding-type=url`.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'*').remove(b'/');

/// Most keys of one page.
const PAGE: i32 = 1_000;

pub fn list(store: &Store, input: ListObjectsInput) -> Result<ListObjectsOutput, ApiError> {
    let text = Text::of(input.encoding_type.as_ref())?;
    let max_keys = page_size(input.max_keys)?;
    let query = Query {
        prefix: input.prefix.clone().unwrap_or_default(),
        delimiter: input.delimiter.clone(),
        after: marker(input.marker.as_deref(), input.delimiter.as_deref()),
        limit: usize::try_from(max_keys).ok(),
    };
    let page = store.list(&input.bucket, &query)?;
    // S3 tells the next marker only for a listing with a delimiter; else it is the last key.
    let next = page.next.clone().filter(|_| query.delimiter.is_some()).map(|next| match next {
        After::Nothing => String::new(),
        After::Key(text) | After::Prefix(text) => text,
    });
    Ok(ListObjectsOutput {
        is_truncated: Some(page.next.is_some()),
        common_prefixes: Some(text.prefixes(&page)),
        contents: Some(text.contents(page, true)),
        name: Some(input.bucket),
        prefix: Some(text.write(&query.prefix)),
        marker: Some(text.write(&input.marker.unwrap_or_default())),
        max_keys: Some(max_keys),
        delimiter: input.delimiter.map(|delimiter| text.write(&delimiter)),
        next_marker: next.map(|next| text.write(&next)),
        encoding_type: input.encoding_type,
        request_charged: None,
    })
}

pub fn list_v2(store: &Store, input: ListObjectsV2Input) -> Result<ListObjectsV2Output, ApiError> {
    let text = Text::of(input.encoding_type.as_ref())?;
    let max_keys = page_size(input.max_keys)?;
    let after = match (&input.continuation_token, &input.start_after) {
        (Some(token), _) => After::from_token(token)?,
        (None, Some(key)) => After::Key(key.clone()),
        (None, None) => After::Nothing,
    };
    let query = Query {
        prefix: input.prefix.clone().unwrap_or_default(),
        delimiter: input.delimiter.clone(),
        after,
        limit: usize::try_from(max_keys).ok(),
    };
    let page = store.list(&input.bucket, &query)?;
    let count = page.objects.len() + page.prefixes.len();
    Ok(ListObjectsV2Output {
        is_truncated: Some(page.next.is_some()),
        next_continuation_token: page.next.as_ref().map(After::token),
        common_prefixes: Some(text.prefixes(&page)),
        contents: Some(text.contents(page, input.fetch_owner == Some(true))),
        name: Some(input.bucket),
        prefix: Some(text.write(&query.prefix)),
        max_keys: Some(max_keys),
        key_count: i32::try_from(count).ok(),
        continuation_token: input.continuation_token,
        delimiter: input.delimiter.map(|delimiter| text.write(&delimiter)),
        encoding_type: input.encoding_type,
        start_after: input.start_after.map(|start| text.write(&start)),
        request_charged: None,
    })
}

/// A marker that ends as a common prefix does names the group, which is behind us.
fn marker(marker: Option<&str>, delimiter: Option<&str>) -> After {
    match (marker.filter(|marker| !marker.is_empty()), delimiter.filter(|delimiter| !delimiter.is_empty())) {
        (None, _) => After::Nothing,
        (Some(marker), Some(delimiter)) if marker.ends_with(delimiter) => After::Prefix(marker.to_owned()),
        (Some(marker), _) => After::Key(marker.to_owned()),
    }
}

/// A page has at most a thousand keys, whatever is asked.
pub fn page_size(asked: Option<i32>) -> Result<i32, ApiError> {
    match asked {
        Some(asked) if asked < 0 => Err(ApiError::client("InvalidArgument", "Argument max-keys must not be negative")),
        asked => Ok(asked.unwrap_or(PAGE).min(PAGE)),
    }
}

/// How keys are written.
pub enum Text {
    Plain,
    Encoded,
}

impl Text {
    pub fn of(encoding: Option<&EncodingType>) -> Result<Self, ApiError> {
        match encoding.map(EncodingType::as_str) {
            None => Ok(Self::Plain),
            Some(EncodingType::URL) => Ok(Self::Encoded),
            Some(_) => Err(ApiError::client("InvalidArgument", "Invalid Encoding Method specified in Request")),
        }
    }

    pub fn write(&self, key: &str) -> String {
        match self {
            Self::Plain => key.to_owned(),
            Self::Encoded => utf8_percent_encode(key, KEPT).to_string(),
        }
    }

    fn prefixes(&self, page: &Listing) -> Vec<CommonPrefix> {
        page.prefixes.iter().map(|prefix| CommonPrefix { prefix: Some(self.write(prefix)) }).collect()
    }

    fn contents(&self, page: Listing, with_owner: bool) -> Vec<Object> {
        page.objects.into_iter().map(|(key, object)| self.entry(&key, &object, with_owner)).collect()
    }

    fn entry(&self, key: &str, object: &store::Object, with_owner: bool) -> Object {
        let algorithms = ALGORITHMS.into_iter().filter(|algorithm| algorithm.of(&object.checksum).is_some());
        let class = object.attributes.storage_class.as_ref().map_or(ObjectStorageClass::STANDARD, StorageClass::as_str);
        Object {
            checksum_algorithm: Some(algorithms.map(|found| ChecksumAlgorithm::from_static(found.name())).collect()),
            checksum_type: object.checksum.checksum_type.clone(),
            e_tag: Some(ETag::Strong(object.etag.clone())),
            key: Some(self.write(key)),
            last_modified: Some(Timestamp::from(whole_seconds(object.last_modified))),
            owner: with_owner.then(owner),
            restore_status: None,
            size: i64::try_from(object.size).ok(),
            storage_class: Some(ObjectStorageClass::from(class.to_owned())),
        }
    }
}

/// S3 lists dates in whole seconds, as HEAD tells them.
fn whole_seconds(time: SystemTime) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
}

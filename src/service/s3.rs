//! Verbs of S3. Every call says which account the bucket must belong to.

use std::collections::BTreeMap;

use aws_sdk_s3::client::customize::CustomizableOperation;
use aws_sdk_s3::config::Builder;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::operation::put_object::{PutObjectError, PutObjectOutput};
use aws_sdk_s3::primitives::{AggregatedBytes, ByteStream};
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use aws_smithy_types::timeout::TimeoutConfig;
use chrono::{DateTime, Utc};

use super::Services;
use crate::target::{AwsFacts, FactKind, chain, class, facts};

/// The service's name in errors.
const SERVICE: &str = "s3";
/// Keys of one `DeleteObjects` (S3 API reference).
const BATCH: usize = 1000;

/// User metadata of a temporary object: whose it is.
pub const MARK: &str = "shakedown";

/// A place in S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uri {
    /// The bucket.
    pub bucket: String,
    /// The key, prefix or glob; may be empty.
    pub key: String,
}

/// An object as a listing shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its key.
    pub key: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its `ETag` without quotes.
    pub etag: String,
    /// When it was written.
    pub last_modified: Option<DateTime<Utc>>,
}

/// What is known of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Size, `ETag` and time.
    pub listed: Listed,
    /// `x-amz-meta-…`, by name.
    pub metadata: BTreeMap<String, String>,
    /// The content type.
    pub content_type: Option<String>,
}

impl Head {
    /// Whether the object carries this mark.
    pub fn is_marked(&self, mark: &str) -> bool {
        self.metadata.get(MARK).is_some_and(|found| found == mark)
    }
}

impl std::str::FromStr for Uri {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text.strip_prefix("s3://").ok_or_else(|| format!("{text:?} is no S3 URI: it begins with s3://"))?;
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(format!("{text:?} names no bucket"));
        }
        Ok(Self { bucket: bucket.to_owned(), key: key.to_owned() })
    }
}

impl std::fmt::Display for Uri {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

impl Uri {
    /// Another key of the same bucket.
    #[must_use]
    pub fn with_key(&self, key: impl Into<String>) -> Self {
        Self { bucket: self.bucket.clone(), key: key.into() }
    }
}

impl Services {
    fn owner(&self) -> String {
        self.account.account.clone()
    }

    /// Writes an object; its `ETag`.
    pub async fn put_object(&self, uri: &Uri, body: Vec<u8>) -> Result<String, AwsFacts> {
        let call = self.s3.put_object().bucket(&uri.bucket).key(&uri.key).expected_bucket_owner(self.owner());
        let answer = untimed(call.body(ByteStream::from(body))).send().await;
        let answer = answer.map_err(|error| facts(SERVICE, "PutObject", &error))?;
        etag("PutObject", answer.e_tag())
    }

    /// Writes an object where there is none: a conditional put, answered with 412 (409 on a race) where there is one. The mark is
    /// the object's user metadata [`MARK`], by which a put whose answer got lost is known again.
    pub async fn put_new_object(&self, uri: &Uri, body: Vec<u8>, mark: &str) -> Result<String, AwsFacts> {
        let call = self.s3.put_object().bucket(&uri.bucket).key(&uri.key).expected_bucket_owner(self.owner());
        let call = call.if_none_match("*").metadata(MARK, mark).body(ByteStream::from(body));
        let answer = untimed(call).send().await;
        let answer = answer.map_err(|error| facts(SERVICE, "PutObject", &error))?;
        etag("PutObject", answer.e_tag())
    }

    /// Writes an object over the one with this `ETag` and no other: answered with 412 where another one is there by now.
    pub async fn put_object_over(&self, uri: &Uri, body: Vec<u8>, etag: &str) -> Result<String, AwsFacts> {
        let call = self.s3.put_object().bucket(&uri.bucket).key(&uri.key).expected_bucket_owner(self.owner());
        let answer = call.if_match(format!("\"{etag}\"")).body(ByteStream::from(body)).send().await;
        let answer = answer.map_err(|error| facts(SERVICE, "PutObject", &error))?;
        Ok(unquoted(answer.e_tag()))
    }

    /// What is known of an object; none if there is none. A bucket that does not exist is an error.
    pub async fn head_object(&self, uri: &Uri) -> Result<Option<Head>, AwsFacts> {
        let call = self.s3.head_object().bucket(&uri.bucket).key(&uri.key).expected_bucket_owner(self.owner());
        let answer = match call.send().await {
            Ok(answer) => answer,
            Err(error) => {
                let found = facts(SERVICE, "HeadObject", &error);
                if found.kind != FactKind::NotFound {
                    return Err(found);
                }
                // HEAD errors carry no body: whether bucket or key is absent takes another question.
                self.head_bucket(&uri.bucket).await?;
                return Ok(None);
            }
        };
        let metadata = answer.metadata().map(|m| m.iter().map(|(k, v)| (k.clone(), v.clone())).collect());
        Ok(Some(Head {
            listed: Listed {
                key: uri.key.clone(),
                size: bytes(answer.content_length()),
                etag: etag("HeadObject", answer.e_tag())?,
                last_modified: answer.last_modified().and_then(time),
            },
            metadata: metadata.unwrap_or_default(),
            content_type: answer.content_type().map(str::to_owned),
        }))
    }

    async fn head_bucket(&self, bucket: &str) -> Result<(), AwsFacts> {
        let call = self.s3.head_bucket().bucket(bucket).expected_bucket_owner(self.owner());
        let answer = call.send().await;
        answer.map(|_| ()).map_err(|error| {
            let found = facts(SERVICE, "HeadBucket", &error);
            let message = format!("the bucket {bucket} does not exist, or is not to be seen");
            if found.kind == FactKind::NotFound { AwsFacts { message, ..found } } else { found }
        })
    }

    /// The body of an object, which is as long as the object is known to be.
    pub async fn get_object_of(&self, uri: &Uri, size: u64) -> Result<Vec<u8>, AwsFacts> {
        let body = self.get_object(uri).await?;
        if body.len() as u64 == size {
            return Ok(body);
        }
        let message = format!("the body of {uri} has {} bytes, and the object {size}", body.len());
        Err(AwsFacts { kind: FactKind::Infrastructure, ..invalid("GetObject", message) })
    }

    /// The body of an object.
    pub async fn get_object(&self, uri: &Uri) -> Result<Vec<u8>, AwsFacts> {
        let call = self.s3.get_object().bucket(&uri.bucket).key(&uri.key).expected_bucket_owner(self.owner());
        let answer = call.send().await.map_err(|error| facts(SERVICE, "GetObject", &error))?;
        let broken = |message| AwsFacts { kind: FactKind::Infrastructure, ..invalid("GetObject", message) };
        etag("GetObject", answer.e_tag())?;
        let body = answer.body.collect().await;
        let body = body.map_err(|error| broken(format!("the body of {uri} broke off: {}", chain(&error))));
        body.map(AggregatedBytes::to_vec)
    }

    /// Every object below a prefix, in the order of keys. `limit` bounds how many are listed; more are an error of `too_many`.
    pub async fn list_objects(&self, prefix: &Uri, limit: usize) -> Result<Vec<Listed>, AwsFacts> {
        let mut listed = Vec::new();
        let mut token = None;
        loop {
            let call = self.s3.list_objects_v2().bucket(&prefix.bucket).prefix(&prefix.key);
            let call = call.expected_bucket_owner(self.owner()).set_continuation_token(token);
            let page = call.send().await.map_err(|error| facts(SERVICE, "ListObjectsV2", &error))?;
            listed.extend(page.contents().iter().map(|object| Listed {
                key: object.key().unwrap_or_default().to_owned(),
                size: bytes(object.size()),
                etag: unquoted(object.e_tag()),
                last_modified: object.last_modified().and_then(time),
            }));
            if listed.len() > limit {
                return Err(too_many(prefix, limit));
            }
            token = next_page(&page)?;
            if token.is_none() {
                return Ok(listed);
            }
        }
    }

    /// Deletes one object. One that is not there is no error.
    pub async fn delete_object(&self, uri: &Uri) -> Result<(), AwsFacts> {
        let call = self.s3.delete_object().bucket(&uri.bucket).key(&uri.key).expected_bucket_owner(self.owner());
        call.send().await.map(|_| ()).map_err(|error| facts(SERVICE, "DeleteObject", &error))
    }

    /// Deletes objects of one bucket, a thousand a call. The first that could not be deleted is the error.
    pub async fn delete_objects(&self, bucket: &str, keys: &[String]) -> Result<(), AwsFacts> {
        for batch in keys.chunks(BATCH) {
            let objects = batch.iter().filter_map(|key| ObjectIdentifier::builder().key(key).build().ok()).collect();
            let delete = Delete::builder().set_objects(Some(objects)).quiet(false).build();
            let delete = delete.map_err(|error| invalid("DeleteObjects", error.to_string()))?;
            let call = self.s3.delete_objects().bucket(bucket).delete(delete).expected_bucket_owner(self.owner());
            let answer = call.send().await.map_err(|error| facts(SERVICE, "DeleteObjects", &error))?;
            if let Some(error) = answer.errors().first() {
                let key = error.key().unwrap_or_default();
                let message = format!("s3://{bucket}/{key}: {}", error.message().unwrap_or_default());
                let kind = class(error.code().unwrap_or_default(), 0);
                return Err(AwsFacts {
                    code: error.code().map(str::to_owned),
                    kind,
                    ..invalid("DeleteObjects", message)
                });
            }
            if answer.deleted().len() != batch.len() {
                let message = format!("it speaks of {} objects of {}", answer.deleted().len(), batch.len());
                return Err(no_answer("DeleteObjects", message));
            }
        }
        Ok(())
    }
}

/// A put takes as long as its body takes on its way: only the step's own time ends it, and a body that does not move.
fn untimed(
    call: PutObjectFluentBuilder,
) -> CustomizableOperation<PutObjectOutput, PutObjectError, PutObjectFluentBuilder> {
    call.customize().config_override(Builder::new().timeout_config(TimeoutConfig::disabled()))
}

/// The token of the next page. Each page says how much is in it and whether it is the last (S3 API reference, `ListObjectsV2`): a page
/// that does not agree with itself was cut on its way.
fn next_page(page: &ListObjectsV2Output) -> Result<Option<String>, AwsFacts> {
    let found = page.contents().len() + page.common_prefixes().len();
    let said = page.key_count().map_or(Some(found), |count| usize::try_from(count).ok());
    match (page.is_truncated(), page.next_continuation_token()) {
        _ if said != Some(found) => {
            Err(no_answer("ListObjectsV2", format!("it has {found} keys, and not as many as it says")))
        }
        (Some(true), None) => Err(no_answer("ListObjectsV2", "there is more, and it does not say how to ask for it")),
        (None, _) => Err(no_answer("ListObjectsV2", "it does not say whether there is more")),
        (Some(_), token) => Ok(token.map(str::to_owned)),
    }
}

/// An answer that the SDK takes for one, but that does not say what was asked.
fn no_answer(operation: &'static str, why: impl std::fmt::Display) -> AwsFacts {
    AwsFacts { kind: FactKind::Unintelligible, ..invalid(operation, format!("the answer cannot be understood: {why}")) }
}

/// The `ETag` that S3 gives of every object: without one, it was not S3 that answered.
fn etag(operation: &'static str, etag: Option<&str>) -> Result<String, AwsFacts> {
    etag.filter(|etag| !etag.is_empty())
        .ok_or_else(|| no_answer(operation, "it has no ETag"))
        .map(|etag| unquoted(Some(etag)))
}

fn too_many(prefix: &Uri, limit: usize) -> AwsFacts {
    invalid("ListObjectsV2", format!("more than {limit} objects below {prefix}: use a longer prefix"))
}

fn invalid(operation: &'static str, message: String) -> AwsFacts {
    AwsFacts {
        service: SERVICE,
        operation,
        code: None,
        message,
        request_id: None,
        status: None,
        kind: FactKind::Invalid,
    }
}

fn unquoted(etag: Option<&str>) -> String {
    etag.unwrap_or_default().trim_matches('"').to_owned()
}

fn bytes(size: Option<i64>) -> u64 {
    size.and_then(|size| u64::try_from(size).ok()).unwrap_or(0)
}

fn time(time: &aws_smithy_types::DateTime) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(time.secs(), time.subsec_nanos())
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_case::test_case;

    #[test_case("s3://lake/a/b.csv", Ok(("lake", "a/b.csv")))]
    #[test_case("s3://lake", Ok(("lake", "")); "a bucket alone")]
    #[test_case("s3://lake/", Ok(("lake", "")))]
    #[test_case("https://lake/x", Err(()); "another scheme")]
    #[test_case("s3:///x", Err(()); "no bucket")]
    fn a_uri_names_a_bucket_and_a_key(text: &str, expected: Result<(&str, &str), ()>) {
        let uri = text.parse::<Uri>();
        assert_eq!(uri.as_ref().map(|u| (u.bucket.as_str(), u.key.as_str())).map_err(|_| ()), expected);
    }
}

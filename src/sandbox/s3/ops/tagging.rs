//! Tags of objects.

use std::sync::Arc;

use s3s::dto::{
    DeleteObjectTaggingInput, DeleteObjectTaggingOutput, GetObjectTaggingInput, GetObjectTaggingOutput,
    PutObjectTaggingInput, PutObjectTaggingOutput, Tag,
};

use super::super::attributes::{self, Tags};
use super::super::store::{Store, no_such_key};
use super::read::refuse_version;
use crate::sandbox::wire::ApiError;

pub fn get(store: &Store, input: &GetObjectTaggingInput) -> Result<GetObjectTaggingOutput, ApiError> {
    refuse_version(input.version_id.as_deref())?;
    let object = store.head(&input.bucket, &input.key)?;
    let tag = |(key, value): (&String, &String)| Tag { key: Some(key.clone()), value: Some(value.clone()) };
    Ok(GetObjectTaggingOutput { tag_set: object.tags.iter().map(tag).collect(), version_id: None })
}

pub fn put(store: &Store, input: PutObjectTaggingInput) -> Result<PutObjectTaggingOutput, ApiError> {
    refuse_version(input.version_id.as_deref())?;
    let pairs = input.tagging.tag_set.into_iter();
    let tags = attributes::tags(pairs.map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default())))?;
    set(store, &input.bucket, &input.key, &tags)?;
    Ok(PutObjectTaggingOutput::default())
}

pub fn delete(store: &Store, input: &DeleteObjectTaggingInput) -> Result<DeleteObjectTaggingOutput, ApiError> {
    refuse_version(input.version_id.as_deref())?;
    set(store, &input.bucket, &input.key, &Tags::new())?;
    Ok(DeleteObjectTaggingOutput::default())
}

fn set(store: &Store, bucket: &str, key: &str, tags: &Tags) -> Result<(), ApiError> {
    store.change(bucket, |contents| match contents.objects.get_mut(key) {
        Some(object) => {
            Arc::make_mut(object).tags.clone_from(tags);
            Ok(())
        }
        None => Err(no_such_key()),
    })?
}

//! Operations on buckets.

use s3s::dto::{
    Bucket, BucketLocationConstraint, BucketVersioningStatus, CreateBucketInput, CreateBucketOutput, DeleteBucketInput,
    DeleteBucketOutput, GetBucketLocationInput, GetBucketLocationOutput, GetBucketVersioningInput,
    GetBucketVersioningOutput, HeadBucketInput, HeadBucketOutput, ListBucketsInput, ListBucketsOutput, Owner,
    PutBucketVersioningInput, PutBucketVersioningOutput, Timestamp,
};

use super::super::Store;
use super::super::attributes::{refuse_acl, refuse_unsupported};
use crate::sandbox::wire::ApiError;

/// The one account of the sandbox, as the owner of all it holds.
pub fn owner() -> Owner {
    Owner { display_name: Some("shakedown".to_owned()), id: Some(crate::sandbox::sts::ACCOUNT.to_owned()) }
}

pub fn create(store: &Store, input: &CreateBucketInput) -> Result<CreateBucketOutput, ApiError> {
    let grants = [
        input.grant_full_control.is_some(),
        input.grant_read.is_some(),
        input.grant_read_acp.is_some(),
        input.grant_write.is_some(),
        input.grant_write_acp.is_some(),
    ];
    refuse_acl(input.acl.as_ref().map(s3s::dto::BucketCannedACL::as_str), &grants)?;
    refuse_unsupported(&[("object lock", input.object_lock_enabled_for_bucket == Some(true))])?;
    let asked = input.create_bucket_configuration.as_ref().and_then(|given| given.location_constraint.as_ref());
    judge_location(store.region(), asked.map(BucketLocationConstraint::as_str))?;
    store.create_bucket(&input.bucket)?;
    Ok(CreateBucketOutput { location: Some(format!("/{}", input.bucket)) })
}

/// A bucket is made in the region that is asked; `us-east-1` is the one that may not be named.
fn judge_location(region: &str, asked: Option<&str>) -> Result<(), ApiError> {
    match asked {
        Some(asked) if asked == region || (asked == "EU" && region == "eu-west-1") => Ok(()),
        None if region == "us-east-1" => Ok(()),
        asked => {
            let asked = asked.unwrap_or("unspecified");
            let message = format!(
                "The {asked} location constraint is incompatible for the region specific endpoint this request was sent to."
            );
            Err(ApiError::client("IllegalLocationConstraintException", message))
        }
    }
}

pub fn head(store: &Store, input: &HeadBucketInput) -> Result<HeadBucketOutput, ApiError> {
    store.bucket(&input.bucket)?;
    Ok(HeadBucketOutput { bucket_region: Some(store.region().to_owned()), ..HeadBucketOutput::default() })
}

pub fn delete(store: &Store, input: &DeleteBucketInput) -> Result<DeleteBucketOutput, ApiError> {
    store.delete_bucket(&input.bucket)?;
    Ok(DeleteBucketOutput {})
}

pub fn list(store: &Store, input: ListBucketsInput) -> ListBucketsOutput {
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let elsewhere = input.bucket_region.is_some_and(|region| region != store.region());
    let after = input.continuation_token.unwrap_or_default();
    let most = input.max_buckets.and_then(|most| usize::try_from(most).ok()).unwrap_or(10_000);
    let mut found = store.buckets();
    found.retain(|bucket| !elsewhere && bucket.name.starts_with(prefix) && bucket.name > after);
    let more = found.len() > most;
    found.truncate(most);
    let continuation_token = found.last().filter(|_| more).map(|bucket| bucket.name.clone());
    let bucket = |bucket: super::super::store::Bucket| Bucket {
        bucket_region: Some(store.region().to_owned()),
        creation_date: Some(Timestamp::from(bucket.created)),
        name: Some(bucket.name),
    };
    ListBucketsOutput {
        buckets: Some(found.into_iter().map(bucket).collect()),
        continuation_token,
        owner: Some(owner()),
        prefix: input.prefix,
    }
}

pub fn location(store: &Store, input: &GetBucketLocationInput) -> Result<GetBucketLocationOutput, ApiError> {
    store.bucket(&input.bucket)?;
    let named = (store.region() != "us-east-1").then(|| BucketLocationConstraint::from(store.region().to_owned()));
    Ok(GetBucketLocationOutput { location_constraint: named })
}

/// No bucket of the sandbox is versioned; AWS leaves the status out for one that never was.
pub fn versioning(store: &Store, input: &GetBucketVersioningInput) -> Result<GetBucketVersioningOutput, ApiError> {
    store.bucket(&input.bucket)?;
    Ok(GetBucketVersioningOutput::default())
}

pub fn set_versioning(store: &Store, input: &PutBucketVersioningInput) -> Result<PutBucketVersioningOutput, ApiError> {
    store.bucket(&input.bucket)?;
    let status = input.versioning_configuration.status.as_ref().map(BucketVersioningStatus::as_str);
    refuse_unsupported(&[("versioned buckets", status == Some(BucketVersioningStatus::ENABLED))])?;
    Ok(PutBucketVersioningOutput {})
}

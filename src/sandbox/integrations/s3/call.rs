//! From an operation to who does it.

use http::{Extensions, HeaderMap, Method, Uri};
use s3s::{S3Error, S3Request, S3Response, S3Result};
use serde_json::Value;

use super::super::failure;
use super::super::params::Params;
use super::{read, write};
use crate::sandbox::s3::{S3Service, Store};
use crate::sandbox::stepfunctions::TaskFailure;
use crate::sandbox::wire::ApiError;

/// What follows `aws-sdk:s3:` in a resource.
pub const OPERATIONS: [&str; 11] = [
    "copyObject",
    "createBucket",
    "deleteObject",
    "deleteObjects",
    "getObject",
    "headBucket",
    "headObject",
    "listBuckets",
    "listObjects",
    "listObjectsV2",
    "putObject",
];

/// Calls S3 as a task does.
pub async fn call(store: &Store, operation: &str, parameters: &Value) -> Result<Value, TaskFailure> {
    let s3 = S3Service(store.clone());
    let answered = match Params::new(&format!("s3:{operation}"), parameters) {
        Ok(params) => answer(&s3, operation, params).await,
        Err(error) => Err(error),
    };
    answered.map_err(|error| failure::of_s3(&error))
}

async fn answer(s3: &S3Service, operation: &str, params: Params) -> Result<Value, ApiError> {
    match operation {
        "getObject" => read::get(s3, params).await,
        "headObject" => read::head(s3, params).await,
        "headBucket" => read::head_bucket(s3, params).await,
        "listBuckets" => read::list_buckets(s3, params).await,
        "listObjects" => read::list(s3, params).await,
        "listObjectsV2" => read::list_v2(s3, params).await,
        "putObject" => write::put(s3, params).await,
        "copyObject" => write::copy(s3, params).await,
        "createBucket" => write::create_bucket(s3, params).await,
        "deleteObject" => write::delete(s3, params).await,
        "deleteObjects" => write::delete_all(s3, params).await,
        other => Err(ApiError::unsupported(format!("aws-sdk:s3:{other}"))),
    }
}

/// A request that came by no wire.
pub fn request<T>(input: T) -> S3Request<T> {
    S3Request {
        input,
        method: Method::POST,
        uri: Uri::from_static("/"),
        headers: HeaderMap::new(),
        extensions: Extensions::new(),
        credentials: None,
        region: None,
        service: None,
        trailing_headers: None,
    }
}

/// The output of an operation, or its refusal as ours.
pub fn output<T>(result: S3Result<S3Response<T>>) -> Result<T, ApiError> {
    result.map(|response| response.output).map_err(|error| refusal(&error))
}

fn refusal(error: &S3Error) -> ApiError {
    let status = error.status_code().map_or(500, |status| status.as_u16());
    ApiError::new(status, error.code().as_str(), error.message().unwrap_or_default())
}

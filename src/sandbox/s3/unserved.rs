//! Operations that a sub-resource of the query names and nobody here serves. s3s takes those that it does not know for the operation
//! of the same path without the query: `DELETE /bucket/key?annotation` would delete the object.

use http::{Extensions, HeaderMap, Method, Uri};
use s3s::route::S3Route;
use s3s::{Body, S3Error, S3ErrorCode, S3Request, S3Response, S3Result};

/// Sub-resources of the operations that are served.
const SERVED: [(&str, &[&str]); 4] = [
    ("GET", &["location", "notification", "tagging", "uploads", "versioning"]),
    ("PUT", &["notification", "tagging", "versioning"]),
    ("POST", &["delete", "uploads"]),
    ("DELETE", &["tagging"]),
];

/// Parameters that may have no value and name no operation.
const PARAMETERS: [&str; 16] = [
    "continuation-token",
    "delimiter",
    "encoding-type",
    "fetch-owner",
    "key-marker",
    "marker",
    "max-keys",
    "part-number-marker",
    "prefix",
    "start-after",
    "upload-id-marker",
    "uploadId",
    "versionId",
    "version-id-marker",
    "x-id",
    "list-type",
];

/// Refuses what is not served, after the signature was judged.
pub struct Unserved;

#[async_trait::async_trait]
impl S3Route for Unserved {
    fn is_match(&self, method: &Method, uri: &Uri, _headers: &HeaderMap, _extensions: &mut Extensions) -> bool {
        sub_resource(method, uri).is_some()
    }

    async fn call(&self, request: S3Request<Body>) -> S3Result<S3Response<Body>> {
        let name = sub_resource(&request.method, &request.uri).unwrap_or_default();
        let message = format!("the shakedown sandbox does not support {} with ?{name}", request.method);
        Err(S3Error::with_message(S3ErrorCode::NotImplemented, message))
    }
}

/// The sub-resource, a parameter without a value, that makes a request one that nobody serves.
fn sub_resource(method: &Method, uri: &Uri) -> Option<String> {
    let served = SERVED.iter().find(|(name, _)| *name == method.as_str()).map_or(&[] as &[&str], |(_, names)| names);
    url::form_urlencoded::parse(uri.query()?.as_bytes())
        .filter(|(_, value)| value.is_empty())
        .map(|(name, _)| name.into_owned())
        .find(|name| {
            let header = ["x-amz-", "response-"].iter().any(|prefix| name.to_ascii_lowercase().starts_with(prefix));
            !(header || name.is_empty() || served.contains(&name.as_str()) || PARAMETERS.contains(&name.as_str()))
        })
}

#[cfg(test)]
mod tests {
    use http::{Method, Uri};

    use super::sub_resource;

    fn check(method: &Method, uri: &'static str, expected: Option<&str>) {
        assert_eq!(sub_resource(method, &Uri::from_static(uri)).as_deref(), expected, "{method} {uri}");
    }

    #[test]
    fn a_sub_resource_that_is_not_served_is_found() {
        check(&Method::DELETE, "/b/k?annotation&annotationName=a", Some("annotation"));
        check(&Method::DELETE, "/b?metadataConfiguration", Some("metadataConfiguration"));
        check(&Method::DELETE, "/b?location", Some("location"));
        check(&Method::PUT, "/b/k?renameObject=", Some("renameObject"));
        check(&Method::PUT, "/b/k?encryption&x-id=UpdateObjectEncryption", Some("encryption"));
        check(&Method::GET, "/b?abac", Some("abac"));
    }

    #[test]
    fn what_is_served_and_what_names_no_operation_passes() {
        check(&Method::GET, "/b?list-type=2&prefix=&delimiter=", None);
        check(&Method::GET, "/b?location", None);
        check(&Method::GET, "/b/k?tagging=&versionId=null", None);
        check(&Method::GET, "/b/k?X-Amz-Signature=0&X-Amz-Security-Token=&response-content-type=", None);
        check(&Method::POST, "/b/k?uploads", None);
        check(&Method::PUT, "/b/k?partNumber=1&uploadId=x", None);
        check(&Method::PUT, "/b/k", None);
    }
}

//! Who may call S3: signatures are verified by s3s with the secrets of the sandbox, and a bucket's expected owner is compared.

use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::{S3Result, s3_error};

use super::service::refusal;
use crate::sandbox::server::Calls;
use crate::sandbox::sts::{ACCOUNT, Sessions};
use crate::sandbox::wire::ApiError;

/// Headers that name the account that a bucket must belong to.
const OWNER_HEADERS: [&str; 2] = ["x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"];

/// Secrets by access key: the sandbox's own and those of assumed roles.
pub struct SecretKeys(pub Sessions);

#[async_trait::async_trait]
impl S3Auth for SecretKeys {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        let unknown = || {
            s3_error!(
                InvalidAccessKeyId,
                "The AWS Access Key Id you provided does not exist in our records. The sandbox knows `test` and what AssumeRole gave."
            )
        };
        self.0.secret(access_key).map(SecretKey::from).ok_or_else(unknown)
    }
}

/// Refuses strangers and other owners, and counts the call.
pub struct Access(pub Calls);

#[async_trait::async_trait]
impl S3Access for Access {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        self.0.count("s3", context.s3_op().name());
        if context.credentials().is_none() {
            return Err(s3_error!(AccessDenied, "Anonymous users cannot perform this operation"));
        }
        for owner in expected_owners(context) {
            judge_owner(&owner)?;
        }
        Ok(())
    }
}

fn judge_owner(owner: &str) -> S3Result<()> {
    if owner.len() != ACCOUNT.len() || !owner.bytes().all(|byte| byte.is_ascii_digit()) {
        let message = "The value of the expected bucket owner parameter must be an AWS account ID";
        return Err(refusal(&ApiError::client("InvalidBucketOwnerAWSAccountID", message)));
    }
    if owner == ACCOUNT { Ok(()) } else { Err(s3_error!(AccessDenied, "Access Denied")) }
}

/// A presigned URL may carry the header as a parameter.
fn expected_owners(context: &S3AccessContext<'_>) -> impl Iterator<Item = String> {
    let headers = OWNER_HEADERS.iter().filter_map(|name| Some(context.headers().get(*name)?.to_str().ok()?.to_owned()));
    let query = context.uri().query().unwrap_or_default();
    let parameters = url::form_urlencoded::parse(query.as_bytes())
        .filter(|(name, _)| OWNER_HEADERS.iter().any(|header| name.eq_ignore_ascii_case(header)))
        .map(|(_, value)| value.into_owned());
    headers.chain(parameters).collect::<Vec<_>>().into_iter()
}

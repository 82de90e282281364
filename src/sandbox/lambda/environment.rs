//! The variables of a function's process: AWS's, the function's own, and almost nothing of ours.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::Path;

use super::function::Version;

/// What a process is told beside its function's configuration.
pub struct Surroundings<'a> {
    pub region: &'a str,
    /// The sandbox's URL, for SDKs inside the function.
    pub endpoint: &'a str,
    pub runtime_api: SocketAddr,
    /// A folder of the instance's own.
    pub home: &'a Path,
    pub log_stream: &'a str,
}

/// Only PATH and LANG come from this process: no credentials and no settings of ours reach a function.
pub fn variables(version: &Version, around: &Surroundings<'_>) -> BTreeMap<String, OsString> {
    let mut all: BTreeMap<String, OsString> = BTreeMap::new();
    all.insert("PATH".into(), std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into()));
    all.insert("LANG".into(), std::env::var_os("LANG").unwrap_or_else(|| "en_US.UTF-8".into()));
    all.insert("HOME".into(), around.home.into());
    all.insert("TZ".into(), ":UTC".into());
    // SDKs inside the function find the sandbox by this, unless the function has an endpoint of its own.
    all.insert("AWS_ENDPOINT_URL".into(), around.endpoint.into());
    all.extend(version.configuration.environment.iter().map(|(key, value)| (key.clone(), value.into())));
    all.extend(access(around).map(|(key, value)| (key.to_owned(), value.into())));
    all.extend(identity(version, around).map(|(key, value)| (key.to_owned(), value.into())));
    all
}

/// How SDKs enter the sandbox; a function may not change it.
fn access(around: &Surroundings<'_>) -> impl Iterator<Item = (&'static str, String)> {
    [
        ("AWS_REGION", around.region),
        ("AWS_DEFAULT_REGION", around.region),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]
    .into_iter()
    .map(|(key, value)| (key, value.to_owned()))
}

/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime>
fn identity(version: &Version, around: &Surroundings<'_>) -> impl Iterator<Item = (&'static str, String)> {
    let configuration = &version.configuration;
    [
        ("AWS_LAMBDA_FUNCTION_NAME", version.function.clone()),
        ("AWS_LAMBDA_FUNCTION_VERSION", version.number.clone()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", configuration.memory_mb.to_string()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", version.function)),
        ("AWS_LAMBDA_LOG_STREAM_NAME", around.log_stream.to_owned()),
        ("AWS_LAMBDA_RUNTIME_API", around.runtime_api.to_string()),
        ("AWS_EXECUTION_ENV", format!("AWS_Lambda_{}", configuration.runtime)),
        ("LAMBDA_TASK_ROOT", version.package.root.display().to_string()),
        ("LAMBDA_RUNTIME_DIR", around.home.display().to_string()),
        ("_HANDLER", configuration.handler.clone()),
    ]
    .into_iter()
}

//! The documents that describe functions, versions and aliases.

use std::time::Duration;

use serde_json::{Value, json};

use super::request::Fields;
use crate::sandbox::lambda::function::{Alias, Configuration, Version};
use crate::sandbox::wire::ApiError;

/// AWS's `FunctionConfiguration`; the ARN carries the version when it was asked for.
pub fn render(version: &Version, qualified: bool) -> Value {
    let configuration = &version.configuration;
    let arn =
        if qualified { format!("{}:{}", version.function_arn, version.number) } else { version.function_arn.clone() };
    let mut document = json!({
        "FunctionName": version.function,
        "FunctionArn": arn,
        "Runtime": configuration.runtime.to_string(),
        "Role": configuration.role,
        "Handler": configuration.handler,
        "CodeSize": version.package.size,
        "Description": configuration.description,
        "Timeout": whole_seconds(configuration.timeout),
        "MemorySize": configuration.memory_mb,
        "LastModified": version.modified.format("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string(),
        "CodeSha256": version.package.sha256,
        "Version": version.number,
        "RevisionId": version.revision.to_string(),
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": format!("/aws/lambda/{}", version.function)},
    });
    if !configuration.environment.is_empty() {
        document["Environment"] = json!({"Variables": configuration.environment});
    }
    document
}

/// AWS knows whole seconds only; a suite's function may have less.
fn whole_seconds(timeout: Duration) -> u64 {
    timeout.as_secs() + u64::from(timeout.subsec_nanos() > 0)
}

/// AWS's `AliasConfiguration`.
pub fn render_alias(alias: &Alias, function_arn: &str) -> Value {
    json!({
        "AliasArn": format!("{function_arn}:{}", alias.name),
        "Name": alias.name,
        "FunctionVersion": alias.version,
        "Description": alias.description,
        "RevisionId": alias.revision.to_string(),
    })
}

/// Takes the fields that a request may change from it, the others from `old`.
pub fn read(fields: &mut Fields, old: Configuration) -> Result<Configuration, ApiError> {
    let environment = match fields.document("Environment")? {
        Some(mut it) => match it.document("Variables")? {
            Some(variables) => variables.texts()?.collect(),
            None => std::collections::BTreeMap::new(),
        },
        None => old.environment,
    };
    Ok(Configuration {
        runtime: fields.string("Runtime")?.map_or(Ok(old.runtime), |it| it.parse())?,
        handler: fields.string("Handler")?.unwrap_or(old.handler),
        role: fields.string("Role")?.unwrap_or(old.role),
        description: fields.string("Description")?.unwrap_or(old.description),
        timeout: fields.integer("Timeout")?.map_or(old.timeout, |it| Duration::from_secs(it.into())),
        memory_mb: fields.integer("MemorySize")?.unwrap_or(old.memory_mb),
        requirements: old.requirements,
        environment,
    })
}

//! AWS's rules for a function's name and configuration.

use std::collections::BTreeMap;
use std::time::Duration;

use super::function::Configuration;
use super::name;
use crate::sandbox::wire::ApiError;

/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>
const RESERVED: &[&str] = &[
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
];

/// Refuses what AWS would refuse when the function is created or changed.
pub fn check(name: &str, configuration: &Configuration) -> Result<(), ApiError> {
    check_name(name)?;
    check_timeout(configuration.timeout)?;
    check_memory(configuration.memory_mb)?;
    check_environment(&configuration.environment)?;
    if configuration.handler.is_empty() && !configuration.runtime.is_provided() {
        return Err(invalid(
            "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
        ));
    }
    if !configuration.requirements.is_empty() && !configuration.runtime.is_python() {
        let message = format!("requirements belong to a Python function, this one has {}", configuration.runtime);
        return Err(invalid(message));
    }
    Ok(())
}

fn check_name(text: &str) -> Result<(), ApiError> {
    if name::is_identifier(text) && text.len() <= 64 {
        return Ok(());
    }
    Err(violated("functionName", text, "up to 64 letters, digits, hyphens and underscores"))
}

fn check_timeout(timeout: Duration) -> Result<(), ApiError> {
    if !timeout.is_zero() && timeout <= Duration::from_mins(15) {
        return Ok(());
    }
    Err(violated("timeout", &timeout.as_secs().to_string(), "at least 1 and at most 900 seconds"))
}

fn check_memory(memory: u32) -> Result<(), ApiError> {
    if (128..=10_240).contains(&memory) {
        return Ok(());
    }
    Err(violated("memorySize", &memory.to_string(), "at least 128 and at most 10240 MB"))
}

fn check_environment(variables: &BTreeMap<String, String>) -> Result<(), ApiError> {
    let reserved: Vec<_> = variables.keys().map(String::as_str).filter(|it| RESERVED.contains(it)).collect();
    if !reserved.is_empty() {
        return Err(invalid(format!(
            "Lambda was unable to configure your environment variables because the environment variables you have \
             provided contains reserved keys that are currently not supported for modification. Reserved keys used in \
             this request: {}",
            reserved.join(", ")
        )));
    }
    match variables.iter().find(|(key, value)| !is_variable(key) || value.contains('\0')) {
        Some((key, _)) => {
            Err(violated("environment.variables", key, "letters, digits and underscores, a letter first"))
        }
        None => Ok(()),
    }
}

fn is_variable(key: &str) -> bool {
    key.starts_with(|it: char| it.is_ascii_alphabetic())
        && key.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
}

fn violated(field: &str, value: &str, rule: &str) -> ApiError {
    let text = "1 validation error detected: Value";
    let message = format!("{text} '{value}' at '{field}' failed to satisfy constraint: Member must be {rule}");
    ApiError::client("ValidationException", message)
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::client("InvalidParameterValueException", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_with(name: &str, change: impl FnOnce(&mut Configuration)) -> Result<(), ApiError> {
        let mut configuration = Configuration {
            runtime: "python3.12".parse().unwrap(),
            handler: "app.handler".into(),
            role: String::new(),
            description: String::new(),
            environment: BTreeMap::new(),
            timeout: Duration::from_secs(3),
            memory_mb: 128,
            requirements: Vec::new(),
        };
        change(&mut configuration);
        check(name, &configuration)
    }

    #[test]
    fn what_aws_refuses_is_refused() {
        let refused = |name: &str, change: fn(&mut Configuration)| check_with(name, change).unwrap_err().message;
        assert!(check_with("clean", |_| ()).is_ok());
        assert!(refused("no spaces", |_| ()).contains("functionName"));
        assert!(refused(&"x".repeat(65), |_| ()).contains("functionName"));
        assert!(refused("clean", |it| it.timeout = Duration::ZERO).contains("timeout"));
        assert!(refused("clean", |it| it.timeout = Duration::from_secs(901)).contains("900"));
        assert!(refused("clean", |it| it.memory_mb = 64).contains("memorySize"));
        assert!(refused("clean", |it| it.handler.clear()).contains("Handler"));
        assert!(
            refused("clean", |it| _ = it.environment.insert("AWS_REGION".into(), "x".into())).contains("AWS_REGION")
        );
        assert!(refused("clean", |it| _ = it.environment.insert("a=b".into(), "x".into())).contains("a=b"));
    }
}

//! The one who does tasks: from a resource to who answers it.

use std::sync::{Arc, OnceLock, Weak};

use async_trait::async_trait;
use serde_json::Value;

use super::{athena, executions, lambda, s3, sdk};
use crate::sandbox::lambda::Lambda;
use crate::sandbox::s3::Store;
use crate::sandbox::server::JsonService;
use crate::sandbox::stepfunctions::{TaskCall, TaskFailure, TaskOutput, TaskRunner};

/// The services that tasks reach.
pub struct Targets {
    pub lambda: Lambda,
    pub store: Store,
    pub athena: Arc<dyn JsonService>,
    pub glue: Arc<dyn JsonService>,
}

/// Does the tasks of all state machines.
pub struct Integrations {
    targets: Targets,
    /// Known only once Step Functions is there, which needs its tasks first.
    executions: OnceLock<Weak<dyn JsonService>>,
}

/// Who answers a resource.
enum Answerer<'r> {
    Function,
    Lambda,
    Athena(&'r str),
    Executions(&'r str),
    SdkS3(&'r str),
    SdkLambda,
    Sdk(&'r str, &'r str),
}

impl Integrations {
    /// Integrations with these services.
    pub fn new(targets: Targets) -> Self {
        Self { targets, executions: OnceLock::new() }
    }

    /// Lets tasks start executions of this service, which is not kept alive by it. Only the first one counts.
    pub fn reach_executions(&self, service: &Arc<dyn JsonService>) {
        if self.executions.set(Arc::downgrade(service)).is_err() {
            tracing::debug!("Step Functions was introduced to its tasks twice");
        }
    }

    fn executions(&self) -> Result<Arc<dyn JsonService>, TaskFailure> {
        self.executions.get().and_then(Weak::upgrade).ok_or_else(|| TaskFailure {
            error: "States.Runtime".to_owned(),
            cause: "the sandbox is shutting down".to_owned(),
        })
    }

    async fn answer(&self, call: &TaskCall) -> Result<Value, TaskFailure> {
        let (targets, parameters) = (&self.targets, &call.parameters);
        match answerer(&call.resource) {
            Some(Answerer::Function) => lambda::function(&targets.lambda, &call.resource, parameters).await,
            Some(Answerer::Lambda) => lambda::invoke(&targets.lambda, parameters).await,
            Some(Answerer::SdkLambda) => lambda::sdk_invoke(&targets.lambda, parameters).await,
            Some(Answerer::Athena(operation)) => athena::call(&targets.athena, operation, call).await,
            Some(Answerer::Executions(operation)) => executions::call(&self.executions()?, operation, call).await,
            Some(Answerer::SdkS3(operation)) => s3::call(&targets.store, operation, parameters).await,
            Some(Answerer::Sdk("athena", operation)) => {
                sdk::call(&*targets.athena, "Athena", operation, parameters).await
            }
            Some(Answerer::Sdk("glue", operation)) => sdk::call(&*targets.glue, "Glue", operation, parameters).await,
            Some(Answerer::Sdk(_, operation)) => sdk::call_sfn(&*self.executions()?, operation, parameters).await,
            None => Err(TaskFailure {
                error: "States.Runtime".to_owned(),
                cause: format!("The shakedown sandbox does not support the resource {}", call.resource),
            }),
        }
    }
}

#[async_trait]
impl TaskRunner for Integrations {
    async fn run(&self, call: TaskCall) -> Result<TaskOutput, TaskFailure> {
        self.answer(&call).await.map(|output| TaskOutput { output })
    }

    fn supports(&self, resource: &str) -> bool {
        supports(resource)
    }
}

/// Whether a resource can be called.
pub fn supports(resource: &str) -> bool {
    answerer(resource).is_some()
}

fn answerer(resource: &str) -> Option<Answerer<'_>> {
    let parts: Vec<&str> = resource.splitn(6, ':').collect();
    let ["arn", _, service, region, _, rest] = parts[..] else { return None };
    match (service, region.is_empty()) {
        ("lambda", false) => rest.starts_with("function:").then_some(Answerer::Function),
        ("states", true) => integration(rest),
        _ => None,
    }
}

fn integration(rest: &str) -> Option<Answerer<'_>> {
    match rest.split_once(':')? {
        ("lambda", "invoke" | "invoke.waitForTaskToken") => Some(Answerer::Lambda),
        ("athena", operation) => athena::OPERATIONS.contains(&operation).then_some(Answerer::Athena(operation)),
        ("states", operation) => executions::OPERATIONS.contains(&operation).then_some(Answerer::Executions(operation)),
        ("aws-sdk", call) => {
            let (service, operation) = call.split_once(':')?;
            let plain = operation.strip_suffix(".waitForTaskToken").unwrap_or(operation);
            sdk_integration(service, plain)
        }
        _ => None,
    }
}

fn sdk_integration<'r>(service: &'r str, operation: &'r str) -> Option<Answerer<'r>> {
    match service {
        "s3" => s3::OPERATIONS.contains(&operation).then_some(Answerer::SdkS3(operation)),
        "lambda" => (operation == "invoke").then_some(Answerer::SdkLambda),
        "athena" => sdk::ATHENA.contains(&operation).then_some(Answerer::Sdk(service, operation)),
        "glue" => sdk::GLUE.contains(&operation).then_some(Answerer::Sdk(service, operation)),
        "sfn" => sdk::SFN.contains(&operation).then_some(Answerer::Sdk(service, operation)),
        _ => None,
    }
}

//! The door through which a Task state reaches other services.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;

/// Does the work of Task states: Lambda functions and service integrations.
///
/// The shape of what [`run`](TaskRunner::run) yields is the shape that AWS's own integration yields:
///
/// | resource | parameters | output |
/// |---|---|---|
/// | `arn:aws:lambda:…:function:name` (also `:alias`) | the payload itself | the function's answer |
/// | `arn:aws:states:::lambda:invoke` | `FunctionName`, `Payload`, `InvocationType`, `Qualifier`, … | `{ExecutedVersion, Payload, SdkHttpMetadata, SdkResponseMetadata, StatusCode}`; `Payload` is parsed JSON |
/// | `arn:aws:states:::athena:startQueryExecution` | as the API | `{QueryExecutionId}` |
/// | `arn:aws:states:::athena:startQueryExecution.sync` | as the API | `{QueryExecution: {…}}` as `GetQueryExecution` answers, when it has SUCCEEDED; the start is told to [`Submitted`] |
/// | `arn:aws:states:::aws-sdk:s3:getObject` and other SDK calls | as the API | the API's answer with upper-case member names; `Body` as text |
///
/// Failures carry AWS's error names and causes:
///
/// | what | `error` | `cause` |
/// |---|---|---|
/// | a function raised | its `errorType`, for example `ValueError` | the JSON text `{"errorMessage":…,"errorType":…,"requestId":…,"stackTrace":[…]}` |
/// | a function died without an answer | `Lambda.Unknown` | `The cause could not be determined because Lambda did not return an error type. …` |
/// | `lambda:invoke` of a function that does not exist | `Lambda.ResourceNotFoundException` | `Function not found: <arn>:$LATEST (Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: …; Proxy: null)` |
/// | an SDK call was refused | `S3.NoSuchKeyException`: service, dot, code (with `Exception` at its end) | `The specified key does not exist. (Service: S3, Status Code: 404, Request ID: …, Extended Request ID: …)` |
/// | a `.sync` job failed | `States.TaskFailed` | the job's description as JSON text |
#[async_trait]
pub trait TaskRunner: Send + Sync {
    /// Does one task to its end. It is abandoned by dropping the future.
    async fn run(&self, call: TaskCall) -> Result<TaskOutput, TaskFailure>;

    /// Whether a resource ARN, as written in a definition, can be run. What is not supported is refused when a state
    /// machine is created.
    fn supports(&self, resource: &str) -> bool;
}

/// One task to do.
#[derive(Debug, Clone)]
pub struct TaskCall {
    /// The `Resource` of the state, as written.
    pub resource: String,
    /// The effective input: after `InputPath` and `Parameters`.
    pub parameters: Value,
    /// To be told when a `.sync` job, or a call that waits for a token, has been accepted.
    pub submitted: Submitted,
}

/// What a task yields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskOutput {
    /// The output, as AWS's integration would return it.
    pub output: Value,
}

/// Why a task failed, in AWS's terms.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}: {cause}")]
pub struct TaskFailure {
    /// The error name that `Retry` and `Catch` match. `States.Timeout` is recorded as a time-out.
    pub error: String,
    /// What the caller reads; JSON text for Lambda.
    pub cause: String,
}

/// Reports that a job has been accepted, which writes `TaskSubmitted` into the history at once.
#[derive(Debug, Clone)]
pub struct Submitted(Arc<UnboundedSender<Value>>);

impl Submitted {
    pub(super) fn new(sender: UnboundedSender<Value>) -> Self {
        Self(Arc::new(sender))
    }

    /// Tells the answer of the call that started the job. A task that is no longer waited for ignores it.
    pub fn report(&self, output: Value) {
        if self.0.send(output).is_err() {
            tracing::debug!("a job was accepted after its task ended");
        }
    }
}

/// How a resource ARN names what is called: `lambda` and `invoke`, `aws-sdk:s3` and `getObject`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// A Lambda function by its own ARN.
    Function,
    /// A service integration: the type and the call with its pattern (`startQueryExecution.sync`).
    Service { kind: String, call: String },
    /// An activity, which a worker outside polls for.
    Activity,
}

impl Resource {
    /// Reads a resource ARN; `None` for what is not one.
    pub fn parse(arn: &str) -> Option<Self> {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let ["arn", _, service, region, _, rest] = parts.as_slice() else { return None };
        match (*service, region.is_empty()) {
            ("lambda", false) => rest.starts_with("function:").then_some(Self::Function),
            ("states", false) => rest.starts_with("activity:").then_some(Self::Activity),
            ("states", true) => {
                // `states:startExecution.sync:2` has a colon in its call.
                let (body, suffix) = rest.strip_suffix(".sync:2").map_or((*rest, ""), |body| (body, ".sync:2"));
                let (kind, call) = body.rsplit_once(':')?;
                Some(Self::Service { kind: kind.to_owned(), call: format!("{call}{suffix}") })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(arn: &str, kind: &str, call: &str) {
        let expected = Resource::Service { kind: kind.to_owned(), call: call.to_owned() };
        assert_eq!(Resource::parse(arn), Some(expected), "{arn}");
    }

    #[test]
    fn a_service_resource_splits_at_its_last_colon() {
        check("arn:aws:states:::lambda:invoke", "lambda", "invoke");
        check("arn:aws:states:::athena:startQueryExecution.sync", "athena", "startQueryExecution.sync");
        check("arn:aws:states:::aws-sdk:s3:getObject", "aws-sdk:s3", "getObject");
        check("arn:aws:states:::states:startExecution.sync:2", "states", "startExecution.sync:2");
    }

    #[test]
    fn functions_activities_and_nonsense_are_told_apart() {
        assert_eq!(Resource::parse("arn:aws:lambda:eu-west-1:0:function:f:live"), Some(Resource::Function));
        assert_eq!(Resource::parse("arn:aws:states:eu-west-1:0:activity:a"), Some(Resource::Activity));
        assert_eq!(Resource::parse("arn:aws:sqs:eu-west-1:0:q"), None);
        assert_eq!(Resource::parse("lambda"), None);
    }
}

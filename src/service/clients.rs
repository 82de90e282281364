//! The SDK clients of a run, made once from the session's configuration.

use std::future::Future;
use std::time::Duration;

use aws_sdk_athena as athena;
use aws_sdk_lambda as lambda;
use aws_sdk_s3 as s3;
use aws_sdk_sfn as sfn;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use futures::future::BoxFuture;

use super::function_time::FunctionTimes;
use super::governed::{Again, Api};
use super::governor::{Governor, Scope};
use super::prefix::WithoutPrefix;
use super::server_time::ServerTime;
use crate::event::TargetSummary;
use crate::target::{AthenaDefaults, AwsFacts, Session, WholeAnswers};

/// The account's services.
#[derive(Debug)]
pub struct Services {
    /// Step Functions.
    pub(super) stepfunctions: sfn::Client,
    /// Lambda.
    pub(super) lambda: lambda::Client,
    /// Athena.
    pub(super) athena: athena::Client,
    /// S3.
    pub(super) s3: s3::Client,
    /// The account's rates.
    pub governor: Governor,
    /// How calls are repeated.
    pub(super) again: Again,
    /// How long functions may run, by their configurations.
    pub(super) function_times: FunctionTimes,
    /// How long a request may go unanswered that is answered at once.
    pub(super) answer: Duration,
    /// The server's clock.
    pub(super) server_time: ServerTime,
    /// The account and region.
    pub account: TargetSummary,
    /// Whether the account is a sandbox that ends with the run.
    pub ephemeral: bool,
    /// How Athena is called where a step does not say.
    pub athena_defaults: AthenaDefaults,
}

impl Services {
    /// Clients for a session. Those of governed services send each request once: repeating is the governor's part, and what has no
    /// token of AWS's (an invoke, an EXPRESS execution) is not repeated at all.
    pub fn new(session: &Session) -> Self {
        let elsewhere = session.summary.endpoint.is_some();
        let server_time = ServerTime::default();
        let once = RetryConfig::disabled();
        let stepfunctions =
            sfn::config::Builder::from(&session.sdk).interceptor(WholeAnswers).retry_config(once.clone());
        let stepfunctions = stepfunctions.interceptor(server_time.clone()).timeout_config(session.attempt());
        let stepfunctions = if elsewhere { stepfunctions.interceptor(WithoutPrefix) } else { stepfunctions };
        let lambda = lambda::config::Builder::from(&session.sdk).interceptor(WholeAnswers).retry_config(once.clone());
        let athena = athena::config::Builder::from(&session.sdk).interceptor(WholeAnswers).retry_config(once);
        let s3 = s3::config::Builder::from(&session.sdk).interceptor(WholeAnswers).force_path_style(elsewhere);
        let s3 = s3.timeout_config(session.attempt()).interceptor(server_time.clone());
        let scope = Scope { account: session.summary.account.clone(), region: session.summary.region.clone() };
        Self {
            stepfunctions: sfn::Client::from_conf(stepfunctions.build()),
            lambda: lambda::Client::from_conf(lambda.timeout_config(session.attempt()).build()),
            athena: athena::Client::from_conf(athena.timeout_config(session.attempt()).build()),
            s3: s3::Client::from_conf(s3.build()),
            governor: Governor::new(scope, session.rates.clone()),
            again: Again::of(&session.sdk),
            function_times: FunctionTimes::default(),
            answer: session.answer,
            server_time,
            account: session.summary.clone(),
            ephemeral: session.is_ephemeral(),
            athena_defaults: session.athena.clone(),
        }
    }

    /// Calls an API that may be called again when it is throttled or broken. Boxed, because the SDK's futures are large.
    pub(super) fn call<'a, T, E, Call>(
        &'a self,
        api: Api,
        call: impl Fn() -> Call + Send + Sync + 'a,
    ) -> BoxFuture<'a, Result<T, AwsFacts>>
    where
        T: Send + 'a,
        E: ProvideErrorMetadata + std::error::Error + Send + 'static,
        Call: Future<Output = Result<T, SdkError<E, Response>>> + Send + 'a,
    {
        Box::pin(self.governor.call(api, self.again, call))
    }

    /// Calls an API once: whoever watches asks again anyway.
    pub(super) fn look<'a, T, E>(
        &'a self,
        api: Api,
        call: impl Future<Output = Result<T, SdkError<E, Response>>> + Send + 'a,
    ) -> BoxFuture<'a, Result<T, AwsFacts>>
    where
        T: Send + 'a,
        E: ProvideErrorMetadata + std::error::Error + Send + 'static,
    {
        Box::pin(self.governor.once(api, call))
    }
}

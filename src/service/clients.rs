//! The SDK clients of a run, made once from the session's configuration.

use aws_sdk_athena as athena;
use aws_sdk_lambda as lambda;
use aws_sdk_s3 as s3;
use aws_sdk_sfn as sfn;
use aws_smithy_types::retry::RetryConfig;

use super::governor::Governor;
use super::prefix::WithoutPrefix;
use super::server_time::ServerTime;
use crate::event::TargetSummary;
use crate::target::{AthenaDefaults, Session, WholeAnswers};

/// The account's services.
#[derive(Debug)]
pub struct Services {
    /// Step Functions.
    pub(super) stepfunctions: sfn::Client,
    /// Step Functions, each request sent once: for starts that AWS has no token for.
    pub(super) stepfunctions_once: sfn::Client,
    /// Lambda, each request sent once: an invoke is not idempotent.
    pub(super) lambda_once: lambda::Client,
    /// Athena.
    pub(super) athena: athena::Client,
    /// S3.
    pub(super) s3: s3::Client,
    /// Rate limits of the account.
    pub(super) governor: Governor,
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
    /// Clients for a session.
    pub fn new(session: &Session) -> Self {
        let elsewhere = session.summary.endpoint.is_some();
        let server_time = ServerTime::default();
        let stepfunctions = |retry: Option<RetryConfig>| {
            let mut config = sfn::config::Builder::from(&session.sdk).interceptor(WholeAnswers);
            config = config.interceptor(server_time.clone());
            if elsewhere {
                config = config.interceptor(WithoutPrefix);
            }
            // What is sent once is a call that runs something to its end, and takes its time.
            config.set_timeout_config(retry.is_none().then(|| session.attempt()));
            config.set_retry_config(retry.or_else(|| session.sdk.retry_config().cloned()));
            sfn::Client::from_conf(config.build())
        };
        let once = RetryConfig::disabled();
        let s3_config = s3::config::Builder::from(&session.sdk).interceptor(WholeAnswers).force_path_style(elsewhere);
        let s3_config = s3_config.timeout_config(session.attempt()).interceptor(server_time.clone());
        let lambda_once =
            lambda::config::Builder::from(&session.sdk).interceptor(WholeAnswers).retry_config(once.clone());
        let athena = athena::config::Builder::from(&session.sdk).interceptor(WholeAnswers);
        let athena = athena.timeout_config(session.attempt());
        Self {
            stepfunctions: stepfunctions(None),
            stepfunctions_once: stepfunctions(Some(once)),
            lambda_once: lambda::Client::from_conf(lambda_once.build()),
            athena: athena::Client::from_conf(athena.build()),
            s3: s3::Client::from_conf(s3_config.build()),
            governor: Governor::default(),
            server_time,
            account: session.summary.clone(),
            ephemeral: session.is_ephemeral(),
            athena_defaults: session.athena.clone(),
        }
    }
}

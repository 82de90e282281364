//! Calls under the governor: each is admitted, repeated calls too, and a throttle is told to everybody.
//!
//! The SDK's own retries are off for these APIs, because they would pass by the governor.

use std::future::Future;
use std::time::Duration;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use tokio::time::sleep;

use super::waiter::jittered;
use super::{Governor, Services};
use crate::target::{AwsFacts, FactKind, facts};

/// How a call is repeated that AWS throttled, or that the network or the service broke.
#[derive(Debug, Clone, Copy)]
pub(super) struct Again {
    attempts: u32,
    first_pause: Duration,
    longest_pause: Duration,
}

impl Again {
    /// As the session's configuration says it.
    pub(super) fn of(sdk: &SdkConfig) -> Self {
        let retry = sdk.retry_config().cloned().unwrap_or_else(RetryConfig::standard);
        Self {
            attempts: retry.max_attempts(),
            first_pause: retry.initial_backoff(),
            longest_pause: retry.max_backoff(),
        }
    }
}

/// An API: the service's name in errors, and its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Api(pub &'static str, pub &'static str);

impl Services {
    /// A word for the terminal, with the pace of the API's calls while that is less than full.
    pub fn while_slowed(&self, api: &'static str, word: String) -> String {
        match self.governor.slowed(api) {
            Some(pace) => format!("{word} (AWS throttles {api}: called at {pace} % of its pace)"),
            None => word,
        }
    }
}

impl Governor {
    /// Calls an API once.
    pub(super) async fn once<T, E>(
        &self,
        Api(service, api): Api,
        call: impl Future<Output = Result<T, SdkError<E, Response>>>,
    ) -> Result<T, AwsFacts>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let turn = self.admit(api).await;
        let answer = call.await.map_err(|error| facts(service, api, &error));
        if answer.as_ref().is_err_and(|error| error.kind == FactKind::Throttled) {
            turn.throttled();
        }
        answer
    }

    /// Calls an API that may be called again when it is throttled or broken.
    pub(super) async fn call<T, E, Call>(&self, api: Api, again: Again, call: impl Fn() -> Call) -> Result<T, AwsFacts>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        Call: Future<Output = Result<T, SdkError<E, Response>>>,
    {
        let mut pause = again.first_pause;
        // An attempt that may have been carried out: a refusal of a later one does not say that it was not.
        let mut open = None;
        for _ in 1..again.attempts {
            match self.once(api, call()).await {
                Err(error) if passes(error.kind) => {
                    open = Some(error).filter(|error| !error.kind.is_refusal()).or(open);
                    sleep(jittered(pause)).await;
                }
                answer => return answer.map_err(|error| in_doubt(open, error)),
            }
            pause = (pause * 2).min(again.longest_pause);
        }
        self.once(api, call()).await.map_err(|error| in_doubt(open, error))
    }
}

/// The error of a call: that of the attempt which may have been carried out, where the last one was refused.
fn in_doubt(open: Option<AwsFacts>, last: AwsFacts) -> AwsFacts {
    open.filter(|_| last.kind.is_refusal()).unwrap_or(last)
}

/// Whether an error may be gone the next time.
pub(super) fn passes(kind: FactKind) -> bool {
    match kind {
        // An answer that is cut off or garbled too: what is called again may be called again.
        FactKind::Throttled | FactKind::Infrastructure | FactKind::NotSent | FactKind::Unintelligible => true,
        FactKind::NotFound | FactKind::Denied | FactKind::Invalid => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Session;
    use test_case::test_case;

    use FactKind::{Denied, Infrastructure, Throttled};

    fn failed(kind: FactKind) -> AwsFacts {
        let (service, operation, message) = ("stepfunctions", "StartExecution", format!("{kind:?}"));
        AwsFacts { service, operation, code: None, message, request_id: None, status: None, kind }
    }

    #[test_case(None, Denied, Denied)]
    #[test_case(Some(Infrastructure), Throttled, Infrastructure; "what was lost may have been done, though the next is refused")]
    #[test_case(Some(Throttled), Infrastructure, Infrastructure)]
    fn a_refusal_says_nothing_of_an_earlier_attempt(earlier: Option<FactKind>, last: FactKind, expected: FactKind) {
        assert_eq!(in_doubt(earlier.map(failed), failed(last)).kind, expected);
    }

    #[tokio::test]
    async fn the_terminal_is_told_while_aws_throttles() {
        let services = Services::new(&Session::unproven_at("http://127.0.0.1:9", "111122223333"));
        let word = || services.while_slowed("DescribeExecution", "execution x: RUNNING".to_owned());
        assert_eq!(word(), "execution x: RUNNING");
        services.governor.admit("DescribeExecution").await.throttled();
        assert_eq!(word(), "execution x: RUNNING (AWS throttles DescribeExecution: called at 50 % of its pace)");
    }
}

//! How long the answer of an invoke may take: as long as the function may run by its own configuration.
//!
//! A run asks once for each function, because Lambda's control plane takes 15 calls a second in all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;

use super::Services;
use super::governed::Api;
use super::lambda::{Mode, SERVICE, no_answer};
use crate::target::{AwsFacts, FactKind};

/// A function runs so long at most (Lambda quotas page).
const LONGEST: Duration = Duration::from_mins(15);
/// For the way there and back, and a cold start.
const MARGIN: Duration = Duration::from_secs(10);

/// How long the answer of an invoke is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerTime {
    /// The function's own time-out, and a margin.
    Own(Duration),
    /// The longest that any function may run, and a margin: its configuration could not be read.
    Longest(AwsFacts),
    /// That of any request: it is answered before the function runs.
    AtOnce(Duration),
}

impl AnswerTime {
    /// In all.
    pub fn length(&self) -> Duration {
        match self {
            Self::Own(time) => *time + MARGIN,
            Self::Longest(_) => LONGEST + MARGIN,
            Self::AtOnce(time) => *time,
        }
    }
}

/// The functions' own time-outs, and who may not read them.
#[derive(Debug, Default)]
pub(super) struct FunctionTimes(Mutex<HashMap<Key, Arc<Known>>>);

/// Function and qualifier.
type Key = (String, Option<String>);
type Known = OnceCell<Result<Duration, AwsFacts>>;

impl FunctionTimes {
    fn of(&self, function: &str, qualifier: Option<&str>) -> Arc<Known> {
        let key = (function.to_owned(), qualifier.map(str::to_owned));
        Arc::clone(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default())
    }
}

impl Services {
    /// How long the answer of an invoke may take.
    pub async fn answer_time(&self, function: &str, qualifier: Option<&str>, mode: Mode) -> AnswerTime {
        if mode != Mode::Sync {
            return AnswerTime::AtOnce(self.answer);
        }
        match self.function_time(function, qualifier).await {
            Ok(time) => AnswerTime::Own(time),
            Err(error) => AnswerTime::Longest(error),
        }
    }

    async fn function_time(&self, function: &str, qualifier: Option<&str>) -> Result<Duration, AwsFacts> {
        let known = self.function_times.of(function, qualifier);
        // A want of permission stays one; everything else may be gone the next time.
        let asked = known.get_or_try_init(async || match self.configured_time(function, qualifier).await {
            Err(error) if error.kind != FactKind::Denied => Err(error),
            answer => Ok(answer),
        });
        asked.await?.clone()
    }

    async fn configured_time(&self, function: &str, qualifier: Option<&str>) -> Result<Duration, AwsFacts> {
        const API: &str = "GetFunctionConfiguration";
        let call = self.lambda.get_function_configuration().function_name(function);
        let call = call.set_qualifier(qualifier.map(str::to_owned));
        let answer = self.look(Api(SERVICE, API), call.send()).await?;
        let seconds = answer.timeout().and_then(|seconds| u64::try_from(seconds).ok()).filter(|seconds| *seconds > 0);
        seconds.map(Duration::from_secs).ok_or_else(|| no_answer(API, "it has no time-out"))
    }
}

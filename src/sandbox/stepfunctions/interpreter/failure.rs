//! How a state fails: an error name and a cause in AWS's words.

use serde_json::{Map, Value, json};

/// The error that neither `Retry` nor `Catch` ever sees.
pub const RUNTIME: &str = "States.Runtime";

/// The error of everything that took too long.
pub const TIMEOUT: &str = "States.Timeout";

/// A payload that is too large.
pub const DATA_LIMIT: &str = "States.DataLimitExceeded";

/// Characters of an error and of a cause (Step Functions API, `ExecutionFailedEventDetails`). What a function or a definition says
/// beyond that is cut off.
const LONGEST: (usize, usize) = (256, 32_768);

/// Why a state, and with it perhaps the execution, failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// A Fail state need not name an error.
    pub error: Option<String>,
    /// A Fail state need not give a cause.
    pub cause: Option<String>,
    /// A second name that matches too.
    alias: Option<&'static str>,
}

impl Failure {
    /// A failure with a name and a cause.
    pub fn new(error: impl Into<String>, cause: impl Into<String>) -> Self {
        Self::bare(Some(error.into()), Some(cause.into()))
    }

    /// A failure with what a Fail state gives.
    pub fn bare(error: Option<String>, cause: Option<String>) -> Self {
        let (error, cause) = (error.map(|text| cut(text, LONGEST.0)), cause.map(|text| cut(text, LONGEST.1)));
        Self { error, cause, alias: None }
    }

    /// Something took longer than its time-out.
    pub fn timeout() -> Self {
        Self::bare(Some(TIMEOUT.to_owned()), None)
    }

    /// No heartbeat came in time: recorded as a time-out, matched by its own name too.
    pub fn heartbeat() -> Self {
        Self { alias: Some("States.HeartbeatTimeout"), ..Self::timeout() }
    }

    /// A result that has more bytes than the service allows.
    pub fn data_limit(what: &str) -> Self {
        let cause = format!(
            "The state/task '{what}' returned a result with a size exceeding the maximum number of bytes service limit."
        );
        Self::new(DATA_LIMIT, cause)
    }

    /// The history is full.
    pub fn history_limit() -> Self {
        let limit = super::super::history::LIMIT;
        Self::new(RUNTIME, format!("The execution reached the maximum number of history events ({limit})."))
    }

    /// The error's name, empty when there is none.
    pub fn name(&self) -> &str {
        self.error.as_deref().unwrap_or_default()
    }

    /// Whether it is a time-out.
    pub fn is_timeout(&self) -> bool {
        self.name() == TIMEOUT
    }

    /// Whether it ends the execution whatever the state catches.
    pub fn is_terminal(&self) -> bool {
        self.name() == RUNTIME
    }

    /// Whether a name of `ErrorEquals` means this failure.
    pub fn matches(&self, pattern: &str) -> bool {
        match pattern {
            _ if self.is_terminal() => false,
            "States.ALL" => true,
            "States.TaskFailed" => !self.is_timeout(),
            name => self.error.as_deref() == Some(name) || self.alias == Some(name),
        }
    }

    /// What a catcher passes on.
    pub fn output(&self) -> Value {
        let mut output = Map::new();
        for (name, text) in [("Error", &self.error), ("Cause", &self.cause)] {
            output.extend(text.as_ref().map(|text| (name.to_owned(), json!(text))));
        }
        Value::Object(output)
    }
}

fn cut(mut text: String, most: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_and_a_cause_are_as_long_as_the_api_allows() {
        let failure = Failure::new("é".repeat(300), "é".repeat(40_000));
        assert_eq!(failure.error, Some("é".repeat(256)));
        assert_eq!(failure.cause, Some("é".repeat(32_768)));
    }

    fn check(failure: &Failure, pattern: &str, expected: bool) {
        assert_eq!(failure.matches(pattern), expected, "{failure:?} against {pattern}");
    }

    #[test]
    fn names_and_wildcards_match_as_documented() {
        let own = Failure::new("Custom", "c");
        check(&own, "Custom", true);
        check(&own, "Other", false);
        check(&own, "States.ALL", true);
        check(&own, "States.TaskFailed", true);
    }

    #[test]
    fn a_time_out_is_not_a_failed_task() {
        check(&Failure::timeout(), "States.TaskFailed", false);
        check(&Failure::timeout(), "States.Timeout", true);
        check(&Failure::heartbeat(), "States.HeartbeatTimeout", true);
        check(&Failure::timeout(), "States.HeartbeatTimeout", false);
    }

    #[test]
    fn a_runtime_error_is_never_caught() {
        check(&Failure::new(RUNTIME, "c"), "States.ALL", false);
        check(&Failure::new(RUNTIME, "c"), "States.Runtime", false);
    }

    #[test]
    fn what_is_not_there_is_not_passed_on() {
        assert_eq!(Failure::bare(None, None).output(), json!({}));
        assert_eq!(Failure::new("E", "C").output(), json!({"Error": "E", "Cause": "C"}));
    }
}

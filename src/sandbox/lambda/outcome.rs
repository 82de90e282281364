//! How an invocation ends, in the documents and words of AWS.

use std::process::ExitStatus;
use std::time::Duration;

use axum::body::Bytes;
use nix::sys::signal::Signal;
use serde_json::json;

use super::limits;

/// The end of one invocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The function answered.
    Response(Bytes),
    /// The function, or its runtime while starting, reported an error document.
    Failed(Bytes),
    /// The answer was longer than AWS allows; its length.
    TooLarge(usize),
    /// The process ended without an answer.
    Exited(ExitStatus),
    /// The function's time was over.
    TimedOut(Duration),
    /// A `provided` function has no executable `bootstrap`.
    NoBootstrap,
}

impl Outcome {
    /// What the caller receives: the payload, and whether it is an error of the function.
    pub fn payload(&self, request_id: &str) -> (Bytes, bool) {
        match self {
            Self::Response(body) => (body.clone(), false),
            Self::Failed(body) => (body.clone(), true),
            _ => (self.document(request_id).into(), true),
        }
    }

    /// AWS's line in the log, where it writes one.
    pub fn log_line(&self, request_id: &str) -> Option<String> {
        match self {
            Self::TimedOut(limit) => {
                let now = crate::sandbox::time::now().format("%Y-%m-%dT%H:%M:%S%.3fZ");
                Some(format!("{now} {request_id} {}\n", timed_out(*limit)))
            }
            Self::Exited(status) => {
                Some(format!("RequestId: {request_id} Error: {}\n{}", exited(*status), self.error_type()))
            }
            Self::NoBootstrap => {
                Some(format!("RequestId: {request_id} Error: {}\n{}", no_bootstrap(), self.error_type()))
            }
            _ => None,
        }
    }

    /// `Status` of the REPORT line, absent when all went well.
    pub fn status(&self) -> Option<String> {
        match self {
            Self::Response(_) | Self::Failed(_) => None,
            Self::TimedOut(_) => Some("timeout".to_owned()),
            _ => Some(format!("error\tError Type: {}", self.error_type())),
        }
    }

    fn error_type(&self) -> &'static str {
        match self {
            Self::Response(_) | Self::Failed(_) => "Unhandled",
            Self::TooLarge(_) => "Function.ResponseSizeTooLarge",
            Self::Exited(_) => "Runtime.ExitError",
            Self::TimedOut(_) => "Sandbox.Timedout",
            Self::NoBootstrap => "Runtime.InvalidEntrypoint",
        }
    }

    fn document(&self, request_id: &str) -> String {
        let text = match self {
            Self::TimedOut(limit) => timed_out(*limit),
            Self::Exited(status) => exited(*status),
            Self::NoBootstrap => no_bootstrap(),
            _ => String::new(),
        };
        let message = match self {
            Self::TooLarge(_) => {
                format!("Response payload size exceeded maximum allowed payload size ({} bytes).", limits::RESPONSE)
            }
            _ => format!("RequestId: {request_id} Error: {text}"),
        };
        json!({"errorType": self.error_type(), "errorMessage": message}).to_string()
    }
}

fn timed_out(limit: Duration) -> String {
    format!("Task timed out after {:.2} seconds", limit.as_secs_f64())
}

fn no_bootstrap() -> String {
    "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]".to_owned()
}

fn exited(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(0), _) => "Runtime exited without providing a reason".to_owned(),
        (Some(code), _) => format!("Runtime exited with error: exit status {code}"),
        (None, signal) => format!("Runtime exited with error: signal: {}", signal_name(signal)),
    }
}

/// The words of Go's runtime, which AWS's supervisor is written in.
fn signal_name(signal: Option<i32>) -> String {
    match signal.map(|it| (it, Signal::try_from(it))) {
        Some((_, Ok(Signal::SIGKILL))) => "killed".to_owned(),
        Some((_, Ok(Signal::SIGSEGV))) => "segmentation fault".to_owned(),
        Some((_, Ok(Signal::SIGABRT))) => "aborted".to_owned(),
        Some((_, Ok(Signal::SIGTERM))) => "terminated".to_owned(),
        Some((number, _)) => format!("signal {number}"),
        None => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use test_case::test_case;

    use super::*;

    #[test_case(&Outcome::TimedOut(Duration::from_secs(3)) => "{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":\"RequestId: r Error: Task timed out after 3.00 seconds\"}")]
    #[test_case(&Outcome::Exited(ExitStatus::from_raw(1 << 8)) => "{\"errorType\":\"Runtime.ExitError\",\"errorMessage\":\"RequestId: r Error: Runtime exited with error: exit status 1\"}")]
    #[test_case(&Outcome::Exited(ExitStatus::from_raw(9)) => "{\"errorType\":\"Runtime.ExitError\",\"errorMessage\":\"RequestId: r Error: Runtime exited with error: signal: killed\"}")]
    #[test_case(&Outcome::Exited(ExitStatus::from_raw(0)) => "{\"errorType\":\"Runtime.ExitError\",\"errorMessage\":\"RequestId: r Error: Runtime exited without providing a reason\"}")]
    #[test_case(&Outcome::TooLarge(7_000_000) => "{\"errorType\":\"Function.ResponseSizeTooLarge\",\"errorMessage\":\"Response payload size exceeded maximum allowed payload size (6291556 bytes).\"}")]
    #[test_case(&Outcome::Failed("{}".into()) => "{}")]
    fn errors_read_as_on_aws(outcome: &Outcome) -> String {
        let (payload, failed) = outcome.payload("r");
        assert!(failed);
        String::from_utf8(payload.to_vec()).unwrap()
    }
}

//! The numbers of Lambda, each with its source.

use std::time::Duration;

/// Largest payload of a synchronous invocation, and of its answer without the envelope (6 MB).
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const SYNCHRONOUS_PAYLOAD: usize = 6 * 1024 * 1024;

/// Largest answer of a function; the number stands in AWS's message `Function.ResponseSizeTooLarge`.
pub const RESPONSE: usize = SYNCHRONOUS_PAYLOAD + 100;

/// Largest payload of an asynchronous invocation (1 MB).
pub const ASYNCHRONOUS_PAYLOAD: usize = 1024 * 1024;

/// Largest request that creates a function: a zip of 50 MB in base64, with room for the rest.
pub const CONTROL_REQUEST: usize = 70 * 1024 * 1024;

/// Largest package when extracted (250 MB).
pub const EXTRACTED_PACKAGE: u64 = 250 * 1024 * 1024;

/// What `LogResult` returns of the end of the log (4 KB).
pub const LOG_TAIL: usize = 4 * 1024;

/// What is kept of an invocation's log: its end. Our own bound; AWS keeps everything in `CloudWatch`.
pub const LOG: usize = 1024 * 1024;

/// How long a runtime may take until it asks for its first event. A function with a longer time-out has that instead.
pub const INIT: Duration = Duration::from_secs(10);

/// Instances of one version at the same time. Our own bound, for AWS's 1,000 would drown a workstation; more invocations
/// wait for an instance.
pub const INSTANCES: usize = 16;

/// Delays before the second and third attempt of an asynchronous invocation. AWS waits one and two minutes; the sandbox
/// sixty times less. <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>
pub const RETRY_DELAYS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(2)];

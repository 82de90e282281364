//! One instance of a function: a process that serves one invocation after the other.

use std::process::ExitStatus;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::limits;
use super::log::{Log, Report, peak_memory_mb};
use super::outcome::Outcome;
use super::process::Group;
use super::runtime_api::{Event, Phase, RuntimeApi};

/// A process behind its own Runtime API. Dropping it kills the process and its children.
#[derive(Debug)]
pub struct Instance {
    group: Group,
    api: RuntimeApi,
    log: Log,
    /// When it was started, until it has served its first invocation.
    cold_since: Option<Instant>,
}

/// An invocation that came to its end.
#[derive(Debug)]
pub struct Finished {
    pub outcome: Outcome,
    /// Everything printed, between AWS's lines.
    pub log: Vec<u8>,
    /// Whether the instance can serve another one.
    pub reusable: bool,
}

/// What the log shows of a version.
#[derive(Debug, Clone, Copy)]
pub struct Label<'a> {
    pub version: &'a str,
    pub memory_mb: u32,
}

/// What came first.
enum First<T> {
    Event(T),
    Exit(ExitStatus),
    Deadline,
}

impl Instance {
    pub fn new(group: Group, api: RuntimeApi, mut log: Log, note: &str) -> Self {
        log.line(note);
        Self { group, api, log, cold_since: Some(Instant::now()) }
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.group.is_running()
    }

    /// Kills the process and its children, and waits until it has gone.
    pub async fn stop(mut self) {
        self.group.kill();
        self.group.ended().await;
    }

    /// Serves one invocation. The time limit begins when the runtime has started, as on AWS.
    pub async fn serve(&mut self, event: Event, label: Label<'_>) -> Finished {
        let request_id = event.request_id.clone();
        let limit = event.time_limit;
        let (init, ready) = self.initialise(limit).await;
        self.log.line(&format!("START RequestId: {request_id} Version: {}", label.version));
        let started = Instant::now();
        let deadline = started + limit;
        let outcome = match ready {
            Ok(()) => self.answer(event, deadline, limit).await,
            Err(outcome) => outcome,
        };
        let duration = started.elapsed();
        let reusable = self.waits_again(&outcome, deadline).await;
        let report = Report {
            request_id: &request_id,
            duration,
            init,
            memory_mb: label.memory_mb,
            used_mb: peak_memory_mb(self.group.id()),
            status: outcome.status(),
        };
        self.log.drain();
        self.close_log(&outcome, &report);
        Finished { log: self.log.take(), outcome, reusable }
    }

    /// Waits for a new runtime's first request for an event; the time it took, and whether it got there.
    async fn initialise(&mut self, limit: Duration) -> (Option<Duration>, Result<(), Outcome>) {
        let Some(since) = self.cold_since.take() else { return (None, Ok(())) };
        let limit = limit.max(limits::INIT);
        let settled = self.api.settled();
        let ready = match self.first(since + limit, settled).await {
            First::Event(Phase::InitFailed(document)) => Err(Outcome::Failed(document)),
            First::Event(_) => Ok(()),
            First::Exit(status) => Err(Outcome::Exited(status)),
            First::Deadline => Err(self.time_out(limit)),
        };
        (Some(since.elapsed()), ready)
    }

    async fn answer(&mut self, event: Event, deadline: Instant, limit: Duration) -> Outcome {
        let answer = self.api.submit(event);
        match self.first(deadline, answer).await {
            First::Event(outcome) => outcome,
            First::Exit(status) => Outcome::Exited(status),
            First::Deadline => self.time_out(limit),
        }
    }

    /// Whether the runtime comes back for another event in time. What it prints until then belongs to this invocation.
    async fn waits_again(&mut self, outcome: &Outcome, deadline: Instant) -> bool {
        match outcome {
            Outcome::Response(_) | Outcome::Failed(_) | Outcome::TooLarge(_) => {}
            Outcome::Exited(_) | Outcome::TimedOut(_) | Outcome::NoBootstrap => return false,
        }
        let settled = self.api.settled();
        matches!(self.first(deadline, settled).await, First::Event(Phase::Waiting))
    }

    /// Reads the log until something ends the wait.
    async fn first<T>(&mut self, deadline: Instant, event: impl Future<Output = T>) -> First<T> {
        tokio::pin!(event);
        let first = loop {
            tokio::select! {
                biased;
                value = &mut event => break First::Event(value),
                status = self.group.ended() => break First::Exit(status),
                () = sleep_until(deadline) => break First::Deadline,
                () = self.log.fill() => {}
            }
        };
        if let First::Exit(_) = first {
            // What the process left running.
            self.group.kill();
        }
        // Written before the answer, and so in the pipe by now.
        self.log.drain();
        first
    }

    fn time_out(&mut self, limit: Duration) -> Outcome {
        self.group.kill();
        self.log.drain();
        Outcome::TimedOut(limit)
    }

    fn close_log(&mut self, outcome: &Outcome, report: &Report<'_>) {
        if let Some(line) = outcome.log_line(report.request_id) {
            self.log.line(&line);
        }
        self.log.line(&format!("END RequestId: {}", report.request_id));
        self.log.line(&report.line());
    }
}

impl Finished {
    /// The end of an invocation for which nothing could be started.
    pub fn without_instance(outcome: Outcome, request_id: &str, label: Label<'_>) -> Self {
        let lines = [
            format!("START RequestId: {request_id} Version: {}", label.version),
            outcome.log_line(request_id).unwrap_or_default(),
            format!("END RequestId: {request_id}\n"),
        ];
        Self { outcome, log: lines.join("\n").into_bytes(), reusable: false }
    }
}

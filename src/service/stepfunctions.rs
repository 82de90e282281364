//! Verbs of Step Functions.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aws_sdk_sfn::config::Builder;
use aws_sdk_sfn::operation::describe_execution::DescribeExecutionOutput;
use aws_sdk_sfn::types::{ExecutionStatus, HistoryEvent, HistoryEventType, StateMachineType, SyncExecutionStatus};
use aws_smithy_types::timeout::TimeoutConfig;
use serde_json::Value as Json;

use super::governed::Api;
use super::{Pace, Services, wait};
use crate::target::{AwsFacts, FactKind, facts};

/// The service's name in errors.
const SERVICE: &str = "stepfunctions";
const DESCRIBE: Api = Api(SERVICE, "DescribeExecution");
/// An EXPRESS execution ends within 5 minutes (Step Functions quotas page); the rest is for the way there and back.
const LONGEST_SYNC: Duration = Duration::from_secs(5 * 60 + 10);
/// Events a page of a history has at most (Step Functions API reference, `GetExecutionHistory`).
const PAGE: i32 = 1000;

/// How often a history of which events are missing is read, before that is an error (our own choice: about a second and a half).
const HISTORY_LOOKS: u32 = 4;

/// An execution as it stands.
#[derive(Debug, Clone)]
pub struct Execution {
    /// Its ARN.
    pub arn: String,
    /// `RUNNING`, `SUCCEEDED`, …: AWS's own word.
    pub status: String,
    /// Whether it has ended.
    pub ended: Ended,
    /// The output's JSON text.
    pub output: Option<String>,
    /// The error's name.
    pub error: Option<String>,
    /// The error's cause.
    pub cause: Option<String>,
    /// From its start to its end, by AWS's clock.
    pub duration: Option<Duration>,
    /// The input's JSON text, where AWS gives it.
    pub input: Option<String>,
    /// How often it was redriven; none where AWS does not say.
    pub redrives: Option<i32>,
    /// The ARN of the machine's version that it ran, where it was started by one, or by an alias.
    pub version: Option<String>,
    /// The ARN of the alias that it was started by.
    pub alias: Option<String>,
}

/// Whether a thing has ended, as far as we know its states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Not yet.
    No,
    /// Yes.
    Yes,
    /// Its state is none that we know.
    Unknown,
}

/// An EXPRESS execution that was waited for.
#[derive(Debug, Clone)]
pub struct SyncExecution {
    /// The execution; never running.
    pub execution: Execution,
    /// What is billed.
    pub billed: Option<Duration>,
}

/// The items of a distributed map's run, which may succeed although some of them failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MapRun {
    /// In all.
    pub items: u64,
    /// Failed, timed out or aborted.
    pub failed: u64,
}

/// A state machine.
#[derive(Debug, Clone)]
pub struct StateMachine {
    /// Its ARN.
    pub arn: String,
    /// Whether it is an EXPRESS one.
    pub express: bool,
    /// The definition's JSON text.
    pub definition: String,
}

impl Services {
    /// The ARN of a state machine by name; an ARN stays as it is.
    pub fn state_machine_arn(&self, name_or_arn: &str) -> String {
        if name_or_arn.starts_with("arn:") {
            return name_or_arn.to_owned();
        }
        let (region, account) = (&self.account.region, &self.account.account);
        format!("arn:{}:states:{region}:{account}:stateMachine:{name_or_arn}", partition(region))
    }

    /// The ARN that an execution of this machine and name has. A version or an alias is no part of it.
    pub fn execution_arn(machine: &str, name: &str) -> String {
        format!("{}:{name}", unqualified(machine).replacen(":stateMachine:", ":execution:", 1))
    }

    /// Why an ARN is not this target's, if it is of another account or region. A name is always this target's.
    pub fn foreign(&self, arn: &str) -> Option<String> {
        let mut parts = arn.strip_prefix("arn:")?.split(':').skip(2);
        let (region, account) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        if account != self.account.account {
            return Some(format!("{arn} is of account {account}, the target is account {}", self.account.account));
        }
        (region != self.account.region)
            .then(|| format!("{arn} is in region {region}, the target is in {}", self.account.region))
    }

    /// Describes a state machine. `DescribeStateMachine` knows no aliases and versions may be gone, so it is the machine itself.
    pub async fn describe_state_machine(&self, arn: &str) -> Result<StateMachine, AwsFacts> {
        let call = self.stepfunctions.describe_state_machine().state_machine_arn(unqualified(arn));
        let answer = self.call(Api(SERVICE, "DescribeStateMachine"), || call.clone().send()).await?;
        if answer.state_machine_arn() != unqualified(arn) {
            return Err(no_answer("DescribeStateMachine", format!("it is about {:?}", answer.state_machine_arn())));
        }
        let express = match answer.r#type() {
            StateMachineType::Express => true,
            StateMachineType::Standard => false,
            other => return Err(no_answer("DescribeStateMachine", format!("its type is `{}`", other.as_str()))),
        };
        Ok(StateMachine { arn: answer.state_machine_arn, definition: answer.definition, express })
    }

    /// Starts an execution under a name. The same name and input again, while it runs, is the same execution.
    pub async fn start_execution(&self, machine: &str, name: &str, input: &str) -> Result<String, AwsFacts> {
        let call = self.stepfunctions.start_execution().state_machine_arn(machine).name(name).input(input);
        let answer = self.call(Api(SERVICE, "StartExecution"), || call.clone().send()).await?;
        let arn = answer.execution_arn();
        if !arn.ends_with(&format!(":{name}")) {
            return Err(no_answer("StartExecution", format!("it is about the execution {arn:?}, not about {name}")));
        }
        Ok(arn.to_owned())
    }

    /// Runs an EXPRESS execution to its end. Sent once: AWS has no token for it.
    pub async fn start_sync_execution(
        &self,
        machine: &str,
        name: &str,
        input: &str,
    ) -> Result<SyncExecution, AwsFacts> {
        let call = self.stepfunctions.start_sync_execution().state_machine_arn(machine).name(name).input(input);
        let time = TimeoutConfig::builder().operation_attempt_timeout(LONGEST_SYNC).build();
        let call = call.customize().config_override(Builder::new().timeout_config(time));
        let answer = Box::pin(call.send()).await.map_err(|error| facts(SERVICE, "StartSyncExecution", &error))?;
        if answer.execution_arn().is_empty() {
            return Err(no_answer("StartSyncExecution", "it names no execution"));
        }
        let ended = match answer.status() {
            SyncExecutionStatus::Succeeded | SyncExecutionStatus::Failed | SyncExecutionStatus::TimedOut => Ended::Yes,
            _ => Ended::Unknown,
        };
        let billed = answer.billing_details().and_then(|b| u64::try_from(b.billed_duration_in_milliseconds()).ok());
        let execution = Execution {
            arn: answer.execution_arn().to_owned(),
            status: answer.status().as_str().to_owned(),
            ended,
            output: answer.output().map(str::to_owned),
            error: answer.error().map(str::to_owned),
            cause: answer.cause().map(str::to_owned),
            duration: between(Some(answer.start_date()), Some(answer.stop_date())),
            input: answer.input().map(str::to_owned),
            redrives: None,
            version: None,
            alias: None,
        };
        Ok(SyncExecution { execution, billed: billed.map(Duration::from_millis) })
    }

    /// An execution as it stands. Eventually consistent, and not for EXPRESS.
    pub async fn describe_execution(&self, arn: &str) -> Result<Execution, AwsFacts> {
        let call = self.stepfunctions.describe_execution().execution_arn(arn);
        execution(arn, self.call(DESCRIBE, || call.clone().send()).await?)
    }

    /// The same, asked once: whoever watches asks again anyway.
    pub async fn look_at_execution(&self, arn: &str) -> Result<Execution, AwsFacts> {
        let call = self.stepfunctions.describe_execution().execution_arn(arn);
        execution(arn, self.look(DESCRIBE, call.send()).await?)
    }

    /// The definition that an execution runs by, as JSON text.
    pub async fn definition_of_execution(&self, arn: &str) -> Result<String, AwsFacts> {
        let call = self.stepfunctions.describe_state_machine_for_execution().execution_arn(arn);
        let answer = self.call(Api(SERVICE, "DescribeStateMachineForExecution"), || call.clone().send()).await?;
        Ok(answer.definition().to_owned())
    }

    /// The items of a distributed map's run.
    pub async fn map_run(&self, arn: &str) -> Result<MapRun, AwsFacts> {
        let call = self.stepfunctions.describe_map_run().map_run_arn(arn);
        let answer = self.call(Api(SERVICE, "DescribeMapRun"), || call.clone().send()).await?;
        let counts = answer.item_counts();
        let number = |n: i64| u64::try_from(n).unwrap_or(0);
        Ok(MapRun {
            items: counts.map_or(0, |c| number(c.total())),
            failed: counts.map_or(0, |c| number(c.failed()) + number(c.timed_out()) + number(c.aborted())),
        })
    }

    /// The whole history of an execution that has ended, in order. Its last events may come a moment after the end is told.
    pub async fn execution_history(&self, arn: &str) -> Result<Vec<HistoryEvent>, AwsFacts> {
        let looks = AtomicU32::new(0);
        let look = || async {
            let look = looks.fetch_add(1, Ordering::Relaxed) + 1;
            match whole(self.history_pages(arn).await?) {
                Err(_) if look < HISTORY_LOOKS => Ok(None),
                judged => judged.map(Some),
            }
        };
        wait(Pace::STANDARD, look).await
    }

    /// The pages of a history as they are now.
    async fn history_pages(&self, arn: &str) -> Result<Vec<HistoryEvent>, AwsFacts> {
        let mut events = Vec::new();
        let mut token = None;
        loop {
            let call = self.stepfunctions.get_execution_history().execution_arn(arn).max_results(PAGE);
            let call = call.set_next_token(token);
            let page = self.call(Api(SERVICE, "GetExecutionHistory"), || call.clone().send()).await?;
            events.extend(page.events);
            token = page.next_token;
            if token.is_none() {
                return Ok(events);
            }
        }
    }

    /// The last events of a history, in order: one call, however long the history is.
    pub async fn latest_history(&self, arn: &str) -> Result<Vec<HistoryEvent>, AwsFacts> {
        let call = self.stepfunctions.get_execution_history().execution_arn(arn).max_results(PAGE).reverse_order(true);
        let page = self.call(Api(SERVICE, "GetExecutionHistory"), || call.clone().send()).await?;
        Ok(page.events.into_iter().rev().collect())
    }

    /// The ARN of a failed child execution of a distributed map's run: the newest that failed. None if none did.
    pub async fn failed_child(&self, map_run: &str) -> Result<Option<String>, AwsFacts> {
        let call = self.stepfunctions.list_executions().map_run_arn(map_run).max_results(1);
        let call = call.status_filter(ExecutionStatus::Failed);
        let page = self.call(Api(SERVICE, "ListExecutions"), || call.clone().send()).await?;
        Ok(page.executions.into_iter().next().map(|item| item.execution_arn))
    }

    /// Stops an execution. One that has ended stays as it is.
    pub async fn stop_execution(&self, arn: &str, cause: &str) -> Result<(), AwsFacts> {
        let call = self.stepfunctions.stop_execution().execution_arn(arn).error("Shakedown.Stopped").cause(cause);
        self.call(Api(SERVICE, "StopExecution"), || call.clone().send()).await.map(|_| ())
    }
}

/// What an answer says of the execution that was asked for.
fn execution(arn: &str, answer: DescribeExecutionOutput) -> Result<Execution, AwsFacts> {
    if answer.execution_arn != arn {
        let whose = format!("it is about the execution {:?}, not about {arn}", answer.execution_arn);
        return Err(no_answer("DescribeExecution", whose));
    }
    Ok(Execution {
        ended: ended(answer.status()),
        status: answer.status().as_str().to_owned(),
        duration: between(Some(answer.start_date()), answer.stop_date()),
        redrives: answer.redrive_count,
        arn: answer.execution_arn,
        output: answer.output,
        error: answer.error,
        cause: answer.cause,
        input: answer.input,
        version: answer.state_machine_version_arn,
        alias: answer.state_machine_alias_arn,
    })
}

/// An answer that the SDK takes for one, but that does not say what was asked.
fn no_answer(operation: &'static str, why: impl std::fmt::Display) -> AwsFacts {
    AwsFacts {
        service: SERVICE,
        operation,
        code: None,
        message: format!("the answer cannot be understood: {why}"),
        request_id: None,
        status: None,
        kind: FactKind::Unintelligible,
    }
}

/// The history of an execution that has ended. Events are numbered from 1 without a gap, and the last one is its end (Step Functions
/// API reference, `HistoryEvent`): what is missing is told, not judged.
fn whole(events: Vec<HistoryEvent>) -> Result<Vec<HistoryEvent>, AwsFacts> {
    const ENDS: [HistoryEventType; 4] = [
        HistoryEventType::ExecutionSucceeded,
        HistoryEventType::ExecutionFailed,
        HistoryEventType::ExecutionTimedOut,
        HistoryEventType::ExecutionAborted,
    ];
    let ends = events.last().is_some_and(|event| ENDS.contains(event.r#type()));
    let has_all = events.iter().zip(1..).all(|(event, number)| event.id() == number);
    if ends && has_all {
        Ok(events)
    } else {
        Err(no_answer("GetExecutionHistory", "events of the history are missing"))
    }
}

/// A state machine's ARN without version and alias.
fn unqualified(machine: &str) -> &str {
    const PARTS: usize = 7;
    machine.match_indices(':').nth(PARTS - 1).map_or(machine, |(end, _)| &machine[..end])
}

/// The partition of a region (AWS General Reference, "Amazon Resource Names").
pub fn partition(region: &str) -> &'static str {
    const PARTITIONS: [(&str, &str); 5] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eusc-", "aws-eusc"),
    ];
    PARTITIONS.iter().find(|(prefix, _)| region.starts_with(prefix)).map_or("aws", |(_, partition)| partition)
}

/// A status that is new to us is neither an end nor none.
fn ended(status: &ExecutionStatus) -> Ended {
    match status {
        ExecutionStatus::Running | ExecutionStatus::PendingRedrive => Ended::No,
        ExecutionStatus::Succeeded | ExecutionStatus::Failed | ExecutionStatus::TimedOut | ExecutionStatus::Aborted => {
            Ended::Yes
        }
        _ => Ended::Unknown,
    }
}

/// From one time to another, to the millisecond: AWS's clocks say no more, and what is beyond it comes from reading a decimal.
pub(super) fn between(
    start: Option<&aws_smithy_types::DateTime>,
    stop: Option<&aws_smithy_types::DateTime>,
) -> Option<Duration> {
    let nanoseconds = stop?.as_nanos() - start?.as_nanos();
    u64::try_from((nanoseconds + 500_000) / 1_000_000).ok().map(Duration::from_millis)
}

/// The text as JSON where it is JSON.
pub fn parsed(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_case::test_case;

    #[test_case("arn:aws:states:eu-west-1:111122223333:stateMachine:etl"; "a machine")]
    #[test_case("arn:aws:states:eu-west-1:111122223333:stateMachine:etl:PROD"; "an alias")]
    #[test_case("arn:aws:states:eu-west-1:111122223333:stateMachine:etl:7"; "a version")]
    fn an_execution_is_named_after_the_machine_without_version_and_alias(machine: &str) {
        let expected = "arn:aws:states:eu-west-1:111122223333:execution:etl:r1-load";
        assert_eq!(Services::execution_arn(machine, "r1-load"), expected);
    }

    #[test_case("eu-west-1", "aws")]
    #[test_case("cn-north-1", "aws-cn")]
    #[test_case("us-gov-west-1", "aws-us-gov")]
    fn a_region_has_a_partition(region: &str, expected: &str) {
        assert_eq!(partition(region), expected);
    }

    #[test]
    fn durations_are_whole_milliseconds() {
        let time = |nanos| aws_smithy_types::DateTime::from_secs_and_nanos(7, nanos);
        let duration = |to| between(Some(&time(1_000_000)), Some(&time(to)));
        assert_eq!(duration(281_000_210), Some(Duration::from_millis(280)));
        assert_eq!(duration(281_999_790), Some(Duration::from_millis(281)));
        assert_eq!(duration(0), Some(Duration::ZERO), "clocks that differ by less than a millisecond do not go back");
        assert_eq!(between(Some(&time(0)), None), None);
    }
}

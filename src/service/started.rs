//! Which executions of a state machine started since a moment: for those that something else starts.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use super::governed::Api;
use super::{Pace, Services};
use crate::target::AwsFacts;

/// Executions a page of a list has at most here: a look finds the newest, which are few (Step Functions API reference,
/// `ListExecutions`, takes up to 1,000).
const PAGE: i32 = 100;
/// AWS dates executions to the millisecond.
const PRECISION: TimeDelta = TimeDelta::milliseconds(1);

/// Between two looks at a list: `ListExecutions` refills at 2 calls a second, which the whole account shares (Step Functions quotas
/// page, "API action throttling"). What comes soon is found soon; what does not is looked for every 15 s.
const LIST_PACE: Pace =
    Pace { lead: Duration::ZERO, first: Duration::from_millis(500), growth: 150, longest: Duration::from_secs(15) };
/// The same where the target is no account of AWS's, and its calls are nobody else's.
const PACE_ELSEWHERE: Pace =
    Pace { lead: Duration::ZERO, first: Duration::from_millis(250), growth: 150, longest: Duration::from_secs(2) };

/// An execution as a list has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// `RUNNING`, `SUCCEEDED`, …: AWS's own word.
    pub status: String,
    /// When it started, by AWS's clock.
    pub start: DateTime<Utc>,
}

/// Executions of one machine, the newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Started {
    /// Those that started since the moment.
    pub since: Vec<Listed>,
    /// The last one that started before it.
    pub before: Option<Listed>,
}

impl Services {
    /// The earliest time that the server's clock can have shown at a moment of ours; none before its first answer.
    pub fn server_time(&self, at: Instant) -> Option<DateTime<Utc>> {
        self.server_time.earliest(at)
    }

    /// How often to look for executions that something else starts.
    pub fn list_pace(&self) -> Pace {
        if self.account.endpoint.is_some() { PACE_ELSEWHERE } else { LIST_PACE }
    }

    /// The executions of a STANDARD machine that started at this time of the server's, or later. One call where few did.
    pub async fn executions_since(&self, machine: &str, since: DateTime<Utc>) -> Result<Started, AwsFacts> {
        let mut started = Started::default();
        let mut token = None;
        loop {
            let call = self.stepfunctions.list_executions().state_machine_arn(machine).max_results(PAGE);
            let call = call.set_next_token(token);
            let page = self.call(Api("stepfunctions", "ListExecutions"), || call.clone().send()).await?;
            for item in page.executions {
                let (arn, name, status) = (item.execution_arn, item.name, item.status.as_str().to_owned());
                let listed = Listed { arn, name, status, start: to_the_millisecond(&item.start_date) };
                if listed.start + PRECISION < since {
                    started.before = Some(listed);
                    return Ok(started);
                }
                started.since.push(listed);
            }
            token = page.next_token;
            if token.is_none() {
                return Ok(started);
            }
        }
    }
}

/// A time of the SDK's, which is read from a decimal number: what is beyond the millisecond is noise.
fn to_the_millisecond(time: &aws_smithy_types::DateTime) -> DateTime<Utc> {
    let milliseconds = (time.as_nanos() + 500_000).div_euclid(1_000_000);
    i64::try_from(milliseconds).ok().and_then(DateTime::from_timestamp_millis).unwrap_or_default()
}

//! Times in answers: services write seconds since 1970, integrations something else.

use bigdecimal::{BigDecimal, ToPrimitive};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Number, Value};

/// How an integration writes times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// Milliseconds since 1970: optimised integrations.
    Milliseconds,
    /// `2026-01-16T08:00:00.123Z`: SDK integrations.
    Text,
}

impl Times {
    /// Rewrites every time in an answer.
    pub fn rewrite(self, answer: Value) -> Value {
        match answer {
            Value::Object(members) => {
                let member = |(name, value): (String, Value)| {
                    let value = match value {
                        Value::Number(seconds) if is_time(&name) => self.written(&seconds),
                        other => self.rewrite(other),
                    };
                    (name, value)
                };
                Value::Object(members.into_iter().map(member).collect())
            }
            Value::Array(items) => Value::Array(items.into_iter().map(|item| self.rewrite(item)).collect()),
            other => other,
        }
    }

    fn written(self, seconds: &Number) -> Value {
        let milliseconds = seconds
            .to_string()
            .parse::<BigDecimal>()
            .ok()
            .and_then(|seconds| (seconds * BigDecimal::from(1000)).to_i64());
        match (self, milliseconds) {
            (Self::Milliseconds, Some(milliseconds)) => Value::from(milliseconds),
            (Self::Text, Some(milliseconds)) => DateTime::<Utc>::from_timestamp_millis(milliseconds)
                .map_or(Value::Null, |time| time.to_rfc3339_opts(SecondsFormat::AutoSi, true).into()),
            (_, None) => Value::Number(seconds.clone()),
        }
    }
}

/// The members that are times in the models of Athena, Glue and Step Functions, by the ends of their names.
fn is_time(name: &str) -> bool {
    const ENDS: [&str; 10] = [
        "DateTime",
        "CreationTime",
        "CreateTime",
        "UpdateTime",
        "ModifiedTime",
        "AccessTime",
        "startDate",
        "stopDate",
        "creationDate",
        "timestamp",
    ];
    ENDS.iter().any(|end| name.ends_with(end)) || matches!(name, "updateDate" | "redriveDate")
}

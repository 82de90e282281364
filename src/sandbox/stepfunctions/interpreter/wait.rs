//! Wait states.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::super::{jsonpath::Path, machine::WaitState};
use super::data::{shown, whole};
use super::failure::Failure;
use super::frame::Frame;
use super::outcome::Outcome;

impl Frame<'_> {
    /// A Wait state: the time passes, the input goes on.
    pub async fn wait(&self, wait: &WaitState) -> Result<Outcome, Failure> {
        let input = self.selected_input()?;
        let clock = &self.run.clock;
        match wait {
            WaitState::Seconds(seconds) => clock.sleep(Duration::from_secs(*seconds)).await,
            WaitState::SecondsPath(path) => clock.sleep(self.seconds(path, &input)?).await,
            WaitState::Until(date) => clock.sleep_until(*date).await,
            WaitState::UntilPath(path) => clock.sleep_until(self.date(path, &input)?).await,
        }
        let assigned = self.assigned(self.state.data.assign.as_ref(), &input)?;
        Ok(Outcome::new(self.output(input)?, assigned))
    }

    fn seconds(&self, path: &Path, input: &Value) -> Result<Duration, Failure> {
        let value = self.field(path, "SecondsPath", input)?;
        let wrong = |what: &str| {
            let (path, value) = (path.text(), shown(&value));
            self.runtime(format!("The SecondsPath parameter {what}: {path} == {value}"))
        };
        let seconds = whole(&value).ok_or_else(|| wrong("cannot be parsed as a long value"))?;
        let seconds = u64::try_from(seconds).map_err(|_| wrong("references a negative value"))?;
        Ok(Duration::from_secs(seconds))
    }

    fn date(&self, path: &Path, input: &Value) -> Result<DateTime<Utc>, Failure> {
        let value = self.field(path, "TimestampPath", input)?;
        // RFC 3339 lets a blank stand for the T, ISO 8601 does not.
        let text = value.as_str().filter(|text| !text.contains(' '));
        let date = text.and_then(|text| DateTime::parse_from_rfc3339(text).ok());
        date.map(|date| date.to_utc()).ok_or_else(|| {
            let (path, value) = (path.text(), shown(&value));
            let what = "does not reference a valid ISO-8601 extended offset date-time format string";
            self.runtime(format!("The TimestampPath parameter {what}: {path} == {value}"))
        })
    }
}

//! Looking for an execution: each one that started since a moment is judged once, by its input.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, SecondsFormat, Utc};
use indexmap::IndexMap;

use super::document::reading;
use super::explain::{command, laid_out};
use crate::actions::{ActionError, Call, ErrorKind};
use crate::event::Detail;
use crate::expect::{Judgement, Mismatch, Resolved};
use crate::service::stepfunctions::parsed;
use crate::service::{Listed, Patience, Started};
use crate::target::FactKind;
use crate::value::Value;

/// How many executions are named where none matched.
const NAMED: usize = 10;
/// How many differences of the nearest one are shown.
const DIFFERENCES: usize = 5;

/// What is looked for.
pub(super) struct Wanted {
    pub machine: String,
    /// The step that caused it.
    pub step: String,
    /// The server's time when that step began.
    pub since: DateTime<Utc>,
    /// What its input must be.
    pub input: Option<Resolved>,
}

/// A search that is under way.
pub(super) struct Search<'a> {
    call: &'a Call<'a>,
    wanted: Wanted,
    patience: Patience,
    seen: Mutex<Seen>,
}

/// What was seen so far.
#[derive(Default)]
struct Seen {
    /// By ARN, in the order in which they were judged.
    judged: IndexMap<String, Candidate>,
    before: Option<Listed>,
}

/// An execution that started since then.
struct Candidate {
    listed: Listed,
    input: Option<String>,
    /// What differs from what is looked for; nothing if it matches.
    differs: Judgement,
}

impl<'a> Search<'a> {
    pub fn new(call: &'a Call<'a>, wanted: Wanted) -> Self {
        Self { call, wanted, patience: Patience::default(), seen: Mutex::default() }
    }

    /// The execution, if it is there; an error if there are two.
    pub async fn look(&self) -> Result<Option<String>, ActionError> {
        let machine = &self.wanted.machine;
        let Started { since, before } = match self.call.services.executions_since(machine, self.wanted.since).await {
            Ok(started) => started,
            Err(error) if self.patience.bears(error.kind) => {
                self.tell(&format!("no answer ({})", error.message));
                return Ok(None);
            }
            Err(error) => {
                return Err(reading(format!("list the executions of {machine}"), "states:ListExecutions", error));
            }
        };
        self.patience.answered();
        for listed in since.into_iter().rev() {
            self.judge(listed).await?;
        }
        self.seen().before = before;
        let found = self.found()?;
        if found.is_none() {
            self.tell(&format!("{} others since `{}`", self.others(), self.wanted.step));
        }
        Ok(found)
    }

    fn tell(&self, what: &str) {
        (self.call.waits_for)(format!("an execution of {}: {what}", last_part(&self.wanted.machine)));
    }

    /// Judges an execution, once. What does not answer is judged at the next look.
    async fn judge(&self, listed: Listed) -> Result<(), ActionError> {
        if self.seen().judged.contains_key(&listed.arn) {
            return Ok(());
        }
        let (mut input, mut differs) = (None, Judgement::default());
        if let Some(expected) = &self.wanted.input {
            let described = match self.call.services.describe_execution(&listed.arn).await {
                Ok(described) => described,
                // The list may know it before the description does.
                Err(error) if error.kind == FactKind::NotFound || self.patience.bears(error.kind) => return Ok(()),
                Err(error) => {
                    let what = format!("describe the execution {}", listed.arn);
                    return Err(reading(what, "states:DescribeExecution", error));
                }
            };
            input = described.input;
            let Some(text) = &input else { return Err(no_input(&listed)) };
            differs = expected.judge(&Value::from_json(parsed(text)));
            if let Some(ambiguity) = &differs.ambiguous {
                return Err(ActionError::invalid(ambiguity.message.clone(), Some(&ambiguity.span)));
            }
        }
        self.seen().judged.insert(listed.arn.clone(), Candidate { listed, input, differs });
        Ok(())
    }

    /// The one that matches.
    fn found(&self) -> Result<Option<String>, ActionError> {
        let seen = self.seen();
        let matching: Vec<&Candidate> = seen.judged.values().filter(|candidate| candidate.differs.holds()).collect();
        match matching.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one.listed.arn.clone())),
            several => Err(self.ambiguous(several)),
        }
    }

    fn ambiguous(&self, several: &[&Candidate]) -> ActionError {
        let Wanted { machine, step, input, .. } = &self.wanted;
        let message = format!(
            "ambiguous: {} executions of {} were started since `{step}`{}, so it is not known which one to judge",
            several.len(),
            last_part(machine),
            if input.is_some() { " that match" } else { "" },
        );
        let span = self.call.arguments.span("state_machine");
        let mut error = ActionError::invalid(message, span)
            .with_help("narrow `input` to what only one of them has; or the pipeline started twice for one cause");
        error.details.push(Detail::new("executions", lines(several.iter().copied())));
        error
    }

    /// How many were started since then and do not match.
    pub fn others(&self) -> u64 {
        self.seen().judged.values().filter(|candidate| !candidate.differs.holds()).count() as u64
    }

    /// What there was instead, and where to look.
    pub fn explained(&self) -> Vec<Detail> {
        let Wanted { machine, step, since, input } = &self.wanted;
        let seen = self.seen();
        let mut details = Vec::new();
        details.extend(
            input.as_ref().map(|input| Detail::new("looked for", format!("an input that is {}", input.describe()))),
        );
        if let Some(nearest) = nearest(&seen) {
            let differences = nearest.differs.mismatches.iter().take(DIFFERENCES).map(difference);
            let text: Vec<String> = std::iter::once(nearest.listed.name.clone()).chain(differences).collect();
            details.push(Detail::new("nearest", text.join("\n")));
            details.extend(nearest.input.as_ref().map(|input| Detail::new("its input", laid_out(input))));
        }
        let started = if seen.judged.is_empty() { "none".to_owned() } else { lines(seen.judged.values().rev()) };
        details.push(Detail::new("started since then", started));
        details.extend(seen.before.as_ref().map(|before| Detail::new("the last one before", line(before))));
        details.push(Detail::new(
            "since",
            format!("`{step}` began at {} by the server's clock, or a moment later", shown(*since)),
        ));
        details.push(Detail::new("look further", self.commands(machine)));
        details
    }

    /// Where an event may have been lost on its way.
    fn commands(&self, machine: &str) -> String {
        let command = |text: &str| command(self.call.services, machine, text);
        [
            "does the bucket send events?".to_owned(),
            command("s3api get-bucket-notification-configuration --bucket BUCKET"),
            "does a rule lead to the machine, and does its pattern match the event?".to_owned(),
            command(&format!("events list-rule-names-by-target --target-arn {machine}")),
            command("events test-event-pattern --event-pattern PATTERN --event EVENT"),
        ]
        .join("\n")
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one with the fewest differences, the newest of them.
fn nearest(seen: &Seen) -> Option<&Candidate> {
    seen.judged.values().rev().min_by_key(|candidate| candidate.differs.mismatches.len() + candidate.differs.hidden)
}

fn difference(mismatch: &Mismatch) -> String {
    let path = if mismatch.path.is_empty() { "input" } else { &mismatch.path };
    format!("{path}: expected {}, actual {}", mismatch.expected, mismatch.actual)
}

/// The first few, one a line.
fn lines<'c>(candidates: impl ExactSizeIterator<Item = &'c Candidate>) -> String {
    let hidden = candidates.len().saturating_sub(NAMED);
    let mut lines: Vec<String> = candidates.take(NAMED).map(|candidate| line(&candidate.listed)).collect();
    lines.extend((hidden > 0).then(|| format!("and {hidden} more")));
    lines.join("\n")
}

fn line(listed: &Listed) -> String {
    format!("{}: {}, started {}", listed.name, listed.status, shown(listed.start))
}

fn shown(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn last_part(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}

/// Where AWS does not show an input, nothing can be said about it.
fn no_input(listed: &Listed) -> ActionError {
    let message = format!("read the input of {}: AWS gives none", listed.arn);
    ActionError::new(ErrorKind::Unintelligible, message)
        .with_help("the target's role may need kms:Decrypt for the key of the state machine's data")
}

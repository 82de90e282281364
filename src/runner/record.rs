//! The record of an earlier run, from which `--reuse` takes what steps started then instead of starting it again.
//!
//! A step is taken from the record if it is the same step (suite, case, id, action) with the same arguments, ended with an output,
//! and what it started or created is still there. Reads are never taken from it, nor what cleanup does. Everything else is carried
//! out, and says why.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use tokio::time::Instant;

use super::context::{Owner, Part};
use super::judge::AWS_ERROR;
use crate::actions::{Arguments, Output};
use crate::event::{CaseKey, Detail, Effect, Event, Intent, IntentId, IntentKind, Kind, RunId, Settlement, StepResult};
use crate::suite::Step;
use crate::value::Value;

/// What shows in a recorded text where a secret stood.
const REDACTED: &str = "{{secret(";

/// What an earlier run recorded.
#[derive(Debug)]
pub struct Record {
    run: RunId,
    /// The moment at which `now` was.
    loaded: Instant,
    now: DateTime<Utc>,
    steps: HashMap<Place, Recorded>,
    /// What was started or created and is no more, by the step that did it.
    gone: HashMap<Place, String>,
    kept: Vec<Intent>,
}

/// Which step; no case is the suite's setup.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Place {
    suite: String,
    case: Option<CaseKey>,
    step: String,
}

#[derive(Debug)]
struct Recorded {
    result: StepResult,
    began: DateTime<Utc>,
}

/// What the record has for a step.
pub(super) enum Recall {
    /// Its output, and when it began.
    Taken(Output, Instant),
    /// Nothing that could be used, and why.
    Nothing(String),
}

impl Record {
    /// Reads the events of a run. `document` gives a recorded document that the journal holds in a file of its own; `now` is the time.
    pub fn new(run: RunId, events: &[Event], now: DateTime<Utc>, document: impl Fn(&Json) -> Option<Json>) -> Self {
        let (loaded, steps, gone) = (Instant::now(), HashMap::new(), HashMap::new());
        let mut record = Self { run, loaded, now, steps, gone, kept: Vec::new() };
        let mut began: HashMap<Place, DateTime<Utc>> = HashMap::new();
        let mut intents: HashMap<IntentId, &Intent> = HashMap::new();
        // Steps of setup and of cleanup have no case: what cleanup did is not taken from the record.
        let mut in_cleanup: HashMap<&str, bool> = HashMap::new();
        for event in events {
            match &event.kind {
                Kind::CleanupStarted { suite } => drop(in_cleanup.insert(suite, true)),
                Kind::StepStarted { suite, case, step, .. } => {
                    let place = Place { suite: suite.clone(), case: case.clone(), step: step.id.clone() };
                    began.entry(place).or_insert(event.at);
                }
                Kind::StepFinished { suite, case, result } if case.is_some() || !in_cleanup.contains_key(&**suite) => {
                    let place = Place { suite: suite.clone(), case: case.clone(), step: result.step.id.clone() };
                    let began = began.get(&place).copied().unwrap_or(event.at);
                    let whole = |part: &Option<Json>| part.as_ref().and_then(&document);
                    let (arguments, output) = (whole(&result.arguments), whole(&result.output));
                    let result = StepResult { arguments, output, ..result.clone() };
                    record.steps.insert(place, Recorded { result, began });
                }
                Kind::Intended { id, intent } => drop(intents.insert(*id, intent)),
                Kind::Settled { id, settlement } => {
                    if let Some(intent) = intents.get(id) {
                        record.settled(intent, settlement);
                    }
                }
                _ => {}
            }
        }
        record
    }

    fn settled(&mut self, intent: &Intent, settlement: &Settlement) {
        let what = match (intent.kind, settlement) {
            (IntentKind::Created, Settlement::Removed) => "was removed",
            (IntentKind::Started, Settlement::Stopped) => "was stopped",
            (_, Settlement::Kept) => {
                // An `undo` is intended anew when its step is taken from the record.
                if !super::promise::is_promise(intent) {
                    self.kept.push(intent.clone());
                }
                return;
            }
            _ => return,
        };
        self.gone.entry(place_of(intent)).or_insert_with(|| format!("{} {what}", intent.name));
    }

    /// The run.
    pub fn run(&self) -> &RunId {
        &self.run
    }

    /// The same where what was kept for these suites has been adopted since, by the run named: it is that run's, and may be gone.
    #[must_use]
    pub fn adopted(mut self, by_suite: &BTreeMap<String, String>) -> Self {
        for intent in std::mem::take(&mut self.kept) {
            match by_suite.get(&intent.suite) {
                Some(run) => {
                    let why = format!("{} was kept, and has been cleaned up after by run {run}", intent.name);
                    self.gone.entry(place_of(&intent)).or_insert(why);
                }
                None => self.kept.push(intent),
            }
        }
        self
    }

    /// The suites for which the run kept something.
    pub fn keeps_for(&self) -> BTreeSet<&str> {
        self.kept.iter().map(|intent| intent.suite.as_str()).collect()
    }

    /// What the run kept for a suite (`--keep`), in the order in which it was made.
    pub(super) fn kept(&self, suite: &str) -> impl Iterator<Item = &Intent> {
        self.kept.iter().filter(move |intent| intent.suite == suite)
    }

    /// What the record has for a step with these arguments, given also as they would be recorded; none if the step is carried out
    /// in any case.
    pub(super) fn recall(&self, owner: &Owner, step: &Step, arguments: &Arguments, recorded: &Json) -> Option<Recall> {
        let is_read = step.action.effect(arguments).is_ok_and(|effect| effect == Effect::Read);
        if is_read || owner.part == Part::Cleanup {
            return None;
        }
        let place = Place { suite: owner.suite.clone(), case: owner.case.clone(), step: step.id.clone() };
        Some(match self.output(&place, step, arguments, recorded) {
            Ok((output, began)) => Recall::Taken(output, began),
            Err(why) => Recall::Nothing(why),
        })
    }

    fn output(
        &self,
        place: &Place,
        step: &Step,
        arguments: &Arguments,
        recorded: &Json,
    ) -> Result<(Output, Instant), String> {
        let found = self.steps.get(place).ok_or("it has no record")?;
        let action = step.action.spec().name;
        if found.result.step.action != action {
            return Err(format!("it was {} then", found.result.step.action));
        }
        let output = found.result.output.as_ref().ok_or("it ended without an output then")?;
        if let Some(changed) = differing(found.result.arguments.as_ref(), recorded) {
            return Err(format!("its arguments differ ({changed})"));
        }
        if let Some((file, _)) = step.action.spec().files.iter().find(|(name, _)| arguments.get(name).is_some()) {
            return Err(format!("it reads a file (`{file}`), whose content is not in the record"));
        }
        if let Some(gone) = self.gone.get(place) {
            return Err(gone.clone());
        }
        if output.to_string().contains(REDACTED) {
            return Err("its recorded output lacks a secret".to_owned());
        }
        let value = Value::from_recorded(output.clone()).map_err(|error| error.to_string())?;
        complete(step, &value)?;
        let notes = found.result.notes.clone();
        Ok((Output { value, details: evidence(&found.result), notes }, self.moment(found.began)))
    }

    /// A time of the record as a moment of this process; now where that lies before all that it can tell.
    fn moment(&self, at: DateTime<Utc>) -> Instant {
        let ago = (self.now - at).to_std().unwrap_or_default();
        self.loaded.checked_sub(ago).unwrap_or(self.loaded)
    }
}

/// The step that intended it.
fn place_of(intent: &Intent) -> Place {
    Place { suite: intent.suite.clone(), case: intent.case.clone(), step: intent.step.clone() }
}

/// The names of the arguments that differ; none if all are the same.
fn differing(then: Option<&Json>, now: &Json) -> Option<String> {
    let (then, now) = (then.and_then(Json::as_object)?, now.as_object()?);
    let names = now.keys().chain(then.keys().filter(|name| !now.contains_key(*name)));
    let differing: Vec<String> =
        names.filter(|name| then.get(*name) != now.get(*name)).map(|name| format!("`{name}`")).collect();
    (!differing.is_empty()).then(|| differing.join(", "))
}

/// Refuses an output that lacks what is looked at now and was not then.
fn complete(step: &Step, output: &Value) -> Result<(), String> {
    if output.get(AWS_ERROR).is_some() {
        return Err("it was refused then".to_owned());
    }
    let looked_at = step.action.spec().outputs.iter().filter(|field| step.uses.contains(field.name));
    match looked_at.map(|field| field.name).find(|name| output.get(name).is_none()) {
        Some(name) => Err(format!("`{name}` of its output was not recorded")),
        None => Ok(()),
    }
}

/// What the action told of itself then, should the step be red again: all but what judging added.
fn evidence(result: &StepResult) -> Vec<Detail> {
    const OF_JUDGING: [&str; 3] = ["diff", "parts", "moved"];
    let details = result.outcome.findings().first().into_iter().flat_map(|finding| &finding.details);
    details.filter(|detail| !OF_JUDGING.contains(&detail.title.as_str())).cloned().collect()
}

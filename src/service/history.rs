//! What an execution's history says: the way it took, states by name, what was caught, and which state failed.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_sfn::types::{HistoryEvent, StateEnteredEventDetails, StateExitedEventDetails};
use indexmap::IndexMap;

use super::stepfunctions::{between, parsed};

/// An execution's history, with an index by event id.
#[derive(Debug)]
pub struct History {
    pub(super) events: Vec<HistoryEvent>,
    by_id: HashMap<i64, usize>,
}

/// What happened to the states of one name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StateCounts {
    /// How often it was entered.
    pub entered: u64,
    /// How many of its attempts failed.
    pub failed: u64,
    /// How many attempts came after the first one of an entry.
    pub retried: u64,
    /// The JSON text of its last input.
    pub input: Option<String>,
    /// The JSON text of its last output.
    pub output: Option<String>,
}

/// A failure that the machine went on after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caught {
    /// The state with the `Catch`.
    pub state: String,
    /// The error's name.
    pub error: String,
}

/// The items of a Map state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MapCounts {
    /// Items in all.
    pub items: u64,
    /// Items that failed.
    pub failed: u64,
}

/// One state on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// The state.
    pub name: String,
    /// From its entry to its exit; none if it was not left.
    pub duration: Option<Duration>,
}

impl History {
    /// A history in order.
    pub fn new(events: Vec<HistoryEvent>) -> Self {
        let by_id = events.iter().enumerate().map(|(index, event)| (event.id(), index)).collect();
        Self { events, by_id }
    }

    /// The states of this list, for instance the top level's, in the order in which they were entered.
    pub fn path(&self, top_level: impl Fn(&str) -> bool) -> Vec<Visit> {
        let entries = self.events.iter().filter_map(|event| Some((event, entered(event)?)));
        entries
            .filter(|(_, name)| top_level(name))
            .map(|(event, name)| Visit { name: name.to_owned(), duration: self.stay(event, name) })
            .collect()
    }

    fn stay(&self, entry: &HistoryEvent, name: &str) -> Option<Duration> {
        let exit = self.events.iter().find(|event| event.id() > entry.id() && exited(event) == Some(name))?;
        between(Some(entry.timestamp()), Some(exit.timestamp()))
    }

    /// States by name, in the order in which they were first entered.
    pub fn states(&self) -> IndexMap<String, StateCounts> {
        let mut states: IndexMap<String, StateCounts> = IndexMap::new();
        let mut attempts: HashMap<i64, u64> = HashMap::new();
        for event in &self.events {
            if let Some(name) = entered(event) {
                let state = states.entry(name.to_owned()).or_default();
                state.entered += 1;
                state.input = event.state_entered_event_details().and_then(|d| d.input()).map(str::to_owned);
            } else if let Some(name) = exited(event) {
                let state = states.entry(name.to_owned()).or_default();
                state.output = event.state_exited_event_details().and_then(|d| d.output()).map(str::to_owned);
            } else if let Some((entry, name)) = self.owner(event) {
                let state = states.entry(name.to_owned()).or_default();
                state.failed += u64::from(failure(event).is_some());
                if is_attempt(event) {
                    let attempts = attempts.entry(entry).or_default();
                    *attempts += 1;
                    state.retried += u64::from(*attempts > 1);
                }
            }
        }
        states
    }

    /// Failures that a `Catch` took: the state was left right after its failure.
    pub fn caught(&self) -> Vec<Caught> {
        let take = |event: &HistoryEvent| {
            let state = exited(event)?.to_owned();
            let before = self.previous(event)?;
            let failed = failure(before).is_some() || before.r#type().as_str() == "FailStateEntered";
            let error = failed.then(|| self.error_behind(before).or_else(|| error_in_output(event)))?;
            Some(Caught { state, error: error.unwrap_or_default() })
        };
        self.events.iter().filter_map(take).collect()
    }

    /// The error's name behind a failure: a Map or Parallel state has none of its own, but what failed in it has.
    fn error_behind(&self, event: &HistoryEvent) -> Option<String> {
        let mut current = event;
        while is_container_failure(current) {
            current = self.previous(current)?;
        }
        failure(current).and_then(|(error, _)| error)
    }

    /// Map states by name. A Map that is retried begins anew; one that is entered again adds to what it did before.
    pub fn maps(&self) -> IndexMap<String, MapCounts> {
        let mut entries: IndexMap<i64, (&str, MapCounts)> = IndexMap::new();
        for event in &self.events {
            let kind = event.r#type().as_str();
            if !matches!(kind, "MapStateStarted" | "MapIterationFailed") {
                continue;
            }
            let Some((entry, name)) = self.owner(event) else { continue };
            let counts = &mut entries.entry(entry).or_insert((name, MapCounts::default())).1;
            match event.map_state_started_event_details() {
                Some(details) => *counts = MapCounts { items: u64::try_from(details.length()).unwrap_or(0), failed: 0 },
                None => counts.failed += u64::from(kind == "MapIterationFailed"),
            }
        }
        let mut maps: IndexMap<String, MapCounts> = IndexMap::new();
        for (name, counts) in entries.into_values() {
            let sum = maps.entry(name.to_owned()).or_default();
            sum.items += counts.items;
            sum.failed += counts.failed;
        }
        maps
    }

    /// The runs of distributed maps: the state's name and the run's ARN. Only the last run of an entry counts: the others were retried.
    pub fn map_runs(&self) -> Vec<(String, String)> {
        let mut runs: IndexMap<i64, (String, String)> = IndexMap::new();
        for event in &self.events {
            let arn = event.map_run_started_event_details().and_then(|details| details.map_run_arn());
            if let (Some(arn), Some((entry, name))) = (arn, self.owner(event)) {
                runs.insert(entry, (name.to_owned(), arn.to_owned()));
            }
        }
        runs.into_values().collect()
    }

    /// The entry that an event belongs to, along `previousEventId`.
    pub(super) fn owner<'a>(&'a self, event: &'a HistoryEvent) -> Option<(i64, &'a str)> {
        let entry = match container(event) {
            Some(kind) => self.entry_of_container(event, kind)?,
            None => self.entry(event)?,
        };
        Some((entry.id(), entered(entry)?))
    }

    pub(super) fn entry<'a>(&'a self, event: &'a HistoryEvent) -> Option<&'a HistoryEvent> {
        let mut current = event;
        while entered(current).is_none() {
            current = self.previous(current)?;
        }
        Some(current)
    }

    /// The Map or Parallel state that an event is about: states inside it that were left, or failed, lie on the way to its entry.
    fn entry_of_container<'a>(&'a self, event: &'a HistoryEvent, kind: &str) -> Option<&'a HistoryEvent> {
        let mut current = self.previous(event)?;
        loop {
            if let Some(name) = exited(current) {
                while entered(current) != Some(name) {
                    current = self.previous(current)?;
                }
            } else if is_container_end(current) && !ends_part_of(event, current) {
                current = self.entry_of_container(current, container(current)?)?;
            } else if entered(current).is_some() && current.r#type().as_str().starts_with(kind) {
                return Some(current);
            }
            current = self.previous(current)?;
        }
    }

    /// The event before; none where the history points forward, so that every walk ends.
    pub(super) fn previous(&self, event: &HistoryEvent) -> Option<&HistoryEvent> {
        self.event(event.previous_event_id()).filter(|previous| previous.id() < event.id())
    }

    pub(super) fn event(&self, id: i64) -> Option<&HistoryEvent> {
        self.by_id.get(&id).and_then(|index| self.events.get(*index))
    }
}

pub(super) fn entered(event: &HistoryEvent) -> Option<&str> {
    event.state_entered_event_details().map(StateEnteredEventDetails::name)
}

pub(super) fn exited(event: &HistoryEvent) -> Option<&str> {
    event.state_exited_event_details().map(StateExitedEventDetails::name)
}

/// What an event is about, where that is no single state's own doing: `Map` or `Parallel`.
fn container(event: &HistoryEvent) -> Option<&'static str> {
    let kind = event.r#type().as_str();
    if entered(event).is_some() || exited(event).is_some() {
        None
    } else if kind.starts_with("Map") {
        Some("MapState")
    } else {
        kind.starts_with("ParallelState").then_some("ParallelState")
    }
}

/// Whether an event says that a Map, one of its iterations, or a Parallel state failed, which has no error of its own.
pub(super) fn is_container_failure(event: &HistoryEvent) -> bool {
    matches!(event.r#type().as_str(), "MapStateFailed" | "MapIterationFailed" | "ParallelStateFailed")
}

/// Whether a Map or Parallel state is over with an event.
fn is_container_end(event: &HistoryEvent) -> bool {
    matches!(
        event.r#type().as_str(),
        "MapStateFailed" | "ParallelStateFailed" | "MapStateSucceeded" | "ParallelStateSucceeded"
    )
}

/// A Map that is retried starts right after its own failure.
fn ends_part_of(event: &HistoryEvent, end: &HistoryEvent) -> bool {
    event.r#type().as_str().ends_with("StateStarted")
        && event.previous_event_id() == end.id()
        && container(event) == container(end)
}

/// The error's name in what a `Catch` makes of it.
fn error_in_output(event: &HistoryEvent) -> Option<String> {
    let output = parsed(event.state_exited_event_details()?.output()?);
    output["Error"].as_str().map(str::to_owned)
}

/// Whether an event begins an attempt.
fn is_attempt(event: &HistoryEvent) -> bool {
    matches!(event.r#type().as_str(), "MapStateStarted" | "ParallelStateStarted")
        || event.task_scheduled_event_details().is_some()
        || event.lambda_function_scheduled_event_details().is_some()
        || event.activity_scheduled_event_details().is_some()
}

/// Error and cause of an event that reports a failure, whichever of AWS's shapes it has.
pub(super) fn failure(event: &HistoryEvent) -> Option<(Option<String>, Option<String>)> {
    macro_rules! first_of {
        ($($details:ident),* $(,)?) => {
            $(if let Some(details) = event.$details() {
                return Some((details.error().map(str::to_owned), details.cause().map(str::to_owned)));
            })*
        };
    }
    first_of!(
        task_failed_event_details,
        task_timed_out_event_details,
        task_start_failed_event_details,
        task_submit_failed_event_details,
        lambda_function_failed_event_details,
        lambda_function_timed_out_event_details,
        lambda_function_start_failed_event_details,
        lambda_function_schedule_failed_event_details,
        activity_failed_event_details,
        activity_timed_out_event_details,
        activity_schedule_failed_event_details,
        map_run_failed_event_details,
        evaluation_failed_event_details,
        execution_failed_event_details,
        execution_timed_out_event_details,
        execution_aborted_event_details,
    );
    matches!(event.r#type().as_str(), "MapStateFailed" | "ParallelStateFailed").then_some((None, None))
}

//! What an execution's history says: the way it took, states by name, what was caught, and which state failed.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_sfn::types::{HistoryEvent, StateEnteredEventDetails, StateExitedEventDetails};
use indexmap::IndexMap;

/// An execution's history, with an index by event id.
#[derive(Debug)]
pub struct History {
    events: Vec<HistoryEvent>,
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

/// The state that ended the execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedState {
    /// Its name.
    pub name: String,
    /// Its input's JSON text.
    pub input: Option<String>,
    /// The error's name.
    pub error: Option<String>,
    /// The error's cause.
    pub cause: Option<String>,
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
        let nanoseconds = exit.timestamp().as_nanos() - entry.timestamp().as_nanos();
        u64::try_from(nanoseconds).ok().map(Duration::from_nanos)
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
            let (error, _) = failure(self.previous(event)?)?;
            Some(Caught { state, error: error.unwrap_or_default() })
        };
        self.events.iter().filter_map(take).collect()
    }

    /// Inline Map states by name.
    pub fn maps(&self) -> IndexMap<String, MapCounts> {
        let mut maps: IndexMap<String, MapCounts> = IndexMap::new();
        for event in &self.events {
            if let (Some(details), Some((_, name))) = (event.map_state_started_event_details(), self.owner(event)) {
                maps.entry(name.to_owned()).or_default().items += u64::try_from(details.length()).unwrap_or(0);
            }
            let failed = event.map_iteration_failed_event_details().and_then(|details| details.name());
            if let Some(name) = failed {
                maps.entry(name.to_owned()).or_default().failed += 1;
            }
        }
        maps
    }

    /// The state that failed last, which is the one that ended a failed execution.
    pub fn failed_state(&self) -> Option<FailedState> {
        let is_state_failure =
            |event: &&HistoryEvent| failure(event).is_some() && !event.r#type().as_str().starts_with("Execution");
        let event = self.events.iter().rev().find(is_state_failure).or_else(|| self.failing_fail_state())?;
        let (error, cause) = failure(event).or_else(|| failure(self.events.last()?))?;
        let (entry, name) = self.owner(event)?;
        let input = self.event(entry)?.state_entered_event_details().and_then(|d| d.input()).map(str::to_owned);
        Some(FailedState { name: name.to_owned(), input, error, cause })
    }

    /// A Fail state has no failure of its own: the execution's last event points back to its entry.
    fn failing_fail_state(&self) -> Option<&HistoryEvent> {
        let last = self.events.last().filter(|event| failure(event).is_some())?;
        self.previous(last)
    }

    /// The entry that an event belongs to, along `previousEventId`.
    fn owner<'a>(&'a self, event: &'a HistoryEvent) -> Option<(i64, &'a str)> {
        let mut current = event;
        for _ in 0..self.events.len() {
            if let Some(name) = entered(current) {
                return Some((current.id(), name));
            }
            current = self.previous(current)?;
        }
        None
    }

    fn previous(&self, event: &HistoryEvent) -> Option<&HistoryEvent> {
        self.event(event.previous_event_id())
    }

    fn event(&self, id: i64) -> Option<&HistoryEvent> {
        self.by_id.get(&id).and_then(|index| self.events.get(*index))
    }
}

fn entered(event: &HistoryEvent) -> Option<&str> {
    event.state_entered_event_details().map(StateEnteredEventDetails::name)
}

fn exited(event: &HistoryEvent) -> Option<&str> {
    event.state_exited_event_details().map(StateExitedEventDetails::name)
}

/// Whether an event begins an attempt of a task.
fn is_attempt(event: &HistoryEvent) -> bool {
    event.task_scheduled_event_details().is_some()
        || event.lambda_function_scheduled_event_details().is_some()
        || event.activity_scheduled_event_details().is_some()
}

/// Error and cause of an event that reports a failure, whichever of AWS's shapes it has.
fn failure(event: &HistoryEvent) -> Option<(Option<String>, Option<String>)> {
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

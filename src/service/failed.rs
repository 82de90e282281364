//! What a history says of an end that nobody wanted: the state that failed with its tries, or the states that it hung in.

use std::collections::HashSet;
use std::time::Duration;

use aws_sdk_sfn::types::{HistoryEvent, StateEnteredEventDetails};

use super::history::{History, entered, exited, failure, is_container_failure};
use super::stepfunctions::between;

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
    /// The items that it belongs to, the innermost first.
    pub items: Vec<Item>,
    /// The error of each of its tries, in order.
    pub tries: Vec<String>,
}

/// An item of a Map state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The Map state.
    pub map: String,
    /// From 0.
    pub index: i32,
}

/// A state that was entered and not left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenState {
    /// Its name.
    pub name: String,
    /// Its input's JSON text.
    pub input: Option<String>,
    /// The items that it belongs to, the innermost first.
    pub items: Vec<Item>,
    /// From its entry to the last event.
    pub since: Option<Duration>,
}

impl std::fmt::Display for Item {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, ", in item {} of {}", self.index, self.map)
    }
}

impl History {
    /// The state that ended a failed execution: back from its last event, past the Map and Parallel states around it.
    pub fn failed_state(&self) -> Option<FailedState> {
        let last = self.events.last().filter(|event| event.execution_failed_event_details().is_some())?;
        let mut current = self.previous(last).or_else(|| self.last_failure())?;
        while is_container_failure(current) {
            current = self.previous(current)?;
        }
        let (error, cause) = failure(current).or_else(|| failure(last))?;
        let (entry, name) = self.owner(current)?;
        let (input, items) = (self.event(entry).and_then(input), self.items_around(entry));
        Some(FailedState { name: name.to_owned(), input, error, cause, items, tries: self.tries(entry) })
    }

    /// The items that an entry of a state belongs to, the innermost first. States that were left on the way are passed over.
    fn items_around(&self, entry: i64) -> Vec<Item> {
        let mut items: Vec<Item> = Vec::new();
        let mut current = self.event(entry).and_then(|event| self.previous(event));
        while let Some(event) = current {
            if let Some(name) = exited(event) {
                current = self.back_to_entry(event, name);
            } else if let Some(item) = item(event) {
                current = self.back_to_entry(event, &item.map);
                items.push(item);
            }
            current = current.and_then(|event| self.previous(event));
        }
        items
    }

    /// The last entry of a state before an event.
    fn back_to_entry<'a>(&'a self, event: &'a HistoryEvent, name: &str) -> Option<&'a HistoryEvent> {
        std::iter::successors(self.previous(event), |event| self.previous(event))
            .find(|event| entered(event) == Some(name))
    }

    /// The errors of the tries that an entry of a state took.
    fn tries(&self, entry: i64) -> Vec<String> {
        let failures = self.events.iter().filter_map(|event| Some((event, failure(event)?)));
        failures
            .filter(|(event, _)| !is_of_the_execution(event))
            .filter(|(event, _)| self.owner(event).is_some_and(|(owner, _)| owner == entry))
            .map(|(_, (error, _))| error.unwrap_or_else(|| "an error without a name".to_owned()))
            .collect()
    }

    /// Where the last event points nowhere.
    fn last_failure(&self) -> Option<&HistoryEvent> {
        self.events.iter().rev().filter(|event| !is_of_the_execution(event)).find(|event| failure(event).is_some())
    }

    /// The states that an execution which did not end by itself was in: the innermost ones, in the order in which they were entered.
    pub fn hung_in(&self) -> Vec<OpenState> {
        let left: HashSet<i64> = self.events.iter().filter_map(|event| self.entry_of_exit(event)).collect();
        let open: Vec<&HistoryEvent> =
            self.events.iter().filter(|event| entered(event).is_some() && !left.contains(&event.id())).collect();
        let holds_another = |outer: &HistoryEvent| open.iter().any(|inner| self.is_within(inner, outer.id()));
        let end = self.events.last().map(HistoryEvent::timestamp);
        let innermost = open.iter().filter(|event| !holds_another(event));
        let state = |event: &&HistoryEvent| OpenState {
            name: entered(event).unwrap_or_default().to_owned(),
            input: input(event),
            items: self.items_around(event.id()),
            since: between(Some(event.timestamp()), end),
        };
        innermost.map(state).collect()
    }

    /// The entry that an exit belongs to.
    fn entry_of_exit(&self, exit: &HistoryEvent) -> Option<i64> {
        self.back_to_entry(exit, exited(exit)?).map(HistoryEvent::id)
    }

    /// Whether an event came after an entry, inside of the state that was entered.
    fn is_within(&self, event: &HistoryEvent, entry: i64) -> bool {
        std::iter::successors(self.previous(event), |event| self.previous(event)).any(|event| event.id() == entry)
    }
}

/// Whether an event is of the execution as a whole, and of none of its states.
fn is_of_the_execution(event: &HistoryEvent) -> bool {
    event.r#type().as_str().starts_with("Execution")
}

fn item(event: &HistoryEvent) -> Option<Item> {
    let details = event.map_iteration_started_event_details()?;
    Some(Item { map: details.name().unwrap_or_default().to_owned(), index: details.index() })
}

fn input(entry: &HistoryEvent) -> Option<String> {
    entry.state_entered_event_details().and_then(StateEnteredEventDetails::input).map(str::to_owned)
}

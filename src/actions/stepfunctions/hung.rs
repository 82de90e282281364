//! Where an execution hung that was cut off: by its own time, by somebody, or by us.

use super::explain::laid_out;
use crate::actions::registry::parameter;
use crate::event::{Detail, Intent};
use crate::service::Services;
use crate::service::failed::OpenState;
use crate::service::history::History;

/// How many states are named: of a thousand items of a map, a few tell enough.
const NAMED: usize = 5;

/// The states that an execution was in when it was cut off, and the input of the first of them.
pub(super) fn details(history: &History) -> Vec<Detail> {
    let states = history.hung_in();
    let Some(first) = states.first() else { return Vec::new() };
    let mut details = vec![Detail::new("hung in", words(&states))];
    details.extend(first.input.as_ref().map(|input| Detail::new("its input", laid_out(input))));
    details
}

/// The same in one line, for an execution that is stopped, by the last part of its history.
pub(crate) async fn whereabouts(intent: &Intent, services: &Services) -> Option<String> {
    let arn = parameter(intent, "execution_arn").ok()?;
    let history = History::new(services.latest_history(arn).await.ok()?);
    let states = history.hung_in();
    (!states.is_empty()).then(|| format!("hung in {}", words(&states)))
}

fn words(states: &[OpenState]) -> String {
    let mut words: Vec<String> = states.iter().take(NAMED).map(one).collect();
    words.extend((states.len() > NAMED).then(|| format!("{} more", states.len() - NAMED)));
    words.join(", ")
}

fn one(state: &OpenState) -> String {
    match state.since {
        Some(since) => format!("{} (for {})", state.name, crate::clock::words(since)),
        None => state.name.clone(),
    }
}

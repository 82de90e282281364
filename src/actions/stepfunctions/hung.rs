//! Where an execution hung that was cut off: by its own time, by somebody, or by us.

use std::time::Duration;

use tokio::time::timeout;

use super::explain::{laid_out, place};
use crate::actions::registry::parameter;
use crate::actions::{ActionError, Call, ErrorKind};
use crate::event::{Detail, Intent};
use crate::service::Services;
use crate::service::failed::OpenState;
use crate::service::history::History;

/// How many states are named: of a thousand items of a map, a few tell enough.
const NAMED: usize = 5;
/// How long it may take to tell: it is what is left of a step's time.
const TELLING: Duration = Duration::from_secs(2);

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
    let states = History::new(services.latest_history(arn).await.ok()?).hung_in();
    (!states.is_empty()).then(|| format!("hung in {}", words(&states)))
}

/// Our time is up while an execution runs that this run did not start, and does not stop.
pub(super) async fn out_of_time(call: &Call<'_>, arn: &str) -> ActionError {
    let name = arn.rsplit(':').next().unwrap_or(arn);
    let message = format!("out of time: the execution {name} is still running");
    let mut error = ActionError::new(ErrorKind::TimedOut, message)
        .with_help("it was started by something else, so it runs on; raise `timeout` if it needs longer");
    if let Ok(Ok(events)) = timeout(TELLING, call.services.latest_history(arn)).await {
        error.details = details(&History::new(events));
    }
    error.details.extend(place(call.services, arn));
    error
}

fn words(states: &[OpenState]) -> String {
    let mut words: Vec<String> = states.iter().take(NAMED).map(one).collect();
    words.extend((states.len() > NAMED).then(|| format!("{} more", states.len() - NAMED)));
    words.join(", ")
}

fn one(state: &OpenState) -> String {
    let items: Vec<String> = state.items.iter().map(ToString::to_string).collect();
    let since = state.since.map(|since| format!(" (for {})", crate::clock::words(since)));
    format!("{}{}{}", state.name, items.concat(), since.unwrap_or_default())
}

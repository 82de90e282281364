//! `Retry` and `Catch`.

use std::time::Duration;

use serde_json::Value;

use super::fields::Fields;
use super::model::{Catcher, Jitter, Retrier};
use super::parse::{Parser, assign};

/// The longest `IntervalSeconds` and the bound of `MaxAttempts` (Amazon States Language, "Error handling").
const MOST: u64 = 99_999_999;

/// A delay before a retry lasts a year at most (as AWS refuses it).
const LONGEST_DELAY: u64 = 31_622_400;

impl Parser<'_> {
    /// The retriers of a state.
    pub(super) fn retriers(&self, state: &Fields<'_>) -> Vec<Retrier> {
        let list = state.list("Retry").map_or(&[][..], Vec::as_slice);
        let read = |(index, value): (usize, &Value)| self.retrier(value, format!("{}[{index}]", state.at("Retry")));
        let retriers = list.iter().enumerate().filter_map(read).collect();
        all_stands_last(state, "Retry", list);
        retriers
    }

    fn retrier(&self, value: &Value, location: String) -> Option<Retrier> {
        let fields = Fields::new(value, location, &self.problems)?;
        fields.require(&["ErrorEquals"]);
        fields.value("Comment");
        let retrier = Retrier {
            errors: errors(&fields),
            interval: Duration::from_secs(fields.whole("IntervalSeconds", 0, MOST).unwrap_or(1)),
            max_attempts: fields.whole("MaxAttempts", 0, MOST).unwrap_or(3),
            backoff: backoff(&fields),
            max_delay: fields.whole("MaxDelaySeconds", 1, LONGEST_DELAY).map(Duration::from_secs),
            jitter: match fields.one_of("JitterStrategy", &["NONE", "FULL"]).as_deref() {
                Some("FULL") => Jitter::Full,
                _ => Jitter::None,
            },
        };
        fields.finish();
        Some(retrier)
    }

    /// The catchers of a state.
    pub(super) fn catchers(&self, state: &Fields<'_>) -> Vec<Catcher> {
        let list = state.list("Catch").map_or(&[][..], Vec::as_slice);
        let read = |(index, value): (usize, &Value)| self.catcher(value, format!("{}[{index}]", state.at("Catch")));
        let catchers = list.iter().enumerate().filter_map(read).collect();
        all_stands_last(state, "Catch", list);
        catchers
    }

    fn catcher(&self, value: &Value, location: String) -> Option<Catcher> {
        let fields = Fields::new(value, location, &self.problems)?;
        fields.require(&["ErrorEquals", "Next"]);
        fields.value("Comment");
        let catcher = Catcher {
            errors: errors(&fields),
            next: fields.text("Next").unwrap_or_default(),
            result_path: fields.placement("ResultPath"),
            assign: assign(&fields),
        };
        fields.finish();
        Some(catcher)
    }
}

fn backoff(fields: &Fields<'_>) -> f64 {
    let rate = fields.number("BackoffRate").unwrap_or(2.0);
    if rate < 1.0 {
        fields.wrong("BackoffRate", "Minimum value is 1.0");
    }
    rate
}

fn errors(fields: &Fields<'_>) -> Vec<String> {
    let Some(list) = fields.list("ErrorEquals") else { return Vec::new() };
    if list.is_empty() {
        fields.wrong("ErrorEquals", "Value cannot be empty");
    }
    let names: Vec<String> = list.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect();
    if names.len() != list.len() {
        fields.wrong("ErrorEquals", "Expected value of type String");
    }
    names
}

/// `States.ALL` stands alone in the last element.
fn all_stands_last(state: &Fields<'_>, name: &str, list: &[Value]) {
    for (index, element) in list.iter().enumerate() {
        let errors = element["ErrorEquals"].as_array().map_or(&[][..], Vec::as_slice);
        let alone_and_last = errors.len() == 1 && index + 1 == list.len();
        if let (Some(place), false) = (errors.iter().position(|error| error == "States.ALL"), alone_and_last) {
            let place = format!("{name}[{index}]/ErrorEquals[{place}]");
            state.wrong(&place, "States.ALL must appear alone and at end of list");
        }
    }
}

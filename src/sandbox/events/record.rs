//! What came over the bus, and what became of it: the last events, for whoever asks why nothing was started.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::deliver::Delivery;
use super::event::Event;

/// How many events are kept.
const KEPT: usize = 1_000;

/// The last events, oldest first.
#[derive(Debug, Default)]
pub struct Record(Mutex<VecDeque<(Event, Vec<Delivery>)>>);

impl Record {
    /// Keeps an event with its deliveries; the oldest goes.
    pub fn keep(&self, event: Event, deliveries: Vec<Delivery>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back((event, deliveries));
    }

    /// As the control path shows it.
    pub fn describe(&self) -> Value {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().map(|(event, deliveries)| shown(event, deliveries)).collect()
    }
}

/// An event with its deliveries.
pub fn shown(event: &Event, deliveries: &[Delivery]) -> Value {
    json!({"event": event.document, "deliveries": deliveries.iter().map(Delivery::describe).collect::<Vec<_>>()})
}

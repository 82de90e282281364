//! The stream itself: one writer numbers and counts, consumers follow.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::{CaseKey, Event, Kind, Totals};
use crate::clock::Clock;

/// Something that follows the events of a run: a report, the journal.
pub trait Consumer: Send {
    /// Takes the next event. A consumer that fails keeps its failure and gives it at the end; it never hinders another one.
    fn consume(&mut self, event: &Event);

    /// What went wrong in this consumer, if anything did, as sentences.
    fn finish(&mut self) -> Vec<String> {
        Vec::new()
    }
}

struct Inner {
    sequence: u64,
    totals: Totals,
    running: BTreeSet<CaseKey>,
    consumers: Vec<Box<dyn Consumer>>,
}

/// The one way out of the runner. Cloning gives another handle to the same stream.
#[derive(Clone)]
pub struct Stream {
    clock: Arc<dyn Clock>,
    inner: Arc<Mutex<Inner>>,
}

impl Stream {
    /// A stream to these consumers, in this order.
    pub fn new(clock: Arc<dyn Clock>, consumers: Vec<Box<dyn Consumer>>) -> Self {
        Self {
            clock,
            inner: Arc::new(Mutex::new(Inner {
                sequence: 0,
                totals: Totals::default(),
                running: BTreeSet::new(),
                consumers,
            })),
        }
    }

    /// Tells every consumer, with time, number and totals.
    pub fn emit(&self, kind: Kind) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.count(&kind);
        let event = Event { sequence: inner.sequence, at: self.clock.now(), totals: inner.totals, kind };
        inner.sequence += 1;
        for consumer in &mut inner.consumers {
            consumer.consume(&event);
        }
    }

    /// The totals now.
    pub fn totals(&self) -> Totals {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).totals
    }

    /// Lets every consumer finish; what went wrong in them.
    pub fn finish(&self) -> Vec<String> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.consumers.iter_mut().flat_map(|consumer| consumer.finish()).collect()
    }
}

impl Inner {
    fn count(&mut self, kind: &Kind) {
        match kind {
            Kind::RunStarted { cases, .. } => self.totals.planned = cases.len(),
            Kind::CaseStarted { case } => {
                self.running.insert(case.clone());
            }
            Kind::CaseFinished { case, result } => {
                self.running.remove(case);
                self.totals.count(&result.outcome);
            }
            Kind::CleanedUp(item) => self.totals.left_over += usize::from(item.problem.is_some()),
            Kind::SetupStarted { .. }
            | Kind::SetupFinished { .. }
            | Kind::StepStarted { .. }
            | Kind::StepWaiting { .. }
            | Kind::StepFinished { .. }
            | Kind::Intended { .. }
            | Kind::Settled { .. }
            | Kind::Stopping { .. }
            | Kind::CleanupStarted { .. }
            | Kind::CleanupFinished { .. }
            | Kind::RunFinished { .. } => {}
        }
        self.totals.running = self.running.len();
    }
}

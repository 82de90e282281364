//! Where cases wait for their turn.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Mutex as Lock, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

use super::context::Context;
use super::stop::Stop;
use crate::event::{CaseKey, Kind, Outcome, StopReason, Stream};

/// Places, locks, who has finished, and the count of those that went wrong.
pub(super) struct Gate {
    places: Arc<Semaphore>,
    locks: Mutex<BTreeMap<String, Arc<Lock<()>>>>,
    finished: Mutex<BTreeSet<CaseKey>>,
    red: Mutex<usize>,
    max_fail: Option<usize>,
    stop: Stop,
    stream: Stream,
}

/// A place among the running cases, with its locks; given back when dropped.
pub(super) struct Place {
    _locks: Vec<OwnedMutexGuard<()>>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Gate {
    pub fn new(context: &Context) -> Self {
        Self {
            places: Arc::new(Semaphore::new(context.options.concurrency.max(1))),
            locks: Mutex::default(),
            finished: Mutex::default(),
            red: Mutex::new(0),
            max_fail: context.options.max_fail,
            stop: context.stop.clone(),
            stream: context.stream.clone(),
        }
    }

    /// Waits for these locks, in alphabetical order so that two cases never wait for each other, and then for a place.
    pub async fn enter_with(&self, locks: &[String]) -> Place {
        let names: BTreeSet<&String> = locks.iter().collect();
        let mut held = Vec::new();
        for name in names {
            let lock =
                Arc::clone(self.locks.lock().unwrap_or_else(PoisonError::into_inner).entry(name.clone()).or_default());
            held.push(lock.lock_owned().await);
        }
        // The semaphore is never closed, so a permit always comes.
        let permit = Arc::clone(&self.places).acquire_owned().await.ok();
        Place { _locks: held, _permit: permit }
    }

    /// Whether a case may report its outcome: nobody has done so before.
    pub fn claim(&self, key: &CaseKey) -> bool {
        self.finished.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone())
    }

    /// Whether a case has reported its outcome.
    pub fn has_finished(&self, key: &CaseKey) -> bool {
        self.finished.lock().unwrap_or_else(PoisonError::into_inner).contains(key)
    }

    /// Counts an outcome, and asks for a stop when as many went wrong as are allowed: at once, before the next case learns of it.
    pub fn count(&self, outcome: &Outcome) {
        if matches!(outcome, Outcome::Failed { .. } | Outcome::Errored { .. }) {
            let mut red = self.red.lock().unwrap_or_else(PoisonError::into_inner);
            *red += 1;
            if self.max_fail.is_some_and(|most| *red >= most) && self.stop.request(StopReason::MaxFail) {
                self.stream.emit(Kind::Stopping { reason: StopReason::MaxFail });
            }
        }
    }
}

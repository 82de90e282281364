//! The instances of one version: those that wait for work, and how many there may be.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};

use super::instance::Instance;
use super::limits;

/// Warm instances of a version.
#[derive(Debug)]
pub struct Pool {
    state: Mutex<State>,
    slots: Semaphore,
}

#[derive(Debug, Default)]
struct State {
    idle: Vec<Instance>,
    closed: bool,
}

impl Pool {
    pub fn new() -> Self {
        Self { state: Mutex::default(), slots: Semaphore::new(limits::INSTANCES) }
    }

    /// Waits until another instance may work. `None` never happens: the semaphore is not closed.
    pub async fn slot(&self) -> Option<SemaphorePermit<'_>> {
        self.slots.acquire().await.ok()
    }

    /// The instance that was used last, unless it has died since.
    pub fn take(&self) -> Option<Instance> {
        let mut state = self.lock();
        while let Some(mut instance) = state.idle.pop() {
            if instance.is_running() {
                return Some(instance);
            }
        }
        None
    }

    /// Keeps an instance for the next invocation; a closed pool drops it.
    pub fn put(&self, instance: Instance) {
        let mut state = self.lock();
        if !state.closed {
            state.idle.push(instance);
        }
    }

    /// Keeps no instances from now on; yields those that wait.
    pub fn close(&self) -> Vec<Instance> {
        let mut state = self.lock();
        state.closed = true;
        std::mem::take(&mut state.idle)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

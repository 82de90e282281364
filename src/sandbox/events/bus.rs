//! The bus: rules, a queue of events, and one task that delivers them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::deliver::{Delivery, Targets};
use super::event::{Event, Told, of_change, of_schedule};
use super::record::{Record, shown};
use super::rule::Rule;
use crate::sandbox::s3::Store;
use crate::sandbox::wire::ApiError;

/// Where the service pretends to be.
#[derive(Debug, Clone)]
pub struct Config {
    /// For example `eu-west-1`.
    pub region: String,
    /// Twelve digits.
    pub account: String,
}

/// EventBridge: one bus with its rules. Dropping it ends its task.
pub struct EventBridge {
    inner: Arc<Inner>,
    queue: UnboundedSender<Event>,
    stop: CancellationToken,
    worker: Mutex<Option<JoinHandle<()>>>,
}

struct Inner {
    config: Config,
    rules: Mutex<BTreeMap<String, Rule>>,
    targets: Targets,
    record: Record,
}

impl EventBridge {
    /// A bus without rules, which hears of the changes in a store. It must be made on a tokio runtime.
    pub fn start(config: Config, store: &Store, targets: Targets) -> Self {
        let (queue, events) = unbounded_channel();
        let inner =
            Arc::new(Inner { config: config.clone(), rules: Mutex::default(), targets, record: Record::default() });
        let stop = CancellationToken::new();
        let worker = tokio::spawn(work(Arc::clone(&inner), events, stop.clone()));
        let changes = queue.clone();
        store.listen(move |change| {
            let told = of_change(&change, &config.account);
            // After the end of the bus there is nobody to tell.
            let _ = changes.send(Event::new(&config.account, &config.region, &told));
        });
        Self { inner, queue, stop, worker: Mutex::new(Some(worker)) }
    }

    /// Puts an event on the bus; yields its id. It is delivered later.
    pub(super) fn send(&self, told: &Told) -> Result<String, ApiError> {
        let event = self.inner.event(told);
        let id = event.id.clone();
        let stopped = |_| ApiError::new(500, "InternalException", "the sandbox is shutting down");
        self.queue.send(event).map_err(stopped)?;
        Ok(id)
    }

    /// Fires a schedule: its targets get a `Scheduled Event` at once. Yields the event and what was started.
    ///
    /// # Errors
    /// There is no such rule, it has no schedule, or it is disabled.
    pub async fn fire(&self, name: &str) -> Result<Value, ApiError> {
        let rule = self.rules().get(name).cloned();
        let missing = || ApiError::new(404, "ResourceNotFoundException", format!("there is no rule `{name}`"));
        let rule = rule.ok_or_else(missing)?;
        if rule.schedule.is_none() {
            let message = format!("the rule `{name}` has no schedule: it waits for events that match its pattern");
            return Err(ApiError::client("ValidationException", message));
        }
        if !rule.enabled {
            let message = format!("the rule `{name}` is disabled: its schedule fires nothing");
            return Err(ApiError::new(409, "ConflictException", message));
        }
        let event = self.inner.event(&of_schedule(&rule.arn));
        let deliveries = self.inner.targets.deliver(&event, &rule).await;
        let answer = shown(&event, &deliveries);
        self.inner.record.keep(event, deliveries);
        Ok(answer)
    }

    /// The last events, oldest first, each with its deliveries.
    pub fn record(&self) -> Value {
        self.inner.record.describe()
    }

    /// Delivers nothing more. Events that are still in the queue are dropped.
    pub async fn stop(&self) {
        self.stop.cancel();
        let worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(worker) = worker
            && let Err(error) = worker.await
        {
            tracing::warn!(%error, "the bus of events did not stop cleanly");
        }
    }

    pub(super) fn rules(&self) -> MutexGuard<'_, BTreeMap<String, Rule>> {
        self.inner.rules()
    }

    pub(super) fn config(&self) -> &Config {
        &self.inner.config
    }
}

impl Drop for EventBridge {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Inner {
    fn rules(&self) -> MutexGuard<'_, BTreeMap<String, Rule>> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn event(&self, told: &Told) -> Event {
        Event::new(&self.config.account, &self.config.region, told)
    }

    /// The rules that want an event, as they are now.
    fn matching(&self, event: &Event) -> Vec<Rule> {
        let wants = |rule: &&Rule| {
            rule.enabled && rule.pattern.as_ref().is_some_and(|(_, pattern)| pattern.matches(&event.document))
        };
        self.rules().values().filter(wants).cloned().collect()
    }

    async fn dispatch(&self, event: Event) {
        let mut deliveries: Vec<Delivery> = Vec::new();
        for rule in self.matching(&event) {
            deliveries.extend(self.targets.deliver(&event, &rule).await);
        }
        tracing::debug!(event = event.id, deliveries = deliveries.len(), "an event came over the bus");
        self.record.keep(event, deliveries);
    }
}

async fn work(inner: Arc<Inner>, mut events: UnboundedReceiver<Event>, stop: CancellationToken) {
    while let Some(Some(event)) = stop.run_until_cancelled(events.recv()).await {
        inner.dispatch(event).await;
    }
}

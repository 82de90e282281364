//! All services of a sandbox, put together.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::object_store::ObjectStore;
use serde_json::Value;

use super::athena::{self, Athena, Buckets};
use super::error::SandboxError;
use super::events::{self, EventBridge};
use super::glue::{Catalog, Glue};
use super::integrations::{Integrations, Targets};
use super::lambda::{self, Lambda};
use super::s3::{BucketStore, Store};
use super::server::{self, JsonService};
use super::stepfunctions::{self, StepFunctions, TaskRunner};
use super::sts::{ACCOUNT, Sessions};
use super::wire::ApiError;

/// Where the services are.
pub struct Place<'p> {
    pub endpoint: &'p str,
    pub region: &'p str,
    /// For state; it goes with the sandbox.
    pub folder: &'p Path,
    /// For what is kept between sandboxes.
    pub cache_dir: &'p Path,
    /// Where results of queries go unless they say: `s3://bucket/prefix/`.
    pub output: Option<String>,
}

/// The services.
pub struct Services {
    pub store: Store,
    pub lambda: Lambda,
    pub step_functions: Arc<StepFunctions>,
    pub athena: Arc<Athena>,
    pub glue: Arc<dyn JsonService>,
    pub events: Arc<EventBridge>,
    sessions: Sessions,
}

impl Services {
    /// Starts all of them, empty.
    pub fn start(place: &Place<'_>) -> Result<Self, SandboxError> {
        let (bodies, functions) = (place.folder.join("s3"), place.folder.join("lambda"));
        std::fs::create_dir_all(&bodies)?;
        std::fs::create_dir_all(&functions)?;
        let store = Store::new(bodies, place.region);
        let lambda = Lambda::new(lambda::Config {
            region: place.region.to_owned(),
            account: ACCOUNT.to_owned(),
            endpoint: place.endpoint.to_owned(),
            state_dir: functions,
            cache_dir: place.cache_dir.to_owned(),
        });
        let catalog = Arc::new(Catalog::default());
        let glue: Arc<dyn JsonService> = Arc::new(Glue::new(ACCOUNT, Arc::clone(&catalog)));
        let athena = Arc::new(start_athena(place, catalog, &store));
        let targets = Targets {
            lambda: lambda.clone(),
            store: store.clone(),
            athena: Arc::clone(&athena) as Arc<dyn JsonService>,
            glue: Arc::clone(&glue),
        };
        let step_functions = start_step_functions(place, &Arc::new(Integrations::new(targets)));
        let events = Arc::new(start_events(place, &store, &lambda, &step_functions));
        Ok(Self { store, lambda, step_functions, athena, glue, events, sessions: Sessions::default() })
    }

    /// What the front door needs of them.
    pub fn behind_the_door(&self) -> server::Services {
        server::Services {
            store: self.store.clone(),
            sessions: self.sessions.clone(),
            step_functions: Arc::clone(&self.step_functions) as Arc<dyn JsonService>,
            athena: Arc::clone(&self.athena) as Arc<dyn JsonService>,
            glue: Arc::clone(&self.glue),
            events: Arc::clone(&self.events) as Arc<dyn JsonService>,
            lambda: lambda::router(self.lambda.clone()),
            control: events::router(Arc::clone(&self.events)),
        }
    }

    /// Ends what runs: events first, which start executions, then these, then the queries and functions that they may have started.
    pub async fn stop(&self) {
        self.events.stop().await;
        self.step_functions.stop_all();
        self.athena.stop_all();
        self.lambda.shutdown().await;
    }
}

fn start_athena(place: &Place<'_>, catalog: Arc<Catalog>, store: &Store) -> Athena {
    let config = athena::Config { default_output: place.output.clone() };
    Athena::new(config, Arc::new(store.clone()), catalog)
}

fn start_events(place: &Place<'_>, store: &Store, lambda: &Lambda, step_functions: &Arc<StepFunctions>) -> EventBridge {
    let config = events::Config { region: place.region.to_owned(), account: ACCOUNT.to_owned() };
    let step_functions = Arc::clone(step_functions) as Arc<dyn JsonService>;
    EventBridge::start(config, store, events::Targets { step_functions, lambda: lambda.clone() })
}

fn start_step_functions(place: &Place<'_>, tasks: &Arc<Integrations>) -> Arc<StepFunctions> {
    let config = stepfunctions::Config { region: place.region.to_owned(), account: ACCOUNT.to_owned() };
    let service = Arc::new(StepFunctions::new(config, Arc::clone(tasks) as Arc<dyn TaskRunner>));
    tasks.reach_executions(&(Arc::clone(&service) as Arc<dyn JsonService>));
    service
}

impl Buckets for Store {
    fn bucket(&self, name: &str) -> Option<Arc<dyn ObjectStore>> {
        BucketStore::new(self.clone(), name).ok().map(|bucket| Arc::new(bucket) as Arc<dyn ObjectStore>)
    }
}

#[async_trait]
impl JsonService for StepFunctions {
    async fn handle(&self, operation: &str, body: Value) -> Result<Value, ApiError> {
        Self::handle(self, operation, body).await
    }
}

#[async_trait]
impl JsonService for Athena {
    async fn handle(&self, operation: &str, body: Value) -> Result<Value, ApiError> {
        Self::handle(self, operation, body).await
    }
}

#[async_trait]
impl JsonService for Glue {
    async fn handle(&self, operation: &str, body: Value) -> Result<Value, ApiError> {
        Self::handle(self, operation, body).await
    }
}

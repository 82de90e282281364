//! The service: creates functions and runs them.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::function::{Code, Configuration, FunctionSpec, Version};
use super::instance::{Finished, Instance, Label};
use super::invocation::{ASYNCHRONOUS, Invocation, InvokeResult, SYNCHRONOUS, check_payload};
use super::launch::{self, Launcher};
use super::limits;
use super::name::{self, FunctionName, Place};
use super::outcome::Outcome;
use super::package::Package;
use super::pool::Pool;
use super::registry::Registry;
use super::runtime_api::Event;
use super::validation;
use crate::sandbox::wire::ApiError;

/// Where the service is and what it may write to.
#[derive(Debug, Clone)]
pub struct Config {
    /// For example `eu-west-1`.
    pub region: String,
    /// Twelve digits.
    pub account: String,
    /// The sandbox's URL, given to functions as `AWS_ENDPOINT_URL`.
    pub endpoint: String,
    /// For code and bootstraps; its owner removes it.
    pub state_dir: PathBuf,
    /// For virtual environments, kept between runs: `~/.cache/shakedown` or the like.
    pub cache_dir: PathBuf,
}

/// The sandbox's Lambda. Clones are the same service.
#[derive(Debug, Clone)]
pub struct Lambda {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    config: Config,
    registry: Mutex<Registry>,
    launcher: Launcher,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// A version that is to run, and what to call it.
struct Target {
    version: Arc<Version>,
    /// With the qualifier that the caller used.
    arn: String,
    attempts: Arc<AtomicU64>,
}

impl Lambda {
    /// A service without functions.
    pub fn new(mut config: Config) -> Self {
        // Functions run in folders of their own, where relative paths mean something else.
        for folder in [&mut config.state_dir, &mut config.cache_dir] {
            *folder = std::path::absolute(&folder).unwrap_or_else(|_| folder.clone());
        }
        let inner = Inner {
            launcher: Launcher::new(config.clone()),
            config,
            registry: Mutex::default(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Creates a function. Its code is copied; nothing runs yet.
    ///
    /// Fails with AWS's errors: the name is taken, a value is not allowed, the code cannot be read.
    pub fn create(&self, spec: FunctionSpec) -> Result<(), ApiError> {
        let configuration = Configuration {
            runtime: spec.runtime.parse()?,
            handler: spec.handler,
            role: format!("arn:aws:iam::{}:role/sandbox", self.inner.config.account),
            description: String::new(),
            environment: spec.environment,
            timeout: spec.timeout,
            memory_mb: spec.memory_mb,
            requirements: spec.requirements,
        };
        self.create_configured(spec.name, configuration, &spec.code).map(drop)
    }

    /// Finds the interpreters and installs the requirements of all functions, so that no invocation has to wait for it.
    pub async fn prepare(&self) -> Result<(), ApiError> {
        let versions: Vec<_> = self.registry().functions().map(|it| Arc::clone(&it.latest)).collect();
        for version in versions {
            self.inner.launcher.prepare(&version).await?;
        }
        Ok(())
    }

    /// Runs a function and waits for its end. A caller that goes away does not end the function.
    ///
    /// An error of the function is an `Ok` with `function_error`; an `Err` is AWS's refusal to run it.
    pub async fn invoke(&self, mut invocation: Invocation) -> Result<InvokeResult, ApiError> {
        let (kind, limit) = SYNCHRONOUS;
        invocation.payload = check_payload(invocation.payload, kind, limit)?;
        let target = self.target(&invocation.function, invocation.qualifier.as_deref())?;
        let event = event(&target, invocation);
        let inner = Arc::clone(&self.inner);
        let running = self.inner.tasks.spawn(async move { inner.attempt(&target, &event).await });
        running.await.map_err(|error| ApiError::new(500, "ServiceException", error.to_string()))?
    }

    /// Runs a function in the background, up to three times while it fails; yields the request id.
    pub fn invoke_event(&self, mut invocation: Invocation) -> Result<String, ApiError> {
        let (kind, limit) = ASYNCHRONOUS;
        invocation.payload = check_payload(invocation.payload, kind, limit)?;
        let target = self.target(&invocation.function, invocation.qualifier.as_deref())?;
        let event = event(&target, invocation);
        let request_id = event.request_id.clone();
        let inner = Arc::clone(&self.inner);
        self.inner.tasks.spawn(async move { inner.attempt_repeatedly(&target, &event).await });
        Ok(request_id)
    }

    /// Checks that a function can be invoked, without running it.
    pub fn dry_run(&self, function: &str, qualifier: Option<&str>) -> Result<(), ApiError> {
        self.target(function, qualifier).map(drop)
    }

    /// For tests: how often a function has been run, repetitions of asynchronous invocations included; 0 when there is none.
    #[cfg(test)]
    pub fn invocations(&self, function: &str) -> u64 {
        self.registry().get(function).map_or(0, |it| it.attempts.load(Ordering::Relaxed))
    }

    /// Ends every invocation and every process, and waits until they have gone. Later invocations are refused.
    pub async fn shutdown(&self) {
        self.inner.stop.cancel();
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
        let idle: Vec<_> = self
            .registry()
            .functions()
            .flat_map(|it| it.published.values().chain([&it.latest]))
            .flat_map(|it| it.pool.close())
            .collect();
        for instance in idle {
            instance.stop().await;
        }
    }

    pub(super) fn create_configured(
        &self,
        name: String,
        configuration: Configuration,
        code: &Code,
    ) -> Result<Arc<Version>, ApiError> {
        validation::check(&name, &configuration)?;
        let package = Package::install(code, &self.inner.config.state_dir)?;
        let version = Arc::new(Version {
            function_arn: self.place().arn(&name),
            function: name,
            number: "$LATEST".to_owned(),
            configuration,
            package: Arc::new(package),
            revision: Uuid::new_v4(),
            modified: crate::sandbox::time::now(),
            pool: Pool::new(),
        });
        self.registry().create(Arc::clone(&version))?;
        Ok(version)
    }

    /// Replaces `$LATEST`; instances of the old one finish what they do and end.
    ///
    /// `edit` yields the new configuration from the old version, or refuses.
    pub(super) fn change(
        &self,
        named: &FunctionName,
        code: Option<&Code>,
        edit: impl FnOnce(&Version) -> Result<Configuration, ApiError>,
    ) -> Result<Arc<Version>, ApiError> {
        let package = code.map(|it| Package::install(it, &self.inner.config.state_dir)).transpose()?;
        let arn = self.place().arn(&named.name);
        let mut registry = self.registry();
        let function = registry.find_mut(&named.name, &arn)?;
        let old = &function.latest;
        let configuration = edit(old)?;
        validation::check(&named.name, &configuration)?;
        let package = package.map_or_else(|| Arc::clone(&old.package), Arc::new);
        let new = Arc::new(old.change(configuration, package));
        drop(old.pool.close());
        function.latest = Arc::clone(&new);
        Ok(new)
    }

    pub(super) fn delete(&self, named: &FunctionName) -> Result<(), ApiError> {
        let gone = self.registry().delete(named, &self.place().arn(&named.name))?;
        for version in gone {
            drop(version.pool.close());
        }
        Ok(())
    }

    pub(super) fn registry(&self) -> MutexGuard<'_, Registry> {
        self.inner.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn place(&self) -> Place<'_> {
        Place { region: &self.inner.config.region, account: &self.inner.config.account }
    }

    fn target(&self, function: &str, qualifier: Option<&str>) -> Result<Target, ApiError> {
        let named = name::parse(function, qualifier, self.place())?;
        let plain = self.place().arn(&named.name);
        let registry = self.registry();
        let version = registry.resolve(&named, &plain)?;
        let attempts = Arc::clone(&registry.find(&named.name, &plain)?.attempts);
        let arn = named.qualifier.map_or(plain.clone(), |it| format!("{plain}:{it}"));
        Ok(Target { version, arn, attempts })
    }
}

impl Inner {
    /// Up to three attempts, the later ones after a pause, as AWS does for asynchronous invocations.
    async fn attempt_repeatedly(&self, target: &Target, event: &Event) {
        let mut pauses = limits::RETRY_DELAYS.iter();
        loop {
            let result = self.attempt(target, event).await;
            let failed = result.as_ref().map_or(true, |it| it.function_error.is_some());
            tracing::debug!(request_id = event.request_id, failed, "an asynchronous invocation ended");
            let Some(pause) = pauses.next().filter(|_| failed) else { return };
            if self.stop.run_until_cancelled(tokio::time::sleep(*pause)).await.is_none() {
                return;
            }
        }
    }

    async fn attempt(&self, target: &Target, event: &Event) -> Result<InvokeResult, ApiError> {
        target.attempts.fetch_add(1, Ordering::Relaxed);
        let version = &target.version;
        let finished = self.run(version, event).await?;
        let (payload, failed) = finished.outcome.payload(&event.request_id);
        Ok(InvokeResult {
            status_code: 200,
            payload,
            function_error: failed.then(|| "Unhandled".to_owned()),
            executed_version: version.number.clone(),
            log: finished.log,
            request_id: event.request_id.clone(),
        })
    }

    async fn run(&self, version: &Version, event: &Event) -> Result<Finished, ApiError> {
        let label = Label { version: &version.number, memory_mb: version.configuration.memory_mb };
        if launch::lacks_bootstrap(version) {
            return Ok(Finished::without_instance(Outcome::NoBootstrap, &event.request_id, label));
        }
        let begun = self.stop.run_until_cancelled(async {
            let slot = version.pool.slot().await;
            Ok::<_, ApiError>((slot, self.instance(version).await?))
        });
        let (_slot, mut instance) = begun.await.ok_or_else(stopping)??;
        let finished = tokio::select! {
            biased;
            () = self.stop.cancelled() => None,
            finished = instance.serve(event.clone(), label) => Some(finished),
        };
        match &finished {
            Some(finished) if finished.reusable => version.pool.put(instance),
            _ => instance.stop().await,
        }
        finished.ok_or_else(stopping)
    }

    async fn instance(&self, version: &Version) -> Result<Instance, ApiError> {
        match version.pool.take() {
            Some(warm) => Ok(warm),
            None => self.launcher.start(version).await,
        }
    }
}

fn event(target: &Target, invocation: Invocation) -> Event {
    Event {
        request_id: Uuid::new_v4().to_string(),
        payload: invocation.payload,
        function_arn: target.arn.clone(),
        trace_id: invocation.trace_id.unwrap_or_else(new_trace_id),
        client_context: invocation.client_context,
        time_limit: target.version.configuration.timeout,
    }
}

/// <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader>
fn new_trace_id() -> String {
    let (id, parent) = (Uuid::new_v4().simple().to_string(), Uuid::new_v4().simple().to_string());
    format!("Root=1-{:08x}-{};Parent={};Sampled=0", crate::sandbox::time::now().timestamp(), &id[..24], &parent[..16])
}

fn stopping() -> ApiError {
    ApiError::new(500, "ServiceException", "the sandbox is shutting down")
}

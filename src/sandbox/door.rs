//! The door: the sandbox as a whole, started and stopped.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use tempfile::TempDir;

use super::declaration::{Declaration, Loaded};
use super::error::SandboxError;
use super::folder;
use super::furnish;
use super::server::{Calls, Front, Listening, bind};
use super::services::{Place, Services};
use super::sts::ACCOUNT;

/// The region where nobody says otherwise.
pub const DEFAULT_REGION: &str = "eu-west-1";

/// What to start.
#[derive(Debug, Clone)]
pub struct Options {
    /// The port on 127.0.0.1; any free one if there is none.
    pub port: Option<u16>,
    /// The region of everything in it.
    pub region: String,
    /// What it holds from the start.
    pub declaration: Option<Declaration>,
    /// For what is kept between runs: virtual environments of functions.
    pub cache_dir: PathBuf,
    /// The project's root, which paths in the declaration are relative to.
    pub root: PathBuf,
}

/// A running sandbox. [`Sandbox::shutdown`] ends it in order; dropping it closes the port and removes its folder.
pub struct Sandbox {
    endpoint: String,
    calls: Calls,
    services: Services,
    listening: Listening,
    folder: TempDir,
}

impl Sandbox {
    /// Starts all services, fills them with what is declared, and only then answers requests.
    ///
    /// It must be called on a tokio runtime, which has to live as long as the sandbox.
    pub async fn start(options: Options) -> Result<Self, SandboxError> {
        let loaded = load(&options)?;
        let listener = bind(options.port).await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let folder = folder::make()?;
        let place = Place {
            endpoint: &endpoint,
            region: &options.region,
            folder: folder.path(),
            cache_dir: &options.cache_dir,
            output: output(&options),
        };
        let services = Services::start(&place)?;
        let furnished = furnish::furnish(&services, options.declaration.as_ref(), &loaded).await;
        if let Err(problems) = furnished {
            services.stop().await;
            return Err(SandboxError::Declaration(problems));
        }
        let calls = Calls::default();
        let listening = Listening::start(listener, Arc::new(Front::new(services.behind_the_door(), calls.clone())));
        Ok(Self { endpoint, calls, services, listening, folder })
    }

    /// The URL of every service.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The account of every service.
    pub fn account(&self) -> &'static str {
        ACCOUNT
    }

    /// How often each operation was called until now, by `service.Operation`.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.calls.read()
    }

    /// Fires a schedule of EventBridge, which the clock never does here. Yields the event and what it started, as the control path
    /// does: `{"event": …, "deliveries": [{"rule", "target", "arn", "execution" | "invocation" | "error"}]}`.
    ///
    /// # Errors
    /// A sentence: there is no such rule, it has no schedule, or it is disabled.
    pub async fn fire_schedule(&self, rule: &str) -> Result<serde_json::Value, String> {
        self.services.events.fire(rule).await.map_err(|error| error.message)
    }

    /// Stops executions, ends the processes of functions, closes the port and removes the temporary folder.
    pub async fn shutdown(self) {
        self.listening.refuse();
        self.services.stop().await;
        self.listening.stop().await;
        if let Err(error) = self.folder.close() {
            tracing::warn!(%error, "the sandbox's folder could not be removed");
        }
    }
}

fn load(options: &Options) -> Result<Loaded, SandboxError> {
    match &options.declaration {
        Some(declaration) => {
            declaration.load(&options.root, ACCOUNT, &options.region).map_err(SandboxError::Declaration)
        }
        None => Ok(Loaded::default()),
    }
}

fn output(options: &Options) -> Option<String> {
    options.declaration.as_ref()?.athena.output.as_ref().map(|output| output.value.clone())
}

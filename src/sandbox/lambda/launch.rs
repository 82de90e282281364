//! From a version to a running instance: interpreter, requirements, bootstrap, environment, process.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tokio::sync::{Mutex, OnceCell};
use uuid::Uuid;

use super::environment::{self, Surroundings};
use super::function::Version;
use super::instance::Instance;
use super::interpreter::{self, Interpreter, Runtime};
use super::lambda::Config;
use super::log::Log;
use super::process::{Group, Program};
use super::runtime_api::RuntimeApi;
use super::venv;
use crate::sandbox::wire::ApiError;

const PYTHON_BOOTSTRAP: &str = include_str!("bootstrap.py");
const NODE_BOOTSTRAP: &str = include_str!("bootstrap.mjs");

/// Starts instances.
#[derive(Debug)]
pub struct Launcher {
    config: Config,
    folders: OnceCell<Folders>,
    interpreters: Mutex<HashMap<String, Option<Interpreter>>>,
}

/// What every instance shares on disk.
#[derive(Debug, Clone)]
struct Folders {
    bootstraps: PathBuf,
    home: PathBuf,
}

/// How a version is run.
#[derive(Debug)]
pub struct Recipe {
    command: Vec<OsString>,
    /// For the first line of an instance's log.
    note: String,
}

impl Launcher {
    pub fn new(config: Config) -> Self {
        Self { config, folders: OnceCell::new(), interpreters: Mutex::default() }
    }

    /// Finds the interpreter and installs the requirements, which can take minutes the first time.
    pub async fn prepare(&self, version: &Version) -> Result<Recipe, ApiError> {
        let runtime = &version.configuration.runtime;
        let folders = self.folders.get_or_try_init(async || lay_out(&self.config.state_dir)).await;
        let folders = folders.map_err(|error| internal(&error))?;
        let interpreter = self.interpreter(runtime).await?;
        let note = interpreter
            .as_ref()
            .map_or(String::new(), |it| format!(" (run by {} {})", it.program.display(), it.version));
        let command = match (runtime, interpreter) {
            (Runtime::Python(_), Some(it)) => {
                let python = venv::python(version, &it, &self.config.cache_dir).await?;
                let bootstrap = folders.bootstraps.join("bootstrap.py");
                // No bytecode: a function's folder stays as it was deployed.
                vec![python.into(), "-B".into(), "-X".into(), "utf8".into(), bootstrap.into()]
            }
            (_, Some(it)) => vec![it.program.into(), folders.bootstraps.join("bootstrap.mjs").into()],
            (_, None) => vec![version.package.root.join("bootstrap").into()],
        };
        Ok(Recipe { command, note: format!("INIT_START Runtime Version: {runtime}{note}") })
    }

    /// Starts an instance.
    pub async fn start(&self, version: &Version) -> Result<Instance, ApiError> {
        let recipe = self.prepare(version).await?;
        self.spawn(version, recipe).await.map_err(|error| internal(&error))
    }

    async fn spawn(&self, version: &Version, recipe: Recipe) -> io::Result<Instance> {
        let api = RuntimeApi::start().await?;
        let home = self.folders.get().map(|it| it.home.clone()).unwrap_or_default();
        let date = crate::sandbox::time::now().format("%Y/%m/%d");
        let log_stream = format!("{date}/[{}]{}", version.number, Uuid::new_v4().simple());
        let around = Surroundings {
            region: &self.config.region,
            endpoint: &self.config.endpoint,
            runtime_api: api.address,
            home: &home,
            log_stream: &log_stream,
        };
        let program = Program {
            command: recipe.command,
            directory: version.package.root.clone(),
            environment: environment::variables(version, &around),
        };
        let (group, output) = Group::spawn(&program)?;
        Ok(Instance::new(group, api, Log::new(output)?, &recipe.note))
    }

    async fn interpreter(&self, runtime: &Runtime) -> Result<Option<Interpreter>, ApiError> {
        let mut known = self.interpreters.lock().await;
        if let Some(found) = known.get(&runtime.to_string()) {
            return Ok(found.clone());
        }
        let found = interpreter::find(runtime).await?;
        known.insert(runtime.to_string(), found.clone());
        Ok(found)
    }
}

/// Whether a `provided` version lacks its executable.
pub fn lacks_bootstrap(version: &Version) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    let executable =
        |path: &Path| fs::metadata(path).is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0);
    version.configuration.runtime.is_provided() && !executable(&version.package.root.join("bootstrap"))
}

fn lay_out(state: &Path) -> io::Result<Folders> {
    fs::create_dir_all(state)?;
    // Stack traces and `__file__` are absolute.
    let state = state.canonicalize()?;
    let folders = Folders { bootstraps: state.join("bootstrap"), home: state.join("home") };
    for folder in [&folders.bootstraps, &folders.home] {
        fs::create_dir_all(folder)?;
    }
    fs::write(folders.bootstraps.join("bootstrap.py"), PYTHON_BOOTSTRAP)?;
    fs::write(folders.bootstraps.join("bootstrap.mjs"), NODE_BOOTSTRAP)?;
    Ok(folders)
}

fn internal(error: &io::Error) -> ApiError {
    ApiError::new(500, "ServiceException", format!("an instance did not start: {error}"))
}

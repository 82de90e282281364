//! Virtual environments with a function's requirements, made once per content and shared by every run on this machine.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use tokio::process::Command;

use super::function::Version;
use super::interpreter::Interpreter;
use super::tree;
use crate::sandbox::wire::ApiError;

/// Lines of pip's output that an error shows.
const SHOWN_LINES: usize = 20;

/// The Python to run a function with: the given one, or that of a virtual environment with its requirements.
pub async fn python(version: &Version, interpreter: &Interpreter, cache: &Path) -> Result<PathBuf, ApiError> {
    let root = &version.package.root;
    let lines = requirements(version).map_err(|error| refuse(version, &error.to_string()))?;
    if lines.is_empty() {
        return Ok(interpreter.program.clone());
    }
    let key = key(interpreter, &lines, root).map_err(|error| refuse(version, &error.to_string()))?;
    let environment = Environment { folder: cache.join("venv").join(key) };
    environment.ensure(interpreter, &lines, root).await.map_err(|reason| refuse(version, &reason))?;
    Ok(environment.python())
}

/// The lines to install: the function's list, else the `requirements.txt` of a code directory.
fn requirements(version: &Version) -> io::Result<Vec<String>> {
    let given = &version.configuration.requirements;
    let file = version.package.root.join("requirements.txt");
    if !given.is_empty() || !version.package.from_directory || !file.exists() {
        return Ok(given.clone());
    }
    let text = fs::read_to_string(file)?;
    Ok(text.lines().map(str::trim).filter(|it| !it.is_empty() && !it.starts_with('#')).map(str::to_owned).collect())
}

/// Everything that decides what is installed: the interpreter, the lines, and the content of local paths they name.
fn key(interpreter: &Interpreter, lines: &[String], root: &Path) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut add = |part: &[u8]| {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    };
    add(interpreter.program.to_string_lossy().as_bytes());
    add(interpreter.version.as_bytes());
    for line in lines {
        add(line.as_bytes());
        for path in line.split_whitespace().map(|it| root.join(it)).filter(|it| it.exists()) {
            add(&tree::digest(&path)?.0);
        }
    }
    Ok(URL_SAFE_NO_PAD.encode(&hash.finalize()[..18]))
}

struct Environment {
    folder: PathBuf,
}

impl Environment {
    fn python(&self) -> PathBuf {
        self.folder.join("bin/python")
    }

    /// Written last: a folder without it was left by someone who was stopped.
    fn marker(&self) -> PathBuf {
        self.folder.join("complete")
    }

    /// Makes the environment unless it is there; a second maker waits for the first, in this process or another.
    async fn ensure(&self, interpreter: &Interpreter, lines: &[String], root: &Path) -> Result<(), String> {
        if self.marker().exists() {
            return Ok(());
        }
        let _lock = self.lock().await.map_err(|error| format!("{}: {error}", self.folder.display()))?;
        if self.marker().exists() {
            return Ok(());
        }
        tracing::info!(folder = %self.folder.display(), "installing the requirements of a function");
        let made = self.make(interpreter, lines, root).await;
        if made.is_err() {
            drop(fs::remove_dir_all(&self.folder));
        }
        made
    }

    /// A lock on a file beside the folder, which the kernel releases even when its owner is killed.
    async fn lock(&self) -> io::Result<File> {
        let path = self.folder.with_extension("lock");
        let locking = tokio::task::spawn_blocking(move || {
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            let file = File::create(path)?;
            file.lock()?;
            Ok(file)
        });
        locking.await.map_err(io::Error::other)?
    }

    async fn make(&self, interpreter: &Interpreter, lines: &[String], root: &Path) -> Result<(), String> {
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder).map_err(|error| error.to_string())?;
        }
        let outer = reaches_other_environments(interpreter).await;
        let mut venv = Command::new(&interpreter.program);
        venv.args(["-m", "venv"]).args(outer.then_some("--without-pip")).arg(&self.folder);
        run("python -m venv", &mut venv).await?;
        let list = self.folder.join("requirements.txt");
        fs::write(&list, lines.join("\n") + "\n").map_err(|error| error.to_string())?;
        let mut pip = if outer { Command::new(&interpreter.program) } else { Command::new(self.python()) };
        pip.args(["-m", "pip", "--disable-pip-version-check", "--no-input"]);
        if outer {
            pip.arg("--python").arg(self.python());
        }
        // Relative paths in requirements are relative to the code.
        run("pip install", pip.args(["install", "-r"]).arg(list).current_dir(root)).await?;
        fs::write(self.marker(), "").map_err(|error| error.to_string())
    }
}

/// Whether the interpreter has a pip with `--python` (22.3 or later), which saves seconds of installing pip each time.
async fn reaches_other_environments(interpreter: &Interpreter) -> bool {
    let mut pip = Command::new(&interpreter.program);
    pip.args(["-m", "pip", "--version"]).stdin(Stdio::null()).kill_on_drop(true);
    let Ok(output) = pip.output().await else { return false };
    let text = String::from_utf8_lossy(&output.stdout);
    // "pip 24.0 from …"
    let mut numbers = text.split(' ').nth(1).unwrap_or_default().split('.').map_while(|it| it.parse::<u32>().ok());
    (numbers.next(), numbers.next()) >= (Some(22), Some(3))
}

/// Runs a tool with our own environment, where proxies and package indexes are configured.
async fn run(what: &str, command: &mut Command) -> Result<(), String> {
    for variable in ["PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PYTHONHOME", "PYTHONPATH"] {
        command.env_remove(variable);
    }
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await;
    let output = output.map_err(|error| format!("`{what}` did not start: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<_> = text.lines().collect();
    let tail = &lines[lines.len().saturating_sub(SHOWN_LINES)..];
    Err(format!("`{what}` failed ({}):\n{}", output.status, tail.join("\n")))
}

fn refuse(version: &Version, reason: &str) -> ApiError {
    let message = format!("the requirements of function {} could not be installed: {reason}", version.function);
    ApiError::client("InvalidRuntimeException", message)
}

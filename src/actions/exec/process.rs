//! A process in a group of its own, which ends with the future that runs it.

use std::path::PathBuf;
use std::process::Stdio;

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process;

use crate::actions::registry::parameter;
use crate::actions::{ActionError, ErrorKind};
use crate::event::{Intent, Settlement};

/// What is kept of each of its streams.
const STREAM_LIMIT: u64 = 4_000_000;

/// The variable that every process of a command inherits.
const CALL: &str = "SHAKEDOWN_CALL";

/// A command to run.
#[derive(Debug)]
pub(super) struct Command {
    /// The program and its arguments; at least the program.
    pub words: Vec<String>,
    /// Its standard input.
    pub stdin: Option<String>,
    /// Where it runs.
    pub folder: PathBuf,
    /// The run's id, given as `SHAKEDOWN_RUN_ID`.
    pub run: String,
    /// What the call is known by, given as `SHAKEDOWN_CALL`: its processes are found by it when the run itself was killed.
    pub call: String,
}

/// A command that has ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub exit_code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Ends the whole group when dropped: a child of the child is no survivor.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // The group may be gone already, which is what is wanted.
            killpg(group, Signal::SIGKILL).ok();
        }
    }
}

/// Runs a command to its end.
pub(super) async fn run(command: &Command) -> Result<Ended, ActionError> {
    let failed = |what: &str, error: &std::io::Error| {
        ActionError::new(ErrorKind::Invalid, format!("{what} `{}`: {error}", command.words[0]))
    };
    let mut child = process::Command::new(&command.words[0])
        .args(&command.words[1..])
        .current_dir(&command.folder)
        .env("SHAKEDOWN_RUN_ID", &command.run)
        .env(CALL, &command.call)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| {
            failed("start", &error).with_help("give a program on the PATH, or a path from the project's root")
        })?;
    let group = Group(child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw));
    let input = child.stdin.take();
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    // With the command its whole group ends: what it left in the background would hold its streams, and survive the run.
    let end = async {
        let status = child.wait().await;
        drop(group);
        status
    };
    let ((), stdout, stderr, status) =
        tokio::join!(feed(input, command.stdin.as_deref()), collect(stdout), collect(stderr), end);
    let status = status.map_err(|error| failed("wait for", &error))?;
    let text = |bytes: std::io::Result<Option<Vec<u8>>>| match bytes {
        Ok(Some(bytes)) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Ok(None) => Err(too_much(&command.words[0])),
        Err(error) => Err(failed("read the output of", &error)),
    };
    Ok(Ended { exit_code: status.code(), stdout: text(stdout)?, stderr: text(stderr)? })
}

/// Half an output is not judged.
fn too_much(program: &str) -> ActionError {
    let message = format!("read the output of `{program}`: it is more than {STREAM_LIMIT} bytes");
    ActionError::new(ErrorKind::Invalid, message)
        .with_help("let the command write to a file, and print what is to be judged")
}

/// A command that does not read its input closes it early; that is its own affair.
async fn feed(stdin: Option<process::ChildStdin>, text: Option<&str>) {
    if let (Some(mut stdin), Some(text)) = (stdin, text) {
        stdin.write_all(text.as_bytes()).await.ok();
    }
}

/// Everything that a stream gives; none if that is more than the limit, which is read to its end all the same.
async fn collect(stream: Option<impl AsyncRead + Unpin>) -> std::io::Result<Option<Vec<u8>>> {
    let mut kept = Vec::new();
    let Some(mut stream) = stream else { return Ok(Some(kept)) };
    (&mut stream).take(STREAM_LIMIT).read_to_end(&mut kept).await?;
    let more = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
    Ok((more == 0).then_some(kept))
}

/// Ends what is left of the command of an intent on this machine. In the run that started it the command ended with the future that
/// ran it; when that run was killed its processes live on.
pub(crate) fn stop(intent: &Intent) -> Result<Settlement, ActionError> {
    let call = parameter(intent, "call")?;
    let running = processes_of(call);
    // One that has ended by itself meanwhile is what is wanted.
    for process in &running {
        kill(*process, Signal::SIGKILL).ok();
    }
    Ok(if running.is_empty() { Settlement::Ended } else { Settlement::Stopped })
}

/// The processes that were started with this call in their environment; none where the kernel does not tell (proc(5)).
fn processes_of(call: &str) -> Vec<Pid> {
    let wanted = format!("{CALL}={call}").into_bytes();
    let entries = std::fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok().map(|id| (id, entry.path())));
    let is_of_call = |folder: &std::path::Path| {
        let environment = std::fs::read(folder.join("environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| variable == wanted)
    };
    ids.filter(|(_, folder)| is_of_call(folder)).map(|(id, _)| Pid::from_raw(id)).collect()
}

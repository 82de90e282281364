//! Processes that a test starts, watches and ends: waiting is for a condition, with a limit.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::scratch::Scratch;

/// The longest that anything here may take.
const LIMIT: Duration = Duration::from_mins(1);

/// Looks until something is there.
#[track_caller]
pub fn until<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    within(LIMIT, look).unwrap_or_else(|| panic!("not within {} s: {what}", LIMIT.as_secs()))
}

fn within<T>(limit: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let begun = Instant::now();
    loop {
        match look() {
            Some(found) => return Some(found),
            None if begun.elapsed() > limit => return None,
            None => pause(),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the pause between two looks at another process")]
fn pause() {
    std::thread::sleep(Duration::from_millis(20));
}

/// A process that is ended with the test.
pub struct Running(pub Child);

impl Running {
    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.0.id().cast_signed()), signal).unwrap();
    }

    /// Waits for its end; its exit code.
    pub fn ended(&mut self) -> Option<i32> {
        until("the end of the process", || self.0.try_wait().unwrap()).code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// `shakedown sandbox` on a free port.
pub struct Server {
    process: Running,
    pub endpoint: String,
    // Held so that the server's standard output stays open.
    _out: BufReader<ChildStdout>,
}

impl Server {
    pub fn start(scratch: &Scratch) -> Self {
        let mut command = scratch.command(&["sandbox", "--port", "0"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let process = Running(child);
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let endpoint =
            line.trim().strip_prefix("export AWS_ENDPOINT_URL=").unwrap_or_else(|| panic!("{line}")).to_owned();
        Self { process, endpoint, _out: out }
    }

    /// The port that it listens on.
    pub fn port(&self) -> &str {
        self.endpoint.rsplit(':').next().unwrap()
    }

    /// Asks it to end, and waits for that.
    pub fn stop(mut self) -> Option<i32> {
        self.process.signal(Signal::SIGTERM);
        self.process.ended()
    }
}

/// The processes of this machine that belong to a project: its folder is in their environment, arguments or working directory.
pub fn processes_of(scratch: &Scratch) -> Vec<String> {
    let root = scratch.root().to_str().unwrap();
    let entries = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let numbered = entries.filter(|entry| entry.file_name().to_str().is_some_and(|name| name.parse::<u32>().is_ok()));
    numbered.filter_map(|entry| described(&entry.path(), root)).collect()
}

fn described(process: &std::path::Path, root: &str) -> Option<String> {
    let read = |name: &str| std::fs::read(process.join(name)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let (arguments, environment) = (read("cmdline").ok()?, read("environ").ok()?);
    let folder = std::fs::read_link(process.join("cwd")).ok()?;
    let is_ours = arguments.contains(root) || environment.contains(root) || folder.starts_with(root);
    is_ours.then(|| format!("{} {}", process.display(), arguments.replace('\0', " ")))
}

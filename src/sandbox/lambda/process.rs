//! A process group that cannot outlive us: killed on drop, and by its own guardian when this process dies unannounced.

use std::io::{self, PipeReader};
use std::process::{ExitStatus, Stdio};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::process::{Child, ChildStdin, Command};

/// Runs `"$@"` with a guardian in its process group. The guardian waits for the end of our end of a pipe, which the
/// kernel closes even after `kill -9`, and then kills the group. (The usual `PR_SET_PDEATHSIG` needs unsafe code and is
/// tied to a thread.) It is no child of the program, which therefore can wait for all of its own.
const GUARDED: &str = r#"
exec 3<&0 </dev/null
( ( read -r line <&3; kill -9 0 ) >/dev/null 2>&1 & )
exec "$@" 3<&-
"#;

/// A running process group.
#[derive(Debug)]
pub struct Group {
    child: Child,
    /// Our end of the guardian's pipe. Not left in `child`, whose `wait` would close it.
    lifeline: Option<ChildStdin>,
    id: Pid,
    killed: bool,
}

/// What is to run.
#[derive(Debug)]
pub struct Program {
    pub command: Vec<std::ffi::OsString>,
    pub directory: std::path::PathBuf,
    pub environment: std::collections::BTreeMap<String, std::ffi::OsString>,
}

impl Group {
    /// Starts a program in a group of its own; the reader yields its standard output and error in the order of writing.
    pub fn spawn(program: &Program) -> io::Result<(Self, PipeReader)> {
        let (reader, writer) = io::pipe()?;
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", GUARDED, "sh"])
            .args(&program.command)
            .current_dir(&program.directory)
            .env_clear()
            .envs(&program.environment)
            .stdin(Stdio::piped())
            .stdout(writer.try_clone()?)
            .stderr(writer)
            .process_group(0)
            .kill_on_drop(true);
        let mut child = command.spawn()?;
        let id = child.id().and_then(|it| i32::try_from(it).ok()).ok_or_else(|| io::Error::other("no process id"))?;
        let lifeline = child.stdin.take();
        Ok((Self { child, lifeline, id: Pid::from_raw(id), killed: false }, reader))
    }

    /// The id of the process and of its group.
    pub fn id(&self) -> i32 {
        self.id.as_raw()
    }

    /// Waits until the program ends; its children may still run. Safe to cancel and to repeat.
    pub async fn ended(&mut self) -> ExitStatus {
        match self.child.wait().await {
            Ok(status) => status,
            Err(error) => {
                tracing::warn!(group = self.id(), %error, "the end of a process cannot be watched");
                std::future::pending().await
            }
        }
    }

    /// Whether the program still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends every process of the group, at once.
    pub fn kill(&mut self) {
        // Once only: afterwards the group's id may be given to others. Until then the guardian keeps it.
        if std::mem::replace(&mut self.killed, true) {
            return;
        }
        if let Err(error) = killpg(self.id, Signal::SIGKILL) {
            tracing::debug!(group = self.id(), %error, "no process group to kill");
        }
        drop(self.lifeline.take());
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::{BufRead as _, BufReader};
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    /// A shell with a child of its own, which has said that it runs.
    fn family() -> (Group, BufReader<PipeReader>) {
        let path = std::env::var_os("PATH").unwrap();
        let program = Program {
            command: ["/bin/sh", "-c", "sleep 600 & echo up; wait"].map(Into::into).to_vec(),
            directory: "/".into(),
            environment: BTreeMap::from([("PATH".to_owned(), path)]),
        };
        let (group, output) = Group::spawn(&program).unwrap();
        let mut output = BufReader::new(output);
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert_eq!(line, "up\n");
        (group, output)
    }

    /// The output ends when the last process that could write has gone.
    fn assert_all_gone(mut output: BufReader<PipeReader>) {
        while output.read_line(&mut String::new()).unwrap() > 0 {}
    }

    #[tokio::test]
    async fn when_our_end_of_the_pipe_closes_the_guardian_kills_the_group() {
        let (mut group, output) = family();
        // What the kernel does when this process dies.
        drop(group.lifeline.take());
        assert_eq!(group.ended().await.signal(), Some(9));
        assert_all_gone(output);
    }

    #[tokio::test]
    async fn dropping_a_group_kills_it_with_its_children() {
        let (group, output) = family();
        drop(group);
        assert_all_gone(output);
    }
}

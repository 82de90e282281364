//! Who a process is, so that another one can tell later whether it still lives.
//!
//! A process id alone is used again by others; with the boot of the machine, the namespace of process ids and the moment of
//! the process's start it names one process for ever (proc(5): `/proc/sys/kernel/random/boot_id`, `/proc/[pid]/ns/pid`, field 22
//! of `/proc/[pid]/stat`).

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Where the kernel tells of processes.
const PROC: &str = "/proc";

/// One process, told apart from every other one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The boot of its machine.
    pub boot: String,
    /// The namespace that its id is of: two containers of one machine may both have a process 1.
    pub namespace: String,
    /// Its id in there.
    pub process: u32,
    /// Its start, in clock ticks since the boot.
    pub started: u64,
    /// The user that it runs as.
    pub user: u32,
}

impl Identity {
    /// This process; none where the kernel does not tell.
    pub fn here() -> Option<Self> {
        Self::of(std::process::id())
    }

    fn of(process: u32) -> Option<Self> {
        let folder = folder(process);
        Some(Self {
            boot: fs::read_to_string(format!("{PROC}/sys/kernel/random/boot_id")).ok()?.trim().to_owned(),
            namespace: fs::read_link(format!("{PROC}/self/ns/pid")).ok()?.to_str()?.to_owned(),
            process,
            started: living(&folder)?,
            user: fs::metadata(&folder).ok()?.uid(),
        })
    }

    /// Whether the process lives; none if it cannot be told from here: it is of another machine, another namespace, or of a user
    /// whose processes may be hidden from us.
    pub fn is_alive(&self) -> Option<bool> {
        let here = Self::here()?;
        let is_near = self.boot == here.boot && self.namespace == here.namespace;
        let is_seen = self.user == here.user || here.user == 0;
        (is_near && is_seen).then(|| living(&folder(self.process)) == Some(self.started))
    }

    /// Whether the process ran on this machine since its last boot, in a namespace that can be seen from here.
    pub fn is_near(&self) -> bool {
        Self::here().is_some_and(|here| self.boot == here.boot && self.namespace == here.namespace)
    }
}

fn folder(process: u32) -> PathBuf {
    Path::new(PROC).join(process.to_string())
}

/// When the process of this folder was started; none if there is none, or only what is left of one that nobody has waited for.
fn living(folder: &Path) -> Option<u64> {
    started(&fs::read_to_string(folder.join("stat")).ok()?)
}

/// The state is the field behind the name, which is in parentheses and may hold any character; the start is 19 fields later.
fn started(stat: &str) -> Option<u64> {
    const START: usize = 19;
    let (_, behind_name) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = behind_name.split_whitespace().collect();
    let is_dead = matches!(fields.first()?, &"Z" | &"X" | &"x");
    fields.get(START).filter(|_| !is_dead)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_case::test_case;

    #[test_case("7 (a b) c) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4711 9", Some(4711); "a name may hold anything")]
    #[test_case("7 (sh) Z 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4711 9", None; "what nobody waited for is dead")]
    #[test_case("7 (sh) S 1", None; "a line that is cut off")]
    #[test_case("", None; "nothing")]
    fn the_start_of_a_process_is_read_from_its_status(stat: &str, expected: Option<u64>) {
        assert_eq!(started(stat), expected);
    }

    #[test]
    fn a_process_lives_until_it_has_ended_and_its_id_alone_does_not_make_another_one_it() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let identity = Identity::of(child.id()).unwrap();
        assert_eq!(identity.is_alive(), Some(true));
        let earlier = Identity { started: identity.started - 1, ..identity.clone() };
        assert_eq!(earlier.is_alive(), Some(false), "the id was used again");
        child.kill().unwrap();
        // Killed, and nobody has waited for it yet: the kernel still lists it.
        let exited = || fs::read_to_string(folder(child.id()).join("stat")).is_ok_and(|stat| stat.contains(") Z "));
        while !exited() {
            std::thread::yield_now();
        }
        assert_eq!(identity.is_alive(), Some(false));
        child.wait().unwrap();
        assert_eq!(identity.is_alive(), Some(false));
    }

    #[test]
    fn a_process_of_another_machine_or_namespace_cannot_be_judged_from_here() {
        let here = Identity::here().unwrap();
        assert_eq!((here.is_alive(), here.is_near()), (Some(true), true));
        for other in [
            Identity { boot: "another".into(), ..here.clone() },
            Identity { namespace: "pid:[1]".into(), ..here.clone() },
        ] {
            assert_eq!((other.is_alive(), other.is_near()), (None, false));
        }
    }
}

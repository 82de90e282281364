//! The product against an account that nobody of this project wrote: moto, an emulator of AWS, as a server.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::peers::{bin, python};
use crate::process::{Running, until};
use crate::scratch::{Ran, Scratch};

/// What the project of tests/moto says in place of a port.
const ENDPOINT: &str = "http://127.0.0.1:5000";
/// Where moto's output goes, in the project's folder.
const LOG: &str = "moto.log";

/// moto on a free port, with all that the suites of tests/moto need, and a copy of that project.
struct Moto {
    project: Scratch,
    endpoint: String,
    _server: Running,
}

impl Moto {
    /// A prepared server and a project with the suites of these folders of tests/moto.
    fn with(suites: &[&str]) -> Self {
        let project = Scratch::empty();
        let (server, endpoint) = start(project.root());
        let project = suites.iter().fold(project, |project, folder| copied(project, folder, "suites"));
        let file = fs::read_to_string(folder().join("shakedown.yaml")).unwrap();
        assert!(file.contains(ENDPOINT), "{file}");
        let project = copied(project, "fixtures", "fixtures").with("shakedown.yaml", file.replace(ENDPOINT, &endpoint));
        let moto = Self { project, endpoint, _server: server };
        assert_eq!(moto.script("prepare.py"), "all is there\n");
        moto
    }

    fn run(&self, target: &str) -> Ran {
        self.project.shakedown(&["run", "--target", target])
    }

    /// A script of tests/moto; what it printed.
    fn script(&self, name: &str) -> String {
        let output = python().arg("-B").arg(folder().join(name)).arg(&self.endpoint).output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{name}\n--- stdout\n{out}\n--- stderr\n{err}");
        out.into_owned()
    }

    /// How often the run called each operation, by moto's own recording. That the rules of audit.py hold, too.
    fn audit(&self) -> Value {
        serde_json::from_str(&self.script("audit.py")).unwrap()
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/moto")
}

/// A server that listens, and its URL. moto must be told its port, for it asks itself when an execution calls a function, and a port
/// that is free may be taken a moment later: then another one is tried.
fn start(root: &Path) -> (Running, String) {
    let mut attempts = 0..5;
    attempts.find_map(|_| listening(root)).unwrap_or_else(|| {
        panic!("moto does not start\n{}", fs::read_to_string(root.join(LOG)).unwrap());
    })
}

fn listening(root: &Path) -> Option<(Running, String)> {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let log = File::create(root.join(LOG)).unwrap();
    let mut command = Command::new(bin("moto_server"));
    command.args(["-H", "127.0.0.1", "-p", &port]).current_dir(root).env("PYTHONUNBUFFERED", "1");
    let command = command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
    let mut server = Running(command.spawn().unwrap());
    let is_up = until("moto's address, or its end", || {
        let said = fs::read_to_string(root.join(LOG)).unwrap();
        let ended = server.0.try_wait().unwrap().map(|_| false);
        said.contains(&format!("Running on http://127.0.0.1:{port}\n")).then_some(true).or(ended)
    });
    is_up.then(|| (server, format!("http://127.0.0.1:{port}")))
}

fn copied(project: Scratch, from: &str, to: &str) -> Scratch {
    let files = fs::read_dir(folder().join(from)).unwrap().map(|entry| entry.unwrap());
    files.fold(project, |project, file| {
        let name = file.file_name().into_string().unwrap();
        project.with(&format!("{to}/{name}"), fs::read(file.path()).unwrap())
    })
}

#[test]
fn every_suite_is_green_against_moto_and_nothing_is_started_twice_or_left() {
    let moto = Moto::with(&["suites"]);
    moto.run("moto").exits(0).says(&["GREEN", "(111122223333 eu-west-1 at http://127.0.0.1:"]);
    let calls = moto.audit();
    for (operation, times) in [("states.StartExecution", 8), ("athena.StartQueryExecution", 2)] {
        assert_eq!(calls[operation], times, "{operation} in {calls}");
    }
}

#[test]
fn what_is_wrong_is_red_against_moto_too_and_what_still_runs_is_stopped() {
    let moto = Moto::with(&["red"]);
    let ran = moto.run("moto").exits(1).says(&[
        "0 of 11 passed, 8 failed, 3 errored",
        "output.orders: expected 4, actual 3",
        "failed state: Empty: NoOrders",
        "\"errorMessage\": \"there are no orders\"",
        "states taken: Settle (",
    ]);
    let junit = &ran.junit;
    assert!(junit.contains("failed state: Empty: NoOrders") && junit.contains("there are no orders"), "{junit}");
    ran.case("red/wrong_output", "failed", "output.orders")
        .case("red/failed_execution", "failed", "there are no orders")
        .case("red/failed_item", "failed", "NegativeAmount")
        .case("red/lost_item", "failed", "1 of 2 items of the map Spread failed")
        .case("red/caught", "failed", "caught")
        .case("red/no_object", "failed", "does not exist")
        .case("red/no_rows", "failed", "first")
        .case("red/wrong_answer", "failed", "payload.a")
        .case("red/express", "errored", "EXPRESS")
        .case("red/unwaited", "errored", "nobody waited for it")
        .case("red/outlasted", "errored", "the case's time (3s) is up");
    assert_eq!(moto.audit()["states.StopExecution"], 2);
}

#[test]
fn nothing_runs_where_moto_says_that_the_account_is_another() {
    let moto = Moto::with(&["suites"]);
    moto.run("without_role").exits(3).says(&["is account 111122223333", "123456789012", "nothing was run"]);
    assert_eq!(moto.audit(), serde_json::json!({ "sts.POST": 1 }));
}

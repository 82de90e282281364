//! The example, interrupted at any moment: nothing runs, nothing lies around, and every report can be read.
//!
//! The sandbox is a process of its own, so it outlives what is interrupted. Where a run was killed, its folder is deleted as if its
//! machine were gone, and the next run finishes its cleanup from the state in S3.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use nix::sys::signal::Signal;
use serde_json::Value;

use crate::account::{Account, Holding};
use crate::process::{Running, Server, until};
use crate::scratch::{Scratch, events, of_kind, run_folders};

/// Interruptions in all, and without `SHAKEDOWN_INTERRUPTIONS`.
const ALL: usize = 30;
const BY_DEFAULT: usize = 6;

/// What Athena writes for every query and nobody removes, on AWS as here. The data of our own small tables are no results.
fn is_result(object: &str) -> bool {
    object.starts_with("lake-athena/") && !object.contains("/tables/")
}

/// The example, whose target `emulator` is a sandbox in a process of its own.
struct Example {
    project: Scratch,
    account: Account,
    /// What there is when nothing of a run is left.
    clean: Holding,
    /// How many events a whole run has.
    events: usize,
    _server: Server,
}

impl Example {
    fn new() -> Self {
        let project = copied();
        let server = Server::start(&project);
        let file = fs::read_to_string(project.root().join("shakedown.yaml")).unwrap();
        let endpoint = r#"endpoint: "http://127.0.0.1:4566""#;
        assert!(file.contains(endpoint), "{file}");
        let own = format!("endpoint: \"{}\"\n    state: s3://shakedown-state/example/", server.endpoint);
        let project = project.with("shakedown.yaml", file.replace(endpoint, &own));
        let account = Account::at(&server.endpoint);
        // The first run loads the day into the table of everybody; from then on a run changes nothing for good.
        let ran = project.shakedown(&["run", "--target", "emulator"]).exits(0);
        let clean = account.holds(is_result);
        assert!(!clean.objects.iter().any(|object| object.starts_with("shakedown-state/")), "{clean:#?}");
        Self { project, account, clean, events: ran.events.len(), _server: server }
    }

    /// Runs the example, sends it a signal when it has told of so many events, and holds what is left. Whether it came so far.
    fn interrupt(&self, after: usize, signal: Signal) -> bool {
        let before = run_folders(self.project.root());
        let mut command = self.project.command(&["run", "--target", "emulator"]);
        let mut run = Running(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        let folder = until("the moment", || {
            let folder = run_folders(self.project.root()).into_iter().find(|folder| !before.contains(folder));
            let reached = folder.filter(|folder| lines(folder) >= after);
            reached.map(Some).or_else(|| run.0.try_wait().unwrap().map(|_| None))
        });
        let Some(folder) = folder else { return false };
        run.signal(signal);
        let code = run.ended();
        reports_are_well_formed(&folder);
        match signal {
            Signal::SIGKILL => self.next_run_after(&folder),
            // A run that was about to end all the same has its own exit code.
            _ => assert!(matches!(code, Some(130 | 0)), "exit code {code:?}"),
        }
        // What a file that landed has started is nobody's to stop: it ends by itself.
        let left = until("the end of every execution", || {
            Some(self.account.holds(is_result)).filter(|left| left.running.is_empty())
        });
        assert_eq!(left.tables, self.clean.tables);
        let more: Vec<_> = left.objects.difference(&self.clean.objects).collect();
        let fewer: Vec<_> = self.clean.objects.difference(&left.objects).collect();
        assert!(more.is_empty() && fewer.is_empty(), "left over: {more:#?}\ngone: {fewer:#?}");
        true
    }

    /// The machine is gone with its disk; another one runs something small.
    fn next_run_after(&self, folder: &Path) {
        fs::remove_dir_all(folder).unwrap();
        self.project.shakedown(&["run", "--target", "emulator", "--case", "a file reads as orders"]).exits(0);
    }
}

/// A copy of the example's files.
fn copied() -> Scratch {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut project = Scratch::empty();
    for part in ["shakedown.yaml", "suites", "fixtures", "scripts"] {
        for file in walkdir::WalkDir::new(root.join(part)).into_iter().map(Result::unwrap) {
            if file.file_type().is_file() {
                let path = file.path().strip_prefix(root).unwrap().to_str().unwrap();
                project = project.with(path, fs::read(file.path()).unwrap());
            }
        }
    }
    let sandbox = fs::read_to_string(project.root().join("fixtures/sandbox.yaml")).unwrap();
    assert!(sandbox.contains("  lake-athena: {}\n"), "{sandbox}");
    project.with(
        "fixtures/sandbox.yaml",
        sandbox.replace("  lake-athena: {}\n", "  lake-athena: {}\n  shakedown-state: {}\n"),
    )
}

fn lines(folder: &Path) -> usize {
    let bytes = fs::read(folder.join("events.jsonl")).unwrap_or_default();
    bytes.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n")).count()
}

/// Whole lines of events, and a JUnit file with every case that was planned.
fn reports_are_well_formed(folder: &Path) {
    let text = fs::read_to_string(folder.join("events.jsonl")).unwrap();
    assert!(text.ends_with('\n'), "the last line is cut off: {}", text.lines().last().unwrap_or_default());
    let planned: Vec<String> = of_kind(&events(folder), "run_started").flat_map(|run| cases(&run["cases"])).collect();
    let junit = fs::read_to_string(folder.join("junit.xml")).unwrap();
    let mut reported = Vec::new();
    let mut reader = quick_xml::Reader::from_str(&junit);
    reader.config_mut().check_end_names = true;
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Eof => break,
            quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag)
                if tag.name().as_ref() == b"testcase" =>
            {
                let name = tag.try_get_attribute("name").unwrap().unwrap();
                reported.push(name.unescape_value().unwrap().into_owned());
            }
            _ => {}
        }
    }
    let (mut planned, mut reported) = (planned, reported);
    planned.sort();
    reported.sort();
    assert_eq!(reported, planned);
}

fn cases(planned: &Value) -> Vec<String> {
    planned.as_array().unwrap().iter().map(|case| case["name"].as_str().unwrap().to_owned()).collect()
}

/// Numbers that look random and are the same again for the same seed (Marsaglia, "Xorshift RNGs", 2003).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit).unwrap()).unwrap()
    }
}

/// A number that the environment gives.
#[expect(
    clippy::disallowed_methods,
    reason = "how thorough the test is, and which moments it takes, is asked for from outside"
)]
fn given<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name}: {text} is no number")))
}

#[expect(clippy::print_stdout, reason = "the seed, by which a failure can be had again, and the figures")]
fn interrupt(count: usize) {
    let seed: u64 = given("SHAKEDOWN_SEED").unwrap_or_else(|| u64::from(std::process::id()) * 2_654_435_761 + 1);
    println!("SHAKEDOWN_SEED={seed}");
    let (example, mut random) = (Example::new(), Random(seed));
    for number in 0..count {
        let signal = [Signal::SIGKILL, Signal::SIGINT, Signal::SIGTERM][number % 3];
        let mut after = 1 + random.below(example.events - 1);
        // How often a step tells what it waits for is not the same each time.
        while !example.interrupt(after, signal) {
            after = after / 2 + 1;
        }
        println!("{} of {count}: {signal} after {after} of {} events", number + 1, example.events);
    }
    println!("{count} of {count} interruptions clean");
}

#[test]
#[ignore = "takes minutes: SHAKEDOWN_INTERRUPTIONS says how many"]
fn the_example_leaves_nothing_behind_at_whatever_moment_it_is_interrupted() {
    interrupt(given("SHAKEDOWN_INTERRUPTIONS").unwrap_or(BY_DEFAULT));
}

#[test]
#[ignore = "takes many minutes"]
fn thirty_interruptions_of_thirty_are_clean() {
    interrupt(ALL);
}

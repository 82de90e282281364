//! Projects in temporary folders, and what a command did in them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

const PROJECT: &str = r#"
version: 1
project: scratch
tags: [smoke]
targets:
  local: {sandbox: sandbox.yaml, date: 2026-01-16, exec: true, vars: {bucket: things}}
  reader: {account: "000000000000", region: eu-west-1, endpoint: "http://127.0.0.1:1", allow: [read], vars: {bucket: things}}
"#;

const SANDBOX: &str = "
buckets: {things: {}}
functions:
  echo: {runtime: python3.11, handler: handler.handler, code: functions/echo, timeout: 20s}
state_machines:
  add: {definition: machines/add.asl.json}
  sleep: {definition: machines/sleep.asl.json}
athena: {output: s3://things/results/}
";

const ECHO: &str = r"
def handler(event, context):
    return event
";

const ADD: &str = r#"{"StartAt": "Add", "States": {"Add": {
    "Type": "Pass", "Parameters": {"sum.$": "States.MathAdd($.a, $.b)"}, "End": true}}}"#;

const SLEEP: &str = r#"{"StartAt": "Sleep", "States": {"Sleep": {"Type": "Wait", "Seconds": 600, "End": true}}}"#;

/// A small project: one bucket, one function that returns its event, one machine that adds and one that sleeps for ten minutes.
pub struct Scratch {
    folder: TempDir,
}

/// A command that has ended.
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
    /// The folder's events, and its JUnit file, if there was a run.
    pub events: Vec<Value>,
    pub junit: String,
}

impl Scratch {
    pub fn new() -> Self {
        Self::empty()
            .with("shakedown.yaml", PROJECT)
            .with("sandbox.yaml", SANDBOX)
            .with("functions/echo/handler.py", ECHO)
            .with("machines/add.asl.json", ADD)
            .with("machines/sleep.asl.json", SLEEP)
    }

    /// A folder for a project of another make.
    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }.with("tmp/.keep", "")
    }

    /// A project with one suite.
    pub fn of(suite: &str) -> Self {
        Self::new().with("suites/a.yaml", suite)
    }

    /// Adds or replaces a file.
    pub fn with(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// The binary, in this project. Its temporary files are in the project too, so that what is left over can be seen.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shakedown"));
        command.args(arguments).current_dir(self.root()).env("TMPDIR", self.root().join("tmp"));
        for name in ["AWS_ENDPOINT_URL", "AWS_PROFILE", "SHAKEDOWN_LOG", "NO_COLOR"] {
            command.env_remove(name);
        }
        command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
        command
    }

    /// Runs the binary to its end.
    pub fn shakedown(&self, arguments: &[&str]) -> Ran {
        let before = run_folders(self.root());
        let output = assert_cmd::Command::from_std(self.command(arguments)).output().unwrap();
        let made = run_folders(self.root()).into_iter().find(|folder| !before.contains(folder));
        let junit = made.as_ref().map(|folder| fs::read_to_string(folder.join("junit.xml")).unwrap());
        Ran {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
            events: made.map(|folder| events(&folder)).unwrap_or_default(),
            junit: junit.unwrap_or_default(),
        }
    }

    /// `shakedown run`.
    pub fn run(&self) -> Ran {
        self.shakedown(&["run"])
    }
}

impl Ran {
    /// Demands an exit code; what was printed otherwise.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "exit code\n--- stdout\n{}\n--- stderr\n{}", self.out, self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self
    }

    /// Demands texts in what was printed, on whichever stream.
    #[track_caller]
    pub fn says(self, texts: &[&str]) -> Self {
        for text in texts {
            let said = self.out.contains(text) || self.err.contains(text);
            assert!(said, "not said: {text}\n--- stdout\n{}\n--- stderr\n{}", self.out, self.err);
        }
        self
    }

    /// The outcome of each case, by `suite/case`, with its decisive text.
    pub fn outcomes(&self) -> Vec<(String, String, String)> {
        of_kind(&self.events, "case_finished").map(outcome).collect()
    }

    /// Demands the outcome of one case, and a text in its reason.
    #[track_caller]
    pub fn case(self, case: &str, outcome: &str, text: &str) -> Self {
        let outcomes = self.outcomes();
        let found = outcomes.iter().find(|(key, ..)| key == case);
        let (_, actual, reason) = found.unwrap_or_else(|| panic!("no case {case} in {outcomes:#?}"));
        assert_eq!(actual, outcome, "{case}: {reason}");
        assert!(reason.contains(text), "{case} {outcome}, not because of `{text}` but\n{reason}");
        self
    }
}

/// The folders of a project's runs.
pub fn run_folders(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root.join("reports")).into_iter().flatten();
    // The records of cleanups are no runs.
    entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir() && !path.ends_with("cleanup")).collect()
}

/// The folder of the only run in a project.
pub fn run_folder(root: &Path) -> PathBuf {
    let runs = run_folders(root);
    assert_eq!(runs.len(), 1, "{runs:?}");
    runs[0].clone()
}

/// The events that are written until now, whole lines only.
pub fn events(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("events.jsonl")).unwrap_or_default();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What the events of one kind hold.
pub fn of_kind<'e>(events: &'e [Value], kind: &'e str) -> impl Iterator<Item = &'e Value> {
    events.iter().filter_map(move |event| event["kind"].get(kind))
}

fn outcome(finished: &Value) -> (String, String, String) {
    let (case, outcome) = (&finished["case"], finished["result"]["outcome"].as_object().unwrap());
    let (name, content) = outcome.iter().next().unwrap();
    let row = case.get("row").map(|row| format!("[{row}]")).unwrap_or_default();
    let key = format!("{}/{}{row}", case["suite"].as_str().unwrap(), case["case"].as_str().unwrap());
    (key, name.clone(), content.to_string())
}

//! What a call of an action needs: a project, services, and a ledger that tells what was written into it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tempfile::TempDir;
use tokio::time::Instant;

use crate::actions::{ActionError, Arguments, Call, CallName, Output, Uses, action, undo};
use crate::diagnostic::Source;
use crate::event::{CaseKey, Finding, Intent, IntentId, Ledger, LedgerError, RunId, Settlement};
use crate::expect::{Expectation, Files, Resolved};
use crate::expr::{Functions, Scope};
use crate::service::Services;
use crate::target::{Session, Surroundings, load};
use crate::value::{Map, Value};
use crate::yaml::parse_bytes;

const PROJECT: &str = "
version: 1
project: lab
targets:
  local: {sandbox: sandbox.yaml, athena: {output: 's3://lake/athena/'}}
";

/// A ledger in memory. Its lines read `+ what` for an intent and `- what settlement` for its end.
#[derive(Debug, Default)]
pub struct Book(Mutex<Vec<(Intent, Option<Settlement>)>>, Mutex<Vec<String>>);

#[async_trait]
impl Ledger for Book {
    async fn intend(&self, intent: Intent) -> Result<IntentId, LedgerError> {
        self.note(format!("+ {}", intent.what));
        let mut intents = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        intents.push((intent, None));
        Ok(IntentId(intents.len() as u64))
    }

    async fn amend(&self, id: IntentId, intent: Intent) -> Result<(), LedgerError> {
        self.note(format!("~ {}", intent.what));
        let mut intents = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        intents[usize::try_from(id.0).expect("an id") - 1].0 = intent;
        Ok(())
    }

    async fn settle(&self, id: IntentId, settlement: Settlement) -> Result<(), LedgerError> {
        let line = {
            let mut intents = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let (intent, settled) = &mut intents[usize::try_from(id.0).expect("an id") - 1];
            let line = format!("- {} {settlement:?}", intent.what);
            *settled = Some(settlement);
            line
        };
        self.note(line);
        Ok(())
    }

    async fn open(&self) -> Vec<(IntentId, Intent)> {
        let intents = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let numbered = intents.iter().zip(1..).filter(|((_, settled), _)| settled.is_none());
        numbered.map(|((intent, _), id)| (IntentId(id), intent.clone())).collect()
    }
}

impl Book {
    fn note(&self, line: String) {
        self.1.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    /// What was written, in order.
    pub fn lines(&self) -> Vec<String> {
        self.1.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A project with services.
pub struct Lab {
    pub root: TempDir,
    pub services: Services,
    pub book: Book,
    /// What the step expects, for actions that look at that.
    pub expects: Option<Expectation>,
    session: Session,
}

impl Lab {
    /// A sandbox with these files; one of them is `sandbox.yaml`.
    pub async fn sandbox(files: &[(&str, &str)]) -> Self {
        let root = TempDir::new().expect("a folder");
        write(root.path(), "shakedown.yaml", PROJECT);
        for (name, text) in files {
            write(root.path(), name, text);
        }
        let project = load(root.path()).expect("a project");
        let surroundings = Surroundings { env: BTreeMap::new(), cache_dir: root.path().join("cache") };
        let run = RunId::new("r1").expect("an id");
        let session = Session::open(&project, &project.targets["local"], &run, &surroundings).await.expect("a session");
        Self::of(root, session)
    }

    /// Services at a server of a test.
    pub fn at(endpoint: &str) -> Self {
        Self::of(TempDir::new().expect("a folder"), Session::unproven_at(endpoint, "111122223333"))
    }

    fn of(root: TempDir, session: Session) -> Self {
        let services = Services::new(&session);
        Self { root, services, book: Book::default(), expects: None, session }
    }

    /// Calls an action with arguments in YAML.
    pub async fn call(&self, name: &str, arguments: &str) -> Result<Output, ActionError> {
        self.call_using(name, arguments, &[]).await
    }

    /// The same, where these output fields are looked at.
    pub async fn call_using(&self, name: &str, arguments: &str, uses: &[&str]) -> Result<Output, ActionError> {
        self.call_with(name, arguments_of(arguments), uses).await
    }

    /// The same with arguments that are more than values.
    pub async fn call_with(&self, name: &str, arguments: Arguments, uses: &[&str]) -> Result<Output, ActionError> {
        self.call_within(name, arguments, uses, Duration::from_mins(1)).await
    }

    /// The same within a time.
    pub async fn call_within(
        &self,
        name: &str,
        arguments: Arguments,
        uses: &[&str],
        time: Duration,
    ) -> Result<Output, ActionError> {
        let action = action(name).expect("an action");
        action.effect(&arguments)?;
        let run = RunId::new("r1").expect("an id");
        let case = CaseKey { suite: "s".into(), case: "c".into(), row: None };
        // Every call of the lab is a step of its own, as in a suite.
        let step = uuid::Uuid::new_v4().to_string();
        let call = Call {
            name: &CallName { run, suite: "s".into(), case: Some(case), step, attempt: 1 },
            arguments: &arguments,
            services: &self.services,
            uses: &Uses::new(uses.iter().map(ToString::to_string)),
            expects: self.expects.as_ref(),
            root: self.root.path(),
            deadline: Instant::now() + time,
            ledger: &self.book,
            waits_for: &|_| {},
        };
        action.run(&call).await
    }

    /// Undoes what is open, the last first; what was settled how.
    pub async fn clean_up(&self) -> Vec<Result<Settlement, String>> {
        let mut results = Vec::new();
        for (id, intent) in self.book.open().await.into_iter().rev() {
            let result = undo(&intent, &self.services).await.map_err(|error| error.message);
            if let Ok(settlement) = &result {
                self.book.settle(id, settlement.clone()).await.expect("settled");
            }
            results.push(result);
        }
        results
    }

    /// How often an operation of the sandbox was called.
    pub fn calls(&self, operation: &str) -> u64 {
        let calls = self.session.sandbox().expect("a sandbox").calls();
        calls.iter().filter(|(name, _)| name.ends_with(operation)).map(|(_, count)| count).sum()
    }

    pub async fn close(self) {
        self.session.close().await;
    }
}

fn write(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    std::fs::write(path, text).expect("a file");
}

pub fn arguments_of(yaml: &str) -> Arguments {
    let node = parse_bytes("step.yaml", yaml.as_bytes()).expect("YAML");
    let span = Source::new("step.yaml", yaml).span(0..0);
    let Value::Map(map) = node.value() else { panic!("arguments are a mapping") };
    Arguments::new(map.into_iter().map(|(name, value)| (name, (value, span.clone()))).collect())
}

/// What is expected of a value.
pub fn expectation_of(yaml: &str) -> Resolved {
    let (root, timezone) = (PathBuf::from("."), chrono_tz::UTC);
    let functions = Functions { root, timezone, secrets: BTreeMap::new() };
    compiled(yaml).resolve(&Scope::new(functions)).expect("an expectation")
}

/// An expectation as a suite has it.
pub fn compiled(yaml: &str) -> Expectation {
    let node = parse_bytes("step.yaml", yaml.as_bytes()).expect("YAML");
    let (root, mut problems) = (PathBuf::from("."), Vec::new());
    let expectation = Expectation::compile_value(&node, &Files { root, update: false }, &mut problems);
    assert!(problems.is_empty(), "{problems:?}");
    expectation
}

/// An output's fields.
pub fn fields(output: &Output) -> &Map {
    output.value.as_map().expect("a mapping")
}

/// A field as text for people.
pub fn shown(output: &Output, path: &str) -> String {
    let value = path.split('.').try_fold(&output.value, |value, name| value.get(name));
    value.map_or_else(|| "absent".to_owned(), |value| value.display().to_string())
}

/// What is wrong with an output by default.
pub fn wrong(name: &str, output: &Output) -> Option<Finding> {
    action(name).expect("an action").spec().groups.iter().find_map(|group| (group.wrong)(&output.value))
}

/// The text of a detail.
pub fn detail<'a>(output: &'a Output, title: &str) -> &'a str {
    output.details.iter().find(|detail| detail.title == title).map_or("", |detail| detail.text.as_str())
}

//! One execution while it runs: what its states share, and how it ends.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::super::{
    VARIABLES,
    clock::{Clock, text},
    history::{Event, History},
    machine::{Machine, Reads},
    map_runs::MapRuns,
    task::TaskRunner,
    token::Tokens,
};
use super::failure::Failure;
use super::program::walk;

/// Who an execution is.
#[derive(Debug, Clone)]
pub struct Identity {
    pub arn: String,
    pub name: String,
    pub role_arn: String,
    pub machine_arn: String,
    pub machine_name: String,
    pub input: Value,
    pub started: DateTime<Utc>,
}

/// Where an execution runs.
#[derive(Debug, Clone)]
pub struct Place {
    pub region: String,
    pub account: String,
}

/// What the states of one execution share.
pub struct Run {
    pub clock: Clock,
    pub tasks: Arc<dyn TaskRunner>,
    pub tokens: Tokens,
    pub map_runs: MapRuns,
    pub history: Arc<History>,
    pub machine: Arc<Machine>,
    pub identity: Identity,
    pub place: Place,
    /// Whether the machine is EXPRESS.
    pub express: bool,
}

/// A line of events: each event's previous one is the last of its own line.
pub struct Track<'a> {
    history: &'a History,
    pub previous: u64,
}

impl Track<'_> {
    /// Adds an event to the line.
    pub fn event(&mut self, event: Event) -> Result<u64, Failure> {
        self.previous = self.aside(self.previous, event)?;
        Ok(self.previous)
    }

    /// Adds an event after `previous` that nothing on the line follows.
    pub fn aside(&self, previous: u64, event: Event) -> Result<u64, Failure> {
        self.history.add(previous, event).ok_or_else(Failure::history_limit)
    }

    /// A line that branches off after an event.
    pub fn branch(&self, previous: u64) -> Self {
        Self { history: self.history, previous }
    }
}

/// The names a line of states can read: the context object's upper part, the item of a map, and variables.
#[derive(Debug, Clone)]
pub struct Scope {
    execution: Arc<Map<String, Value>>,
    /// The same without the execution's input, for the states that do not look at it.
    outline: Arc<Map<String, Value>>,
    /// `Map` of the context object.
    pub map: Option<Arc<Value>>,
    pub variables: Arc<Map<String, Value>>,
}

impl Scope {
    fn new(execution: Map<String, Value>) -> Self {
        let mut outline = execution.clone();
        if let Some(Value::Object(members)) = outline.get_mut("Execution") {
            members.shift_remove("Input");
        }
        Self { execution: Arc::new(execution), outline: Arc::new(outline), map: None, variables: Arc::default() }
    }

    /// The context object of a state with the variables beside it: as much as the state reads.
    pub fn context(&self, reads: Reads, state: Value, task: Option<&str>) -> Value {
        let mut context = match (reads.context, reads.execution_input) {
            (_, true) => Map::clone(&self.execution),
            (true, false) => Map::clone(&self.outline),
            (false, false) => Map::new(),
        };
        context.insert("State".to_owned(), state);
        if reads.context {
            context.extend(self.map.as_ref().map(|map| ("Map".to_owned(), Value::clone(map))));
            context.extend(task.map(|token| ("Task".to_owned(), json!({"Token": token}))));
        }
        if reads.variables && !self.variables.is_empty() {
            context.insert(VARIABLES.to_owned(), Value::Object(Map::clone(&self.variables)));
        }
        Value::Object(context)
    }
}

/// How an execution ended, and the event it ended after.
#[derive(Debug)]
pub struct Ended {
    pub result: Result<Value, Failure>,
    pub previous: u64,
}

impl Run {
    /// Walks the whole machine. The event that ends the execution is left to the caller, who knows whether it still runs.
    pub async fn execute(&self) -> Ended {
        let mut track = self.track();
        let result = walk(self, &self.machine.program, self.identity.input.clone(), &mut track, self.scope()).await;
        Ended { result, previous: track.previous }
    }

    /// The line of events that the first state begins: AWS gives it no previous event.
    pub fn track(&self) -> Track<'_> {
        Track { history: &self.history, previous: 0 }
    }

    /// What the first state can read.
    pub fn scope(&self) -> Scope {
        let identity = &self.identity;
        let execution = json!({
            "Id": identity.arn, "Input": identity.input, "StartTime": text(identity.started),
            "Name": identity.name, "RoleArn": identity.role_arn, "RedriveCount": 0,
        });
        let machine = json!({"Id": identity.machine_arn, "Name": identity.machine_name});
        Scope::new(Map::from_iter([("Execution".to_owned(), execution), ("StateMachine".to_owned(), machine)]))
    }
}

//! A state machine as it is kept.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::super::{clock::epoch, machine::Machine};

/// STANDARD or EXPRESS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MachineType {
    Standard,
    Express,
}

impl MachineType {
    pub fn text(self) -> &'static str {
        match self {
            Self::Standard => "STANDARD",
            Self::Express => "EXPRESS",
        }
    }
}

/// What an update changes together, and what an execution keeps as it was when it started.
#[derive(Debug, Clone)]
pub struct Revision {
    pub machine: Arc<Machine>,
    pub definition: String,
    pub role_arn: String,
    pub logging: Value,
    pub tracing: Value,
    /// Given by the first update.
    pub id: Option<String>,
    pub updated: DateTime<Utc>,
}

/// A state machine.
#[derive(Debug, Clone)]
pub struct Record {
    pub arn: String,
    pub name: String,
    pub kind: MachineType,
    pub created: DateTime<Utc>,
    pub revision: Revision,
    pub tags: IndexMap<String, String>,
    /// How many executions were really started.
    pub started: u64,
}

impl Record {
    /// As `DescribeStateMachine` answers.
    pub fn describe(&self) -> Value {
        let mut answer = Map::new();
        answer.insert("stateMachineArn".to_owned(), json!(self.arn));
        answer.insert("name".to_owned(), json!(self.name));
        answer.insert("status".to_owned(), json!("ACTIVE"));
        answer.insert("type".to_owned(), json!(self.kind.text()));
        answer.insert("creationDate".to_owned(), epoch(self.created));
        answer.extend(self.revision.describe());
        Value::Object(answer)
    }

    /// As `DescribeStateMachineForExecution` answers, for the revision that an execution runs.
    pub fn describe_for_execution(arn: &str, name: &str, revision: &Revision) -> Value {
        let mut answer = Map::new();
        answer.insert("stateMachineArn".to_owned(), json!(arn));
        answer.insert("name".to_owned(), json!(name));
        answer.insert("updateDate".to_owned(), epoch(revision.updated));
        answer.extend(revision.describe());
        Value::Object(answer)
    }

    /// As `ListStateMachines` lists it.
    pub fn listed(&self) -> Value {
        json!({
            "stateMachineArn": self.arn, "name": self.name, "type": self.kind.text(),
            "creationDate": epoch(self.created),
        })
    }
}

impl Revision {
    fn describe(&self) -> Map<String, Value> {
        let mut answer = Map::new();
        answer.insert("definition".to_owned(), json!(self.definition));
        answer.insert("roleArn".to_owned(), json!(self.role_arn));
        answer.insert("loggingConfiguration".to_owned(), self.logging.clone());
        answer.insert("tracingConfiguration".to_owned(), self.tracing.clone());
        answer.insert("encryptionConfiguration".to_owned(), json!({"type": "AWS_OWNED_KEY"}));
        answer.extend(self.id.as_ref().map(|id| ("revisionId".to_owned(), json!(id))));
        let references = &self.machine.variable_references;
        if !references.is_empty() {
            answer.insert("variableReferences".to_owned(), json!(references));
        }
        answer
    }
}

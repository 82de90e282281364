//! Intents: what a call will start or create, written down before the call is made.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::redacted::Redacted;
use super::{CaseKey, IntentId};
use crate::redact::Redactor;

/// What a step does to the account, from harmless to dangerous. A target's `allow` and a suite's `effects` speak of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Looks only.
    Read,
    /// Runs the workload's own code: state machines, functions.
    Execute,
    /// Creates or changes data; removing what the run itself created counts as this too.
    Write,
    /// Removes what the run did not create.
    Destroy,
}

impl Effect {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::Read, Self::Execute, Self::Write, Self::Destroy];

    /// As suites write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Execute => "execute",
            Self::Write => "write",
            Self::Destroy => "destroy",
        }
    }

    /// The effect of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|effect| effect.name() == name)
    }
}

/// Whether a thing runs (is stopped first) or lies somewhere (is removed last in, first out).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntentKind {
    /// An execution, a query, a process: to be stopped.
    Started,
    /// A temporary object or table: to be removed.
    Created,
}

/// What a call will start or create. Holds resolved names; secrets by reference only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Whether it runs or lies.
    pub kind: IntentKind,
    /// What it is, which also says how it is undone: `stepfunctions.execution`, `athena.query`, `s3.object`, …
    pub what: String,
    /// As a person would name it: an execution's ARN, an object's URI.
    pub name: String,
    /// What is needed to undo it, by the code that wrote it.
    pub parameters: Json,
    /// The case on whose behalf; none for setup and cleanup.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseKey>,
    /// The suite on whose behalf.
    pub suite: String,
    /// The step's id.
    pub step: String,
}

impl Intent {
    /// The same without secrets, as every record of it has to be.
    #[must_use]
    pub fn redacted(self, by: &Redactor) -> Self {
        Redacted::redacted(self, by)
    }
}

/// How an intent was settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settlement {
    /// It ended by itself.
    Ended,
    /// This run stopped it.
    Stopped,
    /// This run removed it.
    Removed,
    /// It was never there: the call was refused.
    NeverWas,
    /// The user asked to keep it.
    Kept,
    /// The suite made it to stay.
    Stays,
}

/// The journal cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("write the intent to {path}: {source}")]
pub struct LedgerError {
    /// The journal's path or URI.
    pub path: String,
    /// Why.
    #[source]
    pub source: std::io::Error,
}

/// Where intents are written before a call is made.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Writes an intent; returns when it is written (flushed), and not before.
    async fn intend(&self, intent: Intent) -> Result<IntentId, LedgerError>;

    /// Writes an open intent anew, now that more is known of it. It keeps its place in the order.
    async fn amend(&self, id: IntentId, intent: Intent) -> Result<(), LedgerError>;

    /// Notes that the thing is gone, or never was.
    async fn settle(&self, id: IntentId, settlement: Settlement) -> Result<(), LedgerError>;

    /// What was intended and is not settled, in the order in which it was intended.
    async fn open(&self) -> Vec<(IntentId, Intent)>;
}

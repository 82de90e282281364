//! Names of things within a run: newtypes, so that one is never taken for another.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The id of a run: `[a-z0-9_]{1,26}`, safe in SQL identifiers, S3 keys and Step Functions execution names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId(String);

/// The longest run id in characters. With case, step and attempt it must fit Step Functions' 80 characters.
const RUN_ID_LENGTH: usize = 26;

/// A text that cannot be a run id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a run id: 1 to 26 characters of a-z, 0-9 and _")]
pub struct RunIdError(pub String);

impl RunId {
    /// Takes a text as a run id.
    pub fn new(text: impl Into<String>) -> Result<Self, RunIdError> {
        let text = text.into();
        let fits = (1..=RUN_ID_LENGTH).contains(&text.len());
        let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if fits && plain { Ok(Self(text)) } else { Err(RunIdError(text)) }
    }

    /// The id that the expressions of a repetition of this run see.
    pub fn repetition(&self, number: usize) -> Result<Self, RunIdError> {
        Self::new(format!("{}_{number}", self.0))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for RunId {
    type Error = RunIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(text)
    }
}

impl From<RunId> for String {
    fn from(id: RunId) -> Self {
        id.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One reported case: suite, case and, for a matrix, the row. Unique within a run.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CaseKey {
    /// The suite's name.
    pub suite: String,
    /// The case's id, or `case-N` (1-based, in file order) where the file gives none.
    pub case: String,
    /// The row of the case's matrix, 0-based.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<usize>,
}

impl fmt::Display for CaseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row {
            Some(row) => write!(f, "{}/{}[{row}]", self.suite, self.case),
            None => write!(f, "{}/{}", self.suite, self.case),
        }
    }
}

/// One step of a case, a setup or a cleanup.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StepKey {
    /// The step's id, or `step-N` (1-based) where the file gives none.
    pub id: String,
    /// The action, for example `stepfunctions.run`.
    pub action: String,
    /// `name:` of the step, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl StepKey {
    /// A step without a name.
    pub fn new(id: impl Into<String>, action: impl Into<String>) -> Self {
        Self { id: id.into(), action: action.into(), name: None }
    }

    /// What a finding calls the step: its id, after its name if it has one.
    pub fn title(&self) -> String {
        match &self.name {
            Some(name) => format!("{name} ({})", self.id),
            None => self.id.clone(),
        }
    }
}

impl fmt::Display for StepKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} ({}, {})", self.id, self.action),
            None => write!(f, "{} ({})", self.id, self.action),
        }
    }
}

/// The id of an intent: unique within its run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct IntentId(pub u64);

impl fmt::Display for IntentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

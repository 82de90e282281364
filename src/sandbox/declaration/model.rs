//! What the file says, once it is known to be well formed.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::diagnostic::Span;

/// A value and where it stands in the file.
#[derive(Debug, Clone)]
pub struct Placed<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub span: Span,
}

/// The whole file. Paths are as written: relative to the project.
#[derive(Debug, Clone, Default)]
pub struct Declaration {
    /// Buckets in the order of the file.
    pub buckets: Vec<Bucket>,
    /// Functions in the order of the file.
    pub functions: Vec<Function>,
    /// State machines in the order of the file.
    pub state_machines: Vec<StateMachine>,
    /// Rules of EventBridge in the order of the file.
    pub rules: Vec<Rule>,
    /// Athena.
    pub athena: AthenaSetup,
}

/// A bucket and its objects.
#[derive(Debug, Clone)]
pub struct Bucket {
    /// Its name.
    pub name: Placed<String>,
    /// Whether it sends events to EventBridge.
    pub event_bridge: bool,
    /// What is put into it.
    pub seeds: Vec<Seed>,
}

/// Files that become objects.
#[derive(Debug, Clone)]
pub struct Seed {
    /// A key, or a prefix of keys if it is empty or ends with `/`.
    pub key: String,
    /// A file, a glob or a folder.
    pub files: Placed<String>,
}

/// A function.
#[derive(Debug, Clone)]
pub struct Function {
    /// Its name.
    pub name: Placed<String>,
    /// AWS's identifier of the runtime.
    pub runtime: String,
    /// `module.function`; empty for `provided` runtimes.
    pub handler: String,
    /// A folder or a zip file.
    pub code: Placed<String>,
    /// For pip.
    pub requirements: Vec<String>,
    /// Of one invocation.
    pub timeout: Duration,
    /// In MB.
    pub memory: u32,
    /// The function's own variables.
    pub environment: BTreeMap<String, String>,
}

/// How executions of a state machine run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MachineKind {
    Standard,
    Express,
}

impl MachineKind {
    /// The word of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "STANDARD",
            Self::Express => "EXPRESS",
        }
    }
}

/// A state machine.
#[derive(Debug, Clone)]
pub struct StateMachine {
    /// Its name.
    pub name: Placed<String>,
    /// The file with the definition.
    pub definition: Placed<String>,
    /// The type.
    pub kind: MachineKind,
    /// Values for `${Name}`.
    pub substitutions: BTreeMap<String, Placed<String>>,
}

/// A rule of EventBridge.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its name.
    pub name: Placed<String>,
    /// Which events it wants.
    pub pattern: Option<Placed<PatternSource>>,
    /// When a test may fire it.
    pub schedule: Option<Placed<String>>,
    /// Where it sends them.
    pub targets: Vec<Target>,
    /// For people.
    pub description: Option<String>,
    /// Whether it is at work.
    pub enabled: bool,
}

/// Where a pattern stands.
#[derive(Debug, Clone)]
pub enum PatternSource {
    /// In the file itself.
    Inline(Value),
    /// In a JSON file.
    File(String),
}

/// What a rule starts.
#[derive(Debug, Clone)]
pub struct Target {
    /// Who it is.
    pub recipient: Recipient,
    /// What it gets.
    pub input: RuleInput,
}

/// What can be started, by name.
#[derive(Debug, Clone)]
pub enum Recipient {
    /// A state machine.
    StateMachine(Placed<String>),
    /// A function.
    Function(Placed<String>),
}

/// What a target gets.
#[derive(Debug, Clone)]
pub enum RuleInput {
    /// The event.
    Event,
    /// Always the same.
    Constant(Value),
    /// A part of the event.
    Path(String),
    /// A template with variables.
    Transformer {
        /// Paths by variable.
        paths: Map<String, Value>,
        /// With `<variable>`.
        template: String,
    },
}

/// Athena and the catalog.
#[derive(Debug, Clone, Default)]
pub struct AthenaSetup {
    /// `s3://bucket/prefix/`.
    pub output: Option<Placed<String>>,
    /// Names of databases.
    pub databases: Vec<Placed<String>>,
    /// SQL files.
    pub statements: Vec<Placed<String>>,
}

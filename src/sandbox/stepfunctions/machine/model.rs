//! The types of a machine. What the definition writes in several ways is here in one.

use std::time::Duration;

use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use serde_json::Value;

use super::super::{
    choice::Rule,
    intrinsics::Intrinsic,
    jsonpath::{Path, ReferencePath},
    template::Template,
};

/// A whole state machine.
#[derive(Debug, Clone)]
pub struct Machine {
    pub program: Program,
    /// `TimeoutSeconds` of the machine.
    pub timeout: Option<Duration>,
    /// The variables that each state reads, by state name, as `DescribeStateMachine` lists them.
    pub variable_references: IndexMap<String, Vec<String>>,
}

/// States and where to begin: a machine, a branch of a Parallel, or the processor of a Map.
#[derive(Debug, Clone)]
pub struct Program {
    pub start_at: String,
    pub states: IndexMap<String, State>,
}

/// One state: what all types share, and what is its type's own.
#[derive(Debug, Clone)]
pub struct State {
    pub name: String,
    pub kind: StateKind,
    pub data: DataFields,
    pub retry: Vec<Retrier>,
    pub catch: Vec<Catcher>,
    pub next: Transition,
    pub reads: Reads,
}

/// What a state reads beside its input.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reads {
    /// The context object.
    pub context: bool,
    /// The execution's input through the context object.
    pub execution_input: bool,
    pub variables: bool,
}

/// The eight types of states.
#[derive(Debug, Clone)]
pub enum StateKind {
    Task(Box<TaskState>),
    Pass(PassState),
    Wait(WaitState),
    Choice(ChoiceState),
    Succeed,
    Fail(FailState),
    Parallel(ParallelState),
    Map(Box<MapState>),
}

impl StateKind {
    /// The type as event names begin: `Task` in `TaskStateEntered`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Task(_) => "Task",
            Self::Pass(_) => "Pass",
            Self::Wait(_) => "Wait",
            Self::Choice(_) => "Choice",
            Self::Succeed => "Succeed",
            Self::Fail(_) => "Fail",
            Self::Parallel(_) => "Parallel",
            Self::Map(_) => "Map",
        }
    }
}

/// What follows a state. Choice, Succeed and Fail decide themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transition {
    Next(String),
    End,
    Own,
}

/// `InputPath`, `Parameters`, `ResultSelector`, `ResultPath`, `OutputPath` and `Assign`.
#[derive(Debug, Clone, Default)]
pub struct DataFields {
    pub input_path: Selector,
    pub parameters: Option<Template>,
    pub result_selector: Option<Template>,
    pub result_path: Placement,
    pub output_path: Selector,
    pub assign: Option<Template>,
}

/// What a path field selects.
#[derive(Debug, Clone, Default)]
pub enum Selector {
    /// The field is not there: everything.
    #[default]
    Whole,
    /// `null`: an empty object.
    Nothing,
    Path(Path),
}

/// Where a result goes.
#[derive(Debug, Clone, Default)]
pub enum Placement {
    /// The field is not there: the result replaces the input.
    #[default]
    Replace,
    /// `null`: the result is dropped.
    Discard,
    At(ReferencePath),
}

/// A number that the definition gives, or says where to find.
#[derive(Debug, Clone)]
pub enum Amount {
    Fixed(u64),
    Path(Path),
}

/// A Task state.
#[derive(Debug, Clone)]
pub struct TaskState {
    pub resource: String,
    pub timeout: Option<Amount>,
    pub heartbeat: Option<Amount>,
    /// `Credentials`, whose role the history shows.
    pub credentials: Option<Template>,
}

/// A Pass state.
#[derive(Debug, Clone)]
pub struct PassState {
    pub result: Option<Value>,
}

/// A Wait state.
#[derive(Debug, Clone)]
pub enum WaitState {
    Seconds(u64),
    SecondsPath(Path),
    Until(DateTime<Utc>),
    UntilPath(Path),
}

/// A Choice state.
#[derive(Debug, Clone)]
pub struct ChoiceState {
    pub rules: Vec<ChoiceRule>,
    pub default: Option<String>,
}

/// One rule of a Choice and where it leads.
#[derive(Debug, Clone)]
pub struct ChoiceRule {
    pub rule: Rule,
    pub next: String,
    pub assign: Option<Template>,
}

/// A Fail state.
#[derive(Debug, Clone)]
pub struct FailState {
    pub error: Option<ErrorText>,
    pub cause: Option<ErrorText>,
}

/// `Error` or `ErrorPath`, `Cause` or `CausePath`.
#[derive(Debug, Clone)]
pub enum ErrorText {
    Fixed(String),
    Path(Path),
    Intrinsic(Intrinsic),
}

/// A Parallel state.
#[derive(Debug, Clone)]
pub struct ParallelState {
    pub branches: Vec<Program>,
}

/// A Map state.
#[derive(Debug, Clone)]
pub struct MapState {
    pub items_path: Option<Path>,
    /// `ItemSelector`, or `Parameters` as it was called before.
    pub item_selector: Option<Template>,
    pub max_concurrency: Amount,
    pub tolerance: Tolerance,
    pub processor: Program,
    pub mode: MapMode,
}

/// Inline in the same history, or as child executions.
#[derive(Debug, Clone)]
pub enum MapMode {
    Inline,
    Distributed(Box<Distributed>),
}

/// What only a distributed map has.
#[derive(Debug, Clone)]
pub struct Distributed {
    pub label: Option<String>,
    /// The children are EXPRESS executions.
    pub express: bool,
    pub reader: Option<Reader>,
    pub batch: Option<Batch>,
    pub writer: Option<Writer>,
}

/// How many items may fail.
#[derive(Debug, Clone, Default)]
pub struct Tolerance {
    pub count: Option<Amount>,
    /// Fixed percentages are validated to lie between 0 and 100; the text is the number as written.
    pub percentage: Option<Percentage>,
}

/// A percentage that may have a fraction.
#[derive(Debug, Clone)]
pub enum Percentage {
    Fixed(f64),
    Path(Path),
}

/// `ItemReader`: where a distributed map's items are.
#[derive(Debug, Clone)]
pub struct Reader {
    pub parameters: Option<Template>,
    pub input: InputKind,
    pub max_items: Option<Amount>,
}

/// The format of the object that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputKind {
    Json,
    JsonLines,
    Csv { headers: HeaderSource, delimiter: u8 },
}

/// Where the names of CSV columns come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeaderSource {
    FirstRow,
    Given(Vec<String>),
}

/// `ItemBatcher`.
#[derive(Debug, Clone)]
pub struct Batch {
    pub input: Option<Template>,
    pub max_items: Option<Amount>,
    pub max_bytes: Option<Amount>,
}

/// `ResultWriter`.
#[derive(Debug, Clone)]
pub struct Writer {
    pub parameters: Template,
}

/// One retrier.
#[derive(Debug, Clone)]
pub struct Retrier {
    pub errors: Vec<String>,
    pub interval: Duration,
    pub max_attempts: u64,
    pub backoff: f64,
    pub max_delay: Option<Duration>,
    pub jitter: Jitter,
}

/// `JitterStrategy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jitter {
    None,
    Full,
}

/// One catcher.
#[derive(Debug, Clone)]
pub struct Catcher {
    pub errors: Vec<String>,
    pub next: String,
    pub result_path: Placement,
    pub assign: Option<Template>,
}

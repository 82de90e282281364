//! How an action describes itself: the table from which checking, judging, schema and reference are made.

use async_trait::async_trait;

use super::files::Names;
use super::{ActionError, Arguments, Call};
use crate::event::{Detail, Effect, Finding};
use crate::value::Value;
use crate::yaml::field::Table;

/// How the effect of a step is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EffectRule {
    /// Always the same.
    Always(Effect),
    /// By the statement in the argument of this name.
    BySql(&'static str),
    /// Declared by the suite in the argument of this name.
    Declared(&'static str),
}

/// A field of an action's output.
#[derive(Debug, Clone, Copy)]
pub struct OutputField {
    /// Its name.
    pub name: &'static str,
    /// What it holds, in one sentence with its type.
    pub doc: &'static str,
}

/// A group of output fields with a default expectation. A top-level key of `expect` out of `fields` switches it off.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    /// The fields.
    pub fields: &'static [&'static str],
    /// What is expected by default, in words, for the reference: `status is SUCCEEDED`.
    pub doc: &'static str,
    /// The default expectation: what is wrong with this output, if anything is.
    pub wrong: fn(&Value) -> Option<Finding>,
}

/// An action's description.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    /// `service.verb`.
    pub name: &'static str,
    /// What it does, in one or two sentences.
    pub doc: &'static str,
    /// Its effect.
    pub effect: EffectRule,
    /// Its arguments.
    pub arguments: &'static Table,
    /// The argument that a bare scalar stands for, if the action has a short form.
    pub shorthand: Option<&'static str>,
    /// Arguments that name what is started, created, changed or removed.
    pub resources: &'static [&'static str],
    /// Arguments that name files of the project.
    pub files: &'static [(&'static str, Names)],
    /// The fields of its output.
    pub outputs: &'static [OutputField],
    /// Its default expectations.
    pub groups: &'static [Group],
    /// A step without `expect` and `that` would judge nothing, so one of them is required.
    pub expect_required: bool,
}

/// What an action yields.
#[derive(Debug, Clone)]
pub struct Output {
    /// The output document: a mapping of the spec's output fields.
    pub value: Value,
    /// Evidence to show should the step turn out red.
    pub details: Vec<Detail>,
    /// What should be known although the step is green, a line each.
    pub notes: Vec<String>,
}

impl Output {
    /// An output with evidence.
    pub fn with_details(value: Value, details: Vec<Detail>) -> Self {
        Self { value, details, notes: Vec::new() }
    }

    /// An output without further evidence.
    pub fn new(value: Value) -> Self {
        Self::with_details(value, Vec::new())
    }
}

/// One kind of step.
#[async_trait]
pub trait Action: std::fmt::Debug + Send + Sync {
    /// Its description.
    fn spec(&self) -> &'static Spec;

    /// The effect of a step with these arguments (resolved as far as the plan phase goes).
    fn effect(&self, arguments: &Arguments) -> Result<Effect, ActionError> {
        super::call::effect(self.spec(), arguments)
    }

    /// Does it. Dropping the future must leave nothing started without an open intent.
    async fn run(&self, call: &Call<'_>) -> Result<Output, ActionError>;
}

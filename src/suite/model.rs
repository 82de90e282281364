//! The checked model: what a suite means. It cannot hold an invalid suite.
//!
//! Every text that a person wrote keeps its place, and what may hold a template is a compiled [`Spanned`].

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;

use crate::actions::{Action, Uses};
use crate::diagnostic::Span;
use crate::event::Effect;
use crate::expect::Expectation;
use crate::expr::{Expression, Spanned};
use crate::value::Map;

/// One YAML file.
#[derive(Debug, Clone)]
pub struct Suite {
    /// `suite:`, unique in the project.
    pub name: String,
    /// Where `suite:` stands.
    pub span: Span,
    /// The file, relative to the project's root.
    pub path: PathBuf,
    /// `description:`.
    pub description: Option<String>,
    /// `tags:`, each one of the project's.
    pub tags: Vec<String>,
    /// `targets:`; `None` = everywhere.
    pub targets: Option<Vec<String>>,
    /// `effects:`, the promise; `None` = what the steps need.
    pub effects: Option<Vec<Effect>>,
    /// `timeout:` of the suite as a whole.
    pub timeout: Option<Duration>,
    /// `vars:`, in file order: a later one may use an earlier one.
    pub vars: IndexMap<String, Spanned>,
    /// `setup:`, once.
    pub setup: Vec<Arc<Step>>,
    /// `cases:`, in file order.
    pub cases: Vec<Arc<Case>>,
    /// `cleanup:`, in file order.
    pub cleanup: Vec<Arc<Step>>,
}

/// One case as written; a matrix makes several reported ones of it.
#[derive(Debug)]
pub struct Case {
    /// `id:`, or `case-N` (1-based).
    pub id: String,
    /// `case:`, a template that may use `matrix` only.
    pub name: Spanned,
    /// From `case:` to the case's end: `file.yaml:LINE` selects by it.
    pub span: Span,
    /// `description:`.
    pub description: Option<String>,
    /// `tags:`; the suite's come on top.
    pub tags: Vec<String>,
    /// `needs:`, ids of cases of the same suite. Free of cycles.
    pub needs: Vec<String>,
    /// `locks:`: cases that share one never run at the same time.
    pub locks: Vec<String>,
    /// `when:`.
    pub when: Option<Expression>,
    /// `timeout:` of the case.
    pub timeout: Option<Duration>,
    /// `vars:`, on top of the suite's.
    pub vars: IndexMap<String, Spanned>,
    /// `matrix:`.
    pub matrix: Option<Matrix>,
    /// `steps:`, at least one.
    pub steps: Vec<Arc<Step>>,
}

/// Where the rows of a case come from.
#[derive(Debug, Clone)]
pub enum Matrix {
    /// Rows known at check: products of lists, `rows:`, or those of a file, which was read then. At least one.
    Rows(Vec<Map>),
    /// Lists with templates of the plan phase: a product, made when the run is planned.
    Lists(IndexMap<String, Spanned>),
}

/// One step.
#[derive(Debug)]
pub struct Step {
    /// `id:`, or `step-N` (1-based within its list).
    pub id: String,
    /// Whether the file gives the id: only then others can refer to it.
    pub named: bool,
    /// `name:`, a template; for people.
    pub name: Option<Spanned>,
    /// Where the action's key stands.
    pub span: Span,
    /// What it does.
    pub action: &'static dyn Action,
    /// Its arguments, those that the file gives.
    pub arguments: IndexMap<String, Spanned>,
    /// Its arguments that are held against something.
    pub expectations: IndexMap<String, Expectation>,
    /// The earlier steps that its arguments name, by argument: of the same list, or of setup.
    pub earlier: IndexMap<String, String>,
    /// `expect:`.
    pub expect: Option<Expectation>,
    /// `that:`.
    pub that: Vec<Expression>,
    /// `capture:`.
    pub capture: IndexMap<String, Expression>,
    /// `timeout:` of each attempt.
    pub timeout: Option<Duration>,
    /// `retry:`.
    pub retry: Option<Retry>,
    /// `eventually:`.
    pub eventually: Option<Eventually>,
    /// `consistently:`.
    pub consistently: Option<Consistently>,
    /// `fail_when:`, ends an `eventually` at once.
    pub fail_when: Option<Expression>,
    /// `when:`.
    pub when: Option<Expression>,
    /// `continue_on_failure:`.
    pub continue_on_failure: bool,
    /// `undo:`, done at cleanup if this step was started.
    pub undo: Option<Arc<Step>>,
    /// The output fields that somebody looks at: `expect`, `that`, `capture`, `fail_when`, and later references to this step.
    pub uses: Uses,
}

/// `retry:`.
#[derive(Debug, Clone)]
pub struct Retry {
    /// Attempts in all, at least 2.
    pub attempts: u32,
    /// What is repeated.
    pub on: Vec<RetryOn>,
    /// The pause before the second attempt; it doubles from there.
    pub delay: Duration,
}

/// What a retry is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryOn {
    /// AWS throttled the call to the end.
    Throttled,
    /// Network, 5xx.
    Infrastructure,
    /// An expectation was false; must be asked for.
    Failure,
}

/// `eventually:` repeats a read until it holds.
#[derive(Debug, Clone)]
pub struct Eventually {
    /// `timeout` (or the short form `eventually: 5m`): how long it may take.
    pub within: Duration,
    /// `every`: the pause between reads.
    pub every: Option<Duration>,
    /// `since`: an earlier step of the same list, or of setup, with whose start the clock starts.
    pub since: Option<String>,
}

/// `consistently:` demands that it holds all the while.
#[derive(Debug, Clone, Copy)]
pub struct Consistently {
    /// `for`.
    pub during: Duration,
    /// `every`.
    pub every: Duration,
}

//! What a suite is checked against: the project, the targets it may run on, its promise, its outline.

use crate::diagnostic::Span;
use crate::event::Effect;
use crate::expect::Files;
use crate::target::{Project, Target};

use super::outline::Outline;

/// Most steps of one list, so that hostile files stay cheap.
pub(super) const STEP_LIMIT: usize = 1_000;
/// Most cases of one suite.
pub(super) const CASE_LIMIT: usize = 5_000;

/// What holds for the whole of one suite.
#[derive(Debug)]
pub(super) struct Context<'a> {
    /// The project.
    pub project: &'a Project,
    /// The targets on which the suite may run.
    pub targets: Vec<&'a Target>,
    /// The effects it promises, and where.
    pub promise: Option<(Vec<Effect>, Span)>,
    /// Where files are.
    pub files: Files,
    /// Which steps and cases there are.
    pub outline: Outline,
}

/// Where a list of steps stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// `setup:`.
    Setup,
    /// The case of this index.
    Case(usize),
    /// `cleanup:`.
    Cleanup,
}

//! What can go wrong when an expression is evaluated.

use crate::diagnostic::{Problem, Span};

/// Why an expression has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// A name, field, key or element that is not there.
    Missing,
    /// An operand or argument of a type that the operation does not take.
    Type,
    /// A number, date or list index outside of what can be held or computed exactly.
    Range,
    /// A function was given a text it cannot read: not a date, not JSON, no such time zone.
    Argument,
    /// A file named by `lines` cannot be read, or lies outside the project.
    File,
    /// A secret that the project file does not name.
    Secret,
}

/// An expression that has no value: not an answer, so the step that needs it is errored.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct EvalError {
    /// A lower-case fragment, with the types or names involved.
    pub message: String,
    /// The place of the part that failed, where it is known.
    pub span: Option<Span>,
    /// The class of the failure.
    pub kind: ErrorKind,
    /// What the author of the suite can do about it.
    pub help: Option<String>,
}

impl EvalError {
    /// An error without a place; whoever knows the place adds it with [`EvalError::at`].
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { message: message.into(), span: None, kind, help: None }
    }

    /// Adds what the author can do.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the place, unless a more exact one is known already.
    #[must_use]
    pub fn at(mut self, span: &Span) -> Self {
        self.span.get_or_insert_with(|| span.clone());
        self
    }

    /// The error as a diagnostic; `fallback` is the place used when none is known.
    pub fn to_problem(&self, fallback: &Span) -> Problem {
        let problem = Problem::error(self.message.clone(), self.span.as_ref().unwrap_or(fallback));
        match &self.help {
            Some(help) => problem.with_help(help.clone()),
            None => problem,
        }
    }
}

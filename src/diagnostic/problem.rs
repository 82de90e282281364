//! One thing that is wrong.

use std::path::PathBuf;

use super::Span;

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing may run.
    Error,
    /// Worth a look.
    Warning,
}

/// A problem in a file: what is wrong, where, and what to do about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// Error or warning.
    pub severity: Severity,
    /// What is wrong; a fragment in lower case, without a full stop.
    pub message: String,
    /// Where; absent if the file could not be read at all.
    pub span: Option<Span>,
    /// What stands beside the caret.
    pub label: Option<String>,
    /// Remedies, each printed as a `help:` line.
    pub help: Vec<String>,
    /// The file, when there is no span.
    pub path: Option<PathBuf>,
    /// Other places that belong to it ("first defined here").
    pub related: Vec<(Span, String)>,
}

impl Problem {
    /// An error at a place.
    pub fn error(message: impl Into<String>, span: &Span) -> Self {
        Self {
            severity: Severity::Error,
            message: message.into(),
            span: Some(span.clone()),
            label: None,
            help: Vec::new(),
            path: None,
            related: Vec::new(),
        }
    }

    /// A warning at a place.
    pub fn warning(message: impl Into<String>, span: &Span) -> Self {
        Self { severity: Severity::Warning, ..Self::error(message, span) }
    }

    /// An error about a whole file, for instance one that cannot be read.
    pub fn at_file(path: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            message: message.into(),
            span: None,
            label: None,
            help: Vec::new(),
            path: Some(path.into()),
            related: Vec::new(),
        }
    }

    /// Adds a remedy.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// Adds "did you mean" if there is a suggestion.
    #[must_use]
    pub fn with_suggestion(self, suggestion: Option<&str>) -> Self {
        match suggestion {
            Some(word) => self.with_help(format!("did you mean `{word}`?")),
            None => self,
        }
    }

    /// Sets the text beside the caret.
    #[must_use]
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Adds another place that belongs to the problem.
    #[must_use]
    pub fn with_related(mut self, span: &Span, text: impl Into<String>) -> Self {
        self.related.push((span.clone(), text.into()));
        self
    }

    /// The file it is in.
    pub fn file(&self) -> Option<&std::path::Path> {
        self.span.as_ref().map(|span| span.source.path.as_path()).or(self.path.as_deref())
    }

    /// Whether it is an error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

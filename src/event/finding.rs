//! What was found wrong: one shape for the terminal, JUnit and every later report.

use serde::{Deserialize, Serialize};

/// A place in a file of the project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The path as shown, relative to the project's root.
    pub file: String,
    /// 1-based.
    pub line: usize,
    /// 1-based, in characters.
    pub column: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

impl From<&crate::diagnostic::Span> for Place {
    fn from(span: &crate::diagnostic::Span) -> Self {
        Self { file: span.source.path.display().to_string(), line: span.line(), column: span.column() }
    }
}

/// One thing that is wrong, with what is needed to understand it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The decisive line. Reads on its own.
    pub message: String,
    /// Where the suite says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// The source line at the place, without its line end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_line: Option<String>,
    /// The step that found it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The field that was judged, for example `output.loaded`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What was expected, typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What was there, typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actual: Option<String>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// More to know: the failed state, ids, a log tail, a diff, a command to look further.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<Detail>,
}

/// A titled piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// For example `cause`, `log tail`, `look further`.
    pub title: String,
    /// One line or several.
    pub text: String,
}

impl Finding {
    /// A finding that is a sentence.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    /// Adds its place in the suite, with the source line that stands there.
    #[must_use]
    pub fn at(mut self, span: &crate::diagnostic::Span) -> Self {
        self.place = Some(span.into());
        self.source_line = span.source.text.lines().nth(span.line() - 1).map(str::to_owned);
        self
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl Detail {
    /// A titled piece of evidence.
    pub fn new(title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { title: title.into(), text: text.into() }
    }
}

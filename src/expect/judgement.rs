//! What judging finds.

use std::path::PathBuf;

use crate::diagnostic::Span;

/// The result of judging one value: it holds if there is neither a mismatch nor an ambiguity.
#[derive(Debug, Clone, Default)]
pub struct Judgement {
    /// What differs, in the order of the suite; at most fifty.
    pub mismatches: Vec<Mismatch>,
    /// How many more there are.
    pub hidden: usize,
    /// The expectation can be read in two ways: the step is errored.
    pub ambiguous: Option<Ambiguity>,
}

impl Judgement {
    /// Whether the expectation holds.
    pub const fn holds(&self) -> bool {
        self.mismatches.is_empty() && self.hidden == 0 && self.ambiguous.is_none()
    }
}

/// One difference.
#[derive(Debug, Clone)]
pub struct Mismatch {
    /// Where in the output: `output.loaded`, `rows[3].amount`.
    pub path: String,
    /// What was expected: `5`, `at least 1`.
    pub expected: String,
    /// What was found, typed: strings in quotes.
    pub actual: String,
    /// Where the expectation stands.
    pub span: Span,
    /// The lines that differ, of long texts.
    pub diff: Option<String>,
    /// What helps to understand it: `the types differ: integer against string`.
    pub note: Option<String>,
    /// The new content of a golden file, for `--update`.
    pub golden: Option<GoldenUpdate>,
    /// The two could not be compared at all, so that the opposite does not hold either.
    pub(super) undecided: bool,
}

/// A golden file and what it would have to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoldenUpdate {
    /// The file, below the project's root.
    pub path: PathBuf,
    /// Its new content.
    pub new: String,
}

/// A mapping of matchers stands against a mapping that has a key of a matcher's name.
#[derive(Debug, Clone)]
pub struct Ambiguity {
    /// Where in the output.
    pub path: String,
    /// What is ambiguous, and what to write instead.
    pub message: String,
    /// Where the expectation stands.
    pub span: Span,
}

impl Ambiguity {
    /// `keys` are matchers of the expectation and keys of the mapping at `path`.
    pub(super) fn new(path: String, keys: &[&str], span: &Span) -> Self {
        let keys = keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
        let message =
            format!("ambiguous: {keys} may be a matcher, or a field of {path}; write `fields:` to mean the field");
        Self { path, message, span: span.clone() }
    }
}

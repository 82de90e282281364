//! Colours: meaning never depends on them.

use crate::event::Outcome;

/// Whether to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    coloured: bool,
}

impl Palette {
    /// With colour or without.
    pub const fn new(coloured: bool) -> Self {
        Self { coloured }
    }

    /// The outcome's word, seven characters wide, in its colour.
    pub fn word(self, outcome: &Outcome) -> String {
        let (word, code) = match outcome {
            Outcome::Passed { flaky: true, .. } => ("flaky", "33"),
            Outcome::Passed { warnings, .. } if !warnings.is_empty() => ("warned", "33"),
            Outcome::Passed { .. } => ("passed", "32"),
            Outcome::Failed { .. } => ("FAILED", "31;1"),
            Outcome::Errored { .. } => ("ERRORED", "35;1"),
            Outcome::Skipped { .. } => ("skipped", "2"),
        };
        self.paint(&format!("{word:<7}"), code)
    }

    /// A heading.
    pub fn strong(self, text: &str) -> String {
        self.paint(text, "1")
    }

    /// Something less important.
    pub fn faint(self, text: &str) -> String {
        self.paint(text, "2")
    }

    /// Green for good, red for bad.
    pub fn verdict(self, text: &str, good: bool) -> String {
        self.paint(text, if good { "32;1" } else { "31;1" })
    }

    fn paint(self, text: &str, code: &str) -> String {
        if self.coloured { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

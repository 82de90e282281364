//! What people get wrong in YAML, found in the text: remedies for the parser's own errors.

use std::sync::Arc;

use granit_parser::{ErrorKind, ScanError};

use crate::diagnostic::{Problem, Source};

/// A character that YAML does not allow (control characters but tab and line breaks, U+FFFE, U+FFFF).
pub(super) fn forbidden_character(source: &Arc<Source>) -> Option<Problem> {
    let is_forbidden = |c: char| (c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}')) || matches!(c, '\u{fffe}' | '\u{ffff}');
    let (at, character) = source.text.char_indices().find(|(_, c)| is_forbidden(*c))?;
    let message = format!("the character U+{:04X} is not allowed in YAML", u32::from(character));
    let escape = format!("write it as an escape in double quotes: \"\\u{:04X}\"", u32::from(character));
    Some(Problem::error(message, &source.span(at..at + character.len_utf8())).with_help(escape))
}

/// The parser's error with a remedy.
pub(super) fn explain(source: &Arc<Source>, error: &ScanError) -> Problem {
    let at = error.marker().byte_offset().unwrap_or(source.text.len()).min(source.text.len());
    let line = Line::at(&source.text, at);
    if let Some(tab) = line.tab().or_else(|| line.previous(&source.text)?.tab()) {
        return tab_problem(source, tab);
    }
    let problem = Problem::error(message(error), &source.span(at..at + 1));
    match () {
        () if line.text.contains("{{") => problem.with_help("a template is quoted as a whole: \"{{ … }}\""),
        () => match help(error.kind()) {
            Some(help) => problem.with_help(help),
            None => problem,
        },
    }
}

fn message(error: &ScanError) -> String {
    let text = error.info();
    let mut text = text.trim_end_matches('.').to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    format!("invalid YAML: {text}")
}

fn help(_kind: &ErrorKind) -> Option<&'static str> {
    None
}

fn tab_problem(source: &Arc<Source>, at: usize) -> Problem {
    Problem::error("a tab in the indentation", &source.span(at..at + 1)).with_help("YAML is indented with spaces only")
}

/// One line of the text.
struct Line<'a> {
    start: usize,
    text: &'a str,
}

impl<'a> Line<'a> {
    fn at(text: &'a str, at: usize) -> Self {
        let at = text.floor_char_boundary(at);
        let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let end = text[start..].find('\n').map_or(text.len(), |offset| start + offset);
        Self { start, text: &text[start..end] }
    }

    fn previous(&self, text: &'a str) -> Option<Self> {
        Some(Self::at(text, self.start.checked_sub(1)?))
    }

    /// Where the first tab among the leading blanks is.
    fn tab(&self) -> Option<usize> {
        let blanks = self.text.len() - self.text.trim_start_matches([' ', '\t']).len();
        self.text[..blanks].find('\t').map(|offset| self.start + offset)
    }
}

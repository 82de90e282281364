//! What people get wrong in YAML, found in the text: remedies for the parser's own errors.

use std::ops::Range;
use std::sync::Arc;

use granit_parser::{ErrorKind, ScanError};

use crate::diagnostic::{Problem, Source};

/// A character that YAML does not allow (control characters but tab and line breaks, U+FFFE, U+FFFF).
pub(super) fn forbidden_character(source: &Arc<Source>) -> Option<Problem> {
    let is_forbidden = |c: char| {
        (c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}')) || matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    let (at, character) = source.text.char_indices().find(|(_, c)| is_forbidden(*c))?;
    let message = format!("the character U+{:04X} is not allowed in YAML", u32::from(character));
    let escape = format!("write it as an escape in double quotes: \"\\u{:04X}\"", u32::from(character));
    Some(Problem::error(message, &source.span(at..at + character.len_utf8())).with_help(escape))
}

/// The parser's error in words, with a remedy.
pub(super) fn explain(source: &Arc<Source>, error: &ScanError) -> Problem {
    let at = error.marker().byte_offset().unwrap_or(source.text.len()).min(source.text.len());
    let line = Line::at(&source.text, at);
    let near = [Some(line), line.previous(&source.text), line.next(&source.text)];
    if let Some(tab) = near.into_iter().flatten().find_map(Line::tab) {
        return tab_problem(source, tab);
    }
    let (message, help) = words(error, line, at);
    let problem = Problem::error(message, &source.span(at..at + 1));
    match help {
        _ if line.text.contains("{{") => problem.with_help("a template is quoted as a whole: \"{{ … }}\""),
        Some(help) => problem.with_help(help),
        None => problem,
    }
}

/// What is wrong, and the remedy where there is one that fits most cases.
fn words(error: &ScanError, line: Line<'_>, at: usize) -> (String, Option<&'static str>) {
    use ErrorKind as E;
    let (message, help) = match error.kind() {
        E::MappingValueNotAllowed if line.has_colon_before(at) => {
            ("a second `: ` on the line", "text with `: ` in it is written in quotes")
        }
        E::MappingValueNotAllowed => (
            "a key where none can be",
            "it is indented deeper than the key above, which has a value already; align it with that key",
        ),
        E::ExpectedBlockMappingKey | E::InvalidIndentation => {
            ("the indentation fits nothing above", "align the line with the keys or `-` that it belongs to")
        }
        E::ExpectedBlockSequenceEntry => (
            "expected another element of the list",
            "begin it with `- `, or align the line with the key that it belongs to",
        ),
        E::BlockSequenceEntryNotAllowed | E::BlockEntryInFlowCollection => {
            ("a list element where none can be", "put each `- ` on a line of its own, or write the list as `[a, b]`")
        }
        E::SimpleKeyExpected | E::InvalidSimpleKey => {
            ("expected `key: value`", "a `:` with a blank behind it is missing")
        }
        E::UnclosedQuotedScalar | E::InvalidQuotedScalarIndent | E::DocumentIndicatorInQuotedScalar => {
            ("a quote above is not closed", "close it at the end of the text that it began")
        }
        E::InvalidTrailingSingleQuotedScalar | E::InvalidTrailingDoubleQuotedScalar => (
            "text behind a closing quote",
            "put the whole value in quotes; a quote inside single quotes is doubled (`''`), inside double quotes it is `\\\"`",
        ),
        E::UnknownQuotedScalarEscape => (
            "an unknown escape in double quotes",
            "a backslash is written `\\\\` in double quotes, or use single quotes",
        ),
        E::UnclosedFlowCollection { .. }
        | E::InvalidColonPlacement
        | E::InvalidFlowScalarIndent
        | E::UnexpectedEofFlowSequence
        | E::UnexpectedEofFlowMapping
        | E::UnexpectedEofImplicitFlowMapping => {
            ("a bracket is not closed", "close the `[` with `]` and the `{` with `}`")
        }
        E::ExpectedFlowMappingSeparator => {
            ("expected `,` or `}`", "text with `{`, `}`, `[`, `]` or `,` in it is written in quotes")
        }
        E::ExpectedFlowSequenceSeparator => {
            ("expected `,` or `]`", "text with `{`, `}`, `[`, `]` or `,` in it is written in quotes")
        }
        E::MisplacedFlowCollectionEnd => ("a bracket that was not opened", "remove it"),
        E::UnexpectedCharacter { character } => {
            let message = format!("text cannot begin with `{}`", character.escape_default());
            return (message, Some("write the text in quotes"));
        }
        E::RecursionLimitExceeded => return (too_deep_message(), None),
        _ => return (plain_message(error), None),
    };
    (message.to_owned(), Some(help))
}

/// Longest part of an unquoted template that is marked, in bytes: it keeps a file of one long line from being read over and over.
const TEMPLATE_LIMIT: usize = 1_000;

/// The bytes of a value that begins with an unquoted `{{`: to the `}}`, and outside of brackets to the end of the line or
/// its comment.
pub(super) fn template_range(text: &str, start: usize, is_in_flow: bool) -> Range<usize> {
    let rest = text.get(start..text.floor_char_boundary(start + TEMPLATE_LIMIT)).unwrap_or_default();
    let line = rest.split(['\n', '\r']).next().unwrap_or_default();
    let line = if is_in_flow { line } else { line.split(" #").next().unwrap_or_default() };
    let closed = if is_in_flow { line.find("}}").map(|end| end + 2) } else { None };
    start..start + closed.unwrap_or_else(|| line.trim_end().len())
}

/// The problem of a value that begins with an unquoted `{{`.
pub(super) fn unquoted_template(source: &Arc<Source>, range: &Range<usize>) -> Problem {
    let span = source.span(range.clone());
    let help = format!("quote the whole value: \"{}\"", span.text().replace('"', "'"));
    Problem::error("an unquoted template: YAML reads `{{` as the start of a mapping", &span).with_help(help)
}

/// The message for collections inside collections.
pub(super) fn too_deep_message() -> String {
    format!("nested more than {} deep", super::read::DEPTH_LIMIT)
}

/// The parser's own words.
fn plain_message(error: &ScanError) -> String {
    let mut text = error.info().trim_end_matches('.').to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    format!("invalid YAML: {text}")
}

fn tab_problem(source: &Arc<Source>, at: usize) -> Problem {
    Problem::error("a tab in the indentation", &source.span(at..at + 1)).with_help("YAML is indented with spaces only")
}

/// One line of the text.
#[derive(Clone, Copy)]
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

    fn previous(self, text: &'a str) -> Option<Self> {
        Some(Self::at(text, self.start.checked_sub(1)?))
    }

    fn next(self, text: &'a str) -> Option<Self> {
        let start = self.start + self.text.len() + 1;
        (start < text.len()).then(|| Self::at(text, start))
    }

    /// Whether a `: ` stands in the line before a place.
    fn has_colon_before(self, at: usize) -> bool {
        self.text.get(..at.saturating_sub(self.start)).is_some_and(|before| before.contains(": "))
    }

    /// Where the first tab among the leading blanks is.
    fn tab(self) -> Option<usize> {
        let blanks = self.text.len() - self.text.trim_start_matches([' ', '\t']).len();
        self.text[..blanks].find('\t').map(|offset| self.start + offset)
    }
}

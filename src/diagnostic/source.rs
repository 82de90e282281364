//! Files and places in them.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// A file that was read.
pub struct Source {
    /// The path as it is shown: relative to the project where it is in it.
    pub path: PathBuf,
    /// The whole text, with no byte order mark.
    pub text: Arc<str>,
}

impl Source {
    /// A source; a byte order mark at the text's front is dropped.
    pub fn new(path: impl Into<PathBuf>, text: impl AsRef<str>) -> Arc<Self> {
        let text = text.as_ref();
        Arc::new(Self { path: path.into(), text: text.strip_prefix('\u{feff}').unwrap_or(text).into() })
    }

    /// The span of a range of bytes, moved to the nearest character boundaries inside the text.
    pub fn span(self: &Arc<Self>, range: Range<usize>) -> Span {
        let start = self.text.floor_char_boundary(range.start.min(self.text.len()));
        let end = self.text.ceil_char_boundary(range.end.clamp(start, self.text.len()));
        Span { source: Arc::clone(self), start, end }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({}, {} bytes)", self.path.display(), self.text.len())
    }
}

/// A range in a file.
#[derive(Clone)]
pub struct Span {
    /// The file.
    pub source: Arc<Source>,
    /// First byte.
    pub start: usize,
    /// The byte behind the last.
    pub end: usize,
}

impl Span {
    /// The line of the start, from 1.
    pub fn line(&self) -> usize {
        self.before().bytes().filter(|byte| *byte == b'\n').count() + 1
    }

    /// The column of the start in characters, from 1.
    pub fn column(&self) -> usize {
        let before = self.before();
        before[before.rfind('\n').map_or(0, |newline| newline + 1)..].chars().count() + 1
    }

    /// `suites/a.yaml:12:7`.
    pub fn place(&self) -> String {
        format!("{}:{}:{}", self.source.path.display(), self.line(), self.column())
    }

    /// The text of the range.
    pub fn text(&self) -> &str {
        self.source.text.get(self.start..self.end).unwrap_or_default()
    }

    /// A part of this span: a range of bytes counted from its start, cut at its end.
    #[must_use]
    pub fn part(&self, range: Range<usize>) -> Self {
        let end = self.start.saturating_add(range.end).min(self.end);
        self.source.span(self.start.saturating_add(range.start).min(end)..end)
    }

    fn before(&self) -> &str {
        self.source.text.get(..self.start).unwrap_or(&self.source.text)
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.place())
    }
}

impl PartialEq for Span {
    fn eq(&self, other: &Self) -> bool {
        (self.start, self.end, &self.source.path) == (other.start, other.end, &other.source.path)
    }
}

impl Eq for Span {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters_from_one() {
        let source = Source::new("a.yaml", "\u{feff}ä: 1\r\nbö: 2\n");
        let at = source.text.find('2').unwrap();
        assert_eq!(source.span(at..at + 1).place(), "a.yaml:2:5");
        assert_eq!(source.span(0..2).place(), "a.yaml:1:1");
        assert_eq!(source.span(0..2).text(), "ä");
    }

    #[test]
    fn a_span_never_cuts_a_character_or_leaves_the_text() {
        let source = Source::new("a.yaml", "äö");
        assert_eq!(source.span(1..3).text(), "äö");
        assert_eq!(source.span(9..12).text(), "");
        assert_eq!(source.span(0..4).part(2..99).text(), "ö");
    }
}

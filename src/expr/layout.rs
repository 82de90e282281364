//! Which part of an expression's text a node of its tree takes up: the parser only tells the place of one token.

use std::ops::Range;

use super::scan::brackets;
use super::tree::Tree;

/// The text of an expression and the pairs of its brackets.
pub(super) struct Layout<'t> {
    text: &'t str,
    brackets: Vec<(usize, usize)>,
}

impl<'t> Layout<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, brackets: brackets(text) }
    }

    /// The text of a range.
    pub(super) fn text(&self, range: &Range<usize>) -> &'t str {
        &self.text[range.clone()]
    }

    /// A token from its first byte and the first byte of its last character.
    pub(super) fn token(&self, first: usize, last: usize) -> Range<usize> {
        let start = self.boundary(first);
        start..next(self.text, self.boundary(last).max(start))
    }

    fn boundary(&self, at: usize) -> usize {
        let at = at.min(self.text.len());
        (0..=at).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(0)
    }

    /// A literal with the minus sign before it.
    pub(super) fn signed(&self, token: Range<usize>) -> Range<usize> {
        let digit = self.text[token.clone()].starts_with(|char: char| char.is_ascii_digit() || char == '.');
        if digit && self.text[..token.start].ends_with('-') && !self.after_operand(token.start - 1) {
            return token.start - 1..token.end;
        }
        token
    }

    fn after_operand(&self, at: usize) -> bool {
        self.text[..at].trim_end().ends_with(|char: char| char.is_alphanumeric() || ")]}_'\"".contains(char))
    }

    pub(super) fn word_end(&self, from: usize) -> usize {
        let rest = &self.text[from..];
        let word = rest.trim_start();
        let length = word.find(|char: char| !(char.is_ascii_alphanumeric() || char == '_')).unwrap_or(word.len());
        from + (rest.len() - word.len()) + length
    }

    pub(super) fn bracket_end(&self, open: usize) -> usize {
        self.brackets.iter().find(|(start, _)| *start == open).map_or(self.text.len(), |(_, end)| end + 1)
    }

    /// The place of a function's name, which stands before its bracket.
    pub(super) fn name_before(&self, name: &str, bracket: usize) -> Range<usize> {
        let end = self.text[..bracket].trim_end().len();
        end.saturating_sub(name.len())..end
    }

    pub(super) fn around(&self, left: &Tree, right: &Tree) -> Range<usize> {
        self.balanced(left.range.start..right.range.end)
    }

    /// The range widened so that no bracket stands in it alone: `a + b) * c` becomes `(a + b) * c`.
    pub(super) fn balanced(&self, mut range: Range<usize>) -> Range<usize> {
        for (open, close) in &self.brackets {
            let (has_open, has_close) = (range.contains(open), range.contains(close));
            if has_open != has_close {
                range = range.start.min(*open)..range.end.max(close + 1);
            }
        }
        range
    }
}

/// The byte behind the character at `at`.
pub(super) fn next(text: &str, at: usize) -> usize {
    text[at..].chars().next().map_or(at, |char| at + char.len_utf8())
}

//! Places inside a scalar: from a range in its text to a span in the file.

use std::ops::Range;

use crate::diagnostic::Span;

use super::{Node, Style};

impl Node {
    /// The place in the file of a range of bytes in the scalar's text, so that an error inside of an expression gets its caret: escapes,
    /// doubled quotes, indentation and folded lines are accounted for. The whole span if this is no scalar.
    pub fn locate(&self, range: Range<usize>) -> Span {
        let found = self.as_scalar().and_then(|scalar| {
            let walk = Walk { raw: self.span.text(), text: &scalar.text, style: scalar.style };
            walk.places(&range)
        });
        found.map_or_else(|| self.span.clone(), |place| self.span.part(place))
    }
}

/// A scalar's source and the text that it stands for, compared character by character.
struct Walk<'a> {
    raw: &'a str,
    text: &'a str,
    style: Style,
}

impl Walk<'_> {
    fn places(&self, range: &Range<usize>) -> Option<Range<usize>> {
        let mut at = usize::from(self.style == Style::Quoted);
        let mut found: Option<Range<usize>> = None;
        for (offset, character) in self.text.char_indices() {
            let place = self.place_of(character, at)?;
            at = place.end;
            if offset + character.len_utf8() > range.start && (offset < range.end || found.is_none()) {
                let end = if offset < range.end { place.end } else { place.start };
                found = Some(found.map_or(place.start..end, |found| found.start..end));
            }
        }
        Some(found.unwrap_or(at..at))
    }

    /// Where the source of the text's next character is, from a place in the source on.
    fn place_of(&self, character: char, mut at: usize) -> Option<Range<usize>> {
        loop {
            let rest = self.raw.get(at..)?;
            let first = rest.chars().next()?;
            if first == '\\' && self.style == Style::Quoted && self.raw.starts_with('"') {
                match escape_length(rest, character) {
                    Some(length) => return Some(at..at + length),
                    None => at += 1,
                }
            } else if first == '\'' && self.raw.starts_with('\'') && rest.starts_with("''") {
                return Some(at..at + 2);
            } else if first == character {
                return Some(at..at + first.len_utf8());
            } else if first.is_whitespace() {
                at += first.len_utf8();
            } else if character.is_whitespace() {
                return Some(at..at);
            } else {
                return None;
            }
        }
    }
}

/// The bytes of an escape that stands for a character; `None` if it only continues the line.
fn escape_length(rest: &str, character: char) -> Option<usize> {
    match rest.chars().nth(1)? {
        '\n' | '\r' => None,
        'x' => Some(4),
        'u' if u32::from(character) > 0xffff => Some(12),
        'u' => Some(6),
        'U' => Some(10),
        other => Some(1 + other.len_utf8()),
    }
}

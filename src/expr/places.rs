//! From a place in a scalar's content to its place in the file.

use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::Span;

/// Where the bytes of a scalar's content stand in the file. Without a map (escapes in the source, an alias) every
/// place is the whole scalar.
#[derive(Debug, Clone)]
pub(super) struct Places {
    span: Span,
    map: Option<Arc<[usize]>>,
}

impl Places {
    /// Aligns a scalar's content with its source text: quotes, indentation and folded lines are skipped.
    pub(super) fn align(content: &str, span: &Span) -> Self {
        let source = span.text();
        let map = source
            .find(content)
            .map(|at| (at..=at + content.len()).collect())
            .or_else(|| walk(content, source, body(source)))
            .map(|map: Vec<usize>| map.into_iter().map(|at| span.start + at).collect());
        Self { span: span.clone(), map }
    }

    /// The place of a range of the content.
    pub(super) fn span(&self, range: &Range<usize>) -> Span {
        let ends = self.map.as_ref().and_then(|map| {
            let start = *map.get(range.start)?;
            let end = if range.is_empty() { start } else { map.get(range.end - 1)? + 1 };
            Some((start, end))
        });
        match ends {
            Some((start, end)) => self.span.source.span(start..end.max(start)),
            None => self.span.clone(),
        }
    }

    /// The places of a part of the content, counted from the part's own start.
    pub(super) fn part(&self, range: &Range<usize>) -> Self {
        let map = self.map.as_ref().and_then(|map| map.get(range.start..=range.end)).map(Arc::from);
        Self { span: self.span(range), map }
    }
}

/// Where a scalar's content begins: after its quote, or after the line with the block's header.
fn body(source: &str) -> usize {
    match source.chars().next() {
        Some('\'' | '"') => 1,
        Some('|' | '>') => source.find('\n').map_or(source.len(), |at| at + 1),
        _ => 0,
    }
}

/// Pairs each byte of the content with a byte of the source. Whitespace of the content stands for any whitespace.
fn walk(content: &str, source: &str, from: usize) -> Option<Vec<usize>> {
    let mut at = from;
    let mut map = Vec::with_capacity(content.len() + 1);
    for char in content.chars() {
        at = step(char, source, at)?;
        map.extend(at..at + char.len_utf8());
        at += if source[at..].starts_with(char) { char.len_utf8() } else { 0 };
        if char == '\'' && source.starts_with('\'') {
            at += 1;
        }
    }
    map.push(at);
    Some(map)
}

/// Where a character of the content stands, at or after `at`.
fn step(char: char, source: &str, at: usize) -> Option<usize> {
    let rest = source.get(at..)?;
    if rest.starts_with(char) {
        return Some(at);
    }
    let skipped = at + (rest.len() - rest.trim_start().len());
    if char.is_whitespace() {
        let blank = rest.starts_with(char::is_whitespace) || rest.is_empty() || at == skipped;
        return blank.then_some(at.min(source.len()));
    }
    let rest = &source[skipped..];
    if rest.starts_with(char) {
        return Some(skipped);
    }
    let escaped =
        source.starts_with('"') && rest.starts_with('\\') && matches!(char, '"' | '\\') && rest[1..].starts_with(char);
    escaped.then_some(skipped + 1)
}

#[cfg(test)]
mod tests {
    use super::Places;
    use crate::diagnostic::Source;

    /// The part of the source that the word of the content is mapped to.
    fn check(source: &str, content: &str, word: &str, expected: &str) {
        let source = Source::new("a.yaml", source);
        let at = content.find(word).expect("the word is in the content");
        let places = Places::align(content, &source.span(0..source.text.len()));
        assert_eq!(places.span(&(at..at + word.len())).text(), expected, "{word} in {source:?}");
    }

    #[test]
    fn places_are_exact_in_plain_quoted_and_block_scalars() {
        check("a {{ b }}", "a {{ b }}", "b", "b");
        check("\"a {{ b }}\"", "a {{ b }}", "b", "b");
        check("'it''s {{ b }}'", "it's {{ b }}", "b", "b");
        check("\"say \\\"x\\\" {{ b }}\"", "say \"x\" {{ b }}", "b", "b");
        check("|\n    select {{ a }}\n      from {{ b }}\n", "select {{ a }}\n  from {{ b }}\n", "b", "b");
        check(">-\n    one {{ a }}\n    two {{ b }}\n", "one {{ a }} two {{ b }}", "b", "b");
        check("straße {{ ü }}", "straße {{ ü }}", "ü", "ü");
    }

    #[test]
    fn a_scalar_with_escapes_is_one_place() {
        check(r#""\x41 {{ b }}""#, "A {{ b }}", "b", r#""\x41 {{ b }}""#);
    }
}

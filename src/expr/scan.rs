//! Finds `{{ }}` in a text, and strings and brackets in an expression, without parsing it.

use std::ops::Range;

/// One piece of a template's text, as byte ranges of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Plain text.
    Text(Range<usize>),
    /// What stands between `{{` and `}}`.
    Expression(Range<usize>),
}

/// Why a text is not a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ScanError {
    /// This `{{` has no `}}`.
    Unclosed(Range<usize>),
    /// Nothing stands between `{{` and `}}`.
    Empty(Range<usize>),
}

/// Splits a text at its `{{ }}`. A `}}` inside a string of the expression, or one that closes mappings, does not end it.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece>, ScanError> {
    let mut pieces = Vec::new();
    let mut from = 0;
    while let Some(open) = text[from..].find("{{").map(|at| from + at) {
        if open > from {
            pieces.push(Piece::Text(from..open));
        }
        let inside = open + 2;
        let close = closing(text, inside).ok_or(ScanError::Unclosed(open..open + 2))?;
        if text[inside..close].trim().is_empty() {
            return Err(ScanError::Empty(open..close + 2));
        }
        pieces.push(Piece::Expression(inside..close));
        from = close + 2;
    }
    if from < text.len() {
        pieces.push(Piece::Text(from..text.len()));
    }
    Ok(pieces)
}

/// Where the `}}` is that ends the expression which begins at `from`.
fn closing(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (from, 0_usize);
    while at < bytes.len() {
        match bytes[at] {
            b'"' | b'\'' => {
                at = string_end(text, at)?;
                continue;
            }
            b'{' => depth += 1,
            b'}' if depth > 0 => depth -= 1,
            b'}' if bytes.get(at + 1) == Some(&b'}') => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// The end (exclusive) of the string literal whose quote is at `quote`; none if it is not closed.
///
/// CEL's forms: `'…'`, `"…"`, tripled quotes, and raw strings (`r'…'`) in which a backslash is a backslash.
pub(super) fn string_end(text: &str, quote: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let single = &text[quote..=quote];
    let triple = single.repeat(3);
    let (mark, raw) = (if text[quote..].starts_with(&triple) { triple.as_str() } else { single }, is_raw(bytes, quote));
    let mut at = quote + mark.len();
    while at < bytes.len() {
        if bytes[at] == b'\\' && !raw {
            at += 2;
        } else if text.as_bytes()[at..].starts_with(mark.as_bytes()) {
            return Some(at + mark.len());
        } else {
            at += 1;
        }
    }
    None
}

/// Whether the letters before the quote are a prefix with `r` in it (`r`, `br`, `rb`).
fn is_raw(bytes: &[u8], quote: usize) -> bool {
    let letters = bytes[..quote].iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let prefix = bytes[quote - letters..quote].to_ascii_lowercase();
    matches!(prefix.as_slice(), b"r" | b"br" | b"rb")
}

/// The pairs of brackets of an expression, outside of strings: the places of the opening and the closing one.
pub(super) fn brackets(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let (mut at, mut open, mut pairs) = (0, Vec::new(), Vec::new());
    while at < bytes.len() {
        match bytes[at] {
            b'"' | b'\'' => {
                at = string_end(text, at).unwrap_or(bytes.len());
                continue;
            }
            b'(' | b'[' | b'{' => open.push(at),
            b')' | b']' | b'}' => pairs.extend(open.pop().map(|start| (start, at))),
            _ => {}
        }
        at += 1;
    }
    pairs
}

/// How deep brackets are nested, closed or not.
pub(super) fn depth(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut depth, mut deepest) = (0, 0_usize, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'"' | b'\'' => {
                at = string_end(text, at).unwrap_or(bytes.len());
                continue;
            }
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
        at += 1;
    }
    deepest
}

/// The first `{{` outside of a string.
pub(super) fn braces(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' | b'\'' => {
                at = string_end(text, at)?;
                continue;
            }
            b'{' if bytes.get(at + 1) == Some(&b'{') => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Piece, ScanError, brackets, pieces};

    fn check(text: &str, expected: &[&str]) {
        let found = pieces(text).expect("a template");
        let shown: Vec<String> = found
            .into_iter()
            .map(|piece| match piece {
                Piece::Text(range) => format!("text {}", &text[range]),
                Piece::Expression(range) => format!("expression {}", text[range].trim()),
            })
            .collect();
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn expressions_are_told_from_text() {
        check("plain", &["text plain"]);
        check("", &[]);
        check("a {{ b }} c {{d}}", &["text a ", "expression b", "text  c ", "expression d"]);
        check("{{ 'a }} b' }}", &["expression 'a }} b'"]);
        check(r"{{ 'it\'s }}' }}!", &[r"expression 'it\'s }}'", "text !"]);
        check(r"{{ r'\' }}", &[r"expression r'\'"]);
        check("{{ {'a': {'b': 1}} }}", &["expression {'a': {'b': 1}}"]);
        check("{{ {'a': {'b': 1}}}}", &["expression {'a': {'b': 1}}"]);
        check("{{ '''it's }}''' }}", &["expression '''it's }}'''"]);
        check("{{ '{{' }}", &["expression '{{'"]);
        check("a }} b", &["text a }} b"]);
        check("straße {{ 'ü}}' }}", &["text straße ", "expression 'ü}}'"]);
    }

    #[test]
    fn a_template_that_does_not_end_or_is_empty_is_refused() {
        assert_eq!(pieces("ab {{ c"), Err(ScanError::Unclosed(3..5)));
        assert_eq!(pieces("{{ 'c }}"), Err(ScanError::Unclosed(0..2)));
        assert_eq!(pieces("ab {{ }} c"), Err(ScanError::Empty(3..8)));
        assert_eq!(pieces(r"{{ '\"), Err(ScanError::Unclosed(0..2)));
    }

    #[test]
    fn brackets_in_strings_do_not_count() {
        assert_eq!(brackets("f('(', [1])"), [(7, 9), (1, 10)]);
    }
}

//! A SQL file to its statements: cut at semicolons that are neither in quotes nor in comments. Pure.

use std::ops::Range;

/// Where the statements of a text stand, in bytes. Empty ones are left out.
pub fn split(sql: &str) -> Vec<Range<usize>> {
    let mut statements = Vec::new();
    let mut at = 0;
    while let Some(rest) = sql.get(at..).filter(|rest| !rest.is_empty()) {
        let end = end(rest);
        let statement = rest.get(..end).unwrap_or_default().trim_end();
        statements.extend(start(statement).map(|start| at + start..at + statement.len()));
        at += end + 1;
    }
    statements
}

/// Where the statement ends: at its semicolon, or with the text.
fn end(sql: &str) -> usize {
    let mut at = 0;
    while let Some(rest) = sql.get(at..).filter(|rest| !rest.is_empty()) {
        match token(rest) {
            Token::Semicolon => return at,
            Token::Other(length) | Token::Blank(length) => at += length,
        }
    }
    sql.len()
}

/// Where the first token that is neither blank nor a comment begins.
fn start(sql: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(rest) = sql.get(at..).filter(|rest| !rest.is_empty()) {
        match token(rest) {
            Token::Blank(length) => at += length,
            Token::Semicolon | Token::Other(_) => return Some(at),
        }
    }
    None
}

enum Token {
    Semicolon,
    /// Space or a comment of so many bytes.
    Blank(usize),
    /// A quoted text or a single character of so many bytes.
    Other(usize),
}

fn token(sql: &str) -> Token {
    let first = sql.chars().next().unwrap_or(' ');
    if sql.starts_with("--") {
        return Token::Blank(sql.find('\n').unwrap_or(sql.len()));
    }
    if sql.starts_with("/*") {
        return Token::Blank(sql.find("*/").map_or(sql.len(), |at| at + 2));
    }
    match first {
        ';' => Token::Semicolon,
        // A doubled quote is two texts side by side, which ends at the same place.
        '\'' | '"' | '`' => Token::Other(sql[1..].find(first).map_or(sql.len(), |at| at + 2)),
        blank if blank.is_whitespace() => Token::Blank(blank.len_utf8()),
        other => Token::Other(other.len_utf8()),
    }
}

//! A statement as a row of tokens with their places, on sqlparser's tokenizer.

use datafusion::sql::sqlparser::dialect::Dialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use super::hive_dialect::TrinoLexing;
use crate::sandbox::athena::failure::Failure;

/// One token and where it lies in the text (bytes), with its line and column from 1.
#[derive(Debug, Clone)]
pub struct Lexeme {
    pub token: Token,
    pub start: usize,
    pub end: usize,
    pub line: u64,
    pub column: u64,
}

/// Cuts a statement into tokens without blanks and comments; one semicolon at the end is dropped.
pub fn lexemes(dialect: &dyn Dialect, sql: &str) -> Result<Vec<Lexeme>, Failure> {
    let tokens = Tokenizer::new(dialect, sql).with_unescape(false).tokenize_with_location().map_err(|error| {
        let (line, column) = (error.location.line, error.location.column);
        Failure::user("SYNTAX_ERROR", format_args!("line {line}:{column}: {}", error.message))
    })?;
    let offsets = Offsets::new(sql);
    let mut lexemes: Vec<Lexeme> = tokens
        .into_iter()
        .filter(|token| !matches!(token.token, Token::Whitespace(_) | Token::EOF))
        .map(|token| {
            let (start, end) = (token.span.start, token.span.end);
            Lexeme {
                token: token.token,
                start: offsets.byte(start.line, start.column),
                end: offsets.byte(end.line, end.column),
                line: start.line,
                column: start.column,
            }
        })
        .collect();
    while lexemes.last().is_some_and(|lexeme| lexeme.token == Token::SemiColon) {
        lexemes.pop();
    }
    if lexemes.iter().any(|lexeme| lexeme.token == Token::SemiColon) {
        return Err(Failure::user("SYNTAX_ERROR", "Only one sql statement is allowed"));
    }
    Ok(lexemes)
}

/// From lines and columns (both from 1, columns in characters) to bytes.
struct Offsets {
    /// The byte at which each character begins, and the end.
    bytes: Vec<usize>,
    /// The number of the first character of each line.
    lines: Vec<usize>,
}

impl Offsets {
    fn new(sql: &str) -> Self {
        let bytes = sql.char_indices().map(|(at, _)| at).chain([sql.len()]).collect();
        let starts = sql.chars().enumerate().filter(|(_, c)| *c == '\n').map(|(number, _)| number + 1);
        Self { bytes, lines: std::iter::once(0).chain(starts).collect() }
    }

    fn byte(&self, line: u64, column: u64) -> usize {
        let index = |number: u64| usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
        let end = self.bytes.len() - 1;
        let character = self.lines.get(index(line)).map_or(end, |start| start.saturating_add(index(column)));
        self.bytes[character.min(end)]
    }
}

/// Line and column of the first word or quoted name `name` in a query.
pub fn places(sql: &str, name: &str) -> Option<(u64, u64)> {
    let found = lexemes(&TrinoLexing, sql).ok()?.into_iter().find(|lexeme| match &lexeme.token {
        Token::Word(word) => word.value.eq_ignore_ascii_case(name),
        _ => false,
    })?;
    Some((found.line, found.column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_with_their_place() {
        assert_eq!(places("select a,\n  \"B\" from t", "b"), Some((2, 3)));
        assert_eq!(places("select 'b' -- b", "b"), None);
    }
}

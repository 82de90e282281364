//! Why a statement was refused before it ran, with its place, in Athena's words.

use std::ops::ControlFlow;
use std::sync::LazyLock;

use datafusion::sql::sqlparser::ast::Spanned;
use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::{Location, TokenizerError};
use regex::Regex;

/// A statement that cannot be read or translated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct DialectError {
    /// Athena's text, which names code and place: `FUNCTION_NOT_FOUND: line 1:8: Function 'x' not registered`.
    pub message: String,
    /// 1-based line in the statement; 0 when the place is not known.
    pub line: u64,
    /// 1-based column in the line; 0 when the place is not known.
    pub column: u64,
}

#[expect(clippy::expect_used, reason = "a constant pattern")]
static PLACE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\s*at Line: (\d+), Column: (\d+)").expect("a constant pattern"));
#[expect(clippy::expect_used, reason = "a constant pattern")]
static EXPECTED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?s)^Expected:? (.*?):?,? found: (.*)$").expect("a constant pattern"));

impl DialectError {
    /// A refusal with a code, at a place.
    pub fn at(code: &str, place: Location, message: impl std::fmt::Display) -> Self {
        let place_text =
            if place.line == 0 { String::new() } else { format!("line {}:{}: ", place.line, place.column) };
        let message = format!("{code}: {place_text}{message}");
        Self { message, line: place.line, column: place.column }
    }

    /// Trino has it, the sandbox has not.
    pub fn unsupported(place: Location, what: impl std::fmt::Display) -> Self {
        Self::at("NOT_SUPPORTED", place, format!("the shakedown sandbox does not support {what}"))
    }

    /// Text that is not of Trino's grammar.
    pub fn mismatched(place: Location, found: &str, expecting: &str) -> Self {
        let expecting = if expecting.is_empty() { String::new() } else { format!(" Expecting: {expecting}") };
        let message = format!("line {}:{}: mismatched input '{found}'.{expecting}", place.line, place.column);
        Self { message, line: place.line, column: place.column }
    }

    /// The parser's error in Athena's words. `end` is where the statement ends.
    pub fn from_parser(error: &ParserError, end: Location) -> Self {
        let text = match error {
            ParserError::TokenizerError(text) | ParserError::ParserError(text) => text.clone(),
            ParserError::RecursionLimitExceeded => {
                return Self::at("SYNTAX_ERROR", Location { line: 0, column: 0 }, "statement is too deeply nested");
            }
        };
        let number = |at: usize| PLACE.captures(&text).and_then(|found| found[at].parse().ok());
        let place = Location { line: number(1).unwrap_or(end.line), column: number(2).unwrap_or(end.column) };
        let bare = PLACE.replace(&text, "").into_owned();
        match EXPECTED.captures(&bare) {
            Some(found) if &found[2] == "EOF" => Self::mismatched(place, "<EOF>", &found[1]),
            Some(found) => Self::mismatched(place, &found[2], &found[1]),
            None => Self::at("SYNTAX_ERROR", place, bare),
        }
    }

    /// The tokenizer's error in Athena's words.
    pub fn from_tokenizer(error: &TokenizerError) -> Self {
        Self::at("SYNTAX_ERROR", error.location, &error.message)
    }
}

/// What a rewrite returns for each node it looks at.
pub type Visit = ControlFlow<DialectError>;

/// Where a node begins.
pub fn place_of(node: &impl Spanned) -> Location {
    node.span().start
}

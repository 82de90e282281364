//! The way from a statement's text to the tree that DataFusion plans.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Query, VisitMut, VisitorMut};
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

use super::calls::Calls;
use super::depth::{Depth, Shallow};
use super::expressions::Expressions;
use super::grammar::AthenaDialect;
use super::identifiers::Identifiers;
use super::lambdas::Lambdas;
use super::literals::{Literals, Unflag};
use super::outputs::Outputs;
use super::relations::Relations;
use super::unnest::{UnnestCalls, Unnests};
use super::{DialectError, values};

/// One Athena SELECT-like statement (select, with, values; the query of a CTAS or insert) as DataFusion's syntax tree.
///
/// # Errors
/// Text that is not Trino's SQL, functions that are not registered, and what the sandbox does not support.
pub fn translate_query(sql: &str) -> Result<Query, DialectError> {
    // Parser and rewrites recurse; a statement of 256 KB can be far deeper than the stack of a worker.
    let translated = std::thread::scope(|scope| {
        let worker = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || translate(sql));
        worker.map(std::thread::ScopedJoinHandle::join)
    });
    let unavailable =
        || DialectError::at("GENERIC_INTERNAL_ERROR", Location { line: 0, column: 0 }, "no thread to parse in");
    match translated {
        Ok(Ok(result)) => result,
        Ok(Err(_)) | Err(_) => Err(unavailable()),
    }
}

/// Bytes of address space for one translation.
const STACK: usize = 256 << 20;
/// What Athena takes as one query, in bytes.
const LONGEST: usize = 262_144;

fn translate(sql: &str) -> Result<Query, DialectError> {
    if sql.len() > LONGEST {
        let message = format!("the query has {} bytes, Athena takes {LONGEST}", sql.len());
        return Err(DialectError::at("QUERY_TEXT_TOO_LARGE", Location { line: 0, column: 0 }, message));
    }
    let mut query = parse(sql)?;
    rewrite(&mut query, &mut Shallow)?;
    // Before the rewrites, whose work grows with depth, and once more after them.
    rewrite(&mut query, &mut Depth::default())?;
    rewrite(&mut query, &mut Relations)?;
    rewrite(&mut query, &mut Identifiers)?;
    rewrite(&mut query, &mut UnnestCalls)?;
    rewrite(&mut query, &mut Unnests)?;
    rewrite(&mut query, &mut Literals)?;
    rewrite(&mut query, &mut Calls)?;
    rewrite(&mut query, &mut Lambdas::default())?;
    rewrite(&mut query, &mut Expressions)?;
    rewrite(&mut query, &mut Outputs::default())?;
    rewrite(&mut query, &mut Unflag)?;
    rewrite(&mut query, &mut Depth::default())?;
    Ok(query)
}

fn rewrite(query: &mut Query, visitor: &mut impl VisitorMut<Break = DialectError>) -> Result<(), DialectError> {
    match query.visit(visitor) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

fn parse(sql: &str) -> Result<Query, DialectError> {
    let tokens = Tokenizer::new(&AthenaDialect, sql).tokenize_with_location();
    let tokens = tokens.map_err(|error| DialectError::from_tokenizer(&error))?;
    let end = end_of(&tokens);
    super::tokens::check(&tokens)?;
    let tokens = without_semicolon(values::parenthesise(tokens));
    let mut parser = Parser::new(&AthenaDialect).with_recursion_limit(100).with_tokens_with_locations(tokens);
    let query = parser.parse_query().map_err(|error| DialectError::from_parser(&error, end))?;
    let next = parser.peek_token();
    match next.token {
        Token::EOF => Ok(*query),
        found => Err(DialectError::mismatched(next.span.start, &found.to_string(), "<EOF>")),
    }
}

/// The place after the last token.
fn end_of(tokens: &[TokenWithSpan]) -> Location {
    let last = tokens.iter().rev().find(|token| !matches!(token.token, Token::Whitespace(_) | Token::EOF));
    last.map_or(Location { line: 1, column: 1 }, |token| token.span.end)
}

fn without_semicolon(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    while matches!(tokens.last().map(|last| &last.token), Some(Token::SemiColon | Token::EOF)) {
        tokens.pop();
    }
    tokens
}

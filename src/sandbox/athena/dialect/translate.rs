//! The way from a statement's text to the tree that DataFusion plans.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Query, VisitMut, VisitorMut};
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

use super::calls::Calls;
use super::expressions::Expressions;
use super::grammar::AthenaDialect;
use super::identifiers::Identifiers;
use super::lambdas::Lambdas;
use super::literals::{Literals, Unflag};
use super::outputs::Outputs;
use super::unnest::{UnnestCalls, Unnests};
use super::{DialectError, values};

/// One Athena SELECT-like statement (select, with, values; the query of a CTAS or insert) as DataFusion's syntax tree.
///
/// # Errors
/// Text that is not Trino's SQL, functions that are not registered, and what the sandbox does not support.
pub fn translate_query(sql: &str) -> Result<Query, DialectError> {
    let mut query = parse(sql)?;
    rewrite(&mut query, &mut Identifiers)?;
    rewrite(&mut query, &mut UnnestCalls)?;
    rewrite(&mut query, &mut Unnests)?;
    rewrite(&mut query, &mut Literals)?;
    rewrite(&mut query, &mut Calls)?;
    rewrite(&mut query, &mut Lambdas::default())?;
    rewrite(&mut query, &mut Expressions)?;
    rewrite(&mut query, &mut Outputs::default())?;
    rewrite(&mut query, &mut Unflag)?;
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
    let tokens = without_semicolon(values::parenthesise(tokens));
    let mut parser = Parser::new(&AthenaDialect).with_recursion_limit(200).with_tokens_with_locations(tokens);
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

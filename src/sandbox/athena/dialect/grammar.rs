//! Trino's grammar, where it is not the parser's: what is switched on, and how casts are read.

use datafusion::sql::sqlparser::ast::Expr;
use datafusion::sql::sqlparser::dialect::Dialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::Token;

use super::build::{call, text};

/// Athena's dialect of SQL.
#[derive(Debug)]
pub struct AthenaDialect;

impl Dialect for AthenaDialect {
    fn is_identifier_start(&self, ch: char) -> bool {
        ch.is_alphabetic() || ch == '_'
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        ch.is_alphanumeric() || ch == '_'
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        ch == '"'
    }

    fn identifier_quote_style(&self, _identifier: &str) -> Option<char> {
        Some('"')
    }

    fn supports_lambda_functions(&self) -> bool {
        true
    }

    fn supports_filter_during_aggregation(&self) -> bool {
        true
    }

    fn supports_within_after_array_aggregation(&self) -> bool {
        true
    }

    fn supports_group_by_expr(&self) -> bool {
        true
    }

    fn supports_window_clause_named_window_reference(&self) -> bool {
        true
    }

    fn supports_unicode_string_literal(&self) -> bool {
        true
    }

    fn require_interval_qualifier(&self) -> bool {
        true
    }

    fn allow_extract_custom(&self) -> bool {
        true
    }

    fn supports_subquery_as_function_arg(&self) -> bool {
        true
    }

    fn supports_comma_separated_trim(&self) -> bool {
        true
    }

    fn parse_prefix(&self, parser: &mut Parser<'_>) -> Option<Result<Expr, ParserError>> {
        let function = match parser.peek_token().token {
            Token::Word(word) if word.keyword == Keyword::CAST => "$cast",
            Token::Word(word) if word.keyword == Keyword::TRY_CAST => "$try_cast",
            _ => return None,
        };
        if parser.peek_nth_token(1).token != Token::LParen {
            return None;
        }
        Some(parse_cast(parser, function))
    }
}

/// `cast(x as array(row(a integer)))`: the type is kept as its text.
fn parse_cast(parser: &mut Parser<'_>, function: &str) -> Result<Expr, ParserError> {
    parser.next_token();
    parser.expect_token(&Token::LParen)?;
    let value = parser.parse_expr()?;
    parser.expect_keyword(Keyword::AS)?;
    let data_type = type_text(parser)?;
    parser.expect_token(&Token::RParen)?;
    Ok(cast_call(function, value, &data_type))
}

/// The call that a cast becomes; the length of `varchar(n)` is a third argument.
pub fn cast_call(function: &str, value: Expr, data_type: &str) -> Expr {
    match varchar_length(data_type) {
        Some(length) => call(function, vec![value, text("varchar"), super::build::plain_number(length)]),
        None => call(function, vec![value, text(data_type)]),
    }
}

fn varchar_length(data_type: &str) -> Option<&str> {
    let rest = data_type.trim().to_lowercase().strip_prefix("varchar").map(str::len)?;
    let inside = data_type.trim().split_at(data_type.trim().len() - rest).1.trim();
    inside.strip_prefix('(')?.strip_suffix(')').map(str::trim)
}

/// The tokens of a type up to the parenthesis that closes the cast.
fn type_text(parser: &mut Parser<'_>) -> Result<String, ParserError> {
    let (mut words, mut depth) = (Vec::new(), 0_usize);
    loop {
        match parser.peek_token().token {
            Token::RParen if depth == 0 && !words.is_empty() => return Ok(words.join(" ")),
            Token::LParen if depth >= 32 => return parser.expected("a type of less depth", parser.peek_token()),
            Token::LParen => depth += 1,
            Token::RParen if depth > 0 => depth -= 1,
            Token::Word(_) | Token::Number(..) | Token::Comma => {}
            _ => return parser.expected("a type", parser.peek_token()),
        }
        words.push(parser.next_token().token.to_string());
    }
}

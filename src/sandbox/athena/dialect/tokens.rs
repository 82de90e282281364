//! Words that the parser takes and Trino's grammar does not, found before anything is parsed.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use super::DialectError;

/// Words that are no names unless they are quoted (Trino, "Reserved keywords").
const RESERVED: &[&str] = &[
    "alter",
    "and",
    "as",
    "between",
    "by",
    "case",
    "cast",
    "constraint",
    "create",
    "cross",
    "cube",
    "deallocate",
    "delete",
    "describe",
    "distinct",
    "drop",
    "else",
    "end",
    "escape",
    "except",
    "execute",
    "exists",
    "extract",
    "false",
    "for",
    "from",
    "full",
    "group",
    "grouping",
    "having",
    "in",
    "inner",
    "insert",
    "intersect",
    "into",
    "is",
    "join",
    "left",
    "like",
    "natural",
    "normalize",
    "not",
    "null",
    "on",
    "or",
    "order",
    "outer",
    "prepare",
    "recursive",
    "right",
    "rollup",
    "select",
    "skip",
    "table",
    "then",
    "trim",
    "true",
    "uescape",
    "union",
    "unnest",
    "using",
    "values",
    "when",
    "where",
    "with",
];

/// Refuses them.
pub fn check(tokens: &[TokenWithSpan]) -> Result<(), DialectError> {
    // Whitespace has gone where it matters: `1_000` is two tokens without any between them.
    let solid: Vec<&TokenWithSpan> =
        tokens.iter().filter(|token| !matches!(token.token, Token::Whitespace(_))).collect();
    solid.iter().try_for_each(|token| single(token))?;
    solid.windows(2).try_for_each(|pair| pairs(pair[0], pair[1]))?;
    solid.windows(3).try_for_each(|three| limits(three[0], three[1], three[2]))
}

fn single(token: &TokenWithSpan) -> Result<(), DialectError> {
    let width = token.span.end.column.saturating_sub(token.span.start.column);
    match &token.token {
        Token::DoubleEq => Err(DialectError::mismatched(token.span.start, "=", "")),
        // `X'1F'` has a character more than `0x1F`.
        Token::HexStringLiteral(digits) if width == digits.len() as u64 + 2 => {
            Err(DialectError::unsupported(token.span.start, format!("the hexadecimal number 0x{digits}")))
        }
        _ => Ok(()),
    }
}

fn pairs(first: &TokenWithSpan, second: &TokenWithSpan) -> Result<(), DialectError> {
    let Token::Word(word) = &second.token else { return Ok(()) };
    let refused = match &first.token {
        Token::Number(..) => first.span.end == second.span.start && word.value.starts_with('_'),
        Token::Word(before) if before.keyword == Keyword::AS && before.quote_style.is_none() => {
            word.quote_style.is_none() && RESERVED.contains(&word.value.to_lowercase().as_str())
        }
        _ => false,
    };
    if refused { Err(DialectError::mismatched(second.span.start, &word.value, "")) } else { Ok(()) }
}

/// Trino has OFFSET before LIMIT.
fn limits(first: &TokenWithSpan, count: &TokenWithSpan, third: &TokenWithSpan) -> Result<(), DialectError> {
    let is = |token: &TokenWithSpan, keyword| matches!(&token.token, Token::Word(word) if word.keyword == keyword && word.quote_style.is_none());
    let number = matches!(count.token, Token::Number(..)) || is(count, Keyword::ALL);
    if is(first, Keyword::LIMIT) && number && is(third, Keyword::OFFSET) {
        return Err(DialectError::mismatched(third.span.start, "offset", "<EOF>"));
    }
    Ok(())
}

//! `values 1, 2` and `values row(1, 'a')`: rows are put in parentheses before the parser sees them.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

/// The tokens with every row of VALUES in parentheses.
pub fn parenthesise(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let tokens: Vec<TokenWithSpan> =
        tokens.into_iter().filter(|token| !matches!(token.token, Token::Whitespace(_))).collect();
    let mut out = Vec::with_capacity(tokens.len() + 8);
    let mut at = 0;
    while at < tokens.len() {
        out.push(tokens[at].clone());
        let starts = is_word(&tokens[at], Keyword::VALUES);
        at += 1;
        if starts {
            at = rows(&tokens, at, &mut out);
        }
    }
    out
}

fn is_word(token: &TokenWithSpan, keyword: Keyword) -> bool {
    matches!(&token.token, Token::Word(word) if word.keyword == keyword && word.quote_style.is_none())
}

const ENDS: &[Keyword] = &[
    Keyword::ORDER,
    Keyword::LIMIT,
    Keyword::OFFSET,
    Keyword::FETCH,
    Keyword::UNION,
    Keyword::EXCEPT,
    Keyword::INTERSECT,
];

/// Copies the rows that begin at a token; the place after them.
fn rows(tokens: &[TokenWithSpan], from: usize, out: &mut Vec<TokenWithSpan>) -> usize {
    let mut at = from;
    loop {
        let end = row_end(tokens, at);
        if end == at {
            return at;
        }
        row(&tokens[at..end], out);
        at = end;
        match tokens.get(at) {
            Some(comma) if comma.token == Token::Comma => out.push(comma.clone()),
            _ => return at,
        }
        at += 1;
    }
}

fn row_end(tokens: &[TokenWithSpan], from: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        match &token.token {
            Token::LParen | Token::LBracket => depth += 1,
            Token::RParen | Token::RBracket | Token::Comma | Token::SemiColon | Token::EOF if depth == 0 => return at,
            Token::RParen | Token::RBracket => depth -= 1,
            Token::Word(word) if depth == 0 && word.quote_style.is_none() && ENDS.contains(&word.keyword) => return at,
            _ => {}
        }
    }
    tokens.len()
}

fn row(tokens: &[TokenWithSpan], out: &mut Vec<TokenWithSpan>) {
    let inner = if is_word(&tokens[0], Keyword::ROW) && is_enclosed(&tokens[1..]) { &tokens[1..] } else { tokens };
    let whole = is_enclosed(inner);
    let paren = |token: Token, beside: &TokenWithSpan| TokenWithSpan { token, span: beside.span };
    if !whole {
        out.push(paren(Token::LParen, &tokens[0]));
    }
    // Rows may hold VALUES of their own, in a subquery.
    out.extend(parenthesise(inner.to_vec()));
    if !whole {
        out.push(paren(Token::RParen, &tokens[tokens.len() - 1]));
    }
}

/// Whether the tokens are one pair of parentheses and what is in it.
fn is_enclosed(tokens: &[TokenWithSpan]) -> bool {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at > 0 && at + 1 == tokens.len();
        }
    }
    false
}

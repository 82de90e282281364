//! Execution parameters: put into the statement where its question marks are.

use datafusion::sql::sqlparser::tokenizer::Token;

use super::hive_dialect::TrinoLexing;
use super::lexemes::{Lexeme, lexemes};
use crate::sandbox::athena::failure::Failure;

/// The statement with its `?` replaced by the parameters, which are SQL expressions as text.
pub fn substituted(sql: &str, parameters: &[String]) -> Result<String, Failure> {
    let marks: Vec<Lexeme> = match lexemes(&TrinoLexing, sql) {
        Ok(all) => all.into_iter().filter(is_mark).collect(),
        // Hive's strings cannot be read by Trino's rules; statements with them take no parameters.
        Err(_) => Vec::new(),
    };
    if marks.len() != parameters.len() {
        let message = format!(
            "line 1:1: Incorrect number of parameters: expected {} but found {}",
            marks.len(),
            parameters.len()
        );
        return Err(Failure::user("INVALID_PARAMETER_USAGE", message));
    }
    let (mut whole, mut at) = (String::with_capacity(sql.len()), 0);
    for (mark, parameter) in marks.iter().zip(parameters) {
        whole.push_str(&sql[at..mark.start]);
        whole.push_str(&checked_parameter(parameter)?);
        at = mark.end;
    }
    whole.push_str(&sql[at..]);
    Ok(whole)
}

fn is_mark(lexeme: &Lexeme) -> bool {
    match &lexeme.token {
        Token::Placeholder(mark) => mark == "?",
        Token::Question => true,
        _ => false,
    }
}

/// One expression: it may not close a parenthesis that it did not open, nor hold a comment or another statement.
fn checked_parameter(parameter: &str) -> Result<String, Failure> {
    let refused = || {
        Failure::user(
            "INVALID_PARAMETER_USAGE",
            format_args!("the execution parameter {parameter} is not one SQL literal"),
        )
    };
    let tokens = lexemes(&TrinoLexing, parameter).map_err(|_| refused())?;
    let mut depth = 0_i32;
    for lexeme in &tokens {
        depth += match lexeme.token {
            Token::LParen => 1,
            Token::RParen => -1,
            _ => 0,
        };
        if depth < 0 || (depth == 0 && lexeme.token == Token::Comma) {
            return Err(refused());
        }
    }
    let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { return Err(refused()) };
    let text = parameter.get(first.start..last.end).filter(|_| depth == 0).ok_or_else(refused)?;
    Ok(if tokens.len() == 1 { text.to_owned() } else { format!("({text})") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_put_where_the_question_marks_are() {
        fn check(sql: &str, parameters: &[&str], expected: Result<&str, &str>) {
            let parameters: Vec<String> = parameters.iter().map(|text| (*text).to_owned()).collect();
            let result = substituted(sql, &parameters).map_err(|failure| failure.reason);
            match expected {
                Ok(expected) => assert_eq!(result.as_deref(), Ok(expected)),
                Err(part) => assert!(result.as_ref().is_err_and(|reason| reason.contains(part)), "{result:?}"),
            }
        }
        check("select ? , '?' -- ?", &["'it''s'"], Ok("select 'it''s' , '?' -- ?"));
        check("select ä, ?, ?", &["-1", "date '2026-01-16'"], Ok("select ä, (-1), (date '2026-01-16')"));
        check("select ?", &[], Err("expected 1 but found 0"));
        check("select 1", &["1"], Err("expected 0 but found 1"));
        check("select ?", &["1; drop table t"], Err("not one SQL literal"));
        check("select f(?)", &["1) or (1"], Err("not one SQL literal"));
        check("select ?", &["1, 2"], Err("not one SQL literal"));
        check("select ?", &[""], Err("not one SQL literal"));
    }
}

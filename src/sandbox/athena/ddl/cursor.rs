//! A cursor that reads a statement word by word, for the grammars in this folder.

use datafusion::sql::sqlparser::tokenizer::Token;

use super::hive_dialect::{HiveLexing, TrinoLexing};
use super::lexemes::{Lexeme, lexemes};
use crate::sandbox::athena::failure::Failure;

/// Reads a statement word by word.
#[derive(Debug)]
pub struct Cursor<'a> {
    sql: &'a str,
    lexemes: Vec<Lexeme>,
    at: usize,
    hive: bool,
}

/// A table's or view's name: database (if given) and name, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableName {
    pub database: Option<String>,
    pub name: String,
}

impl TableName {
    /// The database of the name, or the session's.
    pub fn database_or<'a>(&'a self, session: &'a str) -> &'a str {
        self.database.as_deref().unwrap_or(session)
    }
}

impl<'a> Cursor<'a> {
    /// A cursor over a statement in Hive's grammar.
    pub fn hive(sql: &'a str) -> Result<Self, Failure> {
        Ok(Self { sql, lexemes: lexemes(&HiveLexing, sql)?, at: 0, hive: true })
    }

    /// A cursor over a statement in Trino's grammar.
    pub fn trino(sql: &'a str) -> Result<Self, Failure> {
        Ok(Self { sql, lexemes: lexemes(&TrinoLexing, sql)?, at: 0, hive: false })
    }

    fn peek(&self) -> Option<&Token> {
        self.lexemes.get(self.at).map(|lexeme| &lexeme.token)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.at += usize::from(token.is_some());
        token
    }

    /// Whether the next words are these, in any case; moves behind them if so.
    pub fn take(&mut self, words: &str) -> bool {
        let found = self.looks_at(words);
        if found {
            self.at += words.split(' ').count();
        }
        found
    }

    /// Whether the next words are these, in any case.
    pub fn looks_at(&self, words: &str) -> bool {
        words.split(' ').enumerate().all(|(index, word)| {
            match self.lexemes.get(self.at + index).map(|lexeme| &lexeme.token) {
                Some(Token::Word(found)) => found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word),
                _ => false,
            }
        })
    }

    /// Moves back before the token that was taken last.
    pub fn back(&mut self) {
        self.at = self.at.saturating_sub(1);
    }

    /// Requires these words.
    pub fn expect(&mut self, words: &str) -> Result<(), Failure> {
        if self.take(words) { Ok(()) } else { Err(self.mismatch(&format!("'{}'", words.to_uppercase()))) }
    }

    /// Whether the next token is this symbol; moves behind it if so.
    pub fn symbol(&mut self, symbol: &Token) -> bool {
        let found = self.peek() == Some(symbol);
        self.at += usize::from(found);
        found
    }

    /// Requires this symbol.
    pub fn expect_symbol(&mut self, symbol: &Token) -> Result<(), Failure> {
        if self.symbol(symbol) { Ok(()) } else { Err(self.mismatch(&format!("'{symbol}'"))) }
    }

    /// The failure that the next token is not what the grammar wants.
    pub fn mismatch(&self, expecting: &str) -> Failure {
        let next = self.lexemes.get(self.at);
        let (line, column) = next.map_or_else(|| end_of(self.sql), |lexeme| (lexeme.line, lexeme.column));
        let found = next.map_or("<EOF>", |lexeme| &self.sql[lexeme.start..lexeme.end]);
        Failure::user(
            "SYNTAX_ERROR",
            format_args!("line {line}:{column}: mismatched input '{found}'. Expecting: {expecting}"),
        )
    }

    /// A name in lower case, quoted or not.
    pub fn identifier(&mut self) -> Result<String, Failure> {
        match self.peek() {
            Some(Token::Word(word)) => {
                let name = word.value.to_lowercase();
                self.at += 1;
                Ok(name)
            }
            Some(Token::DoubleQuotedString(name)) => {
                let name = name.to_lowercase();
                self.at += 1;
                Ok(name)
            }
            _ => Err(self.mismatch("<identifier>")),
        }
    }

    /// `table`, `database.table` or `catalog.database.table`.
    pub fn table_name(&mut self) -> Result<TableName, Failure> {
        let mut parts = vec![self.identifier()?];
        while self.symbol(&Token::Period) {
            parts.push(self.identifier()?);
        }
        // Hive writes both names into one pair of backticks.
        if let [both] = parts.as_slice()
            && let Some((database, name)) = both.split_once('.').filter(|_| self.hive)
        {
            parts = vec![database.to_owned(), name.to_owned()];
        }
        let name = parts.pop().unwrap_or_default();
        let database = parts.pop();
        match parts.pop() {
            None => Ok(TableName { database, name }),
            Some(catalog) if catalog == super::super::planner::CATALOG && parts.is_empty() => {
                Ok(TableName { database, name })
            }
            Some(catalog) => {
                Err(Failure::user("CATALOG_NOT_FOUND", format_args!("Catalog '{catalog}' does not exist")))
            }
        }
    }

    /// A string, unescaped by the rules of the statement's grammar.
    pub fn string(&mut self) -> Result<String, Failure> {
        let text = match self.peek() {
            Some(Token::SingleQuotedString(text)) => Some(text.clone()),
            Some(Token::DoubleQuotedString(text)) if self.hive => Some(text.clone()),
            _ => None,
        };
        let Some(text) = text else { return Err(self.mismatch("<string>")) };
        self.at += 1;
        Ok(if self.hive { unescaped(&text) } else { text.replace("''", "'") })
    }

    /// The text up to a comma, a closing parenthesis or one of `words`, outside brackets of any kind.
    pub fn text_until(&mut self, words: &[&str]) -> Result<&'a str, Failure> {
        let from = self.at;
        let mut depth = 0_i32;
        while let Some(token) = self.peek() {
            match token {
                Token::Comma | Token::RParen if depth <= 0 => break,
                Token::Word(_) if depth <= 0 && words.iter().any(|word| self.looks_at(word)) => break,
                Token::LParen | Token::Lt | Token::LBracket => depth += 1,
                Token::RParen | Token::Gt | Token::RBracket => depth -= 1,
                Token::ShiftRight => depth -= 2,
                _ => {}
            }
            self.at += 1;
        }
        match (self.lexemes.get(from), self.at.checked_sub(1).and_then(|last| self.lexemes.get(last))) {
            (Some(first), Some(last)) if self.at > from => Ok(&self.sql[first.start..last.end]),
            _ => Err(self.mismatch("<text>")),
        }
    }

    /// A number or other literal, a string without its quotes: the value of a property or partition.
    pub fn literal(&mut self) -> Result<String, Failure> {
        if matches!(self.peek(), Some(Token::SingleQuotedString(_) | Token::DoubleQuotedString(_))) {
            return self.string();
        }
        let minus = if self.symbol(&Token::Minus) { "-" } else { "" };
        match self.next() {
            Some(Token::Number(digits, _)) => Ok(format!("{minus}{digits}")),
            Some(Token::Word(word)) if minus.is_empty() => Ok(word.value),
            _ => {
                self.at = self.at.saturating_sub(1);
                Err(self.mismatch("<literal>"))
            }
        }
    }

    /// Whether nothing is left.
    pub fn at_end(&self) -> bool {
        self.at >= self.lexemes.len()
    }

    /// Requires that nothing is left.
    pub fn end(&self) -> Result<(), Failure> {
        if self.at_end() { Ok(()) } else { Err(self.mismatch("<EOF>")) }
    }

    /// The rest of the statement, with blanks in place of what was read so that lines and columns in errors stay true. Parentheses
    /// around all of it are taken off.
    pub fn rest(&mut self) -> Result<String, Failure> {
        let mut last = self.lexemes.len();
        let wrapped = self.peek() == Some(&Token::LParen) && self.closes_at_end();
        if wrapped {
            self.at += 1;
            last -= 1;
        }
        let (Some(first), Some(last)) =
            (self.lexemes.get(self.at), last.checked_sub(1).and_then(|at| self.lexemes.get(at)))
        else {
            return Err(self.mismatch("<query>"));
        };
        let blank = |c: char| if c == '\n' { '\n' } else { ' ' };
        let before: String = self.sql[..first.start].chars().map(blank).collect();
        let rest = self.sql.get(first.start..last.end).ok_or_else(|| self.mismatch("<query>"))?;
        Ok(before + rest)
    }

    fn closes_at_end(&self) -> bool {
        let mut depth = 0_i32;
        for (index, lexeme) in self.lexemes.iter().enumerate().skip(self.at) {
            match lexeme.token {
                Token::LParen => depth += 1,
                Token::RParen => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return index + 1 == self.lexemes.len();
            }
        }
        false
    }

    /// The first words in upper case, to say which statement this is.
    pub fn heading(&self, words: usize) -> String {
        let word = |lexeme: &Lexeme| match &lexeme.token {
            Token::Word(word) if word.quote_style.is_none() => Some(word.value.to_uppercase()),
            _ => None,
        };
        self.lexemes.iter().take(words).map_while(word).collect::<Vec<_>>().join(" ")
    }

    /// The most operators that stand in one row, between the same parentheses and commas: the depth of the tree they become.
    pub fn longest_chain(&self) -> usize {
        let (mut chains, mut longest) = (vec![0_usize], 0);
        for lexeme in &self.lexemes {
            match &lexeme.token {
                Token::LParen => chains.push(0),
                Token::RParen => drop(chains.pop()),
                Token::Comma => drop(chains.last_mut().map(std::mem::take)),
                token if joins(token) => {
                    if let Some(chain) = chains.last_mut() {
                        *chain += 1;
                        longest = longest.max(*chain);
                    }
                }
                _ => {}
            }
        }
        longest
    }

    /// Whether a word occurs anywhere outside parentheses.
    pub fn mentions(&self, word: &str) -> bool {
        let mut depth = 0_i32;
        self.lexemes.iter().any(|lexeme| match &lexeme.token {
            Token::LParen => {
                depth += 1;
                false
            }
            Token::RParen => {
                depth -= 1;
                false
            }
            Token::Word(found) => depth == 0 && found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word),
            _ => false,
        })
    }
}

fn end_of(sql: &str) -> (u64, u64) {
    let last = sql.rsplit('\n').next().unwrap_or_default();
    (sql.matches('\n').count() as u64 + 1, last.chars().count() as u64 + 1)
}

/// Hive's escapes: `\t`, `\001` (octal), `\u0001`, and a backslash before anything else stands for that.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        let octal = after.get(..3).filter(|digits| digits.bytes().all(|byte| (b'0'..=b'7').contains(&byte)));
        let hexadecimal = after
            .strip_prefix('u')
            .and_then(|after| after.get(..4))
            .and_then(|text| u32::from_str_radix(text, 16).ok());
        let (c, used) =
            match (octal.and_then(|digits| u8::from_str_radix(digits, 8).ok()), hexadecimal.and_then(char::from_u32)) {
                (Some(code), _) => (Some(char::from(code)), 3),
                (None, Some(c)) => (Some(c), 5),
                (None, None) => single_escape(after),
            };
        plain.extend(c);
        rest = &after[used..];
    }
    plain.push_str(rest);
    plain
}

fn single_escape(after: &str) -> (Option<char>, usize) {
    let Some(c) = after.chars().next() else { return (Some('\\'), 0) };
    let plain = match c {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\u{8}',
        '0' => '\0',
        other => other,
    };
    (Some(plain), c.len_utf8())
}

/// Whether a token joins what is left and right of it.
fn joins(token: &Token) -> bool {
    match token {
        Token::Plus | Token::Minus | Token::Mul | Token::Div | Token::Mod | Token::StringConcat => true,
        Token::Word(word) => {
            let words = ["and", "or", "union", "intersect", "except", "join"];
            word.quote_style.is_none() && words.iter().any(|joining| word.value.eq_ignore_ascii_case(joining))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hive_strings_know_escapes_and_both_quotes() {
        fn check(sql: &str, expected: &str) {
            assert_eq!(Cursor::hive(sql).expect(sql).string().expect(sql), expected, "{sql}");
        }
        check(r"'a\tb'", "a\tb");
        check(r#""\"""#, "\"");
        check(r"'\\'", "\\");
        check(r"'\001'", "\u{1}");
        check(r"'\u0041'", "A");
        check(r#"'"'"#, "\"");
    }

    #[test]
    fn the_rest_of_a_statement_keeps_lines_and_columns() {
        let mut cursor = Cursor::trino("create view v as\n (select ä from t) ;").expect("tokens");
        assert!(cursor.take("create view") && cursor.identifier().is_ok() && cursor.take("as"));
        assert_eq!(cursor.rest().expect("rest"), "                \n  select ä from t");
        let mut cursor = Cursor::trino("x (select 1) union (select 2)").expect("tokens");
        assert!(cursor.take("x"));
        assert_eq!(cursor.rest().expect("rest"), "  (select 1) union (select 2)");
    }
}

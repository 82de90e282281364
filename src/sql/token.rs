//! Tokens of SQL: words, quoted things, symbols. Comments and blanks are dropped.

/// Why a text is not one statement that is known. The message is a fragment in lower case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SqlError {
    /// What is wrong.
    pub message: String,
    /// The byte of the text at which it is.
    pub at: usize,
}

impl SqlError {
    pub(super) fn new(message: impl Into<String>, at: usize) -> Self {
        Self { message: message.into(), at }
    }
}

/// A token and the byte it begins at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) at: usize,
    pub(super) kind: TokenKind,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A bare word, in lower case.
    Word(String),
    /// An identifier in double quotes or backticks.
    Quoted,
    /// A string literal.
    Text,
    /// A number.
    Number,
    /// Any other character.
    Symbol(char),
}

impl Token {
    /// Whether it is this bare word.
    pub(super) fn is(&self, word: &str) -> bool {
        self.word() == Some(word)
    }

    /// The bare word, in lower case.
    pub(super) fn word(&self) -> Option<&str> {
        if let TokenKind::Word(word) = &self.kind { Some(word) } else { None }
    }

    /// Whether it is this symbol.
    pub(super) fn is_symbol(&self, symbol: char) -> bool {
        self.kind == TokenKind::Symbol(symbol)
    }

    /// Whether it can be a name.
    pub(super) const fn is_name(&self) -> bool {
        matches!(self.kind, TokenKind::Word(_) | TokenKind::Quoted)
    }
}

/// The tokens of a text.
pub(super) fn tokens(sql: &str) -> Result<Vec<Token>, SqlError> {
    let mut reader = Reader { sql, at: 0 };
    let mut tokens = Vec::new();
    while let Some(token) = reader.next()? {
        tokens.push(token);
    }
    Ok(tokens)
}

struct Reader<'a> {
    sql: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.sql[self.at..]
    }

    fn next(&mut self) -> Result<Option<Token>, SqlError> {
        self.skip_blanks_and_comments()?;
        let at = self.at;
        let Some(first) = self.rest().chars().next() else { return Ok(None) };
        let kind = match first {
            '\'' => self.quoted('\'', TokenKind::Text, "string")?,
            '"' | '`' => self.quoted(first, TokenKind::Quoted, "quoted name")?,
            '$' => self.dollar()?,
            c if c.is_alphabetic() || c == '_' => self.word()?,
            c if c.is_ascii_digit() => {
                self.take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
                TokenKind::Number
            }
            symbol => {
                self.at += symbol.len_utf8();
                TokenKind::Symbol(symbol)
            }
        };
        Ok(Some(Token { at, kind }))
    }

    fn skip_blanks_and_comments(&mut self) -> Result<(), SqlError> {
        loop {
            self.take_while(|c| c.is_ascii_whitespace());
            if self.rest().starts_with("--") {
                self.line_comment()?;
            } else if self.rest().starts_with("/*") {
                self.block_comment()?;
            } else {
                return Ok(());
            }
        }
    }

    /// `-- …` to the end of the line. A lone carriage return ends it for Trino and not for others: refused.
    fn line_comment(&mut self) -> Result<(), SqlError> {
        let comment = self.rest().split('\n').next().unwrap_or_default();
        let length = comment.len();
        if let Some(offset) = comment.strip_suffix('\r').unwrap_or(comment).find('\r') {
            return Err(SqlError::new("a carriage return inside a comment", self.at + offset));
        }
        self.at += length;
        Ok(())
    }

    /// `/* … */`. PostgreSQL nests them and Trino does not: a second `/*` inside is refused.
    fn block_comment(&mut self) -> Result<(), SqlError> {
        let body = &self.rest()[2..];
        let Some(length) = body.find("*/") else { return Err(SqlError::new("a comment that is not closed", self.at)) };
        if let Some(offset) = body[..length].find("/*") {
            return Err(SqlError::new("a comment inside a comment", self.at + 2 + offset));
        }
        self.at += length + 4;
        Ok(())
    }

    /// A quoted thing in which the doubled quote stands for itself.
    fn quoted(&mut self, quote: char, kind: TokenKind, what: &str) -> Result<TokenKind, SqlError> {
        let start = self.at;
        self.at += 1;
        loop {
            let Some(offset) = self.rest().find(quote) else {
                return Err(SqlError::new(format!("a {what} that is not closed"), start));
            };
            self.at += offset + 1;
            if !self.rest().starts_with(quote) {
                return Ok(kind);
            }
            self.at += 1;
        }
    }

    /// `$1` is a parameter; `$$` and `$tag$` open a string in PostgreSQL and nowhere else: refused.
    fn dollar(&mut self) -> Result<TokenKind, SqlError> {
        let is_parameter = self.rest()[1..].starts_with(|c: char| c.is_ascii_digit());
        if !is_parameter {
            return Err(SqlError::new("a `$` that is not a parameter; write strings in single quotes", self.at));
        }
        self.at += 1;
        self.take_while(|c| c.is_ascii_digit());
        Ok(TokenKind::Number)
    }

    /// A word, or a string with a prefix letter. `E'…'` has backslash escapes in PostgreSQL: refused if it has any.
    fn word(&mut self) -> Result<TokenKind, SqlError> {
        let start = self.at;
        self.take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '$'));
        let word = self.sql[start..self.at].to_lowercase();
        if word == "e" && self.rest().starts_with('\'') {
            let text = self.quoted('\'', TokenKind::Text, "string")?;
            let has_escape = self.sql[start..self.at].contains('\\');
            return if has_escape { Err(SqlError::new("a string with backslash escapes", start)) } else { Ok(text) };
        }
        Ok(TokenKind::Word(word))
    }

    fn take_while(&mut self, is_taken: impl Fn(char) -> bool) {
        self.at += self.rest().find(|c| !is_taken(c)).unwrap_or(self.rest().len());
    }
}

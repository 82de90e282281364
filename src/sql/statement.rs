//! The allow-list: statements by their first words.

use super::classify::{Class, Effect};
use super::token::{SqlError, Token};

/// Most statements (`explain`, `with`) around another.
const DEPTH_LIMIT: usize = 16;

/// The rest of a statement that is being read from its front.
pub(super) struct Statement<'a> {
    tokens: &'a [Token],
    /// Where an error is when nothing is left.
    end: usize,
    /// How many statements this one stands in.
    depth: usize,
}

impl<'a> Statement<'a> {
    pub(super) fn new(tokens: &'a [Token]) -> Self {
        Self { tokens, end: tokens.last().map_or(0, |token| token.at), depth: 0 }
    }

    /// The class by the first words.
    pub(super) fn class(mut self) -> Result<Class, SqlError> {
        while self.take_symbol('(') {}
        let at = self.at();
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return Err(SqlError::new("too many statements inside each other", at));
        }
        let Some(keyword) = self.take_word() else { return Err(SqlError::new("a statement begins with a word", at)) };
        match keyword {
            "select" | "values" | "table" | "show" | "describe" | "desc" => Ok(Class::new(Effect::Read, keyword)),
            "with" => self.with(),
            "explain" => self.explain(),
            "insert" => Ok(self.insert()),
            "create" => self.create(),
            "alter" => self.alter(),
            "msck" => self.msck(),
            "unload" => Ok(Class::new(Effect::Write, keyword)),
            "drop" | "delete" | "truncate" | "merge" | "update" | "optimize" | "vacuum" => {
                Ok(Class::new(Effect::Destroy, keyword))
            }
            other => Err(unknown(other, at)),
        }
    }

    /// `with [recursive] name [(columns)] as [[not] materialized] (…), … statement`: the main statement decides.
    fn with(mut self) -> Result<Class, SqlError> {
        let is_recursive = self.peek(0).is_some_and(|t| t.is("recursive")) && self.peek(1).is_some_and(Token::is_name);
        if is_recursive && !self.peek(1).is_some_and(|token| token.is("as")) {
            self.skip(1);
        }
        loop {
            self.expect_name()?;
            self.skip_group();
            self.expect_word("as")?;
            let _ = self.take("not");
            let _ = self.take("materialized");
            let at = self.at();
            if !self.skip_group() {
                return Err(SqlError::new("expected `(` after `as`", at));
            }
            if !self.take_symbol(',') {
                break;
            }
        }
        let at = self.at();
        let class = self.class()?;
        match class.statement.split(' ').next() {
            Some("select" | "values" | "table" | "insert" | "delete" | "update" | "merge" | "with") => Ok(class),
            _ => Err(SqlError::new(format!("`{}` after `with`", class.statement), at)),
        }
    }

    /// `explain` reads, unless it executes: `explain analyze`, `explain (analyze, …)`.
    fn explain(mut self) -> Result<Class, SqlError> {
        let mut executes = false;
        if self.peek(0).is_some_and(|token| token.is_symbol('(')) {
            let before = self.tokens;
            self.skip_group();
            let options = before.get(..before.len() - self.tokens.len()).unwrap_or(before);
            let is_statement =
                options.iter().skip_while(|token| token.is_symbol('(')).take(1).any(|t| t.is("select") || t.is("with"));
            executes = options.iter().any(|token| token.is("analyze") || token.is("analyse"));
            if is_statement || self.tokens.is_empty() {
                return Ok(Class::new(if executes { Effect::Destroy } else { Effect::Read }, "explain"));
            }
        }
        executes |= self.take("analyze") || self.take("analyse");
        let _ = self.take("verbose");
        let at = self.at();
        let explained = self.class().map_err(|error| SqlError { at: error.at.max(at), ..error })?;
        if !executes {
            return Ok(Class::new(Effect::Read, "explain"));
        }
        Ok(Class::new(explained.effect, format!("explain analyze {}", explained.statement)))
    }

    fn insert(&self) -> Class {
        let overwrites = self.peek(0).is_some_and(|token| token.is("overwrite"));
        let updates = self.tokens.windows(2).any(|pair| pair[0].is("do") && pair[1].is("update"));
        match (overwrites, updates) {
            (true, _) => Class::new(Effect::Destroy, "insert overwrite"),
            (_, true) => Class::new(Effect::Destroy, "insert on conflict do update"),
            _ => Class::new(Effect::Write, "insert"),
        }
    }

    fn create(mut self) -> Result<Class, SqlError> {
        let at = self.at();
        if self.take("or") {
            self.expect_word("replace")?;
            return self.created(at).map(|what| Class::new(Effect::Destroy, format!("create or replace {what}")));
        }
        self.created(at).map(|what| Class::new(Effect::Write, format!("create {what}")))
    }

    /// What is created, behind words that only say how.
    fn created(&mut self, at: usize) -> Result<&'a str, SqlError> {
        const HOW: [&str; 9] =
            ["external", "temp", "temporary", "unlogged", "materialized", "protected", "multi", "dialect", "recursive"];
        while HOW.iter().any(|word| self.take(word)) {}
        match self.take_word() {
            Some(what @ ("table" | "view" | "database" | "schema")) => Ok(what),
            Some(other) => Err(unknown(&format!("create {other}"), at)),
            None => Err(unknown("create", at)),
        }
    }

    /// `alter table … add partition` and `add column` add; everything else changes what is there.
    fn alter(mut self) -> Result<Class, SqlError> {
        let at = self.at();
        let what = match self.take_word() {
            Some(what @ ("table" | "view" | "database" | "schema")) => what,
            Some(other) => return Err(unknown(&format!("alter {other}"), at)),
            None => return Err(unknown("alter", at)),
        };
        let _ = self.take("if") && self.take("exists");
        let _ = self.take("only");
        self.expect_name()?;
        while self.take_symbol('.') {
            self.expect_name()?;
        }
        let statement = format!("alter {what} {}", self.peek(0).and_then(Token::word).unwrap_or_default());
        let adds = what == "table" && self.peek(0).is_some_and(|token| token.is("add")) && !self.has_another_action();
        Ok(Class::new(if adds { Effect::Write } else { Effect::Destroy }, statement.trim_end()))
    }

    /// Whether behind a comma outside of parentheses follows something other than another `add`.
    fn has_another_action(&self) -> bool {
        let mut depth = 0_usize;
        self.tokens.windows(2).any(|pair| {
            depth = if pair[0].is_symbol('(') { depth + 1 } else { depth };
            depth = if pair[0].is_symbol(')') { depth.saturating_sub(1) } else { depth };
            depth == 0 && pair[0].is_symbol(',') && !pair[1].is("add")
        })
    }

    /// `msck repair table t`; with `drop partitions` or `sync partitions` it removes.
    fn msck(mut self) -> Result<Class, SqlError> {
        self.expect_word("repair")?;
        self.expect_word("table")?;
        let removes =
            self.tokens.windows(2).any(|pair| (pair[0].is("drop") || pair[0].is("sync")) && pair[1].is("partitions"));
        Ok(Class::new(if removes { Effect::Destroy } else { Effect::Write }, "msck repair table"))
    }

    fn peek(&self, index: usize) -> Option<&'a Token> {
        self.tokens.get(index)
    }

    fn at(&self) -> usize {
        self.peek(0).map_or(self.end, |token| token.at)
    }

    fn skip(&mut self, count: usize) {
        self.tokens = self.tokens.get(count..).unwrap_or(&[]);
    }

    fn take_word(&mut self) -> Option<&'a str> {
        let word = self.peek(0)?.word()?;
        self.skip(1);
        Some(word)
    }

    fn take(&mut self, word: &str) -> bool {
        let is_there = self.peek(0).is_some_and(|token| token.is(word));
        self.skip(usize::from(is_there));
        is_there
    }

    fn take_symbol(&mut self, symbol: char) -> bool {
        let is_there = self.peek(0).is_some_and(|token| token.is_symbol(symbol));
        self.skip(usize::from(is_there));
        is_there
    }

    fn expect_word(&mut self, word: &str) -> Result<(), SqlError> {
        let at = self.at();
        if self.take(word) { Ok(()) } else { Err(SqlError::new(format!("expected `{word}`"), at)) }
    }

    fn expect_name(&mut self) -> Result<(), SqlError> {
        let at = self.at();
        if !self.peek(0).is_some_and(Token::is_name) {
            return Err(SqlError::new("expected a name", at));
        }
        self.skip(1);
        Ok(())
    }

    /// Skips `( … )` if it is next; says whether it was, and closed.
    fn skip_group(&mut self) -> bool {
        if !self.peek(0).is_some_and(|token| token.is_symbol('(')) {
            return false;
        }
        let mut depth = 0_usize;
        for (index, token) in self.tokens.iter().enumerate() {
            depth = if token.is_symbol('(') { depth + 1 } else { depth };
            depth = if token.is_symbol(')') { depth.saturating_sub(1) } else { depth };
            if depth == 0 {
                self.skip(index + 1);
                return true;
            }
        }
        false
    }
}

fn unknown(words: &str, at: usize) -> SqlError {
    SqlError::new(format!("`{words}` is not a statement whose effect is known"), at)
}

//! The class of a statement.

use super::statement::Statement;
use super::token::{SqlError, Token, tokens};

/// What a statement does to data. Ordered: what may destroy may write, what may write may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Nothing but reading.
    Read,
    /// Adds something.
    Write,
    /// Changes or removes what is there.
    Destroy,
}

/// The class of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// What it does.
    pub effect: Effect,
    /// The words that decided, in lower case: `select`, `create table`, `explain analyze insert`.
    pub statement: String,
}

impl Class {
    pub(super) fn new(effect: Effect, statement: impl Into<String>) -> Self {
        Self { effect, statement: statement.into() }
    }
}

/// The class of exactly one statement (a `;` at its end is fine), in Athena's dialect or PostgreSQL's.
///
/// Only statements from an allow-list have a class; all others (`execute`, `call`, `grant`, …) are errors. It errs on the side of
/// danger: a part that may modify makes the whole one modify. Functions with side effects are not looked for: a
/// PostgreSQL read belongs into a read-only transaction.
pub fn classify(sql: &str) -> Result<Class, SqlError> {
    let tokens = tokens(sql)?;
    let statement = one_statement(&tokens)?;
    let class = Statement::new(statement).class()?;
    Ok(worst(class, hidden_modification(statement)?))
}

/// The tokens of the one statement, without `;`.
fn one_statement(tokens: &[Token]) -> Result<&[Token], SqlError> {
    let end = tokens.iter().position(|token| token.is_symbol(';')).unwrap_or(tokens.len());
    let (statement, rest) = tokens.split_at(end);
    if statement.is_empty() {
        return Err(SqlError::new("no statement", 0));
    }
    match rest.iter().find(|token| !token.is_symbol(';')) {
        Some(second) => Err(SqlError::new("a second statement", second.at)),
        None => Ok(statement),
    }
}

fn worst(class: Class, hidden: Option<Class>) -> Class {
    match hidden {
        Some(hidden) if hidden.effect > class.effect => {
            Class::new(hidden.effect, format!("{} with {}", class.statement, hidden.statement))
        }
        _ => class,
    }
}

/// What modifies inside a statement: `with x as (delete from …)` and `select … into` in PostgreSQL. A statement passed
/// through to another system cannot be judged.
fn hidden_modification(statement: &[Token]) -> Result<Option<Class>, SqlError> {
    let mut found = None;
    for window in statement.windows(3) {
        let [first, second, third] = window else { continue };
        if first.is("system") && second.is_symbol('.') && third.is("query") {
            return Err(SqlError::new("a query passed through to another system", first.at));
        }
        if first.is_symbol('(') && third.is_name() {
            let effect = match second.word() {
                Some("insert") => Effect::Write,
                Some("update" | "delete" | "merge") => Effect::Destroy,
                _ => continue,
            };
            found = found.max(second.word().map(|word| (effect, word)));
        }
    }
    let select_into = statement.iter().any(|token| token.is("into")).then_some((Effect::Write, "into"));
    Ok(found.or(select_into).map(|(effect, word)| Class::new(effect, word)))
}

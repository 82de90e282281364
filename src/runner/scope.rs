//! Scopes: the names that the expressions of a suite, a case or a step can see.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, FixedOffset, NaiveDate};
use indexmap::IndexMap;

use crate::event::RunId;
use crate::expr::{EvalError, Functions, Scope, Spanned};
use crate::value::{Map, Timestamp, Value};

/// What is the same for every suite of a run.
#[derive(Debug, Clone)]
pub struct RunFacts {
    /// `run.id`.
    pub id: RunId,
    /// `run.date`, frozen at the start, in the project's time zone.
    pub date: NaiveDate,
    /// `run.started_at`.
    pub started_at: DateTime<FixedOffset>,
    /// `target.name`.
    pub target: String,
    /// `target.<var>`.
    pub target_vars: Map,
    /// `env`: the names that the project lists, those that are set.
    pub env: BTreeMap<String, String>,
    /// Variables given on the command line, by name.
    pub overrides: BTreeMap<String, String>,
}

impl RunFacts {
    /// The scope that every suite begins with.
    pub fn scope(&self, functions: Functions) -> Scope {
        let mut scope = Scope::new(functions);
        let mut target = self.target_vars.clone();
        target.insert("name".into(), Value::text(self.target.clone()));
        scope.set("target", Value::Map(target));
        scope.set("env", Value::Map(self.env.iter().map(|(k, v)| (k.clone(), Value::text(v.clone()))).collect()));
        scope.set("run", Value::Map(self.run()));
        scope
    }

    fn run(&self) -> Map {
        let yesterday = self.date.checked_sub_days(Days::new(1)).unwrap_or(NaiveDate::MIN);
        Map::from([
            ("id".to_owned(), Value::text(self.id.as_str())),
            ("date".to_owned(), Value::Date(self.date)),
            ("yesterday".to_owned(), Value::Date(yesterday)),
            ("started_at".to_owned(), Value::Timestamp(Timestamp::Zoned(self.started_at))),
        ])
    }
}

/// Adds `vars`, in file order, so that a later one may use an earlier one; what the command line gives comes first.
pub fn with_vars(
    scope: &Scope,
    vars: &IndexMap<String, Spanned>,
    overrides: &BTreeMap<String, String>,
) -> Result<Scope, EvalError> {
    let mut scope = scope.child();
    for (name, template) in vars {
        let value = match overrides.get(name) {
            Some(text) => Value::text(text.clone()),
            None => template.evaluate(&scope)?,
        };
        scope.set_path(&["vars", name], value);
    }
    Ok(scope)
}

/// The scope of one row of a matrix.
pub fn with_row(scope: &Scope, row: Option<&Map>) -> Scope {
    let mut scope = scope.child();
    if let Some(row) = row {
        scope.set("matrix", Value::Map(row.clone()));
    }
    scope
}

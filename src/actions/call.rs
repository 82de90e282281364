//! What an action is given: its arguments, the services, and the door to the ledger.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use indexmap::IndexMap;
use serde_json::Value as Json;
use tokio::time::Instant;

use super::{ActionError, CallName, EffectRule, ErrorKind, Spec};
use crate::diagnostic::Span;
use crate::event::{Effect, Intent, IntentId, IntentKind, Ledger, Settlement};
use crate::expect::{Expectation, Resolved};
use crate::service::Services;
use crate::sql;
use crate::value::{Value, read};

/// Arguments as resolved: values with the places where the suite gives them.
#[derive(Debug, Clone, Default)]
pub struct Arguments {
    values: IndexMap<String, (Value, Span)>,
    expectations: IndexMap<String, Resolved>,
    moments: IndexMap<String, Instant>,
}

/// Output fields that somebody looks at. Extra calls are made only for these, or to explain a red step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uses(BTreeSet<String>);

impl Uses {
    /// Exactly these fields.
    pub fn new(fields: impl IntoIterator<Item = String>) -> Self {
        Self(fields.into_iter().collect())
    }

    /// Whether a field is looked at.
    pub fn contains(&self, field: &str) -> bool {
        self.0.contains(field)
    }
}

/// One call of an action.
pub struct Call<'a> {
    /// Who makes it.
    pub name: &'a CallName,
    /// Its arguments.
    pub arguments: &'a Arguments,
    /// The account.
    pub services: &'a Services,
    /// Which output fields are looked at.
    pub uses: &'a Uses,
    /// What the step expects, for names in it that only the action can check.
    pub expects: Option<&'a Expectation>,
    /// The project's root: paths in arguments are relative to it.
    pub root: &'a Path,
    /// When the step's time is up. The runner ends the call then; an action carries it into its waits.
    pub deadline: Instant,
    /// Where intents are written.
    pub ledger: &'a dyn Ledger,
    /// Tells the terminal what the step waits for.
    pub waits_for: &'a (dyn Fn(String) + Send + Sync),
}

/// An intent that is written; settle it when the thing is gone.
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct Intended(IntentId);

impl Call<'_> {
    /// Writes down what the next call will start or create. Returns when it is written.
    pub async fn intend(
        &self,
        kind: IntentKind,
        what: &str,
        name: &str,
        parameters: Json,
    ) -> Result<Intended, ActionError> {
        let intent = Intent {
            kind,
            what: what.to_owned(),
            name: name.to_owned(),
            parameters,
            case: self.name.case.clone(),
            suite: self.name.suite.clone(),
            step: self.name.step.clone(),
        };
        self.ledger.intend(intent).await.map(Intended).map_err(|e| ledger_failed(&e))
    }

    /// Notes that the thing is gone, or never was.
    pub async fn settle(&self, intended: Intended, settlement: Settlement) -> Result<(), ActionError> {
        self.ledger.settle(intended.0, settlement).await.map_err(|e| ledger_failed(&e))
    }

    /// Notes the same of something that an earlier step began, by the name its intent has.
    pub async fn settle_named(&self, name: &str, settlement: Settlement) -> Result<(), ActionError> {
        for (id, _) in self.ledger.open().await.into_iter().filter(|(_, intent)| intent.name == name) {
            self.ledger.settle(id, settlement.clone()).await.map_err(|e| ledger_failed(&e))?;
        }
        Ok(())
    }

    /// Refuses an ARN of another account or region than the target's. A name is the target's own.
    pub fn own(&self, argument: &str, name_or_arn: &str) -> Result<(), ActionError> {
        let Some(why) = self.services.foreign(name_or_arn) else { return Ok(()) };
        let error = ActionError::invalid(format!("refused: {why}"), self.arguments.span(argument));
        Err(ActionError { kind: ErrorKind::Refused, ..error })
    }

    /// The time that is left for this step.
    pub fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

fn ledger_failed(error: &crate::event::LedgerError) -> ActionError {
    ActionError::new(ErrorKind::Infrastructure, error.to_string())
}

impl Arguments {
    /// Arguments from values with their places.
    pub fn new(values: IndexMap<String, (Value, Span)>) -> Self {
        Self { values, ..Self::default() }
    }

    /// With those that are held against something, by name.
    #[must_use]
    pub fn with_expectations(self, expectations: IndexMap<String, Resolved>) -> Self {
        Self { expectations, ..self }
    }

    /// With the moments at which the earlier steps began that arguments name, by argument.
    #[must_use]
    pub fn with_moments(self, moments: IndexMap<String, Instant>) -> Self {
        Self { moments, ..self }
    }

    /// All of them as one mapping, for the record.
    pub fn to_value(&self) -> Value {
        let values = self.values.iter().map(|(name, (value, _))| (name.clone(), value.clone()));
        let expected =
            self.expectations.iter().map(|(name, expected)| (name.clone(), Value::text(expected.describe())));
        Value::Map(values.chain(expected).collect())
    }

    /// An argument that is held against something.
    pub fn expectation(&self, name: &str) -> Option<&Resolved> {
        self.expectations.get(name)
    }

    /// When the earlier step that an argument names began.
    pub fn moment(&self, name: &str) -> Option<Instant> {
        self.moments.get(name).copied()
    }

    /// An argument, `null` counting as absent.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name).map(|(value, _)| value).filter(|value| !matches!(value, Value::Null))
    }

    /// An argument as given: `null` is a value here.
    pub fn raw(&self, name: &str) -> Option<&Value> {
        self.values.get(name).map(|(value, _)| value)
    }

    /// Where an argument stands.
    pub fn span(&self, name: &str) -> Option<&Span> {
        self.values.get(name).map(|(_, span)| span)
    }

    /// A text that must be there.
    pub fn text(&self, name: &str) -> Result<&str, ActionError> {
        self.optional_text(name)?.ok_or_else(|| ActionError::invalid(format!("`{name}` is missing"), None))
    }

    /// A text that may be there.
    pub fn optional_text(&self, name: &str) -> Result<Option<&str>, ActionError> {
        self.typed(name, "a string", |value| value.as_text())
    }

    /// A boolean; `default` when absent.
    pub fn flag(&self, name: &str, default: bool) -> Result<bool, ActionError> {
        Ok(self.typed(name, "true or false", Value::as_bool)?.unwrap_or(default))
    }

    /// A list that may be there.
    pub fn list(&self, name: &str) -> Result<Option<&[Value]>, ActionError> {
        self.typed(name, "a list", |value| value.as_list())
    }

    /// A duration that may be there, as a duration or as text such as `5m`.
    pub fn duration(&self, name: &str) -> Result<Option<Duration>, ActionError> {
        self.typed(name, "a duration such as `5m`", duration_of)
    }

    fn typed<'a, T>(
        &'a self,
        name: &str,
        expected: &str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, ActionError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let message = || format!("`{name}` must be {expected}, but is {} {}", value.type_name(), value.display());
        read(value).map(Some).ok_or_else(|| ActionError::invalid(message(), self.span(name)))
    }
}

fn duration_of(value: &Value) -> Option<Duration> {
    let delta = match value {
        Value::Duration(delta) => *delta,
        Value::Text(text) => read::read_duration(text).ok()?,
        _ => return None,
    };
    delta.to_std().ok()
}

/// The effect of a step by its action's rule.
pub(super) fn effect(spec: &Spec, arguments: &Arguments) -> Result<Effect, ActionError> {
    match spec.effect {
        EffectRule::Always(effect) => Ok(effect),
        EffectRule::BySql(name) => sql_effect(arguments.text(name)?, arguments.span(name)),
        EffectRule::Declared(name) => declared(arguments.text(name)?, arguments.span(name)),
    }
}

fn sql_effect(text: &str, span: Option<&Span>) -> Result<Effect, ActionError> {
    let class = sql::classify(text).map_err(|e| ActionError::invalid(e.to_string(), span))?;
    Ok(match class.effect {
        sql::Effect::Read => Effect::Read,
        sql::Effect::Write => Effect::Write,
        sql::Effect::Destroy => Effect::Destroy,
    })
}

fn declared(text: &str, span: Option<&Span>) -> Result<Effect, ActionError> {
    Effect::from_name(text)
        .ok_or_else(|| ActionError::invalid(format!("{text:?} is no effect: read, execute, write or destroy"), span))
}

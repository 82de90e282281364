//! Steps that are to be done at cleanup, as their intents hold them: resolved, so that another run can carry them out.
//!
//! An `undo` may need what its step yields, and a step of the suite's cleanup what setup yields. Until that is known the intent
//! says so; then it is amended. Secrets are not written down: what needs one can only be done by the run itself.

use serde_json::{Value as Json, json};

use super::context::Context;
use super::invoke::{Began, resolve};
use crate::actions::{self, Action, Arguments};
use crate::diagnostic::Source;
use crate::event::Intent;
use crate::expr::Scope;
use crate::suite::Step;
use crate::value::Value;

/// The intent of an `undo`.
pub(super) const UNDO: &str = "undo";
/// The intent of a step of the suite's own cleanup.
pub(super) const CLEANUP: &str = "suite.cleanup";

/// Whether an intent stands for a step of a suite.
pub(super) fn is_promise(intent: &Intent) -> bool {
    [UNDO, CLEANUP].contains(&intent.what.as_str())
}

/// A promised step, read back from its intent.
#[derive(Debug)]
pub(super) enum Promise {
    /// It can be carried out.
    Call(&'static dyn Action, Box<Arguments>),
    /// Its `when` is false.
    Nothing,
    /// It cannot be carried out by another run. Why.
    Unknown(String),
}

/// What the intent of a step holds, as far as it is known by now.
pub(super) fn record(context: &Context, step: &Step, scope: &Scope) -> Json {
    let action = step.action.spec().name;
    match arguments(context, step, scope) {
        Ok(Some(arguments)) => json!({ "action": action, "arguments": arguments }),
        Ok(None) => json!({ "action": action, "unwanted": true }),
        Err(why) => json!({ "action": action, "unknown": why }),
    }
}

/// The arguments in their recorded form; none if the step's `when` is false.
fn arguments(context: &Context, step: &Step, scope: &Scope) -> Result<Option<Json>, String> {
    if let Some(when) = &step.when {
        match when.evaluate(scope) {
            Ok(Value::Bool(true)) => {}
            Ok(Value::Bool(false)) => return Ok(None),
            Ok(other) => return Err(format!("its `when` is {}", other.display())),
            Err(error) => return Err(format!("its `when` has no value: {error}")),
        }
    }
    if !step.expectations.is_empty() || !step.earlier.is_empty() {
        return Err("it looks for what its own run has caused".to_owned());
    }
    let arguments = resolve(step, scope, &Began::new()).map_err(|error| error.to_string())?.to_value();
    let recorded = context.recorded(&arguments);
    if recorded == arguments.to_recorded() {
        Ok(Some(recorded))
    } else {
        Err("its arguments hold a secret, which is not written down".to_owned())
    }
}

impl Promise {
    /// Reads a promise back.
    pub fn read(parameters: &Json) -> Self {
        let text = |name: &str| parameters.get(name).and_then(Json::as_str);
        if parameters.get("unwanted").is_some() {
            return Self::Nothing;
        }
        if let Some(why) = text("unknown") {
            return Self::Unknown(format!("its arguments were not known when the run died: {why}"));
        }
        let Some(action) = text("action").and_then(actions::action) else {
            return Self::Unknown(format!("no action `{}` in this version", text("action").unwrap_or_default()));
        };
        match parameters.get("arguments").cloned().map(Value::from_recorded) {
            Some(Ok(Value::Map(values))) => {
                // They come from no file: what is wrong with one is told without a place.
                let nowhere = Source::new("", "").span(0..0);
                let values = values.into_iter().map(|(name, value)| (name, (value, nowhere.clone())));
                Self::Call(action, Box::new(Arguments::new(values.collect())))
            }
            _ => Self::Unknown("its arguments cannot be read".to_owned()),
        }
    }
}

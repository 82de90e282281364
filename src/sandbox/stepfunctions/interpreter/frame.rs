//! One visit to a state: its input, its context object, and the words of its failures.

use serde_json::{Value, json};

use super::super::{
    clock::text,
    jsonpath::{Path, PathError},
    machine::State,
    template::{Template, TemplateError},
};
use super::failure::{Failure, RUNTIME};
use super::run::{Run, Scope};

/// One visit to a state.
pub struct Frame<'a> {
    pub run: &'a Run,
    pub state: &'a State,
    /// The id of the event that entered the state.
    pub entered: u64,
    /// The input as it came, before `InputPath`.
    pub input: Value,
    /// The context object, with the variables beside it.
    pub context: Value,
    entered_at: String,
}

impl<'a> Frame<'a> {
    pub fn new(run: &'a Run, state: &'a State, entered: u64, input: Value, scope: &Scope) -> Self {
        let entered_at = text(run.clock.now());
        let mut frame = Self { run, state, entered, input, context: Value::Null, entered_at };
        frame.refresh(scope, None, None);
        frame
    }

    /// Makes the context object anew, with the number of retries and the token that tasks have.
    pub fn refresh(&mut self, scope: &Scope, retries: Option<u64>, token: Option<&str>) {
        let mut state = json!({"Name": self.state.name, "EnteredTime": self.entered_at});
        if let Some(retries) = retries {
            state["RetryCount"] = json!(retries);
        }
        self.context = scope.context(self.state.reads, state, token);
    }

    /// A failure with AWS's usual preface.
    pub fn failure(&self, error: &str, message: impl std::fmt::Display) -> Failure {
        let (name, entered) = (&self.state.name, self.entered);
        let preface =
            format!("An error occurred while executing the state '{name}' (entered at the event id #{entered}).");
        Failure::new(error, format!("{preface} {message}"))
    }

    /// A failure that nothing catches.
    pub fn runtime(&self, message: impl std::fmt::Display) -> Failure {
        self.failure(RUNTIME, message)
    }

    /// The value of a path over some data.
    pub fn path(&self, path: &Path, data: &Value) -> Result<Value, Failure> {
        path.evaluate(data, &self.context).map_err(|error| self.path_failure(&error))
    }

    /// The value of a path of a field that has a name of its own in AWS's message.
    pub fn field(&self, path: &Path, field: &str, data: &Value) -> Result<Value, Failure> {
        let missing = |_| self.runtime(path.not_found(field, data, &self.context));
        path.evaluate(data, &self.context).map_err(missing)
    }

    /// A path that could not be applied.
    pub fn path_failure(&self, error: &PathError) -> Failure {
        self.runtime(&error.message)
    }

    /// The value of a template over some data.
    pub fn template(&self, template: &Template, data: &Value) -> Result<Value, Failure> {
        template.evaluate(data, &self.context).map_err(|error| self.template_failure(&error))
    }

    /// A template that could not be filled.
    pub fn template_failure(&self, error: &TemplateError) -> Failure {
        self.failure(error.error_name, &error.message)
    }
}

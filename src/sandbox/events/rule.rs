//! Rules and their targets, as they are kept.

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::pattern::Pattern;
use super::transform::{Input, Transformer, path};
use crate::sandbox::wire::ApiError;

/// The name of the one bus.
pub const BUS: &str = "default";

/// What a target may have (API model, `Target`). `RoleArn` and `RetryPolicy` are kept, and change nothing here.
const TARGET_MEMBERS: [&str; 7] = ["Id", "Arn", "RoleArn", "Input", "InputPath", "InputTransformer", "RetryPolicy"];

/// A rule.
#[derive(Debug, Clone)]
pub struct Rule {
    pub name: String,
    pub arn: String,
    /// As it was written, and as it is understood.
    pub pattern: Option<(String, Pattern)>,
    pub schedule: Option<String>,
    pub enabled: bool,
    pub description: Option<String>,
    pub role_arn: Option<String>,
    /// By id.
    pub targets: IndexMap<String, Target>,
}

/// Where a rule sends events.
#[derive(Debug, Clone)]
pub struct Target {
    pub id: String,
    pub arn: String,
    pub destination: Destination,
    pub input: Input,
    /// As it was put.
    pub document: Value,
}

/// What a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    StateMachine,
    Function,
}

impl Rule {
    /// As `DescribeRule` and `ListRules` show it.
    pub fn describe(&self) -> Value {
        let members = [
            ("Name", Some(self.name.clone())),
            ("Arn", Some(self.arn.clone())),
            ("EventPattern", self.pattern.as_ref().map(|(text, _)| text.clone())),
            ("ScheduleExpression", self.schedule.clone()),
            ("State", Some(self.state().to_owned())),
            ("Description", self.description.clone()),
            ("RoleArn", self.role_arn.clone()),
            ("EventBusName", Some(BUS.to_owned())),
        ];
        members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value?)))).collect()
    }

    fn state(&self) -> &'static str {
        if self.enabled { "ENABLED" } else { "DISABLED" }
    }
}

impl Target {
    /// Reads a target.
    pub fn read(document: &Value) -> Result<Self, ApiError> {
        let text = |name: &str| document[name].as_str().filter(|text| !text.is_empty());
        let unknown = document.as_object().and_then(|members| members.keys().find(|name| !is_known(name)));
        if let Some(name) = unknown {
            return Err(ApiError::unsupported(format!("{name} of a target of a rule")));
        }
        let id = text("Id")
            .filter(|id| is_name(id))
            .ok_or_else(|| invalid("every target needs an Id of 1 to 64 of [.-_A-Za-z0-9]"))?;
        let arn = text("Arn").ok_or_else(|| invalid(&format!("target {id} has no Arn")))?;
        let destination = destination(arn)?;
        if destination == Destination::StateMachine && text("RoleArn").is_none() {
            return Err(invalid(&format!("RoleArn is required for target {arn}.")));
        }
        let wrong = |reason: String| invalid(&format!("target {id}: {reason}"));
        let input = input(document).map_err(wrong)?;
        Ok(Self { id: id.to_owned(), arn: arn.to_owned(), destination, input, document: document.clone() })
    }
}

fn is_known(name: &str) -> bool {
    TARGET_MEMBERS.contains(&name)
}

/// A name of a rule or an id of a target (API model, `RuleName`, `TargetId`).
pub fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || ".-_".contains(letter))
}

/// A refusal of a value.
pub fn invalid(message: &str) -> ApiError {
    ApiError::client("ValidationException", message)
}

/// `arn:aws:states:…:stateMachine:name`, `arn:aws:lambda:…:function:name`.
fn destination(arn: &str) -> Result<Destination, ApiError> {
    let parts: Vec<&str> = arn.split(':').collect();
    match parts[..] {
        ["arn", _, "states", _, _, "stateMachine", _] => Ok(Destination::StateMachine),
        ["arn", _, "lambda", _, _, "function", _] | ["arn", _, "lambda", _, _, "function", _, _] => {
            Ok(Destination::Function)
        }
        ["arn", _, service, ..] => Err(ApiError::unsupported(format!(
            "targets of rules in {service}, only state machines and functions: {arn}"
        ))),
        _ => Err(invalid(&format!("Parameter {arn} is not valid. Reason: Provided Arn is not in correct format."))),
    }
}

fn input(document: &Value) -> Result<Input, String> {
    let given =
        ["Input", "InputPath", "InputTransformer"].map(|name| document.get(name).filter(|value| !value.is_null()));
    match given {
        [None, None, None] => Ok(Input::Event),
        [Some(Value::String(text)), None, None] => match serde_json::from_str::<serde::de::IgnoredAny>(text) {
            Ok(_) => Ok(Input::Constant(text.clone())),
            Err(error) => Err(format!("Input is not JSON: {error}")),
        },
        [None, Some(Value::String(text)), None] => path(text).map(Input::Path),
        [None, None, Some(transformer)] => transformer_of(transformer).map(Input::Transformer),
        _ => Err("only one of Input, InputPath and InputTransformer may be given".to_owned()),
    }
}

fn transformer_of(document: &Value) -> Result<Transformer, String> {
    let template = document["InputTemplate"].as_str().ok_or("InputTransformer has no InputTemplate")?;
    let paths = document["InputPathsMap"].as_object().into_iter().flatten();
    let paths: Vec<_> = paths.map(|(name, path)| (name.as_str(), path.as_str().unwrap_or_default())).collect();
    Transformer::new(paths.into_iter(), template)
}

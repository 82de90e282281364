//! The recorded scenarios, one JSON object a line.

use super::infer;
use serde_json::Value;

/// One scenario: what was called, and what AWS answered.
#[derive(Debug, Clone)]
pub struct Row {
    pub name: String,
    class: String,
    pub calls: Vec<Call>,
    /// Answers by the name that the recording gave them.
    pub expected: serde_json::Map<String, Value>,
}

/// One call of an API.
#[derive(Debug, Clone)]
pub struct Call {
    pub service: String,
    pub operation: String,
    pub params: Value,
}

/// What a definition is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    JsonPath,
    /// JSONPath with `Assign`.
    Variables,
    Jsonata,
}

impl Row {
    /// Reads a line of the corpus.
    pub fn parse(line: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let text = |name: &str| value[name].as_str().map(str::to_owned).ok_or_else(|| format!("no '{name}'"));
        let calls = value["calls"].as_array().ok_or("no 'calls'")?;
        Ok(Self {
            name: text("test")?,
            class: text("class")?,
            calls: calls.iter().map(Call::of).collect::<Option<_>>().ok_or("a call that is none")?,
            expected: value["expected"].as_object().ok_or("no 'expected'")?.clone(),
        })
    }

    /// The name without the folders of the recording's test suite.
    pub fn short_name(&self) -> &str {
        self.name.split_once("::").map_or(&self.name, |(_, rest)| rest)
    }

    /// The class it is counted in: that of the recording, unless a part of its input had to be inferred.
    pub fn class(&self) -> &str {
        if infer::object(self).is_some() { "inferred" } else { &self.class }
    }

    /// The language of the definitions in the row.
    pub fn language(&self) -> Language {
        let has = |text: &str| self.calls.iter().any(|call| call.text().contains(text));
        if has("JSONata") || has("{%") {
            Language::Jsonata
        } else if has("\"Assign") {
            Language::Variables
        } else {
            Language::JsonPath
        }
    }

    /// Why the recorded histories cannot stand in for the service of a task, if they cannot.
    fn unreplayable(&self, resource: &str) -> Option<String> {
        let histories = self.expected.values().filter(|answer| answer["events"].is_array()).count();
        if self.calls.iter().filter(|call| call.operation == "StartExecution").count() > histories.max(1) {
            return Some("its tasks were played by executions without a history".to_owned());
        }
        let events: Vec<&Value> =
            self.expected.values().filter_map(|answer| answer["events"].as_array()).flatten().collect();
        let has = |kind: &str| events.iter().any(|event| event["type"] == kind);
        if events.is_empty() || resource.contains("activity") {
            return Some(format!("has a task for {resource}"));
        }
        if resource.ends_with(".waitForTaskToken") && !has("TaskTimedOut") {
            return Some("who called back was not recorded".to_owned());
        }
        has("MapRunStarted").then(|| "the tasks of child executions were not recorded".to_owned())
    }

    /// Why the row cannot be driven here at all, if it cannot.
    pub fn obstacle(&self) -> Option<String> {
        let lost = self.calls.iter().any(|call| call.params.to_string().contains("<_io.BytesIO object"));
        if lost && infer::object(self).is_none() {
            return Some("the body of its S3 object was not recorded".to_owned());
        }
        let named = |operation: &str| self.calls.iter().any(|call| call.operation == operation);
        if named("StartExecution") && !named("CreateStateMachine") {
            return Some("its state machine was not recorded".to_owned());
        }
        if let Some(resource) = self.calls.iter().find_map(Call::task)
            && let Some(reason) = self.unreplayable(&resource)
        {
            return Some(reason);
        }
        let unknown = |call: &&Call| {
            call.service == "stepfunctions" && !super::drive::OPERATIONS.contains(&call.operation.as_str())
        };
        self.calls.iter().find(unknown).map(|call| format!("needs {}", call.operation))
    }
}

impl Call {
    fn of(value: &Value) -> Option<Self> {
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        Some(Self { service: text("service")?, operation: text("operation")?, params: value["params"].clone() })
    }

    /// The service of the first Task state in a definition.
    fn task(&self) -> Option<String> {
        let definition: Value = serde_json::from_str(self.params["definition"].as_str()?).ok()?;
        task(&definition)
    }

    /// The definition as written, or else the parameters.
    fn text(&self) -> String {
        self.params["definition"].as_str().map_or_else(|| self.params.to_string(), str::to_owned)
    }
}

fn task(value: &Value) -> Option<String> {
    match value {
        Value::Object(map) if map.get("Type").is_some_and(|kind| kind == "Task") => {
            let resource = map.get("Resource").and_then(Value::as_str).unwrap_or_default();
            let service = resource.strip_prefix("arn:aws:states:::").unwrap_or(resource);
            Some(if service.contains(":function:") { "lambda".to_owned() } else { service.to_owned() })
        }
        Value::Object(map) => map.values().find_map(task),
        Value::Array(items) => items.iter().find_map(task),
        _ => None,
    }
}

//! The fields of Task, Pass, Wait, Choice, Fail and Parallel states.

use chrono::DateTime;
use serde_json::Value;

use super::super::{choice::Rule, intrinsics::Intrinsic, jsonpath::Path, task::Resource};
use super::fields::Fields;
use super::model::{
    ChoiceRule, ChoiceState, ErrorText, FailState, ParallelState, PassState, Program, StateKind, TaskState, WaitState,
};
use super::parse::{Parser, assign};

/// The bounds of every field in seconds (Amazon States Language).
const SECONDS: (u64, u64) = (1, 99_999_999);

impl Parser<'_> {
    pub(super) fn task(&self, fields: &Fields<'_>) -> Option<StateKind> {
        fields.require(&["Resource"]);
        let timeout = fields.amount("TimeoutSeconds", "TimeoutSecondsPath", SECONDS);
        let heartbeat = fields.amount("HeartbeatSeconds", "HeartbeatSecondsPath", SECONDS);
        let credentials = fields.template("Credentials");
        let roles = ["RoleArn", "RoleArn.$"];
        if fields.value("Credentials").is_some_and(|value| roles.iter().all(|role| value.get(role).is_none())) {
            fields.wrong("Credentials", "The field 'RoleArn' is required but was missing");
        }
        let resource = fields.text("Resource")?;
        self.check_resource(fields, &resource);
        Some(StateKind::Task(Box::new(TaskState { resource, timeout, heartbeat, credentials })))
    }

    fn check_resource(&self, fields: &Fields<'_>, resource: &str) {
        let parsed = Resource::parse(resource);
        if !resource.starts_with("arn:") {
            return fields.wrong("Resource", "Value is not a valid resource ARN");
        }
        if self.rules.express {
            match &parsed {
                Some(Resource::Activity) => {
                    fields.wrong("Resource", "Express state machine does not support Activity ARN");
                }
                Some(Resource::Service { call, .. }) => check_pattern(fields, call),
                _ => {}
            }
        }
        if !matches!(parsed, Some(Resource::Function | Resource::Service { .. })) || !(self.rules.supports)(resource) {
            let message = format!(
                "The resource provided {resource} is not recognized. The value is not a valid resource ARN, or the \
                 resource is not available in this region."
            );
            fields.wrong("Resource", message);
        }
    }

    pub(super) fn choice(&self, fields: &Fields<'_>) -> Option<StateKind> {
        fields.require(&["Choices"]);
        let default = fields.text("Default");
        let list = fields.list("Choices")?;
        if list.is_empty() {
            fields.wrong("Choices", "Value cannot be empty");
        }
        let rule = |(index, value): (usize, &Value)| self.rule(value, format!("{}[{index}]", fields.at("Choices")));
        let rules = list.iter().enumerate().filter_map(rule).collect();
        Some(StateKind::Choice(ChoiceState { rules, default }))
    }

    fn rule(&self, value: &Value, location: String) -> Option<ChoiceRule> {
        let fields = Fields::new(value, location, &self.problems)?;
        fields.require(&["Next"]);
        let next = fields.text("Next").unwrap_or_default();
        let assign = assign(&fields);
        fields.refuse_jsonata(&["Condition", "Output"]);
        let mut bare = value.clone();
        if let Value::Object(members) = &mut bare {
            for name in ["Next", "Assign", "Comment"] {
                members.shift_remove(name);
            }
        }
        let rule = Rule::parse(&bare).map_err(|message| fields.wrong_here(message)).ok()?;
        Some(ChoiceRule { rule, next, assign })
    }

    pub(super) fn parallel(&self, fields: &Fields<'_>) -> Option<StateKind> {
        fields.require(&["Branches"]);
        let list = fields.list("Branches")?;
        if list.is_empty() {
            fields.wrong("Branches", "Value cannot be empty");
        }
        let branch =
            |(index, value): (usize, &Value)| self.branch(value, format!("{}[{index}]", fields.at("Branches")));
        let branches = list.iter().enumerate().filter_map(branch).collect();
        Some(StateKind::Parallel(ParallelState { branches }))
    }

    fn branch(&self, value: &Value, location: String) -> Option<Program> {
        let fields = Fields::new(value, location, &self.problems)?;
        fields.value("Comment");
        let program = self.program(&fields)?;
        fields.finish();
        Some(program)
    }
}

fn check_pattern(fields: &Fields<'_>, call: &str) {
    if call.contains(".sync") {
        fields.wrong("Resource", "Express state machine does not support '.sync' service integration");
    } else if call.ends_with(".waitForTaskToken") {
        // Two blanks before "at" in AWS's own text.
        fields.wrong("Resource", "Express state machine does not support '.waitForTaskToken' service integration ");
    }
}

/// A Pass state.
pub(super) fn pass(fields: &Fields<'_>) -> StateKind {
    StateKind::Pass(PassState { result: fields.value("Result").cloned() })
}

fn timestamp(fields: &Fields<'_>) -> Option<WaitState> {
    let text = fields.text("Timestamp")?;
    // AWS takes the profile of the specification only: an upper-case T between date and time, and Z.
    let profile = text.as_bytes().get(10) == Some(&b'T') && text.ends_with('Z');
    match DateTime::parse_from_rfc3339(&text) {
        Ok(date) if profile => Some(WaitState::Until(date.to_utc())),
        _ => {
            fields.wrong("Timestamp", "String does not match RFC3339 timestamp");
            None
        }
    }
}

/// A Fail state.
pub(super) fn fail(fields: &Fields<'_>) -> StateKind {
    let error = error_text(fields, "Error", "ErrorPath");
    let cause = error_text(fields, "Cause", "CausePath");
    StateKind::Fail(FailState { error, cause })
}

fn error_text(fields: &Fields<'_>, name: &'static str, path: &'static str) -> Option<ErrorText> {
    fields.only_one(&[name, path]);
    if let Some(text) = fields.text(name) {
        return Some(ErrorText::Fixed(text));
    }
    let text = fields.text(path)?;
    let parsed = if text.starts_with("States.") {
        Intrinsic::parse(&text).map(ErrorText::Intrinsic)
    } else {
        Path::parse(&text).map(ErrorText::Path)
    };
    parsed.map_err(|_| fields.wrong(path, "Value must be a valid JSONPath or a valid intrinsic function call.")).ok()
}

/// A Wait state.
pub(super) fn wait(fields: &Fields<'_>) -> Option<StateKind> {
    fields.exactly_one(&["SecondsPath", "Seconds", "TimestampPath", "Timestamp"]);
    let seconds = fields.whole("Seconds", 0, SECONDS.1).map(WaitState::Seconds);
    let wait = seconds
        .or_else(|| fields.path("SecondsPath").map(WaitState::SecondsPath))
        .or_else(|| timestamp(fields))
        .or_else(|| fields.path("TimestampPath").map(WaitState::UntilPath));
    wait.map(StateKind::Wait)
}

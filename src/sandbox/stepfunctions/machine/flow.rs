//! How states lead to one another: targets that exist, states that can be reached, variables that are read.

use std::collections::HashSet;

use indexmap::IndexMap;
use serde_json::Value;

use super::model::{Program, State, StateKind, Transition};
use super::parse::Parser;

impl Parser<'_> {
    /// Every target exists, every state can be reached, and there is a way to begin.
    pub(super) fn check_flow(&self, program: &Program, location: &str) {
        if !program.states.contains_key(&program.start_at) {
            let message = format!("Missing 'Next' target: {}", program.start_at);
            self.problems.add("MISSING_TRANSITION_TARGET", &format!("{location}/StartAt"), message);
        }
        for state in program.states.values() {
            for (field, target) in targets(state).into_iter().filter(|(_, to)| !program.states.contains_key(*to)) {
                let place = format!("{location}/States/{}/{field}", state.name);
                // AWS says 'Next' whichever field it is.
                let message = format!("Missing 'Next' target: {target}");
                self.problems.add("MISSING_TRANSITION_TARGET", &place, message);
            }
        }
        if !program.states.values().any(is_terminal) {
            return self.problems.nowhere("MISSING_END_STATE", "Workflow has no terminal state");
        }
        let reached = reachable(program);
        for name in program.states.keys().filter(|name| !reached.contains(name.as_str())) {
            let message = format!("State \"{name}\" is not reachable.");
            self.problems.add("MISSING_TRANSITION_TARGET", &format!("{location}/States/{name}"), message);
        }
    }
}

fn is_terminal(state: &State) -> bool {
    state.next == Transition::End || matches!(state.kind, StateKind::Succeed | StateKind::Fail(_))
}

/// The states that a state may lead to, each with the field that says so.
fn targets(state: &State) -> Vec<(String, &str)> {
    let mut targets = Vec::new();
    if let Transition::Next(next) = &state.next {
        targets.push(("Next".to_owned(), next.as_str()));
    }
    if let StateKind::Choice(choice) = &state.kind {
        let rules = choice.rules.iter().enumerate();
        targets.extend(rules.map(|(index, rule)| (format!("Choices[{index}]/Next"), rule.next.as_str())));
        targets.extend(choice.default.iter().map(|default| ("Default".to_owned(), default.as_str())));
    }
    let catchers = state.catch.iter().enumerate();
    targets.extend(catchers.map(|(index, catcher)| (format!("Catch[{index}]/Next"), catcher.next.as_str())));
    targets
}

fn reachable(program: &Program) -> HashSet<&str> {
    let mut reached = HashSet::new();
    let mut open = vec![program.start_at.as_str()];
    while let Some(name) = open.pop() {
        if reached.insert(name) {
            let state = program.states.get(name);
            open.extend(state.into_iter().flat_map(targets).map(|(_, target)| target));
        }
    }
    reached
}

/// The variables that each state of the definition reads, as `DescribeStateMachine` lists them.
pub(super) fn variable_references(definition: &Value) -> IndexMap<String, Vec<String>> {
    let mut references = IndexMap::new();
    collect_states(definition, &mut references);
    references
}

fn collect_states(program: &Value, references: &mut IndexMap<String, Vec<String>>) {
    for (name, state) in program["States"].as_object().into_iter().flatten() {
        let mut names = Vec::new();
        let own = state.as_object().into_iter().flatten();
        for (_, value) in own.filter(|(field, _)| !["Branches", "ItemProcessor", "Iterator"].contains(&field.as_str()))
        {
            collect_names(value, &mut names);
        }
        if !names.is_empty() {
            references.insert(name.clone(), names);
        }
        let branches = state["Branches"].as_array().into_iter().flatten();
        for inner in branches.chain([&state["ItemProcessor"], &state["Iterator"]]) {
            collect_states(inner, references);
        }
    }
}

fn collect_names(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::String(text) => collect_text(text, names),
        Value::Array(items) => items.iter().for_each(|item| collect_names(item, names)),
        Value::Object(members) => members.values().for_each(|member| collect_names(member, names)),
        _ => {}
    }
}

/// `$name` in a path or among the arguments of an intrinsic function, outside quoted text.
fn collect_text(text: &str, names: &mut Vec<String>) {
    if !text.starts_with('$') && !text.starts_with("States.") {
        return;
    }
    let unquoted = text.split('\'').step_by(2);
    for part in unquoted.flat_map(|part| part.split('$').skip(1)) {
        let name: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
}

//! How states lead to one another: targets that exist, states that can be reached.

use std::collections::HashSet;

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

//! Variables of the environment that suites use and nobody has set: told before anything starts.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::Problem;
use crate::expr::Reference;
use crate::runner::Plan;
use crate::suite::Step;

/// Every use of `env.NAME` in the plan whose variable is not set.
pub(super) fn unset(plan: &Plan, env: &BTreeMap<String, String>) -> Vec<Problem> {
    let mut used = Vec::new();
    for planned in plan.suites.iter().filter(|planned| planned.skip.is_none()) {
        let suite = &planned.suite;
        used.extend(suite.vars.values().flat_map(crate::expr::Spanned::references));
        collect(&suite.setup, &mut used);
        for case in &suite.cases {
            used.extend(case.vars.values().flat_map(crate::expr::Spanned::references));
            collect(&case.steps, &mut used);
        }
        collect(&suite.cleanup, &mut used);
    }
    used.iter().filter_map(|reference| problem(reference, env)).collect()
}

fn collect(steps: &[Arc<Step>], used: &mut Vec<Reference>) {
    for step in steps {
        used.extend(step.arguments.values().flat_map(crate::expr::Spanned::references));
        used.extend(step.expect.iter().flat_map(crate::expect::Expectation::references));
        let expressions = step.that.iter().chain(step.capture.values()).chain(&step.when).chain(&step.fail_when);
        used.extend(expressions.flat_map(crate::expr::Expression::references));
        collect(step.undo.as_slice(), used);
    }
}

fn problem(reference: &Reference, env: &BTreeMap<String, String>) -> Option<Problem> {
    let [root, name, ..] = reference.path.as_slice() else { return None };
    if root != "env" || env.contains_key(name) {
        return None;
    }
    let problem = Problem::error(format!("the environment variable {name} is not set"), &reference.span);
    Some(problem.with_help(format!("set {name}, or give the value in the target's `vars`")))
}

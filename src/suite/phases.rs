//! When expressions have their values, and which fields need them early.

use std::collections::BTreeMap;

use crate::actions::Spec;
use crate::diagnostic::Problem;
use crate::event::Effect;
use crate::expr::{Expression, Phase, Reference, Spanned};
use crate::yaml::field::Field;

use super::effects::{Known, sql_argument};

/// The phase of each variable in sight. `run.id` counts as known when the run is planned: it names what the run creates.
#[derive(Debug, Clone, Default)]
pub(super) struct VarPhases(BTreeMap<String, Phase>);

impl VarPhases {
    /// Notes a variable.
    pub fn insert(&mut self, name: &str, phase: Phase) {
        self.0.insert(name.to_owned(), phase);
    }

    /// Whether there is such a variable.
    pub fn knows(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The phase of a template.
    pub fn of(&self, template: &Spanned) -> Phase {
        template
            .expressions()
            .into_iter()
            .map(|expression| self.of_expression(expression))
            .fold(Phase::Check, Phase::max)
    }

    fn of_expression(&self, expression: &Expression) -> Phase {
        expression.phase_with(|reference| self.of_reference(reference))
    }

    fn of_reference(&self, reference: &Reference) -> Phase {
        let path: Vec<&str> = reference.path.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["vars"] => self.0.values().copied().fold(Phase::Check, Phase::max),
            ["vars", name, ..] => self.0.get(*name).copied().unwrap_or(Phase::Check),
            ["run", "id"] => Phase::Plan,
            _ => reference.phase(),
        }
    }
}

/// The latest phase that an argument may be of. What names resources and SQL, of an action that is not a read, must be
/// known when the run is planned, so that the guard judges it before anything starts.
pub(super) fn allowed(spec: &Spec, field: &Field, effect: Known) -> Phase {
    let names_resource = spec.resources.contains(&field.name) || sql_argument(spec) == Some(field.name);
    let is_read = matches!(effect, Known::Is(Effect::Read) | Known::Broken);
    if names_resource && !is_read { field.phase.min(Phase::Plan) } else { field.phase }
}

/// Reports an expression that has its value too late for where it stands.
pub(super) fn check(
    what: &str,
    expression: &Expression,
    allowed: Phase,
    vars: &VarPhases,
    problems: &mut Vec<Problem>,
) {
    let has_limit = matches!(allowed, Phase::Check | Phase::Plan);
    if has_limit && vars.of_expression(expression) > allowed {
        problems.push(too_late(what, expression, allowed, vars));
    }
}

fn too_late(what: &str, expression: &Expression, allowed: Phase, vars: &VarPhases) -> Problem {
    let references = expression.references();
    let culprit = references.iter().find(|reference| vars.of_reference(reference) > allowed);
    let when = if allowed == Phase::Plan { "when the run is planned" } else { "when the suite is checked" };
    let name =
        culprit.map_or_else(|| "this expression".to_owned(), |reference| format!("`{}`", reference.path.join(".")));
    let span = culprit.map_or(expression.span(), |reference| &reference.span);
    let problem =
        Problem::error(format!("`{what}` must be known {when}, and {name} is known only during the run"), span);
    let problem = match culprit.and_then(|reference| reference.path.first()).map(String::as_str) {
        Some("vars") => problem.with_label("its value uses names of the run"),
        _ => problem,
    };
    problem.with_help(match (what, allowed) {
        ("sql", _) => {
            "use `target`, `matrix`, `env`, `run.id` and `vars` made of them; pass other values as `parameters`"
        }
        (_, Phase::Plan) => "use `target`, `matrix`, `env`, `run.id` and `vars` made of them",
        _ => "use literals and `vars` made of them",
    })
}

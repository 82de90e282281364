//! What the steps of a plan need of the target: judged before anything starts.

use std::sync::Arc;

use crate::actions::Arguments;
use crate::event::Effect;
use crate::expr::Scope;
use crate::runner::Plan;
use crate::suite::{Step, stand_in};
use crate::target::Need;

/// Every step of the plan with its effect.
pub(super) fn needs(plan: &Plan) -> Vec<Need> {
    let mut needs = Vec::new();
    for planned in plan.suites.iter().filter(|suite| suite.skip.is_none()) {
        let suite = &planned.suite;
        collect(&suite.setup, "setup", &planned.scope, &mut needs);
        for case in &planned.cases {
            collect(&case.case.steps, &case.name, &case.scope, &mut needs);
        }
        collect(&suite.cleanup, "cleanup", &planned.scope, &mut needs);
    }
    needs
}

fn collect(steps: &[Arc<Step>], whose: &str, scope: &Scope, needs: &mut Vec<Need>) {
    for step in steps {
        needs.push(Need {
            place: (&step.span).into(),
            whose: whose.to_owned(),
            action: step.action.spec().name.to_owned(),
            effect: effect(step, scope),
        });
        collect(step.undo.as_slice(), whose, scope, needs);
    }
}

/// The effect as far as it is known by now. What is known only when the step runs is judged then, once more.
fn effect(step: &Step, scope: &Scope) -> Effect {
    let value = |template: &crate::expr::Spanned| template.evaluate(scope).unwrap_or_else(|_| stand_in(template));
    let values = step.arguments.iter().map(|(name, template)| (name.clone(), (value(template), template.span.clone())));
    // A statement without a class is taken for the worst.
    step.action.effect(&Arguments::new(values.collect())).unwrap_or(Effect::Destroy)
}

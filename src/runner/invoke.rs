//! One call of an action: arguments resolved, the effect judged once more, the time limited.

use std::collections::BTreeMap;
use std::time::Duration;

use indexmap::IndexMap;
use tokio::time::{Instant, timeout_at};

use super::context::{Context, Owner};
use super::limit::later;
use crate::actions::{ActionError, Arguments, Call, CallName, ErrorKind, Output};
use crate::event::{Effect, StepKey};
use crate::expect::Expectation;
use crate::expr::{EvalError, Scope};
use crate::suite::Step;

/// When steps began, by id.
pub(super) type Began = BTreeMap<String, Instant>;

/// The step's arguments with the values of this moment.
pub(super) fn resolve(step: &Step, scope: &Scope, began: &Began) -> Result<Arguments, EvalError> {
    let value = |(name, template): (&String, &crate::expr::Spanned)| {
        template.evaluate(scope).map(|value| (name.clone(), (value, template.span.clone())))
    };
    let values = step.arguments.iter().map(value).collect::<Result<IndexMap<_, _>, _>>()?;
    let expectation =
        |(name, expected): (&String, &Expectation)| expected.resolve(scope).map(|resolved| (name.clone(), resolved));
    let expectations = step.expectations.iter().map(expectation).collect::<Result<_, _>>()?;
    let moments = step.earlier.iter().filter_map(|(name, id)| Some((name.clone(), *began.get(id)?))).collect();
    Ok(Arguments::new(values).with_expectations(expectations).with_moments(moments))
}

/// When a call has to end: by its own time, which is judged here, and by that of its case, which is judged there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    pub own: Duration,
    pub of_all: Instant,
}

/// Calls the action once, within its time. `call_number` counts the calls of a step: each is a request of its own.
pub(super) async fn invoke(
    context: &Context,
    owner: &Owner,
    step: &Step,
    arguments: &Arguments,
    call_number: u32,
    deadline: Deadline,
) -> Result<Output, ActionError> {
    permitted(context, step, arguments)?;
    let (key, own) = (key_of(step), later(Instant::now(), deadline.own));
    let name = CallName {
        run: context.run.clone(),
        suite: owner.suite.clone(),
        case: owner.case.clone(),
        step: owner.call_name(&step.id),
        attempt: call_number,
    };
    let waits_for = |what: String| context.step_waits(owner, &key, &what);
    let call = Call {
        name: &name,
        arguments,
        services: &context.services,
        uses: &step.uses,
        expects: step.expect.as_ref(),
        root: &context.root,
        deadline: own.min(deadline.of_all),
        ledger: context.ledger.as_ref(),
        waits_for: &waits_for,
    };
    match timeout_at(own, step.action.run(&call)).await {
        Ok(result) => result,
        Err(_) => Err(out_of_time(step, deadline.own)),
    }
}

/// The guard, again, with the arguments as they are now.
fn permitted(context: &Context, step: &Step, arguments: &Arguments) -> Result<Effect, ActionError> {
    let effect = step.action.effect(arguments)?;
    if context.allow.contains(&effect) {
        return Ok(effect);
    }
    let allowed: Vec<_> = context.allow.iter().map(|effect| effect.name()).collect();
    let message = format!(
        "refused: {} needs `{}`, the target allows [{}]",
        step.action.spec().name,
        effect.name(),
        allowed.join(", ")
    );
    Err(ActionError::new(ErrorKind::Refused, message))
}

fn out_of_time(step: &Step, time: Duration) -> ActionError {
    let time = crate::clock::words(time);
    let message = format!("out of time: {} did not end within {time}", step.action.spec().name);
    ActionError::new(ErrorKind::TimedOut, message)
        .with_help("what it started is stopped; raise `timeout` if it needs longer")
}

/// The step as events name it, but for its `name`, which the context knows.
pub(super) fn key_of(step: &Step) -> StepKey {
    StepKey::new(&step.id, step.action.spec().name)
}

//! A step that is taken from the record of an earlier run: judged by the suite as it is now, and not carried out.

use tokio::time::Instant;

use super::attempt::{Ended, accept};
use super::context::{Context, Owner};
use super::invoke::{Began, key_of, resolve};
use super::judge::judge;
use super::record::Recall;
use crate::event::{Reuse, RunId, StepResult};
use crate::expr::Scope;
use crate::suite::Step;

/// What the record meant for a step.
pub(super) enum Recalled {
    /// It has ended, and began at this moment.
    Ended(Box<Ended>, Instant),
    /// It is carried out, for this reason.
    CarriedOut(String),
}

impl Recalled {
    /// Why the step is carried out.
    pub fn why_not(self) -> Option<Reuse> {
        match self {
            Self::Ended(..) => None,
            Self::CarriedOut(why) => Some(Reuse::CarriedOut { why }),
        }
    }
}

/// Looks a step up in the record; none if there is no record, or it does not matter to this step.
pub(super) fn recall(context: &Context, owner: &Owner, step: &Step, scope: &Scope, began: &Began) -> Option<Recalled> {
    let record = context.record.as_ref()?;
    // An argument without a value is told of by the attempt.
    let arguments = resolve(step, scope, began).ok()?;
    let recorded = context.recorded(&arguments.to_value());
    match record.recall(owner, step, &arguments, &recorded)? {
        Recall::Nothing(why) => Some(Recalled::CarriedOut(why)),
        Recall::Taken(output, since) => {
            context.step_started(owner, &key_of(step), 1);
            let judged = accept(step, judge(step, scope, Ok(output), context.options.update));
            let result = StepResult {
                attempts: 1,
                notes: if judged.outcome.is_green() { judged.notes } else { Vec::new() },
                arguments: Some(recorded),
                output: Some(context.recorded(&judged.output)),
                reuse: Some(taken(record.run())),
                ..StepResult::new(key_of(step), judged.outcome)
            };
            Some(Recalled::Ended(Box::new(Ended { result, output: judged.output, undo: None }), since))
        }
    }
}

fn taken(run: &RunId) -> Reuse {
    Reuse::Taken { from: run.clone() }
}

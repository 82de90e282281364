//! The suite's own cleanup as intents: should the run die, another one carries the steps out.

use tokio::sync::Mutex;

use super::case::named_key;
use super::context::Context;
use super::promise::{CLEANUP, record};
use crate::event::{Finding, Intent, IntentId, IntentKind, Settlement};
use crate::expr::Scope;
use crate::suite::{Step, Suite};

/// The intents of a suite's cleanup, in the order of its steps.
#[derive(Default)]
pub(super) struct OwnCleanup(Mutex<Vec<(IntentId, Intent)>>);

impl OwnCleanup {
    /// Writes down what the suite's cleanup will do, before the suite does anything. Once: later calls find it done.
    pub async fn intend(&self, context: &Context, suite: &Suite, scope: &Scope) -> Result<(), Finding> {
        let mut written = self.0.lock().await;
        for step in suite.cleanup.iter().skip(written.len()) {
            let intent = intent(context, suite, step, scope);
            let id = context.ledger.intend(intent.clone()).await.map_err(|error| failed(&error, step))?;
            written.push((id, intent));
        }
        Ok(())
    }

    /// The same with what setup has yielded.
    pub async fn amend(&self, context: &Context, suite: &Suite, scope: &Scope) -> Result<(), Finding> {
        let mut written = self.0.lock().await;
        for (step, (id, known)) in suite.cleanup.iter().zip(written.iter_mut()) {
            let intent = intent(context, suite, step, scope);
            if intent != *known {
                context.ledger.amend(*id, intent.clone()).await.map_err(|error| failed(&error, step))?;
                *known = intent;
            }
        }
        Ok(())
    }

    /// A step of cleanup is done.
    pub async fn done(&self, context: &Context, index: usize) -> Option<Finding> {
        let (id, _) = self.0.lock().await.get(index).cloned()?;
        let settled = context.ledger.settle(id, Settlement::Removed).await;
        settled.err().map(|error| Finding::new(format!("failed to {error}")))
    }
}

fn intent(context: &Context, suite: &Suite, step: &Step, scope: &Scope) -> Intent {
    Intent {
        kind: IntentKind::Created,
        what: CLEANUP.to_owned(),
        name: format!("cleanup step {}", named_key(step, scope)),
        parameters: record(context, step, scope),
        case: None,
        suite: suite.name.clone(),
        step: step.id.clone(),
    }
}

fn failed(error: &crate::event::LedgerError, step: &Step) -> Finding {
    Finding::new(format!("failed to {error}")).at(&step.span)
}

//! `undo` steps: an intent is written before the step begins, so that its undo has its place in the order of what was created.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::context::{Context, Owner};
use super::promise::{UNDO, record};
use crate::event::{Finding, Intent, IntentId, IntentKind, Settlement};
use crate::expr::Scope;
use crate::suite::Step;

/// The `undo` steps of a suite that are to be done, by the intent that stands for each.
#[derive(Default)]
pub(super) struct Undos(Mutex<BTreeMap<IntentId, Undo>>);

struct Undo {
    step: Arc<Step>,
    /// What it can see.
    scope: Scope,
    intent: Intent,
}

impl Undos {
    /// Writes down that a step which is about to begin is to be undone; none if it has no `undo`.
    pub async fn intend(
        &self,
        context: &Context,
        owner: &Owner,
        step: &Step,
        scope: &Scope,
    ) -> Result<Option<IntentId>, Finding> {
        let Some(undo) = &step.undo else { return Ok(None) };
        let intent = Intent {
            kind: IntentKind::Created,
            what: UNDO.to_owned(),
            name: format!("undo of {}: {}", step.id, undo.action.spec().name),
            parameters: record(context, undo, scope),
            case: owner.case.clone(),
            suite: owner.suite.clone(),
            step: step.id.clone(),
        };
        let written = context.ledger.intend(intent.clone()).await;
        let id = written.map_err(|error| Finding::new(format!("failed to {error}")).at(&step.span))?;
        self.all().insert(id, Undo { step: Arc::clone(undo), scope: scope.clone(), intent });
        Ok(Some(id))
    }

    /// The step has ended: its undo sees what it yielded, and so does a later run that may have to do it.
    pub async fn ended(&self, context: &Context, id: IntentId, scope: &Scope) -> Result<(), Finding> {
        let Some(amended) = self.see(context, id, scope) else { return Ok(()) };
        context.ledger.amend(id, amended).await.map_err(|error| Finding::new(format!("failed to {error}")))
    }

    /// The intent as it is to be written anew, if more is known now.
    fn see(&self, context: &Context, id: IntentId, scope: &Scope) -> Option<Intent> {
        let mut all = self.all();
        let undo = all.get_mut(&id)?;
        undo.scope = scope.clone();
        let parameters = record(context, &undo.step, scope);
        if parameters == undo.intent.parameters {
            return None;
        }
        undo.intent.parameters = parameters;
        Some(undo.intent.clone())
    }

    /// The step was never carried out: there is nothing to undo.
    pub async fn forget(&self, context: &Context, id: IntentId) {
        drop(self.take(id));
        if let Err(error) = context.ledger.settle(id, Settlement::NeverWas).await {
            // The journal tells of this itself, and makes the run red.
            tracing::error!(%error, "an undo that is not needed could not be settled");
        }
    }

    /// The undo of an intent with what it can see, which is done once.
    pub fn take(&self, id: IntentId) -> Option<(Arc<Step>, Scope)> {
        self.all().remove(&id).map(|undo| (undo.step, undo.scope))
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<IntentId, Undo>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

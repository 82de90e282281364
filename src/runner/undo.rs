//! `undo` steps: an intent is written before the step begins, so that its undo has its place in the order of what was created.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::context::{Context, Owner};
use crate::event::{Finding, Intent, IntentId, IntentKind, Settlement};
use crate::expr::Scope;
use crate::suite::Step;

/// What an intent of this kind says of itself: a step of the suite undoes it.
pub(super) const UNDO: &str = "undo";

/// The `undo` steps of a suite that are to be done, by the intent that stands for each, with what they can see.
#[derive(Default)]
pub(super) struct Undos(Mutex<BTreeMap<IntentId, (Arc<Step>, Scope)>>);

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
            parameters: serde_json::Value::Null,
            case: owner.case.clone(),
            suite: owner.suite.clone(),
            step: step.id.clone(),
        };
        let id = context
            .ledger
            .intend(intent)
            .await
            .map_err(|error| Finding::new(format!("failed to {error}")).at(&step.span))?;
        self.set(id, Arc::clone(undo), scope.clone());
        Ok(Some(id))
    }

    /// The step has ended: its undo sees what it yielded.
    pub fn ended(&self, id: IntentId, scope: &Scope) {
        if let Some((_, seen)) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get_mut(&id) {
            *seen = scope.clone();
        }
    }

    /// The step was never carried out: there is nothing to undo.
    pub async fn forget(&self, context: &Context, id: IntentId) {
        drop(self.take(id));
        if let Err(error) = context.ledger.settle(id, Settlement::NeverWas).await {
            // The journal tells of this itself, and makes the run red.
            tracing::error!(%error, "an undo that is not needed could not be settled");
        }
    }

    /// The undo of an intent, which is done once.
    pub fn take(&self, id: IntentId) -> Option<(Arc<Step>, Scope)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&id)
    }

    fn set(&self, id: IntentId, undo: Arc<Step>, scope: Scope) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id, (undo, scope));
    }
}

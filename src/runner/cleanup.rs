//! Cleanup of a suite: stop what runs, the suite's own steps, then what was created, last in, first out.
//!
//! Each item is tried although another failed, and every one is reported.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::case::Sequence;
use super::context::{Context, Owner};
use crate::actions::{self, ActionError, ErrorKind};
use crate::event::{
    CaseKey, CleanupItem, Finding, Intent, IntentId, IntentKind, Kind, LedgerError, Settlement, StepResult,
};
use crate::expr::Scope;
use crate::suite::{Step, Suite};

/// What an intent of this kind says of itself: a step of the suite undoes it.
const UNDO: &str = "undo";

/// The `undo` steps of a suite that are to be done, by the intent that stands for each.
#[derive(Default)]
pub(super) struct Undos(Mutex<BTreeMap<IntentId, (Arc<Step>, Scope)>>);

impl Undos {
    /// Registers the undo of a step that was started.
    pub async fn register(
        &self,
        context: &Context,
        owner: &Owner,
        step: &Step,
        undo: &Arc<Step>,
        scope: Scope,
    ) -> Result<(), LedgerError> {
        let intent = Intent {
            kind: IntentKind::Created,
            what: UNDO.to_owned(),
            name: format!("undo of {}: {}", step.id, undo.action.spec().name),
            parameters: serde_json::Value::Null,
            case: owner.case.clone(),
            suite: owner.suite.clone(),
            step: step.id.clone(),
        };
        let id = context.ledger.intend(intent).await?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id, (Arc::clone(undo), scope));
        Ok(())
    }

    fn take(&self, id: IntentId) -> Option<(Arc<Step>, Scope)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&id)
    }
}

/// Stops what a case has left running. What nobody waited for, by name.
pub(super) async fn stop_started(context: &Context, case: &CaseKey) -> Vec<String> {
    let mut names = Vec::new();
    let deadline = Instant::now() + context.options.budgets.cleanup;
    for (id, intent) in open(context, |i| i.kind == IntentKind::Started && i.case.as_ref() == Some(case)).await {
        names.push(intent.name.clone());
        if let Some(finding) = undo_intent(context, id, &intent, deadline).await {
            let item = CleanupItem {
                suite: intent.suite,
                name: intent.name,
                problem: Some(finding),
                duration: Duration::ZERO,
            };
            context.stream.emit(Kind::CleanedUp(item));
        }
    }
    names
}

/// Cleans up after a suite.
pub(super) async fn clean_up(context: &Context, suite: &Suite, scope: &Scope, undos: &Undos) {
    context.stream.emit(Kind::CleanupStarted { suite: suite.name.clone() });
    if context.options.keep {
        keep(context, suite).await;
    } else {
        let deadline = Instant::now() + context.options.budgets.cleanup;
        stop_all(context, suite, deadline).await;
        own_steps(context, suite, scope, deadline).await;
        remove_created(context, suite, undos, deadline).await;
    }
    context.stream.emit(Kind::CleanupFinished { suite: suite.name.clone() });
}

async fn keep(context: &Context, suite: &Suite) {
    for (id, intent) in open(context, |intent| intent.suite == suite.name).await {
        if let Err(error) = context.ledger.settle(id, Settlement::Kept).await {
            report(context, &intent.suite, intent.name, Some(Finding::new(error.to_string())), Instant::now());
        }
    }
}

async fn stop_all(context: &Context, suite: &Suite, deadline: Instant) {
    for (id, intent) in open(context, |i| i.kind == IntentKind::Started && i.suite == suite.name).await {
        let started = Instant::now();
        let problem = undo_intent(context, id, &intent, deadline).await;
        report(context, &suite.name, intent.name, problem, started);
    }
}

async fn own_steps(context: &Context, suite: &Suite, scope: &Scope, deadline: Instant) {
    let owner = Owner { suite: suite.name.clone(), case: None };
    let steps = &suite.cleanup;
    let sequence = Sequence { context, owner, steps, root: "steps", deadline, whose: "cleanup", all: true };
    for result in sequence.run(scope.clone()).await.results {
        report_step(context, &suite.name, &result);
    }
}

async fn remove_created(context: &Context, suite: &Suite, undos: &Undos, deadline: Instant) {
    let created = open(context, |i| i.kind == IntentKind::Created && i.suite == suite.name).await;
    for (id, intent) in created.into_iter().rev() {
        let started = Instant::now();
        let problem = match undos.take(id) {
            Some((step, scope)) => undo_by_step(context, id, &intent, step, scope, deadline).await,
            None => undo_intent(context, id, &intent, deadline).await,
        };
        report(context, &suite.name, intent.name, problem, started);
    }
}

async fn undo_by_step(
    context: &Context,
    id: IntentId,
    intent: &Intent,
    step: Arc<Step>,
    scope: Scope,
    deadline: Instant,
) -> Option<Finding> {
    let owner = Owner { suite: intent.suite.clone(), case: intent.case.clone() };
    let steps = [step];
    let sequence = Sequence { context, owner, steps: &steps, root: "steps", deadline, whose: "cleanup", all: true };
    let finished = sequence.run(scope).await;
    match finished.outcome.findings().first() {
        Some(finding) => Some(finding.clone()),
        None => settle(context, id, Settlement::Removed).await,
    }
}

/// Undoes one intent by the code of the action that wrote it.
async fn undo_intent(context: &Context, id: IntentId, intent: &Intent, deadline: Instant) -> Option<Finding> {
    let undone = timeout_at(deadline, actions::undo(intent, &context.services)).await;
    match undone.unwrap_or_else(|_| Err(ActionError::new(ErrorKind::TimedOut, "clean up: its time is up"))) {
        Ok(settlement) => settle(context, id, settlement).await,
        Err(error) => {
            let message = format!("{} is left over: failed to {}", intent.name, error.message);
            Some(Finding { help: error.help, details: error.details, ..Finding::new(message) })
        }
    }
}

async fn settle(context: &Context, id: IntentId, settlement: Settlement) -> Option<Finding> {
    context.ledger.settle(id, settlement).await.err().map(|error| Finding::new(error.to_string()))
}

async fn open(context: &Context, wanted: impl Fn(&Intent) -> bool) -> Vec<(IntentId, Intent)> {
    context.ledger.open().await.into_iter().filter(|(_, intent)| wanted(intent)).collect()
}

fn report(context: &Context, suite: &str, name: String, problem: Option<Finding>, started: Instant) {
    let item = CleanupItem { suite: suite.to_owned(), name, problem, duration: started.elapsed() };
    context.stream.emit(Kind::CleanedUp(item));
}

fn report_step(context: &Context, suite: &str, result: &StepResult) {
    let problem = result.outcome.findings().first().cloned();
    let item =
        CleanupItem { suite: suite.to_owned(), name: result.step.to_string(), problem, duration: result.duration };
    context.stream.emit(Kind::CleanedUp(item));
}

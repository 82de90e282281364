//! Cleanup of a suite: stop what runs, the suite's own steps, then what was created, last in, first out.
//!
//! Each item is tried although another failed, or hung, and every one is reported, once.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::join_all;
use tokio::time::{Instant, timeout, timeout_at};

use super::case::{Sequence, bug, named_key};
use super::context::{Context, Owner, Part};
use super::invoke::Began;
use super::limit::{Limit, Whose};
use super::own_cleanup::OwnCleanup;
use super::promise::CLEANUP;
use super::quiet::undone_for_good;
use super::undo::Undos;
use crate::actions::{self, ActionError, EffectRule, ErrorKind};
use crate::event::{CleanupItem, Effect, Finding, Intent, IntentId, IntentKind, Kind, Settlement};
use crate::expr::Scope;
use crate::suite::{Step, Suite};

/// A suite's cleanup that is under way.
struct Cleanup<'a> {
    context: &'a Context,
    suite: &'a Suite,
    undos: &'a Undos,
    own: &'a OwnCleanup,
    limit: Limit,
}

/// Stops those started things that are wanted; what there was. What cannot be stopped stays open, for the suite's
/// cleanup to try again and to report.
pub(super) async fn stop_started(context: &Context, wanted: impl Fn(&Intent) -> bool) -> Vec<Intent> {
    let mut stopped = Vec::new();
    let limit = Limit::from_now(context.options.budgets.cleanup, Whose::Cleanup);
    for (id, intent) in open(context, |intent| intent.kind == IntentKind::Started && wanted(intent)).await {
        if let Some(problem) = undo_intent(context, id, &intent, limit).await {
            tracing::warn!(problem = problem.message, "not stopped yet");
        }
        stopped.push(intent);
    }
    stopped
}

/// How long it may take to tell where something hung: it is stopped already, and others wait.
const TELLING: Duration = Duration::from_secs(2);

/// What was stopped, each by its name and where it hung.
pub(super) async fn told(context: &Context, stopped: &[Intent]) -> Vec<String> {
    let one = async |intent: &Intent| {
        let hung = timeout(TELLING, actions::whereabouts(intent, &context.services)).await;
        match hung.ok().flatten() {
            Some(hung) => format!("{}: {hung}", intent.name),
            None => intent.name.clone(),
        }
    };
    join_all(stopped.iter().map(one)).await
}

/// Cleans up after a suite.
pub(super) async fn clean_up(context: &Context, suite: &Suite, scope: &Scope, undos: &Undos, own: &OwnCleanup) {
    context.stream.emit(Kind::CleanupStarted { suite: suite.name.clone() });
    let limit = Limit::from_now(context.options.budgets.cleanup, Whose::Cleanup);
    let cleanup = Cleanup { context, suite, undos, own, limit };
    cleanup.stop_all().await;
    if context.options.keep {
        cleanup.keep_created().await;
    } else {
        cleanup.own_steps(scope.clone()).await;
        cleanup.remove_created().await;
        cleanup.stop_all_of_cleanup().await;
    }
    context.stream.emit(Kind::CleanupFinished { suite: suite.name.clone() });
}

impl Cleanup<'_> {
    async fn stop_all(&self) {
        let running = self.open(|intent| intent.kind == IntentKind::Started).await;
        self.undo_each(running).await;
    }

    /// A step of cleanup can leave something running too. What was there before has been reported already.
    async fn stop_all_of_cleanup(&self) {
        let is_of_cleanup = |intent: &Intent| intent.step.starts_with(&Part::Cleanup.call_name(""));
        let running = self.open(|intent| intent.kind == IntentKind::Started && is_of_cleanup(intent)).await;
        self.undo_each(running).await;
    }

    async fn undo_each(&self, intents: Vec<(IntentId, Intent)>) {
        let count = intents.len();
        for (index, (id, intent)) in intents.into_iter().enumerate() {
            let started = Instant::now();
            let problem = undo_intent(self.context, id, &intent, self.limit.share(index + 1 == count)).await;
            self.report(intent.name, problem, started);
        }
    }

    async fn keep_created(&self) {
        for (id, intent) in self.open(|intent| intent.kind == IntentKind::Created).await {
            if let Some(problem) = settle(self.context, id, Settlement::Kept).await {
                self.report(intent.name, Some(problem), Instant::now());
            }
        }
    }

    async fn own_steps(&self, mut scope: Scope) {
        let created = self.created().await;
        let steps = &self.suite.cleanup;
        for (index, step) in steps.iter().enumerate() {
            let started = Instant::now();
            let is_last = index + 1 == steps.len() && created.is_empty();
            let owner = Owner::new(&self.suite.name, None, Part::Cleanup);
            let name = named_key(step, &scope).to_string();
            let (problem, after) = self.step(step, owner, scope, is_last).await;
            scope = after;
            let problem = match problem {
                // A read that was false leaves nothing for another run to do.
                Some(problem) if step.action.spec().effect != EffectRule::Always(Effect::Read) => Some(problem),
                problem => self.own.done(self.context, index).await.or(problem),
            };
            self.report(name, problem, started);
        }
    }

    async fn remove_created(&self) {
        let created = self.created().await;
        let count = created.len();
        for (index, (id, intent)) in created.into_iter().rev().enumerate() {
            let (started, is_last) = (Instant::now(), index + 1 == count);
            let problem = match self.undos.take(id) {
                Some((step, scope)) => self.undo_by_step(id, &intent, &step, scope, is_last).await,
                None => undo_intent(self.context, id, &intent, self.limit.share(is_last)).await,
            };
            self.report(intent.name, problem, started);
        }
    }

    async fn undo_by_step(
        &self,
        id: IntentId,
        intent: &Intent,
        step: &Arc<Step>,
        scope: Scope,
        is_last: bool,
    ) -> Option<Finding> {
        let owner = Owner::new(&intent.suite, intent.case.clone(), Part::Cleanup);
        match self.step(step, owner, scope, is_last).await {
            (Some(problem), _) => Some(problem),
            (None, _) => settle(self.context, id, Settlement::Removed).await,
        }
    }

    /// One step of cleanup: what is wrong, and what later ones see.
    async fn step(&self, step: &Arc<Step>, owner: Owner, scope: Scope, is_last: bool) -> (Option<Finding>, Scope) {
        let (context, undos, steps) = (self.context, self.undos, std::slice::from_ref(step));
        let limit = self.limit.share(is_last);
        let before = Began::new();
        let sequence = Sequence { context, owner, steps, root: "steps", limit, before, undos, goes_on: true };
        let finished = sequence.run(scope).await;
        (finished.outcome.findings().first().cloned(), finished.scope)
    }

    /// What was created. The suite's own steps have their turn before it.
    async fn created(&self) -> Vec<(IntentId, Intent)> {
        self.open(|intent| intent.kind == IntentKind::Created && intent.what != CLEANUP).await
    }

    async fn open(&self, wanted: impl Fn(&Intent) -> bool) -> Vec<(IntentId, Intent)> {
        open(self.context, |intent| intent.suite == self.suite.name && wanted(intent)).await
    }

    fn report(&self, name: String, problem: Option<Finding>, started: Instant) {
        let item =
            CleanupItem { suite: self.suite.name.clone(), name, problem, duration: started.elapsed(), run: None };
        self.context.stream.emit(Kind::CleanedUp(item));
    }
}

/// Undoes one intent by the code of the action that wrote it.
async fn undo_intent(context: &Context, id: IntentId, intent: &Intent, limit: Limit) -> Option<Finding> {
    // What a stopped run has caused may still be coming.
    let undone = match context.stop.reason() {
        Some(_) => undone_for_good(context, intent, limit).await,
        None => undone(context, intent, limit).await,
    };
    match undone {
        Ok(settlement) => settle(context, id, settlement).await,
        Err(problem) => Some(problem),
    }
}

/// The same without noting it.
pub(super) async fn undone(context: &Context, intent: &Intent, limit: Limit) -> Result<Settlement, Finding> {
    let undo = AssertUnwindSafe(actions::undo(intent, &context.services)).catch_unwind();
    let undone = match timeout_at(limit.at, undo).await {
        Ok(Ok(undone)) => undone,
        Ok(Err(panic)) => Err(ActionError::new(ErrorKind::Invalid, format!("clean up: {}", bug(panic.as_ref())))),
        Err(_) => {
            Err(ActionError::new(ErrorKind::TimedOut, format!("clean up: {}", limit.words())).with_help(limit.help()))
        }
    };
    undone.map_err(|error| of_error(intent, error))
}

/// Why something is still there.
pub(super) fn of_error(intent: &Intent, error: ActionError) -> Finding {
    let message = format!("{} is left over: failed to {}", intent.name, error.message);
    Finding { help: error.help, details: error.details, ..Finding::new(message) }
}

async fn settle(context: &Context, id: IntentId, settlement: Settlement) -> Option<Finding> {
    context.ledger.settle(id, settlement).await.err().map(|error| Finding::new(format!("failed to {error}")))
}

async fn open(context: &Context, wanted: impl Fn(&Intent) -> bool) -> Vec<(IntentId, Intent)> {
    context.ledger.open().await.into_iter().filter(|(_, intent)| wanted(intent)).collect()
}

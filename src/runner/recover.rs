//! Finishing what a dead run left: what runs is stopped, then its suites' own cleanup, then what was created, last in, first out.
//!
//! Everything is done from the intents alone, through the same rules as the steps of a run. Each item is tried although another
//! failed; what is done is taken off the dead run's record, so that it is done once, and what is not stays on it.

use std::panic::AssertUnwindSafe;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures::FutureExt;
use futures::future::join_all;
use tokio::time::{Instant, timeout_at};

use super::case::bug;
use super::cleanup::{of_error, undone};
use super::context::Context;
use super::limit::{Limit, Whose};
use super::promise::{CLEANUP, Promise, UNDO};
use super::quiet::undone_for_good;
use crate::actions::{self, Action, ActionError, Arguments, Call, CallName, ErrorKind, Uses};
use crate::event::{CleanupItem, Effect, Finding, Intent, IntentId, IntentKind, Kind, LedgerError, RunId, Settlement};

/// An intent that a dead run did not settle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Its id in that run.
    pub id: IntentId,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// Whether it was kept on purpose.
    pub kept: bool,
    /// What it is.
    pub intent: Intent,
}

/// The record of a dead run.
#[async_trait]
pub trait Estate: Send + Sync {
    /// The run.
    fn run(&self) -> &RunId;

    /// Takes an intent off the record: it is done.
    async fn settle(&self, id: IntentId) -> Result<(), LedgerError>;
}

/// Finishes these intents of a dead run by `deadline`; those that could not be finished. `why` says how the run ended.
pub async fn recover(
    context: &Context,
    estate: &dyn Estate,
    left: Vec<Left>,
    why: &str,
    deadline: Instant,
) -> Vec<Left> {
    let run = estate.run();
    context.stream.emit(Kind::TakenUp { run: run.clone(), why: why.to_owned(), items: left.len() });
    let limit = Limit { at: deadline, time: context.options.budgets.cleanup, whose: Whose::Cleanup, share: None };
    let (growing, ordered): (Vec<Left>, Vec<Left>) =
        in_order(left).into_iter().partition(|left| actions::may_grow(&left.intent));
    let mut open = Vec::new();
    let count = ordered.len() + usize::from(!growing.is_empty());
    for (index, left) in ordered.into_iter().enumerate() {
        open.extend(one(context, estate, left, limit.share(index + 1 == count)).await);
    }
    // What others make is looked for last, all of it at the same time: each look waits for more to come.
    let rest = join_all(growing.into_iter().map(|left| one(context, estate, left, limit))).await;
    open.extend(rest.into_iter().flatten());
    open
}

/// Finishes one intent and tells of it; the intent if it is still open.
async fn one(context: &Context, estate: &dyn Estate, left: Left, limit: Limit) -> Option<Left> {
    let started = Instant::now();
    let finished = AssertUnwindSafe(finish(context, estate, &left, limit).boxed()).catch_unwind().await;
    let problem = finished.unwrap_or_else(|panic| Some(Finding::new(bug(panic.as_ref()))));
    let is_open = problem.is_some();
    let item = CleanupItem {
        suite: left.intent.suite.clone(),
        name: left.intent.name.clone(),
        problem,
        duration: started.elapsed(),
        run: Some(estate.run().clone()),
    };
    context.stream.emit(Kind::CleanedUp(item));
    is_open.then_some(left)
}

/// The order of every cleanup.
fn in_order(mut left: Vec<Left>) -> Vec<Left> {
    left.sort_by_key(|left| {
        let id = i128::from(left.id.0);
        match (left.intent.kind, left.intent.what.as_str()) {
            (IntentKind::Started, _) => (0, id),
            (IntentKind::Created, CLEANUP) => (1, id),
            (IntentKind::Created, _) => (2, -id),
        }
    });
    left
}

/// Finishes one intent and takes it off the record; what is in the way, if anything is.
async fn finish(context: &Context, estate: &dyn Estate, left: &Left, limit: Limit) -> Option<Finding> {
    let done = match left.intent.what.as_str() {
        UNDO | CLEANUP => keep_promise(context, estate, left, limit).await,
        _ if has_ended(context, left) => Ok(()),
        _ => match permitted(context, actions::undo_effect(&left.intent)) {
            Ok(()) => undone_for_good(context, &left.intent, limit).await.map(drop),
            Err(error) => Err(of_error(&left.intent, error)),
        },
    };
    match done {
        Ok(()) => {
            estate.settle(left.id).await.err().map(|error| Finding::new(format!("it is gone, but failed to {error}")))
        }
        Err(problem) => Some(problem),
    }
}

/// Whether it has ended by itself meanwhile, because AWS lets nothing of its kind run for so long.
fn has_ended(context: &Context, left: &Left) -> bool {
    let longest = actions::longest_life(&left.intent);
    longest.is_some_and(|longest| context.stream.since(left.at) > longest)
}

fn permitted(context: &Context, effect: Effect) -> Result<(), ActionError> {
    if context.allow.contains(&effect) {
        return Ok(());
    }
    let allowed: Vec<_> = context.allow.iter().map(|effect| effect.name()).collect();
    let message =
        format!("clean up: refused: it needs `{}`, the target allows [{}]", effect.name(), allowed.join(", "));
    Err(ActionError::new(ErrorKind::Refused, message))
}

/// Carries out a step that the dead run had promised.
async fn keep_promise(context: &Context, estate: &dyn Estate, left: &Left, limit: Limit) -> Result<(), Finding> {
    let finding = |text: String| Finding::new(format!("{} was not done: {text}", left.intent.name));
    match Promise::read(&left.intent.parameters) {
        // A read changes nothing: what it judged was its own run's affair.
        Promise::Nothing => Ok(()),
        Promise::Call(action, arguments) if action.effect(&arguments).is_ok_and(|effect| effect == Effect::Read) => {
            Ok(())
        }
        Promise::Unknown(why) => {
            let help =
                "look what the step may have left, then take it off the record: `shakedown cleanup RUN --forget`";
            Err(finding(why).with_help(help))
        }
        Promise::Call(action, arguments) => {
            let name = CallName {
                run: context.run.clone(),
                suite: left.intent.suite.clone(),
                case: left.intent.case.clone(),
                step: format!("{}:{}", estate.run(), left.id),
                attempt: 1,
            };
            let called = call(context, action, &arguments, &name, limit).await;
            clean_up_after(context, &name, limit).await;
            called.map_err(|error| Finding { help: error.help, details: error.details, ..finding(error.message) })
        }
    }
}

async fn call(
    context: &Context,
    action: &'static dyn Action,
    arguments: &Arguments,
    name: &CallName,
    limit: Limit,
) -> Result<(), ActionError> {
    permitted(context, action.effect(arguments)?)?;
    if action.spec().name == "exec.run" && !context.exec {
        return Err(ActionError::new(ErrorKind::Refused, "refused: `exec.run` is off for this target"));
    }
    let call = Call {
        name,
        arguments,
        services: &context.services,
        uses: &Uses::default(),
        expects: None,
        root: &context.root,
        deadline: limit.at,
        ledger: context.ledger.as_ref(),
        waits_for: &|_| {},
    };
    let output = timeout_at(limit.at, action.run(&call))
        .await
        .map_err(|_| ActionError::new(ErrorKind::TimedOut, limit.words()).with_help(limit.help()))??;
    let wrong = action.spec().groups.iter().find_map(|group| (group.wrong)(&output.value));
    wrong.map_or(Ok(()), |finding| Err(ActionError::new(ErrorKind::Invalid, finding.message)))
}

/// A promised step may itself leave something running, or create what is temporary: nothing of it outlives the recovery.
async fn clean_up_after(context: &Context, name: &CallName, limit: Limit) {
    for (id, intent) in context.ledger.open().await.into_iter().rev().filter(|(_, intent)| intent.step == name.step) {
        // What cannot be undone stays open, and is a problem of this run.
        if let Ok(settlement) = undone(context, &intent, limit).await {
            settle(context, id, settlement).await;
        }
    }
}

async fn settle(context: &Context, id: IntentId, settlement: Settlement) {
    if let Err(error) = context.ledger.settle(id, settlement).await {
        // The journal tells of this itself, and makes the run red.
        tracing::error!(%error, "what a recovery left is gone, but could not be settled");
    }
}

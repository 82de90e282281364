//! The whole run: suites and cases side by side, within the target's bounds, until every planned case has its outcome.

use std::time::Duration;

use futures::future::join_all;
use tokio::time::{Instant, sleep_until};

use super::context::Context;
use super::gate::Gate;
use super::limit::later;
use super::plan::Plan;
use super::suite::SuiteRun;
use crate::event::{CaseKey, CaseResult, Exit, Finding, Intent, IntentKind, Kind, Outcome, StopReason};

/// Runs a plan. The first event, `RunStarted`, is emitted by the caller, who knows the project; the last one here.
pub async fn run(context: &Context, plan: &Plan) -> Exit {
    let started = Instant::now();
    let gate = Gate::new(context);
    let contexts: Vec<Context> = plan.suites.iter().map(|suite| context.of_suite(suite)).collect();
    let planned = contexts.iter().zip(&plan.suites);
    let suites: Vec<SuiteRun<'_>> = planned.map(|(context, suite)| SuiteRun::new(context, suite, &gate)).collect();
    let all = join_all(suites.chunk_by(SuiteRun::repeats).map(one_after_the_other));
    tokio::select! {
        // The watch first: a stop is told of before what it ends, even if that is everything.
        biased;
        () = watch_stop(context, started) => {}
        _ = all => {}
    }
    let mut problems = close_ledger(context, plan, &gate);
    problems.extend(left_over(context).await);
    let exit = context.stream.totals().exit(context.stop.reason() == Some(StopReason::Interrupted));
    let exit = if exit == Exit::Green && !problems.is_empty() { Exit::CleanupIncomplete } else { exit };
    context.stream.emit(Kind::RunFinished { exit, duration: started.elapsed(), problems });
    exit
}

/// The repetitions of a suite. Side by side they would meet each other in what their names do not keep apart.
async fn one_after_the_other(repetitions: &[SuiteRun<'_>]) {
    for suite in repetitions {
        suite.run().await;
    }
}

/// Asks for a stop at the deadline, and says so when anybody asks. Never returns: the suites end by themselves then.
async fn watch_stop(context: &Context, started: Instant) {
    let reason = tokio::select! {
        reason = context.stop.requested() => reason,
        () = sleep_until(later(started, context.options.budgets.deadline)) => {
            context.stop.request(StopReason::Deadline);
            StopReason::Deadline
        }
    };
    // Of `--max-fail` the gate has told, when it counted the last case that was allowed to be red.
    if reason != StopReason::MaxFail {
        context.stream.emit(Kind::Stopping { reason });
    }
    std::future::pending::<()>().await;
}

/// Every planned case has exactly one outcome, or the run is red and says which has none.
fn close_ledger(context: &Context, plan: &Plan, gate: &Gate) -> Vec<Finding> {
    let missing: Vec<&CaseKey> =
        plan.cases().map(|(_, case)| &case.key).filter(|key| !gate.has_finished(key)).collect();
    for key in &missing {
        let outcome = Outcome::errored(Finding::new("the case was planned and has no outcome: a bug in shakedown"));
        let result = CaseResult { outcome, duration: Duration::ZERO, steps: Vec::new() };
        context.stream.emit(Kind::CaseFinished { case: (*key).clone(), result });
    }
    missing.into_iter().map(|key| Finding::new(format!("{key} was planned and has no outcome"))).collect()
}

/// What was intended and is not settled, whatever else was said of it.
async fn left_over(context: &Context) -> Vec<Finding> {
    let words = |intent: &Intent| match intent.kind {
        IntentKind::Started => format!("left running: {}", intent.name),
        IntentKind::Created => format!("left over: {}", intent.name),
    };
    context.ledger.open().await.iter().map(|(_, intent)| Finding::new(words(intent))).collect()
}

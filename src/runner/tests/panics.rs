//! Bugs of our own: a panic anywhere is an outcome, what was started is stopped, and the ledger still closes.

use std::sync::Arc;

use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;

use super::scene::{Scene, check};
use crate::actions::{Action, ActionError, Call, Output, Spec, action};
use crate::event::{Exit, Intent, IntentId, Ledger, LedgerError, Settlement};
use crate::suite::{Case, Step, Suite};

/// An action with a bug.
#[derive(Debug)]
struct Buggy;

#[async_trait]
impl Action for Buggy {
    fn spec(&self) -> &'static Spec {
        action("exec.run").unwrap().spec()
    }

    async fn run(&self, _: &Call<'_>) -> Result<Output, ActionError> {
        tokio::task::yield_now().await;
        panic!("index out of bounds")
    }
}

/// The suite with a bug in each step whose id is `buggy`.
pub(super) fn sabotaged(mut suite: Arc<Suite>) -> Arc<Suite> {
    let inner = Arc::get_mut(&mut suite).expect("nobody else has it yet");
    inner.setup.iter_mut().chain(&mut inner.cleanup).for_each(sabotage);
    for case in &mut inner.cases {
        let case: &mut Case = Arc::get_mut(case).expect("nobody else has it yet");
        case.steps.iter_mut().for_each(sabotage);
    }
    suite
}

fn sabotage(step: &mut Arc<Step>) {
    let step = Arc::get_mut(step).expect("nobody else has it yet");
    if step.id == "buggy" {
        step.action = &Buggy;
    }
    step.undo.iter_mut().for_each(|undo| {
        let undo = Arc::get_mut(undo).expect("nobody else has it yet");
        if undo.id == "buggy" {
            undo.action = &Buggy;
        }
    });
}

#[tokio::test]
async fn a_bug_in_a_case_is_its_outcome_and_the_others_go_on() {
    let suite = "
suite: s
cases:
  - case: a
    id: a
    steps:
      - {id: two, DO 'true', undo: {DO 'echo undo >> log'}}
      - {stepfunctions.run: {state_machine: waits, wait: false}, id: go}
      - {id: buggy, SH 'true', that: steps.go.execution_arn != ''}
  - {case: b, id: b, steps: [{SH 'true'}]}
  - {case: c, id: c, needs: [a], steps: [{SH 'true'}]}
cleanup: [{SH 'echo cleanup >> log'}]
";
    let ran = check(suite, &[("a", "errored"), ("b", "passed"), ("c", "skipped")]).await;
    assert_eq!(ran.why("a"), "exec.run was stopped: a bug in shakedown: index out of bounds");
    assert_eq!((ran.log(), ran.exit), (vec!["cleanup".to_owned(), "undo".to_owned()], Exit::Errored));
    assert_eq!(ran.calls.iter().filter(|(call, _)| call.ends_with("StopExecution")).count(), 1);
}

/// A ledger that panics so many times when it is asked what is open.
struct Breaking(Arc<dyn Ledger>, AtomicU32);

pub(super) fn breaking(ledger: Arc<dyn Ledger>, panics: u32) -> Arc<dyn Ledger> {
    Arc::new(Breaking(ledger, AtomicU32::new(panics)))
}

#[async_trait]
impl Ledger for Breaking {
    async fn intend(&self, intent: Intent) -> Result<IntentId, LedgerError> {
        self.0.intend(intent).await
    }

    async fn amend(&self, id: IntentId, intent: Intent) -> Result<(), LedgerError> {
        self.0.amend(id, intent).await
    }

    async fn settle(&self, id: IntentId, settlement: Settlement) -> Result<(), LedgerError> {
        self.0.settle(id, settlement).await
    }

    async fn open(&self) -> Vec<(IntentId, Intent)> {
        let left = self.1.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        assert!(left.is_err(), "the ledger is broken");
        self.0.open().await
    }
}

/// Where the bug is outside of any step: after the steps of a case, in what is done after that, in the suite's cleanup.
#[tokio::test]
async fn a_bug_outside_of_the_steps_never_loses_a_case_and_the_rest_is_cleaned_up() {
    for (panics, exit, cleaned) in
        [(1, Exit::Errored, "s3://data/a"), (2, Exit::Errored, "s3://data/a"), (3, Exit::Errored, "cleanup!")]
    {
        let suite = "
suite: s
cases:
  - {case: a, id: a, steps: [{s3.put: {to: 's3://data/a', body: a, temporary: true}}]}
  - {case: b, id: b, needs: [a], steps: [{SH 'true'}]}
";
        let scene = Scene { ledger_panics: panics, ..Scene::new() };
        let ran = scene.run(suite).await;
        assert_eq!(ran.why("a"), "a bug in shakedown: the ledger is broken");
        assert_eq!((ran.exit, ran.cleaned().last().map(String::as_str)), (exit, Some(cleaned)), "{panics}");
    }
}

#[tokio::test]
async fn a_bug_in_setup_is_the_reason_of_its_cases() {
    let suite = "
suite: s
setup: [{id: buggy, SH 'true'}]
cases: [{case: a, id: a, steps: [{SH 'true'}]}]
cleanup: [{SH 'echo cleanup >> log'}]
";
    let ran = check(suite, &[("a", "errored")]).await;
    assert_eq!(
        ran.why("a"),
        "not started: setup did not succeed: exec.run was stopped: a bug in shakedown: index out of bounds"
    );
    assert_eq!(ran.log(), ["cleanup"]);
}

#[tokio::test]
async fn a_bug_in_cleanup_is_left_over_and_the_rest_is_cleaned_up() {
    let suite = "
suite: s
cases: [{case: a, id: a, steps: [{s3.put: {to: 's3://data/a', body: a, temporary: true}}]}]
cleanup: [{id: buggy, SH 'true'}, {SH 'echo cleanup >> log'}]
";
    let ran = check(suite, &[("a", "passed")]).await;
    assert_eq!(ran.cleaned(), ["buggy (exec.run)!", "step-2 (exec.run)", "s3://data/a"]);
    assert_eq!((ran.log(), ran.exit), (vec!["cleanup".to_owned()], Exit::CleanupIncomplete));
}

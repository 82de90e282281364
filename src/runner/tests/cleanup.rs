//! Cleanup: its order, that each item is tried, and that what is left is told of.

use std::time::Duration;

use super::scene::{Scene, check};
use crate::event::{Exit, Kind, Settlement};

#[tokio::test]
async fn what_runs_is_stopped_first_then_the_suites_own_steps_then_what_was_created_last_in_first_out() {
    let suite = "
suite: s
setup:
  - {id: go, stepfunctions.run: {state_machine: waits, wait: false}}
  - {s3.put: {to: 's3://data/one', body: '1', temporary: true}}
  - {id: two, DO 'echo two >> log', undo: {DO 'echo undo two >> log'}}
  - {s3.put: {to: 's3://data/three', body: '3', temporary: true}}
cases:
  - case: a
    id: a
    steps: [{s3.put: {to: 's3://data/four', body: '4', temporary: true}}, {id: five, DO 'echo five >> log', undo: {DO 'echo undo five >> log'}}]
cleanup:
  - {SH 'echo first >> log; exit 1'}
  - {SH 'echo second >> log', that: setup.go.execution_arn != ''}
";
    let ran = check(suite, &[("a", "passed")]).await;
    let cleaned = ran.cleaned();
    assert!(cleaned[0].contains(":execution:waits:") && !cleaned[0].ends_with('!'), "{cleaned:?}");
    let rest: Vec<&str> = cleaned[1..].iter().map(String::as_str).collect();
    let expected = [
        "step-1 (exec.run)!",
        "step-2 (exec.run)",
        "undo of five: exec.run",
        "s3://data/four",
        "s3://data/three",
        "undo of two: exec.run",
        "s3://data/one",
    ];
    assert_eq!(rest, expected);
    assert_eq!(ran.log(), ["two", "five", "first", "second", "undo five", "undo two"]);
    assert_eq!(ran.exit, Exit::CleanupIncomplete);
    assert_eq!(ran.events.last().unwrap().totals.left_over, 1);
}

#[tokio::test]
async fn an_undo_is_done_for_a_step_that_failed_or_was_cut_off_and_not_for_one_that_never_ran() {
    let suite = "
suite: s
cases:
  - {case: a, id: a, steps: [{id: fails, DO 'exit 1', undo: {DO 'echo undo fails >> log'}}]}
  - {case: b, id: b, timeout: 500ms, steps: [{id: hangs, DO 'sleep 60', undo: {DO 'echo undo hangs >> log'}}]}
  - {case: c, id: c, steps: [{id: unwanted, when: false, DO 'true', undo: {DO 'echo undo unwanted >> log'}}]}
  - {case: d, id: d, steps: [{id: x, SH 'echo 1'}, {id: unresolved, exec.run: {effect: execute, command: [echo, '{{ steps.x.stdout.field }}']}, undo: {DO 'echo undo unresolved >> log'}}]}
";
    let expected = [("a", "failed"), ("b", "errored"), ("c", "skipped"), ("d", "errored")];
    let mut log = check(suite, &expected).await.log();
    log.sort();
    assert_eq!(log, ["undo fails", "undo hangs"]);
}

#[tokio::test]
async fn an_undo_sees_what_its_step_yielded() {
    let suite = "
suite: s
cases:
  - case: a
    id: a
    steps: [{id: x, DO 'echo 42', undo: {exec.run: {effect: execute, command: [sh, -c, 'echo {{ steps.x.stdout }} >> log']}}}]
";
    assert_eq!(check(suite, &[("a", "passed")]).await.log(), ["42"]);
}

#[tokio::test]
async fn a_step_of_cleanup_that_hangs_leaves_time_for_the_others() {
    let suite = "
suite: s
cases: [{case: a, id: a, steps: [{s3.put: {to: 's3://data/a', body: a, temporary: true}}]}]
cleanup: [{SH 'sleep 600'}, {SH 'sleep 600'}, {SH 'echo third >> log'}]
";
    let mut scene = Scene::new();
    scene.options.budgets.cleanup = Duration::from_secs(8);
    let ran = scene.check(suite, &[("a", "passed")]).await;
    // The two that were cut off have left a process to their name, which ended with them.
    let steps = ["step-1 (exec.run)!", "step-2 (exec.run)!", "step-3 (exec.run)"];
    let expected = [&steps[..], &["s3://data/a", "sh -c sleep 600", "sh -c sleep 600"]].concat();
    assert_eq!(
        (ran.cleaned(), ran.log()),
        (expected.into_iter().map(str::to_owned).collect(), vec!["third".to_owned()])
    );
    let problem = ran.cleanup().next().unwrap().problem.as_ref().unwrap();
    for words in
        ["exec.run was stopped: it was given ", " of the time for cleanup (8s), which has other things to do too"]
    {
        assert!(problem.message.contains(words), "{}", problem.message);
    }
}

#[tokio::test]
async fn what_a_step_of_cleanup_leaves_running_is_stopped() {
    let suite = "
suite: s
cases: [{case: a, id: a, steps: [{SH 'true'}]}]
cleanup: [{stepfunctions.run: {state_machine: waits}, timeout: 300ms}]
";
    let ran = check(suite, &[("a", "passed")]).await;
    let cleaned = ran.cleaned();
    assert_eq!(cleaned[0], "step-1 (stepfunctions.run)!");
    assert!(cleaned[1].contains(":execution:waits:") && !cleaned[1].ends_with('!'), "{cleaned:?}");
    assert_eq!(ran.exit, Exit::CleanupIncomplete);
}

#[tokio::test]
async fn a_cleanup_tries_again_as_its_retry_says_even_when_the_run_was_stopped() {
    let suite = "
suite: s
cases: [{case: a, id: a, steps: [{SH 'sleep 60', id: sleeps}]}]
cleanup: [{SH 'echo again >> log; test $(wc -l < log) -ge 3', retry: {attempts: 3, on: [failure], delay: 1ms}}]
";
    let scene = Scene::new();
    let (seen, stop) = (scene.seen.clone(), scene.stop.clone());
    let driver = async {
        seen.waiting("sleeps").await;
        stop.request(crate::event::StopReason::Interrupted);
    };
    let (ran, ()) = tokio::join!(scene.run(suite), driver);
    assert_eq!((ran.cleaned(), ran.exit), (vec!["step-1 (exec.run)".to_owned()], Exit::Interrupted));
}

#[tokio::test]
async fn keep_leaves_what_was_created_and_journals_it_but_stops_what_runs() {
    let suite = "
suite: s
setup: [{id: go, stepfunctions.run: {state_machine: waits, wait: false}}]
cases:
  - {case: a, id: a, steps: [{s3.put: {to: 's3://data/a', body: a, temporary: true}}, {SH 'true', that: setup.go.execution_arn != ''}]}
cleanup: [{SH 'echo cleanup >> log'}]
";
    let mut scene = Scene::new();
    scene.options.keep = true;
    let ran = scene.check(suite, &[("a", "passed")]).await;
    let kept = ran.kinds().filter(|k| matches!(k, Kind::Settled { settlement: Settlement::Kept, .. })).count();
    let stopped = ran.kinds().filter(|k| matches!(k, Kind::Settled { settlement: Settlement::Stopped, .. })).count();
    assert_eq!((kept, stopped, ran.exit), (2, 1, Exit::Green));
    assert!(ran.log().is_empty());
}

#[tokio::test]
async fn cleanup_runs_without_setup_and_not_for_a_suite_that_never_began() {
    let one = "
suite: one
cases: [{case: a, id: a, steps: [{id: sleeps, SH 'sleep 60'}]}]
cleanup: [{SH 'echo one >> log'}]
";
    let two = "
suite: two
cases: [{case: a, id: a, locks: [it], steps: [{SH 'true'}]}]
cleanup: [{SH 'echo two >> log'}]
";
    let mut scene = Scene::new();
    scene.options.concurrency = 1;
    let (seen, stop) = (scene.seen.clone(), scene.stop.clone());
    let driver = async {
        seen.waiting("sleeps").await;
        stop.request(crate::event::StopReason::Interrupted);
    };
    let texts = [one, two];
    let (ran, ()) = tokio::join!(scene.run_all(&texts), driver);
    assert_eq!(ran.log(), ["one"]);
}

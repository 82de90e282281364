//! A run that is asked to stop, at each moment of its life.

use test_case::test_case;

use super::scene::{Ran, Scene};
use crate::event::{Exit, Kind, StopReason};

/// Runs a suite and asks for a stop when an event is seen.
async fn stopped(mut scene: Scene, texts: &[&str], concurrency: usize, when: impl Fn(&Kind) -> bool) -> Ran {
    scene.options.concurrency = concurrency;
    let (seen, stop) = (scene.seen.clone(), scene.stop.clone());
    let driver = async {
        seen.until(when).await;
        stop.request(StopReason::Interrupted);
    };
    let (ran, ()) = tokio::join!(scene.run_all(texts), driver);
    assert_eq!(ran.exit, Exit::Interrupted);
    assert!(ran.kinds().any(|kind| matches!(kind, Kind::Stopping { reason: StopReason::Interrupted })));
    ran
}

fn waits(id: &'static str) -> impl Fn(&Kind) -> bool {
    move |kind| matches!(kind, Kind::StepWaiting { step, .. } if step.id == id)
}

#[test_case("needs: [a],", 8; "for what it needs")]
#[test_case("locks: [l],", 8; "for a lock")]
#[test_case("", 1; "for a place")]
#[tokio::test]
async fn a_case_that_waits_when_the_run_is_stopped_is_not_started(waits_for: &str, concurrency: usize) {
    let suite = format!(
        "
suite: s
cases:
  - {{case: a, id: a, locks: [l], steps: [{{id: sleeps, SH 'sleep 60'}}]}}
  - {{case: b, id: b, {waits_for} steps: [{{SH 'echo never >> log'}}]}}
cleanup: [{{SH 'echo cleanup >> log'}}]
"
    );
    let ran = stopped(Scene::new(), &[&suite], concurrency, waits("sleeps")).await;
    ran.ended(&[("a", "errored"), ("b", "errored")]);
    assert_eq!(ran.why("a"), "exec.run was stopped: the run was interrupted");
    assert_eq!(ran.why("b"), "not started: the run was interrupted");
    assert_eq!(ran.log(), ["cleanup"]);
}

#[tokio::test]
async fn an_execution_under_way_is_stopped_and_what_was_created_is_removed() {
    let suite = "
suite: s
cases:
  - {case: a, id: a, steps: [{s3.put: {to: 's3://data/a', body: a, temporary: true}}, {id: runs, stepfunctions.run: {state_machine: waits}}]}
";
    let ran = stopped(Scene::new(), &[suite], 8, waits("runs")).await;
    assert_eq!(ran.cleaned(), ["s3://data/a"]);
    assert_eq!(ran.calls.iter().filter(|(call, _)| call.ends_with("StopExecution")).map(|(_, n)| n).sum::<u64>(), 1);
}

#[tokio::test]
async fn a_stop_during_setup_ends_it_errors_its_cases_and_cleans_up() {
    let suite = "
suite: s
setup: [{id: sleeps, SH 'sleep 60'}, {SH 'echo never >> log'}]
cases: [{case: a, id: a, steps: [{SH 'echo never >> log'}]}]
cleanup: [{SH 'echo cleanup >> log'}]
";
    let ran = stopped(Scene::new(), &[suite], 8, waits("sleeps")).await;
    ran.ended(&[("a", "errored")]);
    assert_eq!(ran.why("a"), "not started: setup did not succeed: exec.run was stopped: the run was interrupted");
    assert_eq!(ran.log(), ["cleanup"]);
}

#[tokio::test]
async fn a_suite_whose_setup_waits_for_a_place_is_neither_set_up_nor_cleaned_up() {
    let one = "{suite: one, cases: [{case: a, id: a, steps: [{id: sleeps, SH 'sleep 60'}]}]}";
    let two = "
suite: two
setup: [{SH 'echo never >> log'}]
cases: [{case: b, id: b, steps: [{SH 'echo never >> log'}]}]
cleanup: [{SH 'echo never >> log'}]
";
    // The suite with setup asks first, and so has the one place: order them so that it has to wait.
    let ran = stopped(Scene::new(), &[one, two], 1, waits("sleeps")).await;
    ran.ended(&[("a", "errored"), ("b", "errored")]);
    assert_eq!((ran.why("b"), ran.log().len()), ("not started: the run was interrupted", 0));
}

#[tokio::test]
async fn a_stop_during_cleanup_lets_cleanup_end() {
    let suite = "
suite: s
cases: [{case: a, id: a, steps: [{SH 'true'}]}]
cleanup: [{id: cleans, SH 'sleep 0.3; echo one >> log'}, {SH 'echo two >> log'}]
";
    let ran = stopped(Scene::new(), &[suite], 8, waits("cleans")).await;
    ran.ended(&[("a", "passed")]);
    assert_eq!(ran.log(), ["one", "two"]);
}

#[tokio::test]
async fn a_run_that_is_stopped_before_it_begins_starts_nothing() {
    let scene = Scene::new();
    scene.stop.request(StopReason::Interrupted);
    let suite =
        "{suite: s, setup: [{SH 'echo never >> log'}], cases: [{case: a, id: a, steps: [{SH 'echo never >> log'}]}]}";
    let ran = scene.check(suite, &[("a", "errored")]).await;
    assert_eq!(
        (ran.why("a"), ran.log().len(), ran.exit),
        ("not started: the run was interrupted", 0, Exit::Interrupted)
    );
}

#[tokio::test]
async fn as_many_red_cases_as_are_allowed_stop_the_run() {
    let suite = "
suite: s
cases:
  - {case: a, id: a, steps: [{SH 'exit 1'}]}
  - {case: b, id: b, needs: [a], steps: [{SH 'echo never >> log'}]}
  - {case: c, id: c, steps: [{id: sleeps, SH 'sleep 60'}]}
cleanup: [{SH 'echo cleanup >> log'}]
";
    let mut scene = Scene::new();
    scene.options.max_fail = Some(1);
    let ran = scene.run(suite).await;
    assert_eq!(ran.outcome("a").name(), "failed");
    assert!(ran.why("c").ends_with("as many cases were red as --max-fail 1 allows"), "{}", ran.why("c"));
    assert_eq!((ran.log(), ran.exit), (vec!["cleanup".to_owned()], Exit::Failed));
}

#[tokio::test]
async fn an_interruption_of_a_run_that_stops_by_itself_counts() {
    let suite = "
suite: s
cases: [{case: a, id: a, steps: [{SH 'exit 1'}]}]
cleanup: [{id: cleans, SH 'sleep 0.3'}]
";
    let mut scene = Scene::new();
    scene.options.max_fail = Some(1);
    let (seen, stop) = (scene.seen.clone(), scene.stop.clone());
    let driver = async {
        seen.waiting("cleans").await;
        assert!(stop.request(StopReason::Interrupted));
    };
    let (ran, ()) = tokio::join!(scene.run(suite), driver);
    assert_eq!(ran.exit, Exit::Interrupted);
}

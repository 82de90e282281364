//! What runs side by side, what waits for what, and how often things are tried.

use super::scene::{Scene, check};
use crate::event::{Exit, Kind, Outcome};

/// A command that leaves a mark in a folder while it runs and counts the marks: the most there were at once ends up in `log`.
const CROWD: &str = "mkdir -p crowd; touch crowd/$$; ls crowd | wc -l >> log; sleep 0.1; rm crowd/$$";

fn most_at_once(log: &[String]) -> usize {
    log.iter().map(|line| line.trim().parse::<usize>().unwrap()).max().unwrap()
}

fn crowd(keys: &str) -> String {
    format!(
        "{{suite: s, cases: [{{case: 'n {{{{ matrix.n }}}}', id: a, {keys} matrix: {{n: [1, 2, 3, 4]}}, steps: [{{SH '{CROWD}'}}]}}]}}"
    )
}

const FOUR: [(&str, &str); 4] = [("a[0]", "passed"), ("a[1]", "passed"), ("a[2]", "passed"), ("a[3]", "passed")];

#[tokio::test]
async fn no_more_cases_run_than_are_allowed() {
    let mut scene = Scene::new();
    scene.options.concurrency = 2;
    let ran = scene.check(&crowd(""), &FOUR).await;
    assert!(most_at_once(&ran.log()) <= 2, "{:?}", ran.log());
}

#[tokio::test]
async fn cases_that_share_a_lock_never_run_at_the_same_time() {
    let ran = check(&crowd("locks: [one, two],"), &FOUR).await;
    assert_eq!(most_at_once(&ran.log()), 1);
}

#[tokio::test]
async fn locks_in_any_order_over_two_suites_never_block_each_other() {
    let suite = |name: &str, locks: &str| {
        format!(
            "{{suite: {name}, cases: [{{case: 'n {{{{ matrix.n }}}}', id: a, locks: {locks}, matrix: {{n: [1, 2, 3]}}, steps: [{{SH '{CROWD}'}}]}}]}}"
        )
    };
    let mut scene = Scene::new();
    scene.options.concurrency = 2;
    let ran = scene.run_all(&[&suite("one", "[x, y]"), &suite("two", "[y, x]")]).await;
    assert_eq!((ran.exit, most_at_once(&ran.log())), (Exit::Green, 1));
}

#[tokio::test]
async fn with_one_place_setup_cases_and_needs_of_all_suites_still_come_to_their_end() {
    let suite = |name: &str| {
        format!(
            "
suite: {name}
setup: [{{SH 'true'}}]
cases:
  - {{case: c, id: c, needs: [b], locks: [l], steps: [{{SH 'echo c >> log'}}]}}
  - {{case: b, id: b, needs: [a], steps: [{{SH 'echo b >> log'}}]}}
  - {{case: a, id: a, locks: [l], steps: [{{SH 'echo a >> log'}}]}}
"
        )
    };
    let mut scene = Scene::new();
    scene.options.concurrency = 1;
    let ran = scene.run_all(&[&suite("one"), &suite("two"), &suite("three")]).await;
    assert_eq!((ran.exit, ran.log().len()), (Exit::Green, 9));
}

#[tokio::test]
async fn a_step_that_passes_on_a_later_attempt_is_flaky_and_so_is_its_case() {
    let suite = "
suite: s
cases:
  - {case: a, id: a, steps: [{id: x, SH 'echo . >> log; test $(wc -l < log) -ge 3', retry: {attempts: 3, on: [failure], delay: 1ms}}]}
";
    let ran = check(suite, &[("a", "passed")]).await;
    assert!(matches!(ran.outcome("a"), Outcome::Passed { flaky: true, .. }), "{:?}", ran.outcome("a"));
    let starts: Vec<u32> = ran
        .kinds()
        .filter_map(|kind| if let Kind::StepStarted { attempt, .. } = kind { Some(*attempt) } else { None })
        .collect();
    assert_eq!((ran.step("x").attempts, starts, ran.events.last().unwrap().totals.flaky), (3, vec![1, 2, 3], 1));
}

#[tokio::test]
async fn what_a_retry_does_not_name_is_not_repeated() {
    for (step, outcome) in [
        ("SH 'echo . >> log; exit 1', retry: {attempts: 3, delay: 1ms}", "failed"),
        (
            "SH 'echo . >> log; sleep 60', timeout: 300ms, retry: {attempts: 3, on: [failure, throttled, infrastructure], delay: 1ms}",
            "errored",
        ),
        (
            "SH 'echo . >> log', that: 'stdout + 1 > 0', retry: {attempts: 3, on: [failure, infrastructure], delay: 1ms}",
            "errored",
        ),
    ] {
        let suite = format!("{{suite: s, cases: [{{case: a, id: a, steps: [{{{step}}}]}}]}}");
        let ran = check(&suite, &[("a", outcome)]).await;
        assert_eq!(ran.log().len(), 1, "{step}");
    }
}

#[tokio::test]
async fn a_pause_that_grows_beyond_all_bounds_is_cut_by_the_cases_time_and_never_a_panic() {
    let suite = "
suite: s
cases: [{case: a, id: a, timeout: 500ms, steps: [{SH 'exit 1', retry: {attempts: 90, on: [failure], delay: 100000d}}]}]
";
    let ran = check(suite, &[("a", "errored")]).await;
    assert!(ran.why("a").contains("the case's time (500ms) is up"), "{}", ran.why("a"));
}

#[tokio::test]
async fn each_attempt_is_a_start_of_its_own() {
    let suite = "
suite: s
cases:
  - {case: a, id: a, steps: [{stepfunctions.run: {state_machine: fails}, retry: {attempts: 3, on: [failure], delay: 1ms}}]}
";
    let ran = check(suite, &[("a", "failed")]).await;
    let arns: std::collections::BTreeSet<&str> = ran
        .kinds()
        .filter_map(|kind| if let Kind::Intended { intent, .. } = kind { Some(intent.name.as_str()) } else { None })
        .collect();
    assert_eq!(arns.len(), 3, "{arns:?}");
}

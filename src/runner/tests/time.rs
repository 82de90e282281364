//! Time-outs at four levels, `eventually` and `consistently`.

use std::time::Duration;

use super::scene::{Scene, check};
use crate::event::{Exit, Kind};

#[tokio::test]
async fn each_of_four_times_that_is_up_is_named_and_what_ran_is_errored() {
    let table = [
        ("", "", "timeout: 300ms,", "out of time: exec.run did not end within 300ms"),
        ("", "timeout: 400ms,", "", "exec.run was stopped: the case's time (400ms) is up"),
        ("timeout: 400ms,", "", "", "exec.run was stopped: the suite's time (400ms) is up"),
        ("timeout: 1h,", "timeout: 400ms,", "timeout: 1h,", "exec.run was stopped: the case's time (400ms) is up"),
        ("timeout: 400ms,", "timeout: 1h,", "timeout: 1h,", "exec.run was stopped: the suite's time (400ms) is up"),
    ];
    for (suite, case, step, expected) in table {
        let text = format!(
            "{{suite: s, {suite} cases: [{{case: a, id: a, {case} steps: [{{id: x, {step} SH 'sleep 60'}}, {{SH 'echo never >> log'}}]}}]}}"
        );
        let ran = check(&text, &[("a", "errored")]).await;
        assert_eq!((ran.why("a"), ran.exit, ran.log().len()), (expected, Exit::Errored, 0));
        assert_eq!(ran.finding("a").step.as_deref(), Some("x"));
        assert!(
            ran.finding("a").help.as_deref().is_some_and(|help| help.contains("raise `timeout`")),
            "{:?}",
            ran.finding("a")
        );
    }
}

#[tokio::test]
async fn a_run_that_meets_its_deadline_stops_what_runs_starts_nothing_and_cleans_up() {
    let suite = "
suite: s
cases:
  - {case: a, id: a, steps: [{id: x, stepfunctions.run: {state_machine: waits}}]}
  - {case: b, id: b, needs: [a], steps: [{SH 'true'}]}
cleanup: [{SH 'echo cleanup >> log'}]
";
    let mut scene = Scene::new();
    scene.options.budgets.deadline = Duration::from_millis(800);
    let ran = scene.check(suite, &[("a", "errored"), ("b", "errored")]).await;
    assert_eq!(ran.why("a"), "stepfunctions.run was stopped: the run met its deadline (800ms)");
    let running = ran.finding("a").details.iter().find(|detail| detail.title == "was still running");
    assert!(
        running.is_some_and(
            |detail| detail.text.contains(":execution:waits:") && detail.text.contains(": hung in W (for ")
        ),
        "{:?}",
        ran.finding("a")
    );
    assert_eq!(ran.why("b"), "not started: the run met its deadline (800ms)");
    assert_eq!((ran.log(), ran.exit), (vec!["cleanup".to_owned()], Exit::Errored));
    assert_eq!(ran.calls.iter().filter(|(call, _)| call.ends_with("StopExecution")).map(|(_, n)| n).sum::<u64>(), 1);
}

#[tokio::test]
async fn a_suite_that_waits_behind_another_one_does_not_lose_its_time() {
    let one = "{suite: one, cases: [{case: a, id: a, steps: [{SH 'sleep 1.2'}]}]}";
    let two = "{suite: two, timeout: 1s, cases: [{case: a, id: a, steps: [{SH 'true'}]}]}";
    let mut scene = Scene::new();
    scene.options.concurrency = 1;
    assert_eq!(scene.run_all(&[one, two]).await.exit, Exit::Green);
}

#[tokio::test]
async fn a_case_that_waits_for_a_lock_until_the_suites_time_is_up_is_not_started() {
    let suite = "
suite: s
timeout: 700ms
cases:
  - {case: a, id: a, locks: [l], steps: [{SH 'sleep 60'}]}
  - {case: b, id: b, locks: [l], steps: [{SH 'sleep 60'}]}
";
    let ran = check(suite, &[("a", "errored"), ("b", "errored")]).await;
    let mut whys = [ran.why("a"), ran.why("b")];
    whys.sort_unstable();
    assert_eq!(
        whys,
        ["exec.run was stopped: the suite's time (700ms) is up", "not started: the suite's time (700ms) is up"]
    );
}

fn eventually(rest: &str) -> String {
    format!("{{suite: s, cases: [{{case: a, id: a, steps: [{{id: x, {rest}}}]}}]}}")
}

#[tokio::test]
async fn eventually_reads_until_it_holds() {
    let step = "SH 'echo . >> log; wc -l < log', expect: {stdout: 4}, eventually: {timeout: 30s, every: 10ms}";
    let ran = check(&eventually(step), &[("a", "passed")]).await;
    assert_eq!(ran.log().len(), 4);
    let waited: Vec<&str> = ran
        .kinds()
        .filter_map(|kind| if let Kind::StepWaiting { what, .. } = kind { Some(what.as_str()) } else { None })
        .filter(|what| what.contains('→'))
        .collect();
    assert_eq!(waited, ["1 → 2", "1 → 2 → 3"]);
}

#[tokio::test]
async fn an_eventually_that_expires_is_failed_with_the_last_value_and_how_it_moved() {
    let step = "SH 'echo . >> log; test $(wc -l < log) -gt 2 && echo 5 || echo 9', expect: {stdout: 0}, eventually: {timeout: 400ms, every: 100ms}";
    let ran = check(&eventually(step), &[("a", "failed")]).await;
    let finding = ran.finding("a");
    assert_eq!(finding.message, "not within 400ms: stdout: expected 0, actual 5");
    let moved = finding.details.iter().find(|detail| detail.title == "moved").unwrap();
    assert!(moved.text.starts_with("9 → 9 → 5"), "{}", moved.text);
}

#[tokio::test]
async fn the_last_look_is_at_the_end_of_the_time_and_not_one_pause_earlier() {
    let step = "SH 'echo . >> log; wc -l < log', expect: {stdout: 2}, eventually: {timeout: 300ms, every: 1h}";
    assert_eq!(check(&eventually(step), &[("a", "passed")]).await.log().len(), 2);
}

#[tokio::test]
async fn an_absent_object_is_waited_for_and_failed_in_the_end() {
    let suite = eventually("s3.object: 's3://data/late', eventually: {timeout: 500ms, every: 50ms}");
    let ran = check(&suite, &[("a", "failed")]).await;
    assert!(ran.why("a").starts_with("not within 500ms: "), "{}", ran.why("a"));
    let suite = "
suite: s
cases:
  - {case: a, id: a, steps: [{s3.object: 's3://data/late', eventually: {timeout: 30s, every: 20ms}, expect: {body: here}}]}
  - {case: b, id: b, steps: [{SH 'sleep 0.3'}, {s3.put: {to: 's3://data/late', body: here, temporary: true}}]}
";
    check(suite, &[("a", "passed"), ("b", "passed")]).await;
}

#[tokio::test]
async fn what_is_not_found_to_the_end_is_errored_and_what_is_invalid_ends_the_wait_at_once() {
    let absent = "s3.list: 's3://absent/', expect: {count: 0}, eventually: {timeout: 400ms, every: 50ms}";
    let ran = check(&eventually(absent), &[("a", "errored")]).await;
    assert!(ran.why("a").starts_with("not within 400ms: failed to "), "{}", ran.why("a"));
    let invalid = "stepfunctions.wait: 'no arn', eventually: {timeout: 10m, every: 50ms}";
    let ran = check(&eventually(invalid), &[("a", "errored")]).await;
    assert!(!ran.why("a").starts_with("not within"), "{}", ran.why("a"));
}

#[tokio::test]
async fn each_look_of_an_eventually_is_a_query_of_its_own() {
    let suite = "
suite: s
cases:
  - case: a
    id: a
    steps: [{athena.query: {sql: 'select 1 as n'}, expect: {first: {n: 2}}, eventually: {timeout: 700ms, every: 100ms}}]
";
    let ran = check(suite, &[("a", "failed")]).await;
    let queries: std::collections::BTreeSet<&str> = ran
        .kinds()
        .filter_map(|kind| if let Kind::StepFinished { result, .. } = kind { Some(result) } else { None })
        .flat_map(|result| result.outcome.findings())
        .flat_map(|finding| &finding.details)
        .filter(|detail| detail.title == "moved")
        .map(|detail| detail.text.as_str())
        .collect();
    assert!(queries.iter().any(|moved| moved.contains("1 → 1")), "{queries:?}");
    let started = ran.calls.get("athena.StartQueryExecution").copied().unwrap_or_default();
    let tokens = ran
        .kinds()
        .filter(|kind| matches!(kind, Kind::Intended { intent, .. } if intent.what == "athena.query"))
        .count();
    assert!(started >= 2 && tokens >= 2, "{started} {tokens}");
}

#[tokio::test]
async fn fail_when_ends_the_wait_at_once() {
    let base = "SH 'echo . >> log; wc -l < log', expect: {stdout: 1000}, eventually: {timeout: 10m, every: 10ms}";
    let ran = check(&eventually(&format!("{base}, fail_when: stdout == 3")), &[("a", "failed")]).await;
    assert_eq!((ran.why("a"), ran.log().len()), ("`fail_when` holds: stdout == 3", 3));
    let ran = check(&eventually(&format!("{base}, fail_when: stdout + 1")), &[("a", "errored")]).await;
    assert!(ran.why("a").starts_with("`fail_when` must be true or false"), "{}", ran.why("a"));
    let ran = check(&eventually(&format!("{base}, fail_when: stdout > '3'")), &[("a", "errored")]).await;
    assert!(!ran.why("a").starts_with("not within") && ran.finding("a").place.is_some(), "{}", ran.why("a"));
    // What is not there yet says nothing.
    let step = r#"SH 'echo . >> log; echo "{\"n\": $(wc -l < log)}"', expect: {stdout: {n: 3}}, eventually: {timeout: 10m, every: 10ms}"#;
    check(&eventually(&format!("{step}, fail_when: stdout.later == 1")), &[("a", "passed")]).await;
}

#[tokio::test]
async fn an_expectation_that_can_be_read_in_two_ways_ends_the_wait_at_once() {
    let step = r#"SH 'echo "{\"length\": 1}"', expect: {stdout: {length: 2}}, eventually: {timeout: 10m, every: 10ms}"#;
    let ran = check(&eventually(step), &[("a", "errored")]).await;
    assert!(ran.why("a").starts_with("ambiguous: ") && ran.why("a").contains("`fields:`"), "{}", ran.why("a"));
}

#[tokio::test]
async fn since_begins_the_wait_with_an_earlier_step_and_looks_at_least_once() {
    let suite = "
suite: s
cases:
  - case: a
    id: a
    steps:
      - {id: go, DO 'sleep 0.6'}
      - {SH 'echo . >> log; exit 1', eventually: {timeout: 500ms, every: 10ms, since: go}}
  - case: b
    id: b
    steps:
      - {id: go, DO 'sleep 0.6'}
      - {SH 'true', eventually: {timeout: 500ms, every: 10ms, since: go}}
";
    let ran = check(suite, &[("a", "failed"), ("b", "passed")]).await;
    assert_eq!(ran.log().len(), 1);
}

#[tokio::test]
async fn since_may_name_a_step_of_setup() {
    let suite = "
suite: s
setup: [{id: go, DO 'sleep 0.6'}]
cases:
  - {case: a, id: a, steps: [{SH 'echo . >> log; exit 1', eventually: {timeout: 500ms, every: 10ms, since: go}}]}
  - case: b
    id: b
    steps:
      - stepfunctions.run: {state_machine: ends, input: {key: a.csv, n: 1}, wait: false}
      - stepfunctions.run: {state_machine: ends, input: {key: b.csv}}
      - {id: found, stepfunctions.await: {state_machine: ends, since: go, input: {key: '{{ setup.go.exit_code == 0 ? \"a.csv\" : \"\" }}'}}}
    ";
    let ran = check(suite, &[("a", "failed"), ("b", "passed")]).await;
    assert_eq!(ran.log().len(), 1);
    assert_eq!(ran.step("found").output.as_ref().unwrap()["others"], 1);
}

#[tokio::test]
async fn a_case_whose_time_is_up_ends_an_eventually_in_its_own_name() {
    let suite = "
suite: s
cases: [{case: a, id: a, timeout: 400ms, steps: [{SH 'exit 1', eventually: {timeout: 10m, every: 10ms}}]}]
";
    let ran = check(suite, &[("a", "errored")]).await;
    assert_eq!(ran.why("a"), "exec.run was stopped: the case's time (400ms) is up");
}

#[tokio::test]
async fn consistently_looks_until_its_time_is_over_and_ends_with_the_first_look_that_is_false() {
    let step = "SH 'echo . >> log', consistently: {for: 300ms, every: 50ms}";
    assert!(check(&eventually(step), &[("a", "passed")]).await.log().len() >= 3);
    let step = "SH 'echo . >> log; test $(wc -l < log) -lt 3', consistently: {for: 10m, every: 10ms}";
    let ran = check(&eventually(step), &[("a", "failed")]).await;
    assert_eq!(ran.log().len(), 3);
    assert!(ran.why("a").starts_with("held for ") && ran.why("a").contains(" of 10m: "), "{}", ran.why("a"));
    let ran = check(&eventually("SH 'exit 1', consistently: {for: 10m, every: 10ms}"), &[("a", "failed")]).await;
    assert!(ran.why("a").starts_with("did not hold at the first look: "), "{}", ran.why("a"));
    let step = "SH 'echo . >> log', timeout: 2s, consistently: {for: 1h, every: 1h}";
    let suite = eventually(step).replace("id: a,", "id: a, timeout: 400ms,");
    let ran = check(&suite, &[("a", "errored")]).await;
    assert_eq!(ran.why("a"), "exec.run was stopped: the case's time (400ms) is up");
}

#[tokio::test]
async fn each_look_of_consistently_has_the_steps_own_time() {
    let step = "SH 'sleep 60', timeout: 300ms, consistently: {for: 10m, every: 1s}";
    let ran = check(&eventually(step), &[("a", "errored")]).await;
    assert_eq!(ran.why("a"), "out of time: exec.run did not end within 300ms");
    // The step's time is that of one look: several of them may take longer.
    let step = "SH 'true', timeout: 300ms, consistently: {for: 700ms, every: 50ms}";
    check(&eventually(step), &[("a", "passed")]).await;
}

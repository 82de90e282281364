//! What a run finds, and the exit code that says so.

use crate::process::Server;
use crate::scratch::{Scratch, of_kind};

const GREEN: &str = r#"
suite: sums
tags: [smoke]
cases:
  - case: one and two are three
    id: three
    steps:
      - stepfunctions.run: {state_machine: add, input: {a: 1, b: 2}}
        expect: {output: {sum: 3}, path: [Add]}
  - case: an object is there
    id: object
    steps:
      - s3.put: {to: "s3://{{ target.bucket }}/{{ run.id }}/a.txt", body: hello, temporary: true}
      - s3.object: "s3://{{ target.bucket }}/{{ run.id }}/a.txt"
        expect: {body: hello}
"#;

#[test]
fn a_run_of_green_cases_exits_with_0() {
    let ran = Scratch::of(GREEN).run().exits(0).says(&["one and two are three", "GREEN", "2 of 2 passed"]);
    ran.case("sums/three", "passed", "").case("sums/object", "passed", "");
}

#[test]
fn a_wrong_number_exits_with_1_and_shows_place_expected_and_actual_in_terminal_and_junit() {
    let ran = Scratch::of(&GREEN.replace("sum: 3", "sum: 4")).run().exits(1);
    let line = 1 + GREEN.lines().position(|line| line.contains("sum: 3")).unwrap();
    let place = format!("suites/a.yaml:{line}:");
    let junit = &ran.junit;
    for text in [place.as_str(), "output.sum", "expected", "4", "actual", "3"] {
        assert!(junit.contains(text), "{text} is not in\n{junit}");
    }
    assert!(junit.contains("<failure "), "{junit}");
    ran.says(&[&place, "output.sum", "expected: 4", "actual:   3", "FAILED  1 of 2 passed, 1 failed"])
        .case("sums/three", "failed", "output.sum")
        .case("sums/object", "passed", "");
}

#[test]
fn what_could_not_be_judged_exits_with_3() {
    let suite = GREEN.replace("state_machine: add", "state_machine: nowhere");
    let ran = Scratch::of(&suite).run().exits(3).case("sums/three", "errored", "StateMachineDoesNotExist");
    assert!(ran.junit.contains("<error "), "{}", ran.junit);
    ran.case("sums/object", "passed", "");
}

#[test]
fn a_failure_weighs_more_than_an_error() {
    let suite = GREEN
        .replace("state_machine: add", "state_machine: nowhere")
        .replace("expect: {body: hello}", "expect: {body: goodbye}");
    Scratch::of(&suite).run().exits(1).case("sums/three", "errored", "").case("sums/object", "failed", "goodbye");
}

#[test]
fn a_selection_of_nothing_exits_with_4_and_makes_no_report() {
    let scratch = Scratch::of(GREEN);
    scratch.shakedown(&["run", "--case", "no such case"]).exits(4).says(&["takes no case"]);
    scratch.shakedown(&["run", "--tag", "!smoke"]).exits(4);
    assert!(!scratch.root().join("reports").exists());
}

#[test]
fn a_suite_that_is_not_for_this_target_judges_nothing() {
    let suite = GREEN.replace("tags: [smoke]", "targets: [reader]");
    Scratch::of(&suite).run().exits(4).case("sums/three", "skipped", "local");
}

#[test]
fn what_a_target_does_not_allow_is_refused_as_a_whole_before_anything_starts() {
    let scratch = Scratch::of(GREEN);
    let ran = scratch.shakedown(&["run", "--target", "reader"]).exits(2);
    ran.says(&[
        "refused: 2 steps",
        "reader allows",
        "Nothing was run",
        "suites/a.yaml:8:",
        "stepfunctions.run",
        "execute",
        "s3.put",
        "write",
    ]);
    assert!(!scratch.root().join("reports").exists());
}

#[test]
fn a_case_whose_need_is_not_green_is_skipped_with_the_reason() {
    let suite = r"
suite: chain
cases:
  - case: the first fails
    id: first
    steps:
      - stepfunctions.run: {state_machine: add, input: {a: 1, b: 2}}
        expect: {output: {sum: 4}}
  - case: the second waits for it
    id: second
    needs: [first]
    steps: [{exec.run: {command: [touch, second], effect: write}}]
  - case: the third for the second
    id: third
    needs: [second]
    steps: [{exec.run: {command: [touch, third], effect: write}}]
  - case: another is free
    id: free
    steps: [{exec.run: {command: [touch, free], effect: write}}]
";
    let scratch = Scratch::of(suite);
    let ran = scratch.run().exits(1);
    ran.case("chain/second", "skipped", "first").case("chain/third", "skipped", "second").case(
        "chain/free",
        "passed",
        "",
    );
    assert!(scratch.root().join("free").exists());
    assert!(!scratch.root().join("second").exists() && !scratch.root().join("third").exists());
}

#[test]
fn a_case_brings_what_it_needs_when_it_is_selected() {
    let suite = GREEN.replace("id: object", "id: object\n    needs: [three]");
    let ran = Scratch::of(&suite).shakedown(&["run", "--case", "an object"]).exits(0);
    ran.case("sums/three", "passed", "").case("sums/object", "passed", "");
}

#[test]
fn a_setup_that_fails_makes_its_cases_errors_and_is_cleaned_up_after() {
    let suite = r#"
suite: set up
setup:
  - s3.put: {to: "s3://{{ target.bucket }}/{{ run.id }}/a", body: a, temporary: true}
  - stepfunctions.run: {state_machine: add, input: {a: 1, b: 2}}
    expect: {output: {sum: 4}}
cases:
  - case: never begun
    id: never
    steps: [{exec.run: {command: [touch, begun], effect: write}}]
cleanup:
  - exec.run: {command: [touch, cleaned], effect: write}
"#;
    let scratch = Scratch::of(suite);
    let ran = scratch.run().exits(3).case("set up/never", "errored", "setup");
    assert!(!scratch.root().join("begun").exists(), "the case ran");
    assert!(scratch.root().join("cleaned").exists(), "cleanup did not run");
    let settled = settlements(&ran.events);
    assert_eq!(settled.len(), of_kind(&ran.events, "intended").count(), "something is left open");
    // The object, and the promise of the suite's own cleanup.
    assert_eq!(settled.iter().filter(|settlement| *settlement == "removed").count(), 2, "{settled:?}");
}

fn settlements(events: &[serde_json::Value]) -> Vec<String> {
    let mut all: Vec<String> =
        of_kind(events, "settled").map(|settled| settled["settlement"].as_str().unwrap().to_owned()).collect();
    all.sort();
    all
}

#[test]
fn every_cleanup_is_tried_although_another_failed_and_the_run_says_what_is_left() {
    let suite = r#"
suite: tidy
cases:
  - case: fine
    id: fine
    steps: [{exec.run: {command: ["true"], effect: read}}]
cleanup:
  - exec.run: {command: ["false"], effect: write}
  - exec.run: {command: [touch, cleaned], effect: write}
"#;
    let scratch = Scratch::of(suite);
    scratch.run().exits(5).case("tidy/fine", "passed", "");
    assert!(scratch.root().join("cleaned").exists());
}

#[test]
fn temporary_objects_are_gone_when_the_run_has_ended() {
    let server_side = Scratch::new();
    let server = Server::start(&server_side);
    let project = format!(
        "version: 1\nproject: scratch\ntags: [smoke]\ntargets:\n  local:\n    account: \"000000000000\"\n    region: eu-west-1\n    \
         endpoint: {}\n    allow: [read, execute, write, destroy]\n    vars: {{bucket: things}}\n",
        server.endpoint
    );
    let listing = |count| {
        format!(
            "suite: list\ncases:\n  - case: list\n    steps:\n      - s3.list: s3://things/\n        expect: {{count: {count}}}\n"
        )
    };
    let with = |suite: &str| Scratch::of(suite).with("shakedown.yaml", &project);
    with(GREEN).run().exits(0);
    with(&listing(0)).run().exits(0);
    with(&GREEN.replace(", temporary: true", "")).run().exits(0);
    with(&listing(1)).run().exits(0);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn an_execution_that_nobody_waits_for_is_stopped_and_makes_the_case_an_error() {
    let suite = r"
suite: forgotten
cases:
  - case: started and left alone
    id: alone
    steps:
      - stepfunctions.run: {state_machine: sleep, wait: false}
";
    let ran = Scratch::of(suite).run().exits(3).says(&["nobody waits for this execution"]);
    assert_eq!(settlements(&ran.events), ["stopped"]);
    ran.case("forgotten/alone", "errored", "sleep");
}

#[test]
fn a_step_that_takes_too_long_is_an_error_and_its_execution_is_stopped() {
    let suite = r"
suite: slow
cases:
  - case: too slow
    id: slow
    steps:
      - stepfunctions.run: {state_machine: sleep}
        timeout: 1s
";
    let ran = Scratch::of(suite).run().exits(3);
    assert_eq!(settlements(&ran.events), ["stopped"]);
    ran.case("slow/slow", "errored", "1s");
}

#[test]
fn the_red_cases_of_the_last_run_can_be_run_again() {
    let scratch = Scratch::of(&GREEN.replace("sum: 3", "sum: 4"));
    scratch.run().exits(1);
    let ran = scratch.shakedown(&["run", "--failed"]).exits(1).says(&["0 of 1 passed"]);
    assert!(!ran.out.contains("an object is there"), "{}", ran.out);
}

#[test]
fn a_run_leaves_no_files_behind_but_its_reports() {
    let scratch = Scratch::of(GREEN);
    scratch.run().exits(0);
    let left: Vec<_> = std::fs::read_dir(scratch.root().join("tmp")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, [".keep"]);
    scratch.shakedown(&["show", "last", "sums/three"]).exits(0).says(&["stepfunctions.run", "sum: 3"]);
}

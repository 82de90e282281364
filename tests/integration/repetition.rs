//! `--repeat`, `--max-fail` and `--failed`, through the binary.

use crate::scratch::{Scratch, of_kind, run_folders};

/// A case that is red in every second repetition, one that needs it, and one that is always green.
const FLAKY: &str = r#"
suite: orders
setup:
  - {id: prefix, name: put the input, s3.put: {to: "s3://{{ target.bucket }}/{{ run.id }}/a.txt", body: hello, temporary: true}}
cases:
  - case: the day is loaded
    id: load
    steps:
      - {name: look at the number, exec.run: {command: [sh, -c, 'case {{ run.id }} in *_2) exit 1;; esac'], effect: read}}
  - case: every order arrives
    id: sink
    needs: [load]
    steps: [{stepfunctions.run: {state_machine: add, input: {a: 1, b: 2}}}]
"#;

#[test]
fn a_repeated_run_says_how_often_each_case_was_green_and_its_red_cases_run_again() {
    let scratch = Scratch::of(FLAKY);
    let ran = scratch.shakedown(&["run", "--repeat", "3"]).exits(1).says(&[
        "orders (2 of 3) / the day is loaded",
        "needs `the day is loaded`, which failed",
        "orders / the day is loaded: green in 2 of 3 repetitions, red in 2",
        "orders / every order arrives: green in 2 of 3 repetitions",
        "step:     look at the number (step-1)",
        "4 of 6 passed, 1 failed, 1 skipped",
    ]);
    assert_eq!(ran.junit.matches("<testsuite ").count(), 3, "{}", ran.junit);
    assert!(ran.junit.contains("[green in 2 of 3 repetitions, red in 2]"), "{}", ran.junit);
    assert!(ran.junit.contains("look at the number (step-1)"), "{}", ran.junit);
    let settled: Vec<_> = of_kind(&ran.events, "settled").filter(|s| s["settlement"] == "removed").collect();
    assert_eq!(settled.len(), 3, "each repetition cleans up after itself");
    let again = scratch.shakedown(&["run", "--failed"]).exits(0).says(&["1 of 1 passed"]);
    again.case("orders/load", "passed", "");
    scratch.shakedown(&["show", "last", "load"]).exits(0).says(&["look at the number (step-1, exec.run)"]);
}

#[test]
fn a_run_that_met_max_fail_names_what_it_did_not_start_and_why() {
    let case =
        |n: usize| format!("  - {{case: case {n}, steps: [{{exec.run: {{command: ['false'], effect: read}}}}]}}\n");
    let suite = format!("suite: many\ncases:\n{}", (1..=30).map(case).collect::<String>());
    let scratch = Scratch::of(&suite);
    let ran = scratch.shakedown(&["run", "-j", "1", "--max-fail", "2"]).exits(1).says(&[
        "stopping: 2 red, as many as --max-fail allows",
        "ERRORED 28 cases\nnot started: as many cases were red as --max-fail 2 allows",
        "    many / case 3\n",
        "… and 8 more",
        "0 of 30 passed, 2 failed, 28 errored",
    ]);
    ran.case("many/case-30", "errored", "--max-fail 2");
    scratch.shakedown(&["run", "--failed", "-j", "1"]).exits(1).says(&["0 of 30 passed, 30 failed"]);
}

#[test]
fn the_red_cases_of_a_named_run_run_again_and_a_run_that_is_green_has_none() {
    let scratch = Scratch::of(FLAKY);
    scratch.shakedown(&["run", "--repeat", "2"]).exits(1);
    let red = run_folders(scratch.root())[0].file_name().unwrap().to_str().unwrap().to_owned();
    scratch.run().exits(0);
    scratch.shakedown(&["run", "--failed"]).exits(4).says(&["no case was red in run "]);
    scratch.shakedown(&["run", "--failed", &red]).exits(0).says(&["1 of 1 passed"]);
    scratch.shakedown(&["run", "--failed", "20200101_000000_none"]).exits(2).says(&["20200101_000000_none"]);
    scratch.shakedown(&["run", "--failed", &red, "--case", "sink"]).exits(4).says(&["takes no case", "--failed"]);
}

#[test]
fn a_run_whose_cases_are_all_skipped_has_judged_nothing() {
    let suite = r"
suite: off
cases:
  - {case: a, when: 1 > 2, steps: [{exec.run: {command: ['true'], effect: read}}]}
  - {case: b, steps: [{exec.run: {command: ['true'], effect: read}, when: 1 > 2}]}
";
    Scratch::of(suite).run().exits(4).says(&["NOTHING JUDGED", "2 skipped"]);
}

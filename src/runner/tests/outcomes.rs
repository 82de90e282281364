//! Which outcome a case has, and in which words.

use test_case::test_case;

use super::scene::{Scene, check};
use crate::event::{Exit, Outcome};

#[test_case("SH 'true'", "passed", ""; "what holds is passed")]
#[test_case("SH 'exit 3'", "failed", "the command ended with exit code 3"; "a default expectation that is false is failed")]
#[test_case("SH 'exit 3', expect: {exit_code: 3}", "passed", ""; "an own expectation replaces the default one of its group")]
#[test_case("SH 'exit 3', that: 'stderr == \"\"'", "failed", "the command ended with exit code 3"; "that switches no default off")]
#[test_case("SH 'echo 5', that: 'stdout < 5'", "failed", "`stdout < 5` is false"; "a false that is failed")]
#[test_case("SH 'echo x', that: 'stdout < 5'", "errored", ""; "a that without a value is errored")]
#[test_case("SH 'echo 5', that: 'stdout + 1'", "errored", "`stdout + 1` must be true or false, but is 6"; "a that which is no boolean is errored")]
#[test_case("exec.run: {effect: read, command: [/no/such/program]}", "errored", "failed to start `/no/such/program`"; "what cannot be carried out is errored")]
#[test_case("stepfunctions.run: {state_machine: fails}", "failed", "Broken"; "an execution that failed is failed")]
#[test_case("stepfunctions.run: {state_machine: fails}, expect: {status: FAILED, error: Broken}", "passed", ""; "a failure can be expected")]
#[test_case("stepfunctions.run: {state_machine: absent}", "errored", "StateMachineDoesNotExist"; "a machine that is not there is errored")]
#[test_case("stepfunctions.run: {state_machine: absent}, expect: {aws_error: StateMachineDoesNotExist}", "passed", ""; "a refusal can be expected")]
#[test_case("stepfunctions.run: {state_machine: absent}, expect: {aws_error: AccessDeniedException}", "failed", "aws_error: expected"; "another refusal is failed")]
#[test_case("stepfunctions.run: {state_machine: ends}, expect: {aws_error: AccessDeniedException}", "failed", "aws_error: expected"; "a refusal that does not come is failed")]
#[test_case("s3.object: 's3://data/none'", "failed", ""; "an absent object is failed")]
#[test_case("s3.object: 's3://data/none', expect: {exists: false}", "passed", ""; "absence can be expected")]
#[test_case("SH 'true', when: 'vars.no == \"no\"'", "skipped", "`when` is false for each of its steps"; "all steps skipped is skipped")]
#[tokio::test]
async fn a_step_has_the_outcome_of_the_table(step: &str, expected: &str, why: &str) {
    let suite = format!("suite: s\nvars: {{no: 'yes'}}\ncases:\n  - case: one\n    id: one\n    steps: [{{{step}}}]\n");
    let ran = check(&suite, &[("one", expected)]).await;
    if !why.is_empty() {
        assert!(ran.why("one").contains(why), "{}", ran.why("one"));
    }
    let exit = match expected {
        "passed" => Exit::Green,
        "failed" => Exit::Failed,
        "errored" => Exit::Errored,
        _ => Exit::NothingJudged,
    };
    assert_eq!(ran.exit, exit);
}

#[tokio::test]
async fn a_that_beside_an_expected_refusal_is_judged_too() {
    let suite = "
suite: s
cases:
  - case: one
    id: one
    steps:
      - stepfunctions.run: {state_machine: absent}
        expect: {aws_error: StateMachineDoesNotExist}
        that: 1 > 2
";
    let ran = check(suite, &[("one", "failed")]).await;
    assert_eq!(ran.why("one"), "`1 > 2` is false");
}

#[tokio::test]
async fn a_red_step_ends_its_case_unless_it_says_otherwise_and_all_findings_are_kept() {
    let suite = "
suite: s
cases:
  - case: goes on
    id: on
    steps:
      - {SH 'exit 1', continue_on_failure: true}
      - {SH 'echo on >> log'}
      - {SH 'exit 2'}
      - {SH 'echo never >> log'}
";
    let ran = check(suite, &[("on", "failed")]).await;
    assert_eq!(ran.log(), ["on"]);
    let messages: Vec<&str> = ran.outcome("on").findings().iter().map(|f| f.message.as_str()).collect();
    assert_eq!(messages, ["the command ended with exit code 1", "the command ended with exit code 2"]);
}

#[tokio::test]
async fn when_decides_for_cases_and_for_steps() {
    let suite = "
suite: s
vars: {country: DE}
cases:
  - {case: a, id: a, when: vars.country == 'FR', steps: [{SH 'echo a >> log'}]}
  - {case: b, id: b, when: vars.country == 'DE', steps: [{SH 'echo b >> log'}, {SH 'echo c >> log', when: false}]}
  - {case: c, id: c, when: vars.country, steps: [{SH 'echo c >> log'}]}
  - {case: d, id: d, steps: [{SH 'echo d >> log', when: vars.country}, {SH 'echo e >> log'}]}
";
    let ran = check(suite, &[("a", "skipped"), ("b", "passed"), ("c", "errored"), ("d", "errored")]).await;
    assert_eq!(ran.log(), ["b"]);
    assert_eq!(ran.why("a"), "`when` is false: vars.country == 'FR'");
    assert!(ran.why("c").starts_with("`when` must be true or false"), "{}", ran.why("c"));
}

#[tokio::test]
async fn a_case_whose_need_is_not_green_is_skipped_with_the_reason_and_so_is_what_needs_that() {
    let suite = "
suite: s
cases:
  - {case: first, id: a, steps: [{SH 'exit 1'}]}
  - {case: second, id: b, needs: [a], steps: [{SH 'echo b >> log'}]}
  - {case: c, id: c, needs: [b], steps: [{SH 'echo c >> log'}]}
  - {case: d, id: d, steps: [{SH 'true'}]}
  - {case: e, id: e, needs: [d], steps: [{SH 'echo e >> log'}]}
";
    let expected = [("a", "failed"), ("b", "skipped"), ("c", "skipped"), ("d", "passed"), ("e", "passed")];
    let ran = check(suite, &expected).await;
    assert_eq!((ran.why("b"), ran.why("c")), ("needs `first`, which failed", "needs `second`, which was skipped"));
    assert_eq!(ran.log(), ["e"]);
}

#[tokio::test]
async fn a_need_of_a_matrix_case_means_all_its_rows() {
    let suite = "
suite: s
cases:
  - {case: 'a {{ matrix.n }}', id: a, matrix: {n: [0, 1]}, steps: [{exec.run: {effect: read, command: [sh, -c, 'exit {{ matrix.n }}']}}]}
  - {case: b, id: b, needs: [a], steps: [{SH 'echo b >> log'}]}
";
    let ran = check(suite, &[("a[0]", "passed"), ("a[1]", "failed"), ("b", "skipped")]).await;
    assert_eq!(ran.why("b"), "needs `a 1`, which failed");
}

#[tokio::test]
async fn outputs_and_captures_of_setup_and_of_needed_cases_are_seen() {
    let suite = "
suite: s
setup:
  - {id: raw, SH 'echo 7', capture: {seven: stdout}}
cases:
  - case: a
    id: a
    steps:
      - {id: x, SH 'echo 8', capture: {eight: stdout}}
      - {SH 'echo 56', that: stdout == captures.seven * captures.eight && setup.raw.stdout == steps.x.stdout - 1}
  - case: b
    id: b
    needs: [a]
    steps: [{SH 'echo 8', that: stdout == cases.a.steps.x.stdout && captures.seven == 7}]
cleanup:
  - {SH 'true', that: setup.raw.stdout == 7}
";
    let ran = check(suite, &[("a", "passed"), ("b", "passed")]).await;
    assert_eq!((ran.cleaned(), ran.exit), (vec!["step-1 (exec.run)".to_owned()], Exit::Green));
}

#[tokio::test]
async fn what_did_not_run_has_no_output_and_whoever_reads_it_is_told_why() {
    let suite = "
suite: s
cases:
  - case: a
    id: a
    steps:
      - {id: x, SH 'echo 1', when: 1 > 2, capture: {one: stdout}}
      - {id: y, SH 'true', that: steps.x.stdout == null, continue_on_failure: true}
      - {SH 'true', that: captures.one == 1, continue_on_failure: true}
      - {exec.run: {effect: read, command: [/no/such/program]}, id: z, continue_on_failure: true}
      - {SH 'true', that: steps.z.stdout == null, continue_on_failure: true}
      - {SH 'true', that: '!has(steps.x.stdout) && !has(steps.x) && has(steps.y.stdout)'}
  - case: b
    id: b
    steps: [{id: x, SH 'true', when: 1 > 2}, {SH 'true'}]
  - {case: c, id: c, needs: [b], steps: [{SH 'true', that: cases.b.steps.x.stdout == null}]}
";
    let ran = check(suite, &[("a", "errored"), ("b", "passed"), ("c", "errored")]).await;
    let messages: Vec<&str> = ran.outcome("a").findings().iter().map(|f| f.message.as_str()).collect();
    assert_eq!(messages[0], "the step `x` was skipped (`when` is false: 1 > 2), so it has no output");
    assert_eq!(messages[1], "the capture `one` has no value: the step `x` was skipped (`when` is false: 1 > 2)");
    assert_eq!(messages[3], "the step `z` could not be judged, so it has no output");
    assert_eq!(messages.len(), 4, "{messages:?}");
    assert_eq!(ran.why("c"), messages[0]);
}

#[tokio::test]
async fn the_name_of_a_step_is_told_with_its_id() {
    let suite = "
suite: s
vars: {day: monday}
setup: [{SH 'true', name: prepare}]
cases:
  - {case: a, id: a, steps: [{id: x, name: 'load {{ vars.day }}', SH 'exit 1'}]}
cleanup: [{SH 'true', name: tidy up}]
";
    let ran = check(suite, &[("a", "failed")]).await;
    assert_eq!(ran.finding("a").step.as_deref(), Some("load monday (x)"));
    assert_eq!(ran.step("x").step.to_string(), "load monday (x, exec.run)");
    assert_eq!(ran.step("step-1").step.to_string(), "tidy up (step-1, exec.run)");
    assert_eq!(ran.cleaned(), ["tidy up (step-1, exec.run)"]);
}

#[tokio::test]
async fn a_setup_that_is_not_green_makes_its_cases_errored_with_the_reason_and_is_cleaned_up() {
    for (setup, why) in [
        ("{SH 'exit 4'}", "not started: setup did not succeed: the command ended with exit code 4"),
        (
            "{SH 'exit 4', continue_on_failure: true}",
            "not started: setup did not succeed: the command ended with exit code 4",
        ),
        (
            "{SH 'sleep 60', timeout: 200ms}",
            "not started: setup did not succeed: out of time: exec.run did not end within 200ms",
        ),
    ] {
        let suite = format!(
            "
suite: s
setup: [{setup}]
cases:
  - {{case: a, id: a, steps: [{{SH 'echo a >> log'}}]}}
  - {{case: b, id: b, needs: [a], steps: [{{SH 'echo b >> log'}}]}}
cleanup: [{{SH 'echo cleanup >> log'}}]
"
        );
        let ran = check(&suite, &[("a", "errored"), ("b", "errored")]).await;
        assert_eq!((ran.why("a"), ran.log(), ran.exit), (why, vec!["cleanup".to_owned()], Exit::Errored));
    }
}

#[tokio::test]
async fn a_capture_without_a_value_is_errored() {
    let suite = "{suite: s, cases: [{case: a, id: a, steps: [{SH 'echo 1', capture: {x: stdout.field}}]}]}";
    check(suite, &[("a", "errored")]).await;
}

#[tokio::test]
async fn what_was_started_and_not_waited_for_is_stopped_and_makes_the_case_errored() {
    let suite = "
suite: s
cases:
  - case: a
    id: a
    steps:
      - {id: go, stepfunctions.run: {state_machine: waits, wait: false}}
      - {SH 'true', that: steps.go.execution_arn != ''}
";
    let ran = check(suite, &[("a", "errored")]).await;
    assert!(ran.why("a").starts_with("started, and nobody waited for it: arn:aws:states:"), "{}", ran.why("a"));
    assert_eq!(ran.finding("a").place.as_ref().map(|place| place.line), Some(7), "the place of the step");
    assert_eq!(
        ran.calls.get("states.StopExecution").or(ran.calls.get("stepfunctions.StopExecution")),
        Some(&1),
        "{:?}",
        ran.calls
    );
}

#[tokio::test]
async fn steps_of_setup_cleanup_and_cases_without_an_id_are_never_the_same_request() {
    let suite = "
suite: s
setup: [{stepfunctions.run: {state_machine: ends, input: {in: setup}}}]
cases: [{case: a, id: a, steps: [{stepfunctions.run: {state_machine: ends, input: {in: a}}, expect: {output: {in: a}}}]}]
cleanup: [{stepfunctions.run: {state_machine: ends, input: {in: cleanup}}, expect: {output: {in: cleanup}}}]
";
    let ran = check(suite, &[("a", "passed")]).await;
    assert_eq!(ran.exit, Exit::Green, "{:?}", ran.cleanup().collect::<Vec<_>>());
}

#[tokio::test]
async fn no_secret_leaves_the_run() {
    let suite = "
suite: s
setup: [{SH 'echo hunter22'}]
cases:
  - {case: a, id: a, steps: [{SH 'echo hunter22', expect: {stdout: other}}]}
  - {case: b, id: b, steps: [{exec.run: {effect: read, command: [hunter22]}}]}
cleanup: [{SH 'echo hunter22 >&2; exit 1'}, {stepfunctions.run: {state_machine: hunter22}}]
";
    let scene = Scene::new();
    scene.redactor.register("db", "hunter22").unwrap();
    let ran = scene.check(suite, &[("a", "failed"), ("b", "errored")]).await;
    for event in &ran.events {
        let line = serde_json::to_string(event).unwrap();
        assert!(!line.contains("hunter22"), "{line}");
    }
    assert!(
        matches!(ran.outcome("a"), Outcome::Failed { findings } if findings[0].actual.as_deref().unwrap().contains("{{secret(db)}}"))
    );
}

#[tokio::test]
async fn when_the_journal_cannot_be_written_nothing_is_started() {
    let suite = "
suite: s
cases:
  - {case: a, id: a, steps: [{SH 'echo a >> log'}]}
  - {case: b, id: b, steps: [{stepfunctions.run: {state_machine: ends}}]}
  - {case: c, id: c, steps: [{s3.list: 's3://data/', expect: {count: 0}}]}
";
    let scene = Scene::new();
    scene.journal.fail(&std::io::Error::from(std::io::ErrorKind::StorageFull));
    let ran = scene.check(suite, &[("a", "errored"), ("b", "errored"), ("c", "passed")]).await;
    assert!(ran.why("a").starts_with("failed to write the intent"), "{}", ran.why("a"));
    assert!(ran.log().is_empty());
    assert!(!ran.calls.keys().any(|call| call.ends_with("StartExecution")), "{:?}", ran.calls);
}

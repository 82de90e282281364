//! `--reuse`: what an earlier run started is taken from its record, everything else is done again.

use crate::process::Server;
use crate::scratch::{Ran, Scratch, of_kind, run_folders};

const SUITE: &str = r#"
suite: orders
setup:
  - {id: raw, s3.put: {to: "s3://things/{{ run.id }}/a.txt", body: hello, temporary: true}}
cases:
  - case: the day is loaded
    id: load
    steps:
      - id: etl
        name: load the day
        stepfunctions.run: {state_machine: add, input: {a: 1, b: 2}}
        expect: {output: {sum: 4}}
      - s3.object: "s3://things/{{ run.id }}/a.txt"
        expect: {body: hello}
"#;

fn project(endpoint: &str) -> String {
    format!(
        "version: 1\nproject: scratch\ntags: [smoke]\ntargets:\n  local: {{sandbox: sandbox.yaml}}\n  served: {{account: \"000000000000\", \
         region: eu-west-1, endpoint: \"{endpoint}\", allow: [read, execute, write, destroy]}}\n"
    )
}

fn run(scratch: &Scratch, more: &[&str]) -> Ran {
    scratch.shakedown(&[&["run", "--target", "served"], more].concat())
}

/// What was intended, by kind of thing.
fn intended(ran: &Ran, what: &str) -> Vec<String> {
    let all = of_kind(&ran.events, "intended").filter(|intended| intended["intent"]["what"] == what);
    all.map(|intended| intended["intent"]["name"].as_str().unwrap().to_owned()).collect()
}

fn expression_id(ran: &Ran) -> String {
    let started = of_kind(&ran.events, "run_started").next().unwrap();
    started["reuses"]["id"].as_str().unwrap().to_owned()
}

#[test]
fn what_was_started_is_judged_again_and_not_started_again_and_what_was_kept_is_cleaned_up() {
    let side = Scratch::new();
    let server = Server::start(&side);
    let scratch = Scratch::of(SUITE).with("shakedown.yaml", project(&server.endpoint));
    run(&scratch, &["--keep"]).exits(1).says(&["expected: 4"]);
    let first = run_folders(scratch.root())[0].file_name().unwrap().to_str().unwrap().to_owned();

    // The typo is gone: nothing is started, the kept object is read, and removed at the end.
    let fixed = SUITE.replace("sum: 4", "sum: 3");
    let scratch = scratch.with("suites/a.yaml", &fixed);
    let second = run(&scratch, &["--reuse", "last"]).exits(0).says(&[
        &format!("orders / setup / raw (s3.put): not carried out: taken from run {first}"),
        &format!("orders / the day is loaded / load the day (etl, stepfunctions.run): not carried out: taken from run {first}"),
        "1 of 1 passed",
    ]);
    assert_eq!(intended(&second, "stepfunctions.execution"), Vec::<String>::new());
    assert_eq!(intended(&second, "s3.object"), [format!("s3://things/{first}/a.txt")]);
    assert!(second.junit.contains(&format!("taken from run {first}")), "{}", second.junit);
    assert_eq!(expression_id(&second), first);
    scratch.shakedown(&["show", "last", "load"]).exits(0).says(&[&format!("not carried out: taken from run {first}")]);

    // The object is gone now: it is put again, under the same name, and the execution is still taken from the record.
    let third = run(&scratch, &["--reuse", "last"]).exits(0).says(&[
        &format!("raw (s3.put): carried out, not taken from the reused run: s3://things/{first}/a.txt was removed"),
        "load the day (etl, stepfunctions.run): not carried out",
    ]);
    assert_eq!((intended(&third, "stepfunctions.execution").len(), expression_id(&third)), (0, first.clone()));

    // Other arguments, and fields that were not recorded, are reasons to start it, under a name of its own.
    let scratch = scratch.with("suites/a.yaml", fixed.replace("{a: 1, b: 2}", "{a: 2, b: 1}"));
    let fourth = run(&scratch, &["--reuse", &first])
        .exits(0)
        .says(&["its arguments differ (`input`)", "was kept, and has been cleaned up after by run "]);
    let started = intended(&fourth, "stepfunctions.execution");
    assert!(started.len() == 1 && !started[0].contains(&first), "{started:?}");
    let scratch = scratch.with("suites/a.yaml", fixed.replace("{output: {sum: 3}}", "{path: [Add]}"));
    run(&scratch, &["--reuse", &first]).exits(0).says(&["`path` of its output was not recorded"]);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_run_that_cannot_be_reused_is_refused_with_the_reason() {
    let scratch = Scratch::of(&SUITE.replace("sum: 4", "sum: 3"));
    scratch.run().exits(0);
    let refused = |scratch: &Scratch, arguments: &[&str], why: &str| {
        scratch.shakedown(arguments).exits(2).says(&[why]);
        assert_eq!(run_folders(scratch.root()).len(), 1, "nothing was run");
    };
    refused(&scratch, &["run", "--reuse", "last"], "what an earlier run started went with it");
    refused(&scratch, &["run", "--reuse", "last", "--repeat", "2"], "cannot be used with");
    let scratch = scratch.with("shakedown.yaml", project("http://127.0.0.1:1"));
    let served = |run| ["run", "--target", "served", "--reuse", run];
    refused(&scratch, &served("last"), "that run was of another target: local, not served");
    refused(&scratch, &served("20200101_000000_none"), "20200101_000000_none");
    refused(&scratch, &served("../../etc"), "is not a run id");
}

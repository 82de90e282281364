//! A failing execution of the example, as its author meets it: alike in the terminal and in JUnit.

use std::fs;
use std::path::Path;

use quick_xml::Reader;
use quick_xml::events::Event;
use regex::Regex;

use crate::scratch::Scratch;

const PROJECT: &str = "
version: 1
project: lakehouse
targets:
  local: {sandbox: sandbox.yaml, date: 2026-01-16, vars: {orders_release: orders-release}}
";

/// What the example's sandbox has for this machine, and nothing else.
const SANDBOX: &str = "
functions:
  ledger: {runtime: python3.11, handler: handler.handler, code: fixtures/functions/fail_on_purpose, timeout: 10s}
state_machines:
  orders-release: {definition: fixtures/state_machines/orders_release.asl.json}
";

const SUITE: &str = r#"
suite: release
cases:
  - case: a day is released
    id: day
    steps:
      - id: release
        stepfunctions.run:
          state_machine: "{{ target.orders_release }}"
          input:
            day: "{{ run.yesterday }}"
            orders: [{order_id: 1, amount: "10.00"}, {order_id: 2, amount: "-3.00"}]
            rejected: 0
            max_rejected: 50
        expect: {output: {released: 2}}
"#;

fn example(path: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// A text without what differs from run to run.
fn stable(text: &str) -> String {
    [
        (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
        (r"execution:orders-release:\S+", "execution:orders-release:NAME"),
        (r"\((\d+(\.\d+)?(ms|s|m|h))+\)", "(TIME)"),
        (r"\(\d+ ?(s|ms)\)", "(TIME)"),
        (r#""requestId": "[^"]+""#, r#""requestId": "ID""#),
        (r#"File \\"[^"\\]*/"#, r#"File \""#),
        // Which part of a line an error is in is told by some versions of Python.
        (r#"\n *" *[~^]+","#, ""),
    ]
    .iter()
    .fold(text.to_owned(), |text, (pattern, stands_for)| {
        Regex::new(pattern).unwrap().replace_all(&text, *stands_for).into_owned()
    })
}

/// What the terminal says of the red case.
fn in_terminal(out: &str) -> String {
    let (_, text) = out.split_once("release / a day is released\n").unwrap();
    let table = Regex::new("\n\n *─").unwrap().find(text).unwrap();
    text[..table.start()].to_owned()
}

/// The body of the failure.
fn in_junit(xml: &str) -> String {
    let mut reader = Reader::from_str(xml);
    loop {
        match reader.read_event().unwrap() {
            Event::CData(text) => return String::from_utf8(text.into_inner().into_owned()).unwrap(),
            Event::Eof => panic!("no body in\n{xml}"),
            _ => {}
        }
    }
}

#[test]
fn a_failing_execution_of_the_example_is_explained_alike_in_terminal_and_junit() {
    let machine = "fixtures/state_machines/orders_release.asl.json";
    let function = "fixtures/functions/fail_on_purpose/handler.py";
    let scratch = Scratch::of(SUITE)
        .with("shakedown.yaml", PROJECT)
        .with("sandbox.yaml", SANDBOX)
        .with(machine, example(machine))
        .with(function, example(function));
    let ran = scratch.run().exits(1);
    let (terminal, junit) = (in_terminal(&ran.out), in_junit(&ran.junit));
    assert_eq!(terminal, junit);
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("failing_execution", stable(&terminal));
    });
}

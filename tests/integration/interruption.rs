//! Ctrl-C and SIGTERM while an execution runs: it is stopped, cleanup runs, the reports are whole, nothing stays behind.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::Stdio;

use nix::sys::signal::Signal;

use crate::process::{Running, processes_of, until};
use crate::scratch::{Scratch, events, of_kind, run_folder};

const SUITE: &str = r#"
suite: interrupted
setup:
  - s3.put: {to: "s3://things/{{ run.id }}/a", body: a, temporary: true}
cases:
  - case: a function is warm
    id: warm
    steps:
      - lambda.invoke: {function: echo, payload: {a: 1}}
        expect: {payload: {a: 1}}
  - case: a long execution
    id: long
    needs: [warm]
    steps:
      - stepfunctions.run: {state_machine: sleep}
        timeout: 20m
  - case: what comes after
    id: after
    needs: [long]
    steps: [{exec.run: {command: [touch, after], effect: write}}]
cleanup:
  - exec.run: {command: [touch, cleaned], effect: write}
"#;

fn start(scratch: &Scratch) -> Running {
    let mut command = scratch.command(&["run"]);
    // A group of its own, as a shell gives it; what the test sends goes to the one process all the same.
    command.process_group(0).stdout(Stdio::null()).stderr(Stdio::null());
    Running(command.spawn().unwrap())
}

/// Returns when the long execution runs and is being waited for.
fn until_it_waits(scratch: &Scratch) {
    until("the wait for the execution", || {
        let run = fs::read_dir(scratch.root().join("reports")).ok()?.next()?.ok()?.path();
        of_kind(&events(&run), "step_waiting").any(|step| step["what"].to_string().contains("-long-")).then_some(())
    });
}

fn check(signal: Signal) {
    let scratch = Scratch::of(SUITE);
    let mut run = start(&scratch);
    until_it_waits(&scratch);
    assert!(processes_of(&scratch).len() >= 2, "the run and its function: {:?}", processes_of(&scratch));
    run.signal(signal);
    assert_eq!(run.ended(), Some(130));
    let folder = run_folder(scratch.root());
    let events = events(&folder);
    assert_eq!(of_kind(&events, "settled").filter(|settled| settled["settlement"] == "stopped").count(), 1);
    assert_eq!(of_kind(&events, "settled").filter(|settled| settled["settlement"] == "removed").count(), 2);
    assert!(scratch.root().join("cleaned").exists(), "cleanup did not run");
    assert!(!scratch.root().join("after").exists(), "a step was started after the signal");
    assert_eq!(of_kind(&events, "run_finished").count(), 1);
    judge_junit(&fs::read_to_string(folder.join("junit.xml")).unwrap());
    until("the end of every process", || processes_of(&scratch).is_empty().then_some(()));
    let left: Vec<_> =
        fs::read_dir(scratch.root().join("tmp")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, [".keep"]);
}

/// Well formed, with every planned case: one passed, the interrupted one and the one after it not.
fn judge_junit(text: &str) {
    let mut reader = quick_xml::Reader::from_str(text);
    let mut cases = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Eof => break,
            quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag)
                if tag.name().as_ref() == b"testcase" =>
            {
                let name = tag.try_get_attribute("name").unwrap().unwrap();
                cases.push(String::from_utf8(name.value.into_owned()).unwrap());
            }
            _ => {}
        }
    }
    assert_eq!(cases, ["a function is warm", "a long execution", "what comes after"]);
    assert!(text.contains("errors=\"2\"") || text.contains("errors=\"1\""), "{text}");
    assert!(text.contains("interrupted"), "{text}");
}

#[test]
fn ctrl_c_stops_what_runs_cleans_up_and_writes_whole_reports() {
    check(Signal::SIGINT);
}

#[test]
fn sigterm_does_the_same() {
    check(Signal::SIGTERM);
}

#[test]
fn a_killed_run_leaves_a_report_that_is_red() {
    let scratch = Scratch::of(SUITE);
    let mut run = start(&scratch);
    until_it_waits(&scratch);
    run.signal(Signal::SIGKILL);
    assert_eq!(run.ended(), None);
    let junit = fs::read_to_string(run_folder(scratch.root()).join("junit.xml")).unwrap();
    assert!(junit.contains("did not finish") && junit.contains("</testsuites>"), "{junit}");
    until("the end of every process", || processes_of(&scratch).is_empty().then_some(()));
    // The folder of the sandbox that was killed goes with the next one's start.
    assert_eq!(temporary(&scratch).len(), 2);
    scratch.shakedown(&["run", "--case", "a function is warm"]).exits(0);
    assert_eq!(temporary(&scratch), [".keep"]);
}

fn temporary(scratch: &Scratch) -> Vec<String> {
    let entries = fs::read_dir(scratch.root().join("tmp")).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

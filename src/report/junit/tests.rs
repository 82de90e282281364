//! Hostile texts, killed runs and many cases. An independent reader (junitparser) looks at the same files in the integration tests.

use std::sync::Arc;
use std::time::Duration;

use chrono::{NaiveDate, TimeDelta, TimeZone, Utc};
use test_case::test_case;

use super::*;
use crate::clock::ManualClock;
use crate::event::{
    CaseKey, CaseResult, Exit, Finding, Kind, Outcome, Place, PlannedCase, Repetition, RunId, Stream, TargetSummary,
};

fn key(number: usize) -> CaseKey {
    CaseKey { suite: "orders".into(), case: format!("case-{number}"), row: None }
}

fn started(names: &[String]) -> Kind {
    let case = |(number, name): (usize, &String)| PlannedCase {
        key: key(number),
        name: name.clone(),
        place: Place { file: "suites/orders.yaml".into(), line: 1, column: 1 },
        tags: vec![],
        repetition: None,
    };
    Kind::RunStarted {
        run: RunId::new("r1").unwrap(),
        project: "lakehouse".into(),
        target: TargetSummary {
            name: "local".into(),
            account: "000000000000".into(),
            region: "eu-west-1".into(),
            endpoint: None,
        },
        date: NaiveDate::from_ymd_opt(2026, 1, 16).unwrap(),
        cases: names.iter().enumerate().map(case).collect(),
        folder: "reports/r1".into(),
        notes: vec![],
        started_at: None,
        reuses: None,
    }
}

fn finished(number: usize, outcome: Outcome) -> Kind {
    let result = CaseResult { outcome, duration: Duration::from_millis(1500), steps: vec![] };
    Kind::CaseFinished { case: key(number), result }
}

fn failed(message: &str) -> Outcome {
    Outcome::Failed { findings: vec![Finding::new(message)] }
}

struct Run {
    folder: tempfile::TempDir,
    clock: Arc<ManualClock>,
    stream: Stream,
}

fn run() -> Run {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new(Utc.with_ymd_and_hms(2026, 1, 16, 12, 0, 0).unwrap()));
    let stream = Stream::new(Arc::<ManualClock>::clone(&clock), vec![Box::new(Junit::new(folder.path()))]);
    Run { folder, clock, stream }
}

impl Run {
    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap()
    }
}

#[test]
fn a_killed_run_is_red_for_every_case_that_did_not_finish() {
    let run = run();
    run.stream.emit(started(&["one".into(), "two".into()]));
    assert_eq!(run.file("junit.xml").matches("<error ").count(), 2);
    run.clock.advance(TimeDelta::seconds(1));
    run.stream.emit(finished(0, Outcome::passed()));
    let text = run.file("junit.xml");
    assert!(text.contains("tests=\"2\" errors=\"1\" failures=\"0\""), "{text}");
}

#[test]
fn the_file_is_rewritten_at_most_four_times_a_second_and_always_at_the_end() {
    let run = run();
    run.stream.emit(started(&["one".into()]));
    run.stream.emit(finished(0, failed("wrong")));
    assert!(run.file("junit.xml").contains("did not finish"));
    run.stream.emit(Kind::RunFinished { exit: Exit::Failed, duration: Duration::ZERO, problems: vec![] });
    assert!(run.file("junit.xml").contains("message=\"wrong\""));
}

#[test_case("a ]]> b"; "the end of a CDATA section")]
#[test_case("\u{0}\u{1}\u{8}\u{b}\u{1f}\u{7f}\u{fffe}"; "characters that XML has no place for")]
#[test_case("<&\"'>"; "markup")]
#[test_case("two\nlines\tand 🦀"; "lines and emoji")]
fn a_hostile_text_leaves_the_file_well_formed(text: &str) {
    let run = run();
    run.stream.emit(started(&[text.into()]));
    run.clock.advance(TimeDelta::seconds(1));
    run.stream.emit(finished(0, failed(text)));
    let file = run.file("junit.xml");
    let mut reader = quick_xml::Reader::from_str(&file);
    reader.config_mut().check_end_names = true;
    loop {
        match reader.read_event() {
            Ok(quick_xml::events::Event::Eof) => break,
            Ok(_) => {}
            Err(error) => panic!("{error}\n{file}"),
        }
    }
    assert!(file.chars().all(|c| matches!(c, '\n' | '\t') || c >= ' '), "{file:?}");
}

#[test]
fn a_flaky_case_says_so_in_its_name_which_is_all_that_codebuild_keeps_of_a_passed_one() {
    let run = run();
    run.stream.emit(started(&["one".into(), "n".repeat(20_000)]));
    run.clock.advance(TimeDelta::seconds(1));
    run.stream.emit(finished(0, Outcome::Passed { warnings: vec![], flaky: true }));
    run.clock.advance(TimeDelta::seconds(1));
    run.stream.emit(finished(1, Outcome::Passed { warnings: vec![], flaky: true }));
    let file = run.file("junit.xml");
    assert!(file.contains("name=\"one [flaky]\"") && file.contains("has it all) [flaky]\""), "{file}");
}

#[test]
fn a_red_repetition_says_how_often_its_case_was_green() {
    let run = run();
    let Kind::RunStarted { run: id, project, target, date, mut cases, folder, notes, started_at, reuses } =
        started(&["one".into(), "one".into(), "one".into()])
    else {
        panic!("not a start")
    };
    for (index, case) in cases.iter_mut().enumerate() {
        let repetition = Repetition { suite: "orders".into(), number: index + 1, of: 3 };
        case.key = CaseKey { suite: repetition.title(), ..key(0) };
        case.repetition = Some(repetition);
    }
    let keys: Vec<CaseKey> = cases.iter().map(|case| case.key.clone()).collect();
    run.stream.emit(Kind::RunStarted { run: id, project, target, date, cases, folder, notes, started_at, reuses });
    for (case, outcome) in keys.into_iter().zip([Outcome::passed(), failed("wrong"), Outcome::passed()]) {
        let result = CaseResult { outcome, duration: Duration::ZERO, steps: vec![] };
        run.stream.emit(Kind::CaseFinished { case, result });
    }
    run.stream.emit(Kind::RunFinished { exit: Exit::Failed, duration: Duration::ZERO, problems: vec![] });
    let file = run.file("junit.xml");
    assert!(file.contains("message=\"wrong [green in 2 of 3 repetitions, red in 2]\""), "{file}");
    assert_eq!(file.matches("<testsuite ").count(), 3, "names are unique: {file}");
}

#[test]
fn a_long_text_is_cut_to_what_codebuild_keeps() {
    let run = run();
    run.stream.emit(started(&["n".repeat(20_000)]));
    run.clock.advance(TimeDelta::seconds(1));
    run.stream.emit(finished(0, failed(&"m".repeat(20_000))));
    let file = run.file("junit.xml");
    assert!(file.len() < 15_000, "{}", file.len());
    assert!(file.contains("(cut; the run folder has it all)"));
}

#[test]
fn beyond_450_cases_there_are_several_files_and_the_red_ones_come_first() {
    let run = run();
    let names: Vec<String> = (0..1000).map(|n| format!("case {n}")).collect();
    run.stream.emit(started(&names));
    for number in 0..999 {
        run.stream.emit(finished(number, Outcome::passed()));
    }
    run.stream.emit(finished(999, failed("the last one is wrong")));
    run.stream.emit(Kind::RunFinished { exit: Exit::Failed, duration: Duration::ZERO, problems: vec![] });
    let counts = ["junit.xml", "junit-2.xml", "junit-3.xml"].map(|name| run.file(name).matches("<testcase").count());
    assert_eq!(counts, [450, 450, 100]);
    assert!(run.file("junit.xml").contains("the last one is wrong"));
}

//! What a person reads in a log.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{NaiveDate, TimeDelta, TimeZone, Utc};

use super::*;
use crate::clock::ManualClock;
use crate::event::{
    CaseKey, CaseResult, Exit, Finding, Kind, Outcome, Place, PlannedCase, RunId, StepKey, StepResult, Stream,
    TargetSummary,
};

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Sink {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn planned(suite: &str, case: &str, name: &str) -> PlannedCase {
    PlannedCase {
        key: CaseKey { suite: suite.into(), case: case.into(), row: None },
        name: name.into(),
        place: Place { file: format!("suites/{suite}.yaml"), line: 10, column: 5 },
        tags: vec![],
        repetition: None,
    }
}

fn result(outcome: Outcome, milliseconds: u64) -> CaseResult {
    let duration = Duration::from_millis(milliseconds);
    let step = StepKey::new("etl", "stepfunctions.run");
    let step = StepResult { duration, attempts: 1, ..StepResult::new(step, Outcome::passed()) };
    CaseResult { outcome, duration, steps: vec![step] }
}

#[test]
fn a_log_shows_each_case_and_repeats_what_is_red_at_the_end() {
    let (err, out) = (Sink::default(), Sink::default());
    let console = Console::new(Palette::new(false), Box::new(Plain(err.clone())), Box::new(out.clone()));
    let clock = Arc::new(ManualClock::new(Utc.with_ymd_and_hms(2026, 1, 16, 12, 0, 0).unwrap()));
    let stream = Stream::new(clock, vec![Box::new(console)]);
    let cases = vec![
        planned("orders", "load", "the pipeline loads the day"),
        planned("orders", "sink", "every order arrives"),
        planned("lambda", "x", "contract"),
    ];
    let keys: Vec<CaseKey> = cases.iter().map(|case| case.key.clone()).collect();
    stream.emit(Kind::RunStarted {
        run: RunId::new("r1").unwrap(),
        project: "lakehouse".into(),
        target: TargetSummary {
            name: "uat".into(),
            account: "111122223333".into(),
            region: "eu-west-1".into(),
            endpoint: None,
        },
        date: NaiveDate::from_ymd_opt(2026, 1, 16).unwrap(),
        cases,
        folder: "reports/r1".into(),
        notes: vec!["orders/load runs too, because sink needs it".into()],
        started_at: None,
        reuses: None,
    });
    let failed = Finding {
        place: Some(Place { file: "suites/orders.yaml".into(), line: 32, column: 9 }),
        expected: Some("at least 5000".into()),
        actual: Some("4998".into()),
        ..Finding::new("output.loaded: expected at least 5000, actual 4998")
    };
    let outcomes = [
        result(Outcome::Failed { findings: vec![failed] }, 12_300),
        CaseResult {
            outcome: Outcome::Skipped { reason: "needs orders/load, which failed".into() },
            duration: Duration::ZERO,
            steps: vec![],
        },
        result(Outcome::passed(), 340),
    ];
    for (case, result) in keys.into_iter().zip(outcomes) {
        stream.emit(Kind::CaseFinished { case, result });
    }
    stream.emit(Kind::RunFinished { exit: Exit::Failed, duration: Duration::from_secs(13), problems: vec![] });
    insta::assert_snapshot!("log", err.text());
    insta::assert_snapshot!("summary", out.text());
}

#[test]
fn a_heartbeat_tells_what_runs_and_what_it_waits_for() {
    let console = Console::new(Palette::new(false), Box::new(Plain(Sink::default())), Box::new(Sink::default()));
    let heart = console.heart();
    let start = Utc.with_ymd_and_hms(2026, 1, 16, 12, 0, 0).unwrap();
    let stream = Stream::new(Arc::new(ManualClock::new(start)), vec![Box::new(console)]);
    assert_eq!(heart.beat(start), None);
    let case = planned("orders", "load", "loads").key;
    stream.emit(Kind::CaseStarted { case: case.clone() });
    let step = StepKey::new("etl", "stepfunctions.run");
    let what = "execution r1-load-etl: RUNNING".to_owned();
    stream.emit(Kind::StepWaiting { suite: "orders".into(), case: Some(case), step, what });
    let beat = heart.beat(start + TimeDelta::seconds(75)).unwrap();
    assert_eq!(beat, "running: orders/load (1m 15s, waits for execution r1-load-etl: RUNNING)");
}

#[test]
fn what_should_be_known_of_a_green_case_stands_below_it() {
    let case = planned("orders", "load", "the day is loaded");
    let mut green = result(Outcome::passed(), 340);
    green.steps[0].notes = vec!["succeeded through a Catch: TellLedger (LedgerBusy)".into()];
    let shown = lines::finished(Palette::new(false), &case, &green);
    let note = "\n                  etl (stepfunctions.run): succeeded through a Catch: TellLedger (LedgerBusy)";
    assert_eq!(shown.strip_prefix("passed      0.3s  orders / the day is loaded"), Some(note));
}

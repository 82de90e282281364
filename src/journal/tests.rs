//! What is written is read back, and a torn line is noticed.

use std::sync::Arc;

use chrono::{TimeZone, Utc};
use serde_json::json;

use super::*;
use crate::clock::ManualClock;
use crate::event::{Intent, IntentKind, Kind, Ledger, Outcome, Settlement, StepKey, StepResult, Stream};

fn stream(folder: &std::path::Path) -> (Stream, JournalState) {
    let journal = Journal::create(folder).unwrap();
    let state = journal.state();
    let clock = Arc::new(ManualClock::new(Utc.with_ymd_and_hms(2026, 1, 16, 12, 0, 0).unwrap()));
    (Stream::new(clock, vec![Box::new(journal)]), state)
}

fn step_finished(output: serde_json::Value) -> Kind {
    let step = StepKey::new("etl", "stepfunctions.run");
    let duration = std::time::Duration::from_millis(1500);
    let result = StepResult { duration, attempts: 1, output: Some(output), ..StepResult::new(step, Outcome::passed()) };
    Kind::StepFinished { suite: "orders".into(), case: None, result }
}

#[test]
fn numbers_survive_the_journal_to_the_last_digit() {
    let folder = tempfile::tempdir().unwrap();
    let (stream, _) = stream(folder.path());
    let output: serde_json::Value = serde_json::from_str(r#"{"amount": 12345678901234567.89, "one": 1.0}"#).unwrap();
    stream.emit(step_finished(output.clone()));
    let (events, torn) = read(folder.path()).unwrap();
    assert!(!torn);
    assert_eq!(events[0].kind, step_finished(output));
}

#[test]
fn a_large_output_goes_to_a_file_that_the_event_names() {
    let folder = tempfile::tempdir().unwrap();
    let (stream, _) = stream(folder.path());
    let large = json!({ "text": "x".repeat(100_000) });
    stream.emit(step_finished(large.clone()));
    let (events, _) = read(folder.path()).unwrap();
    let Kind::StepFinished { result, .. } = &events[0].kind else { panic!("{:?}", events[0]) };
    let name = result.output.as_ref().unwrap()["$file"].as_str().unwrap();
    let text = std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), large);
}

#[test]
fn a_torn_last_line_is_noticed_and_a_torn_middle_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let (stream, _) = stream(folder.path());
    stream.emit(step_finished(json!(1)));
    stream.emit(step_finished(json!(2)));
    let path = folder.path().join(EVENTS_FILE);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, &text[..text.len() - 10]).unwrap();
    let (events, torn) = read(folder.path()).unwrap();
    assert_eq!((events.len(), torn), (1, true));
    let torn_in_a_character = [text.as_bytes(), b"{\"at\":\"\xc3"].concat();
    std::fs::write(&path, torn_in_a_character).unwrap();
    let (events, torn) = read(folder.path()).unwrap();
    assert_eq!((events.len(), torn), (2, true));
    std::fs::write(&path, format!("{{\n{text}")).unwrap();
    assert!(read(folder.path()).unwrap_err().to_string().contains("events.jsonl:1 is no event"));
}

fn intent(name: &str) -> Intent {
    Intent {
        kind: IntentKind::Created,
        what: "s3.object".into(),
        name: name.into(),
        parameters: json!({}),
        case: None,
        suite: "orders".into(),
        step: "put".into(),
    }
}

#[tokio::test]
async fn an_intent_is_on_disk_when_intend_returns_and_open_until_it_is_settled() {
    let folder = tempfile::tempdir().unwrap();
    let (stream, state) = stream(folder.path());
    let ledger = JournalLedger::new(stream, state, "events.jsonl".into());
    let first = ledger.intend(intent("a")).await.unwrap();
    let second = ledger.intend(intent("b")).await.unwrap();
    let (events, _) = read(folder.path()).unwrap();
    assert_eq!(events[1].kind, Kind::Intended { id: second, intent: intent("b") });
    ledger.settle(first, Settlement::Removed).await.unwrap();
    assert_eq!(ledger.open().await, vec![(second, intent("b"))]);
}

#[test]
fn a_journal_without_a_line_has_no_event_and_is_not_torn() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(EVENTS_FILE), "").unwrap();
    let (events, torn) = read(folder.path()).unwrap();
    assert_eq!((events.len(), torn), (0, false));
}

#[tokio::test]
async fn after_a_write_that_failed_nothing_is_intended_and_nothing_more_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let (stream, state) = stream(folder.path());
    let ledger = JournalLedger::new(stream.clone(), state.clone(), "events.jsonl".into());
    let first = ledger.intend(intent("a")).await.unwrap();
    // A file where the folder for large values would have to be: as good as a full disk, and for root too.
    std::fs::write(folder.path().join("outputs"), "").unwrap();
    stream.emit(step_finished(json!({ "text": "x".repeat(100_000) })));
    assert!(state.failure().is_some());
    let error = ledger.intend(intent("b")).await.unwrap_err();
    assert!(error.to_string().starts_with("write the intent to events.jsonl: "), "{error}");
    assert_eq!(ledger.open().await, vec![(first, intent("a"))], "what was not written was not intended");
    let (events, torn) = read(folder.path()).unwrap();
    assert_eq!((events.len(), torn), (1, false));
    assert!(stream.finish()[0].contains("is incomplete: "), "{:?}", stream.finish());
}

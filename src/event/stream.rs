//! The stream itself: one writer numbers and counts, consumers follow.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::redacted::Redacted;
use super::{CaseKey, Event, Kind, Totals};
use crate::clock::Clock;
use crate::redact::Redactor;

/// Something that follows the events of a run: a report, the journal.
pub trait Consumer: Send {
    /// Takes the next event. A consumer that fails keeps its failure and gives it at the end; it never hinders another one.
    fn consume(&mut self, event: &Event);

    /// What went wrong in this consumer, if anything did, as sentences.
    fn finish(&mut self) -> Vec<String> {
        Vec::new()
    }
}

struct Inner {
    sequence: u64,
    totals: Totals,
    running: BTreeSet<CaseKey>,
    consumers: Vec<Guarded>,
}

/// A consumer, and whether a bug in it has ended it.
struct Guarded {
    consumer: Box<dyn Consumer>,
    is_broken: bool,
}

/// The one way out of the runner. Cloning gives another handle to the same stream.
#[derive(Clone)]
pub struct Stream {
    clock: Arc<dyn Clock>,
    redactor: Redactor,
    inner: Arc<Mutex<Inner>>,
}

impl Stream {
    /// A stream to these consumers, in this order.
    pub fn new(clock: Arc<dyn Clock>, consumers: Vec<Box<dyn Consumer>>) -> Self {
        let consumers = consumers.into_iter().map(|consumer| Guarded { consumer, is_broken: false }).collect();
        let inner = Inner { sequence: 0, totals: Totals::default(), running: BTreeSet::new(), consumers };
        Self { clock, redactor: Redactor::new(), inner: Arc::new(Mutex::new(inner)) }
    }

    /// The same stream, from which no consumer learns a secret of this redactor.
    #[must_use]
    pub fn redacting(self, redactor: Redactor) -> Self {
        Self { redactor, ..self }
    }

    /// Tells every consumer, with time, number and totals.
    pub fn emit(&self, kind: Kind) {
        let kind = kind.redacted(&self.redactor);
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.count(&kind);
        let event = Event { sequence: inner.sequence, at: self.clock.now(), totals: inner.totals, kind };
        inner.sequence += 1;
        for consumer in &mut inner.consumers {
            consumer.tell(&event);
        }
    }

    /// How long ago something was, by the clock of the events.
    pub fn since(&self, earlier: DateTime<Utc>) -> Duration {
        self.clock.since(earlier)
    }

    /// The totals now.
    pub fn totals(&self) -> Totals {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).totals
    }

    /// Lets every consumer finish; what went wrong in them.
    pub fn finish(&self) -> Vec<String> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.consumers.iter_mut().flat_map(Guarded::finish).collect()
    }
}

impl Guarded {
    /// A bug in one consumer ends that consumer: neither the run nor the other ones.
    fn tell(&mut self, event: &Event) {
        if !self.is_broken {
            let consumed = catch_unwind(AssertUnwindSafe(|| self.consumer.consume(event)));
            self.is_broken = consumed.is_err();
        }
    }

    fn finish(&mut self) -> Vec<String> {
        let finished = catch_unwind(AssertUnwindSafe(|| self.consumer.finish()));
        self.is_broken |= finished.is_err();
        let bug = self.is_broken.then(|| "a bug in shakedown ended a report before its end".to_owned());
        finished.unwrap_or_default().into_iter().chain(bug).collect()
    }
}

impl Inner {
    fn count(&mut self, kind: &Kind) {
        match kind {
            Kind::RunStarted { cases, .. } => self.totals.planned = cases.len(),
            Kind::CaseStarted { case } => {
                self.running.insert(case.clone());
            }
            Kind::CaseFinished { case, result } => {
                self.running.remove(case);
                self.totals.count(&result.outcome);
            }
            Kind::CleanedUp(item) => self.totals.left_over += usize::from(item.problem.is_some()),
            Kind::TakenUp { .. }
            | Kind::SetupStarted { .. }
            | Kind::SetupFinished { .. }
            | Kind::StepStarted { .. }
            | Kind::StepWaiting { .. }
            | Kind::StepFinished { .. }
            | Kind::Intended { .. }
            | Kind::Settled { .. }
            | Kind::Stopping { .. }
            | Kind::CleanupStarted { .. }
            | Kind::CleanupFinished { .. }
            | Kind::RunFinished { .. } => {}
        }
        self.totals.running = self.running.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use crate::event::{
        CaseResult, CleanupItem, Detail, Finding, Intent, IntentId, IntentKind, Outcome, StepKey, StepResult,
    };
    use std::time::Duration;

    /// Keeps what it is told, as the journal would write it.
    struct Kept(Arc<Mutex<Vec<String>>>);

    impl Consumer for Kept {
        fn consume(&mut self, event: &Event) {
            self.0.lock().unwrap().push(serde_json::to_string(event).unwrap());
        }
    }

    struct Breaks;

    impl Consumer for Breaks {
        fn consume(&mut self, _: &Event) {
            panic!("a bug");
        }
    }

    fn stopping() -> Kind {
        Kind::Stopping { reason: crate::event::StopReason::Deadline }
    }

    #[test]
    fn a_consumer_with_a_bug_hinders_no_other_one_and_is_told_of_at_the_end() {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let consumers: Vec<Box<dyn Consumer>> = vec![Box::new(Breaks), Box::new(Kept(Arc::clone(&kept)))];
        let stream = Stream::new(Arc::new(SystemClock), consumers);
        stream.emit(stopping());
        stream.emit(stopping());
        assert_eq!(kept.lock().unwrap().len(), 2);
        assert_eq!(stream.finish(), ["a bug in shakedown ended a report before its end"]);
    }

    const SECRET: &str = "hunter22";

    fn finding() -> Finding {
        Finding {
            expected: Some(SECRET.into()),
            actual: Some(SECRET.into()),
            path: Some(SECRET.into()),
            help: Some(SECRET.into()),
            source_line: Some(SECRET.into()),
            step: Some(SECRET.into()),
            details: vec![Detail::new(SECRET, SECRET)],
            ..Finding::new(SECRET)
        }
    }

    fn result(outcome: Outcome) -> StepResult {
        let step = StepKey { name: Some(SECRET.into()), ..StepKey::new("s", "exec.run") };
        let document = Some(serde_json::json!({ SECRET: [SECRET] }));
        let notes = vec![SECRET.to_owned()];
        StepResult { notes, arguments: document.clone(), output: document, ..StepResult::new(step, outcome) }
    }

    #[test]
    fn no_text_of_any_event_shows_a_secret() {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let redactor = Redactor::new();
        redactor.register("db", SECRET).unwrap();
        let stream = Stream::new(Arc::new(SystemClock), vec![Box::new(Kept(Arc::clone(&kept)))]).redacting(redactor);
        let case = CaseKey { suite: "a".into(), case: "b".into(), row: None };
        let step = StepKey { name: Some(SECRET.into()), ..StepKey::new("s", "exec.run") };
        let intent = Intent {
            kind: IntentKind::Started,
            what: "exec.process".into(),
            name: format!("psql {SECRET}"),
            parameters: serde_json::json!({ "words": [SECRET] }),
            case: None,
            suite: "a".into(),
            step: "s".into(),
        };
        let outcomes = [
            Outcome::Passed { warnings: vec![finding()], flaky: false },
            Outcome::Failed { findings: vec![finding()] },
            Outcome::Errored { findings: vec![finding()] },
            Outcome::Skipped { reason: SECRET.into() },
        ];
        for outcome in outcomes {
            let steps = vec![result(outcome.clone())];
            let case_result = CaseResult { outcome, duration: Duration::ZERO, steps: steps.clone() };
            stream.emit(Kind::CaseFinished { case: case.clone(), result: case_result });
            stream.emit(Kind::StepFinished { suite: "a".into(), case: None, result: steps[0].clone() });
            stream.emit(Kind::SetupFinished { suite: "a".into(), steps, duration: Duration::ZERO });
        }
        stream.emit(Kind::StepWaiting { suite: "a".into(), case: None, step, what: SECRET.into() });
        stream.emit(Kind::Intended { id: IntentId(1), intent });
        let item = CleanupItem {
            suite: "a".into(),
            name: SECRET.into(),
            problem: Some(finding()),
            duration: Duration::ZERO,
            run: None,
        };
        stream.emit(Kind::CleanedUp(item));
        stream.emit(Kind::RunFinished {
            exit: crate::event::Exit::Green,
            duration: Duration::ZERO,
            problems: vec![finding()],
        });
        let kept = kept.lock().unwrap();
        let showing: Vec<&String> = kept.iter().filter(|line| line.contains(SECRET)).collect();
        assert!(showing.is_empty(), "{showing:#?}");
        assert_eq!(kept.iter().filter(|line| line.contains("{{secret(db)}}")).count(), kept.len());
    }
}

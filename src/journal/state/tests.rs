//! The record in S3: what is there when, how many calls it takes, and what happens when S3 cannot be written.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use futures::FutureExt;
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use test_case::test_case;

use super::*;
use crate::clock::{Clock, ManualClock};
use crate::event::{Intent, IntentId, IntentKind, Ledger, RunId, Settlement, Stream};
use crate::identity::Identity;
use crate::journal::{Header, Journal, JournalLedger, Life, Record};
use crate::redact::Redactor;
use crate::service::Services;
use crate::service::s3::Uri;
use crate::target::{Session, Surroundings, load};

const PROJECT: &str = "{version: 1, project: lake, targets: {local: {sandbox: sandbox.yaml}}}";

/// A run with its ledger, against a sandbox with one bucket, `state`.
struct Lab {
    root: TempDir,
    session: Session,
    services: Arc<Services>,
    clock: Arc<ManualClock>,
    redactor: Redactor,
}

/// A run's books.
struct Run {
    ledger: StateLedger,
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_768_521_600, 0).unwrap()
}

fn id(run: &str) -> RunId {
    RunId::new(run).unwrap()
}

impl Lab {
    async fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("shakedown.yaml"), PROJECT).unwrap();
        std::fs::write(root.path().join("sandbox.yaml"), "buckets: {state: {}}").unwrap();
        let project = load(root.path()).unwrap();
        let surroundings = Surroundings { env: BTreeMap::new(), cache_dir: root.path().join("cache") };
        let session = Session::open(&project, &project.targets["local"], &id("r"), &surroundings).await.unwrap();
        let services = Arc::new(Services::new(&session));
        Self { root, session, services, clock: Arc::new(ManualClock::new(now())), redactor: Redactor::new() }
    }

    fn store(&self, bucket: &str) -> StateStore {
        let place = StatePlace::new(&format!("s3://{bucket}/runs-of-us/"), "lake", "uat").unwrap();
        StateStore::new(Arc::clone(&self.services), place)
    }

    fn header(&self, run: &str) -> Header {
        Header::new(id(run), "lake".into(), self.session.summary.clone(), self.clock.now())
    }

    fn run(&self, run: &str, bucket: &str) -> Run {
        let folder = self.root.path().join(run);
        std::fs::create_dir(&folder).unwrap();
        let journal = Journal::create(&folder).unwrap();
        let state = journal.state();
        let clock: Arc<dyn Clock> = Arc::<ManualClock>::clone(&self.clock);
        let stream = Stream::new(Arc::clone(&clock), vec![Box::new(journal)]).redacting(self.redactor.clone());
        let journal = JournalLedger::new(stream, state, "events.jsonl".into());
        let (store, header) = (self.store(bucket), self.header(run));
        Run { ledger: StateLedger::new(journal, store, header, clock, self.redactor.clone()) }
    }

    /// Everything in the bucket, by key without what all keys begin with.
    async fn state(&self) -> BTreeMap<String, Json> {
        let bucket: Uri = "s3://state/".parse().unwrap();
        let mut state = BTreeMap::new();
        for object in self.services.list_objects(&bucket, 1000).await.unwrap() {
            let body = self.services.get_object(&bucket.with_key(&object.key)).await.unwrap();
            let name = object.key.strip_prefix("runs-of-us/lake/uat/runs/").unwrap().to_owned();
            state.insert(name, serde_json::from_slice(&body).unwrap());
        }
        state
    }

    async fn keys(&self) -> Vec<String> {
        self.state().await.into_keys().collect()
    }

    fn calls(&self, operation: &str) -> u64 {
        self.session.sandbox().unwrap().calls().get(&format!("s3.{operation}")).copied().unwrap_or_default()
    }
}

fn intent(name: &str) -> Intent {
    Intent {
        kind: IntentKind::Created,
        what: "s3.object".into(),
        name: name.into(),
        parameters: json!({ "uri": name }),
        case: None,
        suite: "orders".into(),
        step: "put".into(),
    }
}

#[tokio::test]
async fn an_intent_is_in_s3_before_the_call_and_gone_when_it_is_settled_for_one_put_and_one_delete() {
    let lab = Lab::new().await;
    let run = lab.run("r1", "state");
    assert!(lab.keys().await.is_empty(), "a run that intends nothing leaves no key");
    let puts = lab.calls("PutObject");
    let first = run.ledger.intend(intent("s3://b/one")).await.unwrap();
    let second = run.ledger.intend(intent("s3://b/two")).await.unwrap();
    assert_eq!(lab.keys().await, ["r1/intents/0000000000.json", "r1/intents/0000000001.json", "r1/run.json"]);
    let state = lab.state().await;
    assert_eq!(state["r1/intents/0000000001.json"]["intent"]["name"], "s3://b/two");
    assert_eq!(state["r1/run.json"]["expires"], "2026-01-16T00:05:00Z");
    assert_eq!(lab.calls("PutObject") - puts, 3);
    run.ledger.settle(first, Settlement::Removed).await.unwrap();
    run.ledger.settle(second, Settlement::Ended).await.unwrap();
    assert_eq!(lab.keys().await, ["r1/run.json"]);
    assert_eq!(run.ledger.close().await, Vec::<String>::new());
    assert!(lab.keys().await.is_empty());
    assert_eq!((lab.calls("PutObject") - puts, lab.calls("DeleteObject")), (3, 3));
}

#[tokio::test]
async fn what_cannot_be_written_to_s3_is_not_intended() {
    let lab = Lab::new().await;
    let run = lab.run("r1", "no-such-bucket");
    let error = run.ledger.intend(intent("s3://b/one")).await.unwrap_err().to_string();
    assert!(
        error.starts_with(
            "write the intent to s3://no-such-bucket/runs-of-us/lake/uat/runs/r1/run.json: s3 PutObject: NoSuchBucket"
        ),
        "{error}"
    );
    assert!(run.ledger.open().await.is_empty());
    let (events, _) = crate::journal::read(&lab.root.path().join("r1")).unwrap();
    let settled = crate::event::Kind::Settled { id: IntentId(0), settlement: Settlement::NeverWas };
    assert_eq!(events.last().unwrap().kind, settled);
}

#[tokio::test]
async fn an_intent_whose_writer_gave_up_waiting_was_never_made() {
    let lab = Lab::new().await;
    let run = lab.run("r1", "state");
    let kept = run.ledger.intend(intent("s3://b/kept")).await.unwrap();
    assert!(run.ledger.intend(intent("s3://b/dropped")).now_or_never().is_none(), "S3 answers at once");
    assert_eq!(run.ledger.open().await, [(kept, intent("s3://b/kept"))]);
    assert_eq!(run.ledger.close().await, Vec::<String>::new());
    assert_eq!(
        lab.keys().await,
        ["r1/intents/0000000000.json", "r1/run.json"],
        "what may have been written is deleted"
    );
}

#[tokio::test]
async fn what_is_kept_stays_with_its_mark_and_the_run_says_that_it_has_ended() {
    let lab = Lab::new().await;
    let run = lab.run("r1", "state");
    let kept = run.ledger.intend(intent("s3://b/kept")).await.unwrap();
    let gone = run.ledger.intend(intent("s3://b/gone")).await.unwrap();
    let stays = run.ledger.intend(intent("s3://b/stays")).await.unwrap();
    run.ledger.settle(kept, Settlement::Kept).await.unwrap();
    run.ledger.settle(gone, Settlement::Removed).await.unwrap();
    run.ledger.settle(stays, Settlement::Stays).await.unwrap();
    assert_eq!(run.ledger.close().await, Vec::<String>::new());
    let state = lab.state().await;
    assert_eq!(state.keys().collect::<Vec<_>>(), ["r1/intents/0000000000.json", "r1/run.json"]);
    assert_eq!(state["r1/intents/0000000000.json"]["kept"], true);
    assert_eq!(state["r1/run.json"]["ended"], true);
}

#[tokio::test]
async fn an_amended_intent_keeps_its_place_and_no_secret_reaches_s3() {
    let lab = Lab::new().await;
    lab.redactor.register("db", "correct horse").unwrap();
    let run = lab.run("r1", "state");
    let id = run.ledger.intend(intent("s3://b/one")).await.unwrap();
    run.ledger.amend(id, intent("s3://b/correct%20horse")).await.unwrap();
    let state = lab.state().await;
    assert_eq!(state["r1/intents/0000000000.json"]["intent"]["name"], "s3://b/{{secret(db)}}");
    assert_eq!(run.ledger.open().await, [(id, intent("s3://b/correct%20horse"))], "this run still knows it as it is");
}

#[tokio::test]
async fn a_run_that_nobody_has_heard_of_for_too_long_says_so_before_it_starts_anything() {
    let lab = Lab::new().await;
    let run = lab.run("r1", "state");
    let _open = run.ledger.intend(intent("s3://b/one")).await.unwrap();
    lab.clock.advance(TimeDelta::minutes(6));
    let _open = run.ledger.intend(intent("s3://b/two")).await.unwrap();
    assert_eq!(lab.state().await["r1/run.json"]["expires"], "2026-01-16T00:11:00Z");
}

#[tokio::test]
async fn two_runs_of_one_name_do_not_share_a_place() {
    let lab = Lab::new().await;
    let first = lab.run("r1", "state");
    let _open = first.ledger.intend(intent("s3://b/one")).await.unwrap();
    std::fs::rename(lab.root.path().join("r1"), lab.root.path().join("first")).unwrap();
    lab.clock.advance(TimeDelta::seconds(1));
    let error = lab.run("r1", "state").ledger.intend(intent("s3://b/two")).await.unwrap_err().to_string();
    assert!(error.ends_with("another run of this name has left its state there"), "{error}");
}

fn elsewhere(header: Header) -> Header {
    let process = Identity { boot: "another machine".into(), ..Identity::here().unwrap() };
    Header { process: Some(process), ..header }
}

#[test_case(0, 0, Life::Alive; "just now")]
#[test_case(299, 299, Life::Alive; "within its time")]
#[test_case(301, 301, Life::Silent; "past its time")]
#[test_case(3600, 10, Life::Alive; "its clock is an hour slow, but it was heard of a moment ago")]
#[tokio::test]
async fn a_run_of_another_machine_is_dead_when_it_has_not_been_heard_of(begun: i64, heard: i64, expected: Life) {
    let lab = Lab::new().await;
    let header = elsewhere(lab.header("r1"));
    let later = now() + TimeDelta::seconds(begun);
    assert_eq!(header.life(later, Some(later - TimeDelta::seconds(heard))), expected);
    assert_eq!(header.at_its_end(now(), 1, 0).life(now(), Some(now())), Life::Ended);
}

#[tokio::test]
async fn a_run_of_this_machine_is_alive_as_long_as_its_process_and_dead_at_once_when_that_is_gone() {
    let lab = Lab::new().await;
    let (alive, later) = (lab.header("r1"), now() + TimeDelta::days(1));
    assert_eq!(alive.life(later, None), Life::Alive, "a process that was stopped for a day is no dead one");
    let gone = Identity { started: 1, ..Identity::here().unwrap() };
    assert_eq!(Header { process: Some(gone), ..alive }.life(now(), Some(now())), Life::Killed);
}

#[tokio::test]
async fn one_listing_tells_of_every_run_and_what_it_intends() {
    let lab = Lab::new().await;
    assert_eq!(lab.store("state").found().await.unwrap(), []);
    let (first, second) = (lab.run("r1", "state"), lab.run("r2", "state"));
    for run in [&first, &second, &first] {
        let _open = run.ledger.intend(intent("s3://b/one")).await.unwrap();
    }
    let lists = lab.calls("ListObjectsV2");
    let found = lab.store("state").found().await.unwrap();
    assert_eq!(lab.calls("ListObjectsV2") - lists, 1);
    let shown: Vec<_> = found.iter().map(|f| (f.run.as_str(), f.written.is_some(), f.intents.as_slice())).collect();
    assert_eq!(shown, [("r1", true, &[IntentId(0), IntentId(1)][..]), ("r2", true, &[IntentId(0)])]);
}

#[tokio::test]
async fn a_dead_run_is_claimed_by_one_that_lives_and_by_nobody_else() {
    let lab = Lab::new().await;
    let (store, dead) = (lab.store("state"), id("dead"));
    assert_eq!(store.claim(&dead, &lab.header("a")).await, Ok(None));
    assert_eq!(store.claim(&dead, &lab.header("a")).await, Ok(None), "who asks again has it");
    assert_eq!(store.claim(&dead, &lab.header("b")).await.unwrap().unwrap().run, id("a"));
    store.release(&dead).await.unwrap();
    let gone = Identity { started: 1, ..Identity::here().unwrap() };
    assert_eq!(store.claim(&dead, &Header { process: Some(gone), ..lab.header("c") }).await, Ok(None));
    assert_eq!(store.claim(&dead, &lab.header("b")).await, Ok(None), "the one who had it is dead itself");
    assert_eq!(store.claim(&dead, &lab.header("a")).await.unwrap().unwrap().run, id("b"));
}

#[tokio::test]
async fn what_another_version_has_written_is_not_understood_by_halves() {
    let lab = Lab::new().await;
    let store = lab.store("state");
    let uri = store.place().runs().with_key("runs-of-us/lake/uat/runs/r9/run.json");
    for (body, expected) in [
        (&br#"{"version": 2, "run": "r9"}"#[..], "another version of shakedown wrote it"),
        (br#"{"version": 1, "run": "r9"}"#, "not what was written there: missing field"),
        (b"nonsense", "not what was written there: "),
    ] {
        lab.services.put_object(&uri, body.to_vec()).await.unwrap();
        let error = store.read_header(&id("r9")).await.unwrap_err().to_string();
        assert!(error.starts_with(&format!("read {uri}: {expected}")), "{error}");
    }
    assert_eq!(store.read_header(&id("r8")).await, Ok(None));
}

//! The calls to S3. Each has a limit of time, says whose the bucket must be, and tells which key it was about.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::document::Entry;
use super::place::{Named, StatePlace};
use crate::event::{IntentId, RunId};
use crate::journal::header::{Header, Life, VERSION};
use crate::service::Services;
use crate::service::s3::Uri;
use crate::target::{AwsFacts, FactKind};

/// The longest that one call may take, the SDK's own repetitions included.
const PATIENCE: Duration = Duration::from_secs(30);
/// Keys of a state; more are an error, for nobody leaves so many behind.
const LISTED: usize = 100_000;

/// A call that was not carried out. Its text reads after "failed to".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {place}: {why}")]
pub struct StateError {
    /// `write`, `read`, …
    pub what: &'static str,
    /// The object or folder.
    pub place: String,
    /// Why.
    pub why: String,
}

/// A run that has keys in the state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The run.
    pub run: RunId,
    /// When its header was last written, by S3's clock; none if there is no header.
    pub written: Option<DateTime<Utc>>,
    /// Its intents, in order.
    pub intents: Vec<IntentId>,
}

/// The state of one project and target.
#[derive(Clone)]
pub struct StateStore {
    services: Arc<Services>,
    place: StatePlace,
}

impl StateStore {
    /// The state at this place, reached as this account.
    pub fn new(services: Arc<Services>, place: StatePlace) -> Self {
        Self { services, place }
    }

    /// Where it is.
    pub fn place(&self) -> &StatePlace {
        &self.place
    }

    /// Writes the header of a run that is new: there is none of its name yet.
    pub(super) async fn begin(&self, header: &Header) -> Result<(), StateError> {
        let uri = self.place.header(&header.run);
        let body = json("write", &uri, header)?;
        let mark = header.run.as_str();
        let Err(error) = patiently("write", &uri, self.services.put_new_object(&uri, body, mark).boxed()).await else {
            return Ok(());
        };
        // The answer may have got lost, or the header is that of another run: what is there tells.
        match self.read_header(&header.run).await {
            Ok(Some(found)) if found == *header => Ok(()),
            Ok(Some(_)) => Err(failed("write", &uri, "another run of this name has left its state there")),
            Ok(None) | Err(_) => Err(error),
        }
    }

    /// Writes the header of a run over the one that is there.
    pub(super) async fn renew(&self, header: &Header) -> Result<(), StateError> {
        self.write(&self.place.header(&header.run), header).await
    }

    /// The header of a run; none if the run is not there, or not any more.
    pub async fn read_header(&self, run: &RunId) -> Result<Option<Header>, StateError> {
        self.read(&self.place.header(run)).await
    }

    /// The runs that have keys, the oldest first, with one listing.
    pub async fn found(&self) -> Result<Vec<Found>, StateError> {
        self.found_below(self.place.runs()).await
    }

    /// The intents of one run, in order.
    pub(super) async fn found_of(&self, run: &RunId) -> Result<Vec<IntentId>, StateError> {
        let found = self.found_below(&self.place.run(run)).await?;
        Ok(found.into_iter().flat_map(|found| found.intents).collect())
    }

    async fn found_below(&self, prefix: &Uri) -> Result<Vec<Found>, StateError> {
        let listed = patiently("list", prefix, self.services.list_objects(prefix, LISTED).boxed()).await?;
        let mut found: BTreeMap<RunId, Found> = BTreeMap::new();
        for (object, (run, named)) in listed.iter().filter_map(|object| Some((object, self.place.named(&object.key)?)))
        {
            let empty = || Found { run: run.clone(), written: None, intents: Vec::new() };
            let found = found.entry(run.clone()).or_insert_with(empty);
            match named {
                Named::Header => found.written = object.last_modified,
                Named::Intent(id) => found.intents.push(id),
                Named::Claim => {}
            }
        }
        Ok(found.into_values().collect())
    }

    /// Claims a dead run for who cleans up after it. Who holds it instead, if somebody alive does.
    pub async fn claim(&self, run: &RunId, by: &Header) -> Result<Option<Header>, StateError> {
        let uri = self.place.claim(run);
        let body = json("write", &uri, by)?;
        let put = self.services.put_new_object(&uri, body.clone(), by.run.as_str()).boxed();
        let Err(error) = patiently("write", &uri, put).await else { return Ok(None) };
        let head = patiently("read", &uri, self.services.head_object(&uri).boxed()).await?;
        match (head, self.read::<Header>(&uri).await?) {
            (Some(_), Some(holder)) if holder.run == by.run => Ok(None),
            (Some(head), Some(holder)) if holder.life(by.started, head.listed.last_modified) != Life::Alive => {
                let over = self.services.put_object_over(&uri, body, &head.listed.etag).boxed();
                patiently("write", &uri, over).await.map(|_| None)
            }
            (Some(_), Some(holder)) => Ok(Some(holder)),
            _ => Err(error),
        }
    }

    /// Gives a claim back.
    pub async fn release(&self, run: &RunId) -> Result<(), StateError> {
        self.remove(&self.place.claim(run)).await
    }

    /// An intent; none if it has been settled meanwhile.
    pub async fn read_intent(&self, run: &RunId, id: IntentId) -> Result<Option<Entry>, StateError> {
        self.read(&self.place.intent(run, id)).await
    }

    /// Takes a run off the state, when nothing of it is left.
    pub async fn remove_header(&self, run: &RunId) -> Result<(), StateError> {
        self.remove(&self.place.header(run)).await
    }

    pub(super) async fn write_intent(&self, run: &RunId, id: IntentId, entry: &Entry) -> Result<(), StateError> {
        self.write(&self.place.intent(run, id), entry).await
    }

    /// Takes an intent off the state.
    pub async fn remove_intent(&self, run: &RunId, id: IntentId) -> Result<(), StateError> {
        self.remove(&self.place.intent(run, id)).await
    }

    async fn write(&self, uri: &Uri, document: &impl Serialize) -> Result<(), StateError> {
        let body = json("write", uri, document)?;
        patiently("write", uri, self.services.put_object(uri, body).boxed()).await.map(drop)
    }

    async fn remove(&self, uri: &Uri) -> Result<(), StateError> {
        patiently("delete", uri, self.services.delete_object(uri).boxed()).await
    }

    /// A document; none if there is none. One of another version is an error: it is not ours to understand.
    async fn read<T: DeserializeOwned>(&self, uri: &Uri) -> Result<Option<T>, StateError> {
        let read = async {
            match self.services.get_object(uri).await {
                Err(error) if error.code.as_deref() == Some("NoSuchKey") => Ok(None),
                answer => answer.map(Some),
            }
        };
        let Some(bytes) = patiently("read", uri, read.boxed()).await? else { return Ok(None) };
        let unreadable =
            |error: serde_json::Error| failed("read", uri, &format!("not what was written there: {error}"));
        let document: serde_json::Value = serde_json::from_slice(&bytes).map_err(unreadable)?;
        if document.get("version").and_then(serde_json::Value::as_u64) != Some(VERSION.into()) {
            return Err(failed("read", uri, "another version of shakedown wrote it: clean up with that one"));
        }
        serde_json::from_value(document).map(Some).map_err(unreadable)
    }
}

fn json(what: &'static str, uri: &Uri, document: &impl Serialize) -> Result<Vec<u8>, StateError> {
    serde_json::to_vec(document).map_err(|error| failed(what, uri, &error.to_string()))
}

fn failed(what: &'static str, uri: &Uri, why: &str) -> StateError {
    StateError { what, place: uri.to_string(), why: why.to_owned() }
}

async fn patiently<T>(
    what: &'static str,
    uri: &Uri,
    // A future of the SDK is large; every caller would grow by it.
    call: BoxFuture<'_, Result<T, AwsFacts>>,
) -> Result<T, StateError> {
    match timeout(PATIENCE, call).await {
        Ok(answer) => answer.map_err(|facts| failed(what, uri, &words(&facts))),
        Err(_) => Err(failed(what, uri, &format!("no answer within {}", crate::clock::words(PATIENCE)))),
    }
}

fn words(facts: &AwsFacts) -> String {
    let code = facts.code.as_deref().map(|code| format!("{code}: ")).unwrap_or_default();
    let hint = match facts.kind {
        FactKind::Denied => {
            " (the target's role needs s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket there)"
        }
        FactKind::NotFound
        | FactKind::Throttled
        | FactKind::Invalid
        | FactKind::Infrastructure
        | FactKind::NotSent
        | FactKind::Unintelligible => "",
    };
    format!("{} {}: {code}{}{hint}", facts.service, facts.operation, facts.message)
}

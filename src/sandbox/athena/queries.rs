//! The record of queries: what was asked, in which state it is, what came of it. Old finished queries are forgotten.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::failure::Failure;
use super::request::invalid;
use super::storage::{Location, ScanCounter};
use super::work_groups::engine_version;
use crate::sandbox::glue::epoch_seconds;
use crate::sandbox::wire::ApiError;

/// Finished queries that are remembered; AWS keeps 45 days.
const REMEMBERED: usize = 10_000;

/// Athena's states of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Queued,
    Running,
    Succeeded,
    Failed,
    Cancelled,
}

impl State {
    /// As in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// Whether nothing will change any more.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

/// What was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    pub id: String,
    pub sql: String,
    pub database: Option<String>,
    pub parameters: Vec<String>,
    pub work_group: String,
    pub statement_type: &'static str,
    pub subtype: &'static str,
    /// The object, or for tables the folder, of the result.
    pub result: Location,
}

/// A result that can be paged through, and how many rows were written to a table.
#[derive(Debug, Clone, Default)]
pub struct Finished {
    /// `ColumnInfo` entries.
    pub columns: Vec<Value>,
    /// How the result's object is read.
    pub shape: Shape,
    pub update_count: Option<u64>,
}

/// How a result lies in S3.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Shape {
    /// CSV with a header.
    Csv,
    /// One value a line.
    Lines,
    /// Nothing to page through.
    #[default]
    Nothing,
}

/// One query.
#[derive(Debug)]
pub struct Query {
    pub asked: Asked,
    pub cancel: CancellationToken,
    pub scanned: Arc<ScanCounter>,
    progress: Mutex<Progress>,
}

#[derive(Debug, Clone)]
struct Progress {
    state: State,
    submitted: DateTime<Utc>,
    started: Option<DateTime<Utc>>,
    completed: Option<DateTime<Utc>>,
    failure: Option<Failure>,
    reason: Option<String>,
    finished: Finished,
}

impl Query {
    /// A query that was just submitted.
    pub fn new(asked: Asked, scanned: Arc<ScanCounter>) -> Self {
        let progress = Progress {
            state: State::Queued,
            submitted: crate::sandbox::time::now(),
            started: None,
            completed: None,
            failure: None,
            reason: None,
            finished: Finished::default(),
        };
        Self { asked, cancel: CancellationToken::new(), scanned, progress: Mutex::new(progress) }
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state now.
    pub fn state(&self) -> State {
        self.lock().state
    }

    /// The result; a refusal while there is none.
    pub fn finished(&self) -> Result<Finished, ApiError> {
        let progress = self.lock();
        match progress.state {
            State::Succeeded => Ok(progress.finished.clone()),
            State::Failed | State::Cancelled => {
                Err(invalid(format!("Query did not finish successfully. Final query state: {}", progress.state.name())))
            }
            state => Err(invalid(format!("Query has not yet finished. Current state: {}", state.name()))),
        }
    }

    /// QUEUED becomes RUNNING; `false` when the query was stopped before.
    pub fn start(&self) -> bool {
        let mut progress = self.lock();
        if progress.state != State::Queued {
            return false;
        }
        progress.state = State::Running;
        progress.started = Some(crate::sandbox::time::now());
        true
    }

    /// Ends the query, unless it has ended.
    pub fn end(&self, outcome: Result<Finished, Failure>) {
        let mut progress = self.lock();
        if progress.state.is_final() {
            return;
        }
        progress.completed = Some(crate::sandbox::time::now());
        match outcome {
            Ok(finished) => {
                progress.state = State::Succeeded;
                progress.finished = finished;
            }
            Err(failure) => {
                progress.state = State::Failed;
                progress.reason = Some(failure.reason.clone());
                progress.failure = Some(failure);
            }
        }
    }

    /// Stops the query, unless it has ended.
    pub fn stop(&self, reason: &str) {
        self.cancel.cancel();
        let mut progress = self.lock();
        if !progress.state.is_final() {
            progress.state = State::Cancelled;
            progress.completed = Some(crate::sandbox::time::now());
            progress.reason = Some(reason.to_owned());
        }
    }

    /// `QueryExecution` of the API.
    pub fn shown(&self) -> Value {
        let progress = self.lock().clone();
        let asked = &self.asked;
        let mut status =
            json!({"State": progress.state.name(), "SubmissionDateTime": epoch_seconds(progress.submitted)});
        if let Some(reason) = &progress.reason {
            status["StateChangeReason"] = json!(reason);
        }
        if let Some(completed) = progress.completed {
            status["CompletionDateTime"] = epoch_seconds(completed);
        }
        if let Some(failure) = &progress.failure {
            status["AthenaError"] = failure.athena_error();
        }
        let mut context = json!({"Catalog": "awsdatacatalog"});
        if let Some(database) = &asked.database {
            context["Database"] = json!(database);
        }
        let mut shown = json!({
            "QueryExecutionId": asked.id,
            "Query": asked.sql,
            "StatementType": asked.statement_type,
            "SubstatementType": asked.subtype,
            "ResultConfiguration": {"OutputLocation": asked.result.to_string()},
            "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": false}},
            "QueryExecutionContext": context,
            "Status": status,
            "Statistics": self.statistics(&progress),
            "WorkGroup": asked.work_group,
            "EngineVersion": engine_version(),
        });
        if !asked.parameters.is_empty() {
            shown["ExecutionParameters"] = json!(asked.parameters);
        }
        shown
    }

    fn statistics(&self, progress: &Progress) -> Value {
        let now = progress.completed.unwrap_or_else(crate::sandbox::time::now);
        let millis = |from: DateTime<Utc>, to: DateTime<Utc>| (to - from).num_milliseconds().max(0);
        let started = progress.started.unwrap_or(now);
        json!({
            "EngineExecutionTimeInMillis": millis(started, now),
            "DataScannedInBytes": self.scanned.bytes(),
            "TotalExecutionTimeInMillis": millis(progress.submitted, now),
            "QueryQueueTimeInMillis": millis(progress.submitted, started),
            "ServiceProcessingTimeInMillis": 0,
            "ResultReuseInformation": {"ReusedPreviousResult": false},
        })
    }
}

/// All queries, newest last, and the tokens under which they were asked for.
#[derive(Debug, Default)]
pub struct Queries {
    all: Mutex<Book>,
}

#[derive(Debug, Default)]
struct Book {
    by_id: HashMap<String, Arc<Query>>,
    order: VecDeque<String>,
    /// Token to what was asked under it and the id.
    tokens: HashMap<String, (String, String)>,
}

impl Queries {
    fn lock(&self) -> MutexGuard<'_, Book> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The query of that id.
    pub fn get(&self, id: &str) -> Result<Arc<Query>, ApiError> {
        self.lock().by_id.get(id).cloned().ok_or_else(|| invalid(format!("QueryExecution {id} was not found")))
    }

    /// Adds a query, or finds the one that was asked for under the same token. `fingerprint` is all that was asked; the same token for
    /// something else is refused. `true` means that the query is new.
    pub fn add(&self, query: Query, token: Option<&str>, fingerprint: &str) -> Result<(Arc<Query>, bool), ApiError> {
        let mut book = self.lock();
        if let Some((asked, id)) = token.and_then(|token| book.tokens.get(token)) {
            if asked != fingerprint {
                return Err(invalid("Idempotent parameters do not match"));
            }
            if let Some(known) = book.by_id.get(id) {
                return Ok((Arc::clone(known), false));
            }
        }
        let id = query.asked.id.clone();
        let query = Arc::new(query);
        book.by_id.insert(id.clone(), Arc::clone(&query));
        book.order.push_back(id.clone());
        if let Some(token) = token {
            book.tokens.insert(token.to_owned(), (fingerprint.to_owned(), id));
        }
        book.forget_old();
        Ok((query, true))
    }

    /// Visits every query.
    pub fn each(&self, visit: impl Fn(&Query)) {
        let all: Vec<Arc<Query>> = self.lock().by_id.values().cloned().collect();
        for query in &all {
            visit(query);
        }
    }

    /// Ids of a work group's queries, newest first.
    pub fn ids(&self, work_group: &str) -> Vec<String> {
        let book = self.lock();
        let of_group = |id: &&String| book.by_id.get(*id).is_some_and(|query| query.asked.work_group == work_group);
        book.order.iter().rev().filter(of_group).cloned().collect()
    }
}

impl Book {
    fn forget_old(&mut self) {
        while self.order.len() > REMEMBERED {
            let finished =
                self.order.front().and_then(|id| self.by_id.get(id)).is_none_or(|query| query.state().is_final());
            if !finished {
                return;
            }
            if let Some(id) = self.order.pop_front() {
                self.by_id.remove(&id);
                self.tokens.retain(|_, (_, known)| *known != id);
            }
        }
    }
}

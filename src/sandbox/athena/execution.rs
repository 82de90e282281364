//! Runs queries from QUEUED to their end, on threads of their own with a deep stack: neither a statement that nests deeply nor one
//! that computes for long may take the rest of the process down.

use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;

use super::ddl::Statement;
use super::environment::Environment;
use super::failure::Failure;
use super::queries::{Finished, Query};
use super::result_file::write_result;
use crate::sandbox::wire::ApiError;

/// Stack of one thread, in bytes; only what is touched costs memory.
const STACK: usize = 256 << 20;
/// Threads for all queries.
const THREADS: usize = 4;
/// Queries that run at once; more are queued.
const AT_ONCE: usize = 8;

/// The threads that queries run on.
#[derive(Debug)]
pub struct Engine {
    /// `None` when the threads could not be started, and after the end.
    runtime: Option<Runtime>,
    places: Arc<Semaphore>,
}

impl Engine {
    /// Starts the threads.
    pub fn new() -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_stack_size(STACK)
            .thread_name("athena")
            .enable_all()
            .build();
        Self { runtime: runtime.ok(), places: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Begins a query; how it ends is recorded in it.
    pub fn begin(
        &self,
        query: Arc<Query>,
        statement: Result<Statement, Failure>,
        environment: Environment,
    ) -> Result<(), ApiError> {
        let missing = || ApiError::new(500, "InternalServerException", "the threads for queries could not be started");
        let runtime = self.runtime.as_ref().ok_or_else(missing)?;
        let handle = runtime.handle().clone();
        let places = Arc::clone(&self.places);
        runtime.spawn(async move {
            let work = Arc::clone(&query);
            // A panic ends the inner task only, and the query as failed.
            let ended = handle.spawn(async move { execute(work, statement, environment, places).await }).await;
            if ended.is_err() {
                query.end(Err(Failure::system("the query ended in a panic")));
            }
        });
        Ok(())
    }
}

impl Drop for Engine {
    /// Does not wait: the sandbox may end inside an async task, where waiting for threads is not allowed.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Waits for a place, runs the query and records how it ended.
async fn execute(
    query: Arc<Query>,
    statement: Result<Statement, Failure>,
    environment: Environment,
    places: Arc<Semaphore>,
) {
    let permit = tokio::select! {
        permit = places.acquire_owned() => permit,
        () = query.cancel.cancelled() => return,
    };
    if permit.is_err() || !query.start() {
        return;
    }
    let ended = tokio::select! {
        biased;
        () = query.cancel.cancelled() => return,
        ended = run(&query, statement, &environment) => ended,
    };
    if query.scanned.exceeded() {
        query.stop("Bytes scanned limit was exceeded");
    } else {
        query.end(ended);
    }
}

async fn run(
    query: &Query,
    statement: Result<Statement, Failure>,
    environment: &Environment,
) -> Result<Finished, Failure> {
    let outcome = statement?.run(environment).await?;
    write_result(query, outcome, environment).await
}

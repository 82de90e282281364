//! Runs one query from QUEUED to its end, on a thread of its own with a deep stack: a statement that nests deeply must not take the
//! process down.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::{Semaphore, oneshot};

use super::ddl::Statement;
use super::environment::Environment;
use super::failure::Failure;
use super::queries::{Finished, Query};
use super::result_file::write_result;

/// Stack of a query's thread, in bytes; only what is touched costs memory.
const STACK: usize = 256 << 20;

/// Waits for a place, runs the query and records how it ended.
pub async fn execute(query: Arc<Query>, statement: Result<Statement, Failure>, environment: Environment, places: Arc<Semaphore>) {
    let permit = tokio::select! {
        permit = places.acquire_owned() => permit,
        () = query.cancel.cancelled() => return,
    };
    if permit.is_err() || !query.start() {
        return;
    }
    let ended = match statement {
        Ok(statement) => on_own_thread(&query, statement, environment).await,
        Err(failure) => Err(failure),
    };
    if query.scanned.exceeded() {
        query.stop("Bytes scanned limit was exceeded");
    } else {
        query.end(ended);
    }
}

async fn on_own_thread(query: &Arc<Query>, statement: Statement, environment: Environment) -> Result<Finished, Failure> {
    let (send, receive) = oneshot::channel();
    let (runtime, query) = (Handle::current(), Arc::clone(query));
    let work = move || {
        let ended = runtime.block_on(async {
            tokio::select! {
                biased;
                () = query.cancel.cancelled() => Err(Failure::user("USER_CANCELED", "Query was canceled")),
                ended = run(&query, &statement, &environment) => ended,
            }
        });
        // Nobody listens when the caller is gone.
        let _ = send.send(ended);
    };
    std::thread::Builder::new().name("athena-query".to_owned()).stack_size(STACK).spawn(work).map_err(Failure::system)?;
    receive.await.unwrap_or_else(|_| Err(Failure::system("the query's thread ended in a panic")))
}

async fn run(query: &Query, statement: &Statement, environment: &Environment) -> Result<Finished, Failure> {
    let outcome = statement.run(environment).await?;
    write_result(query, outcome, environment).await
}

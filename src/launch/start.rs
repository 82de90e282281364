//! Starting what was prepared: the session, the run folder with its reports, the runner.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use futures::FutureExt;

use super::folder::RunFolder;
use super::ledger::{Owner, Written};
use super::prepare::Prepared;
use super::request::Request;
use super::reuse;
use super::take_up::TakeUp;
use crate::clock::Clock;
use crate::event::{Consumer, Exit, Kind, Reused, Stream};
use crate::journal::{EVENTS_FILE, Journal};
use crate::redact::Redactor;
use crate::report::junit::Junit;
use crate::runner::{Budgets, Context, RunOptions, Stop, run};
use crate::service::Services;
use crate::target::{Project, Session, SessionError, Surroundings, Target};

/// Cases at the same time where neither the target nor the command line says otherwise.
const CONCURRENCY: usize = 8;

/// Why a prepared run does not start.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// There is no session with the target.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// It was interrupted before anything was run.
    #[error("interrupted before anything was run")]
    Interrupted,
    /// What the reused run kept cannot be adopted.
    #[error("failed to adopt what the reused run kept: {0}")]
    Adopt(io::Error),
    /// The records of runs cannot be used, so nobody could clean up after this one.
    #[error("failed to use the records of runs: {0}")]
    Record(#[source] io::Error),
    /// The run folder cannot be made.
    #[error("failed to make the run folder in {}: {source}", root.display())]
    Folder {
        /// The project's root.
        root: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// A run that has ended.
#[derive(Debug)]
pub struct Launched {
    /// Its exit code.
    pub exit: Exit,
    /// Reports that could not be written, as sentences. They make a green run red.
    pub failures: Vec<String>,
    /// Its folder.
    pub folder: RunFolder,
}

/// Runs what was prepared. `watchers` follow the events beside the journal and JUnit.
pub async fn launch(
    prepared: &Prepared,
    surroundings: &Surroundings,
    clock: Arc<dyn Clock>,
    watchers: Vec<Box<dyn Consumer>>,
    stop: Stop,
) -> Result<Launched, LaunchError> {
    let opening = Session::open(&prepared.project, &prepared.target, &prepared.run, surroundings);
    let session = tokio::select! {
        biased;
        _ = stop.requested() => return Err(LaunchError::Interrupted),
        session = opening => session?,
    };
    let root = prepared.project.root.clone();
    if let Some(earlier) = &prepared.earlier
        && let Err(error) = reuse::adopt(&root, earlier, &prepared.run, &prepared.plan)
    {
        session.close().await;
        return Err(LaunchError::Adopt(error));
    }
    let made = RunFolder::create(&root, &prepared.run).and_then(|folder| Ok((Journal::create(&folder.path)?, folder)));
    let (journal, folder) = match made {
        Ok(made) => made,
        Err(source) => {
            session.close().await;
            return Err(LaunchError::Folder { root, source });
        }
    };
    let state = journal.state();
    let mut consumers: Vec<Box<dyn Consumer>> = vec![Box::new(journal), Box::new(Junit::new(&folder.path))];
    consumers.extend(watchers);
    let redactor = Redactor::new();
    let stream = Stream::new(Arc::clone(&clock), consumers).redacting(redactor.clone());
    let path = format!("{}/{EVENTS_FILE}", folder.shown);
    let services = Arc::new(Services::new(&session));
    let owner = Owner {
        run: &prepared.run,
        project: &prepared.project,
        target: &prepared.target,
        summary: &session.summary,
        services: &services,
        redactor: &redactor,
        clock: &clock,
    };
    let written = Written { stream: &stream, journal: state, path, folder: &folder.path };
    let opened = owner.open(written).and_then(|books| Ok((books, owner.records()?)));
    let (books, records) = match opened {
        Ok(opened) => opened,
        Err(source) => {
            session.close().await;
            return Err(LaunchError::Record(source));
        }
    };
    let context = Context {
        run: prepared.run.clone(),
        services: Arc::clone(&services),
        stream: stream.clone(),
        ledger: Arc::clone(&books.ledger),
        redactor: redactor.clone(),
        root,
        allow: prepared.target.allow.clone(),
        exec: prepared.target.exec,
        options: options(&prepared.project, &prepared.target, &prepared.request),
        stop,
        record: prepared.earlier.as_ref().map(|earlier| Arc::clone(&earlier.record)),
    };
    stream.emit(announcement(prepared, &session, &folder));
    if let Some(records) = &records {
        let (own, clock) = (owner.header(), clock.as_ref());
        let take_up = TakeUp { context: &context, records: records.as_ref(), own: &own, clock };
        tokio::select! {
            biased;
            _ = context.stop.requested() => {}
            () = take_up.all().boxed() => {}
        }
    }
    let exit = run(&context, &prepared.plan).await;
    let unwritten = books.close().await;
    session.close().await;
    let failures = unwritten.into_iter().chain(stream.finish()).collect::<Vec<_>>();
    let exit = if failures.is_empty() { exit } else { with_failures(exit) };
    Ok(Launched { exit, failures, folder })
}

/// A run whose record is incomplete is never green: 3 goes before 4, 5 and 0.
fn with_failures(exit: Exit) -> Exit {
    match exit {
        Exit::Green | Exit::NothingJudged | Exit::CleanupIncomplete => Exit::Errored,
        Exit::Failed | Exit::Refused | Exit::Errored | Exit::Interrupted => exit,
    }
}

fn announcement(prepared: &Prepared, session: &Session, folder: &RunFolder) -> Kind {
    Kind::RunStarted {
        run: prepared.run.clone(),
        project: prepared.project.name.clone(),
        target: session.summary.clone(),
        date: prepared.date,
        cases: prepared.plan.announced(),
        folder: folder.shown.clone(),
        notes: notes(prepared),
        started_at: Some(prepared.started_at),
        reuses: prepared.earlier.as_ref().map(|earlier| earlier.reused.clone()),
    }
}

fn notes(prepared: &Prepared) -> Vec<String> {
    let reuse = prepared.earlier.iter().map(|earlier| {
        let Reused { run, id } = &earlier.reused;
        format!("what run {run} started is taken from its record; run.id is {id}, run.date and run.started_at are of that run too")
    });
    reuse.chain(prepared.plan.notes.iter().cloned()).collect()
}

/// How to go about a run.
pub(super) fn options(project: &Project, target: &Target, request: &Request) -> RunOptions {
    let (defaults, limits) = (project.defaults, target.limits);
    let own = Budgets::default();
    RunOptions {
        concurrency: request.concurrency.or(limits.concurrency).unwrap_or(CONCURRENCY),
        max_fail: request.max_fail,
        keep: request.keep,
        update: request.update,
        budgets: Budgets {
            step: defaults.step.unwrap_or(own.step),
            case: defaults.case.unwrap_or(own.case),
            suite: defaults.suite.unwrap_or(own.suite),
            cleanup: defaults.cleanup.unwrap_or(own.cleanup),
            deadline: limits.deadline.unwrap_or(own.deadline),
        },
    }
}

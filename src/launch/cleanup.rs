//! `shakedown cleanup`: what dead runs of a target left is finished on demand.

use std::sync::Arc;

use futures::FutureExt;
use tokio::time::Instant;

use super::folder::{RunFolder, new_run_id};
use super::ledger::{Books, Owner, Written};
use super::prepare::{Refused, choose};
use super::request::Request;
use super::start::{LaunchError, options};
use super::take_up::{Extent, TakeUp};
use crate::clock::Clock;
use crate::event::{Consumer, RunId, Stream};
use crate::journal::{EVENTS_FILE, Header, Journal, Known, Life, Records};
use crate::redact::Redactor;
use crate::runner::{Context, Left, Stop};
use crate::service::Services;
use crate::target::{Account, Project, Session, Surroundings, Target, load};

/// A cleanup as asked for.
#[derive(Debug, Clone, Default)]
pub struct CleanupRequest {
    /// The project's root.
    pub root: std::path::PathBuf,
    /// The target's name; `local` by default, if the project has one.
    pub target: Option<String>,
    /// The run; every dead one if there is none.
    pub run: Option<RunId>,
    /// Whether to clean up what was kept, too. Of a run that is named it always is.
    pub kept: bool,
}

/// What a dead run has left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// The run.
    pub run: RunId,
    /// How it ended, after "run …".
    pub why: String,
    /// What it left, in the order in which it was intended.
    pub left: Vec<Left>,
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// How many runs had left something.
    pub runs: usize,
    /// How many things could not be cleaned up.
    pub left_over: usize,
    /// What could not be recorded, as sentences.
    pub failures: Vec<String>,
}

/// A session with a target, to clean up there.
pub struct Cleanup {
    request: CleanupRequest,
    project: Project,
    target: Target,
    run: RunId,
    session: Session,
    services: Arc<Services>,
    redactor: Redactor,
    clock: Arc<dyn Clock>,
}

/// Why nothing was cleaned up.
#[derive(Debug)]
pub enum NotCleaned {
    /// It was refused. Exit 2.
    Refused(Refused),
    /// There is no session, or the records cannot be used.
    Launch(LaunchError),
}

impl Cleanup {
    /// Opens a session; none where nothing outlives a run: the target is the embedded sandbox.
    pub async fn open(
        request: CleanupRequest,
        surroundings: &Surroundings,
        clock: Arc<dyn Clock>,
    ) -> Result<Option<Self>, NotCleaned> {
        let project = load(&request.root).map_err(|problems| NotCleaned::Refused(Refused::Problems(problems)))?;
        let target = choose(&project, request.target.as_deref()).map_err(NotCleaned::Refused)?.clone();
        if matches!(target.account, Account::Sandbox { .. }) {
            return Ok(None);
        }
        let run = new_run_id(clock.now());
        let session = Box::pin(Session::open(&project, &target, &run, surroundings)).await;
        let session = session.map_err(|error| NotCleaned::Launch(error.into()))?;
        let services = Arc::new(Services::new(&session));
        let redactor = Redactor::new();
        Ok(Some(Self { request, project, target, run, session, services, redactor, clock }))
    }

    /// What dead runs have left, of the runs that were asked for; and what could not be read, as sentences.
    pub async fn leftovers(&self) -> Result<(Vec<Leftover>, Vec<String>), NotCleaned> {
        let records = self.records()?;
        let (wanted, unreadable) = self.wanted(records.as_ref()).await?;
        let mut leftovers = Vec::new();
        for (known, extent) in wanted {
            let left = records.left(&known.run).await.map_err(failed)?;
            let left = left.into_iter().filter(|left| !left.kept || extent == Extent::LeftAndKept).collect();
            leftovers.push(Leftover { why: known.words(), run: known.run, left });
        }
        Ok((leftovers, unreadable))
    }

    /// Cleans up; `watchers` follow the events.
    pub async fn clean_up(&self, watchers: Vec<Box<dyn Consumer>>, stop: Stop) -> Result<Cleaned, NotCleaned> {
        let records = self.records()?;
        let (wanted, mut failures) = self.wanted(records.as_ref()).await?;
        let unread = failures.len();
        if wanted.is_empty() {
            return Ok(Cleaned { runs: 0, left_over: unread, failures });
        }
        let root = &self.project.root;
        let (stream, books) = self
            .books(watchers)
            .map_err(|source| NotCleaned::Launch(LaunchError::Folder { root: root.clone(), source }))?;
        let context = self.context(&stream, &books, stop.clone());
        let (own, clock) = (self.owner().header(), self.clock.as_ref());
        let take_up = TakeUp { context: &context, records: records.as_ref(), own: &own, clock };
        let deadline = Instant::now() + context.options.budgets.cleanup;
        for (known, extent) in &wanted {
            tokio::select! {
                biased;
                _ = stop.requested() => break,
                () = take_up.one(known, *extent, deadline).boxed() => {}
            }
        }
        failures.extend(Box::pin(books.close()).await);
        failures.extend(stream.finish());
        Ok(Cleaned { runs: wanted.len(), left_over: stream.totals().left_over + unread, failures })
    }

    /// Takes everything that runs have left off their records, without doing anything about it; what it was.
    pub async fn forget(&self) -> Result<Vec<Leftover>, NotCleaned> {
        let records = self.records()?;
        let own = self.owner().header();
        let mut forgotten = Vec::new();
        for (known, _) in self.wanted(records.as_ref()).await?.0 {
            if let Some(holder) = records.claim(&known.run, &own).await.map_err(failed)? {
                return Err(refused(format!("run {} is being cleaned up after by run {}", known.run, holder.run)));
            }
            let left = records.left(&known.run).await.map_err(failed)?;
            for left in &left {
                records.settle(&known.run, left.id).await.map_err(|error| failed(error.to_string()))?;
            }
            let header = known.header.clone().unwrap_or_else(|| Header { run: known.run.clone(), ..own.clone() });
            records.release(&header.at_its_end(self.clock.now(), 0, 0)).await.map_err(failed)?;
            forgotten.push(Leftover { why: known.words(), run: known.run, left });
        }
        Ok(forgotten)
    }

    /// Ends the session.
    pub async fn close(self) {
        self.session.close().await;
    }

    /// The runs that were asked for, and what could not be read of others.
    async fn wanted(&self, records: &dyn Records) -> Result<(Vec<(Known, Extent)>, Vec<String>), NotCleaned> {
        let (runs, unreadable) = records.runs().await.map_err(failed)?;
        let unreadable = unreadable.into_iter();
        match &self.request.run {
            None => {
                let extent = if self.request.kept { Extent::LeftAndKept } else { Extent::Left };
                let is_wanted =
                    |known: &Known| known.may_have_left() || (extent == Extent::LeftAndKept && known.has_kept());
                let wanted = runs.into_iter().filter(is_wanted).map(|known| (known, extent)).collect();
                Ok((wanted, unreadable.map(|(run, error)| format!("run {run}: failed to {error}")).collect()))
            }
            Some(run) => {
                if let Some((_, error)) = unreadable.into_iter().find(|(name, _)| name == run.as_str()) {
                    return Err(failed(error));
                }
                let known = runs.into_iter().find(|known| known.run == *run);
                let known = known.ok_or_else(|| refused(self.unknown(run)))?;
                if known.life == Life::Alive {
                    return Err(refused(format!("run {run} {}: what it holds is not touched", known.words())));
                }
                Ok((vec![(known, Extent::LeftAndKept)], Vec::new()))
            }
        }
    }

    fn unknown(&self, run: &RunId) -> String {
        let (target, place) = (&self.target.name, self.target.state.as_deref());
        let place = place.map_or_else(
            || "no record of it is in the run folders".to_owned(),
            |state| format!("{state} has no record of it"),
        );
        format!("run {run} has left nothing on target `{target}`: {place}")
    }

    fn owner(&self) -> Owner<'_> {
        Owner {
            run: &self.run,
            project: &self.project,
            target: &self.target,
            summary: &self.session.summary,
            services: &self.services,
            redactor: &self.redactor,
            clock: &self.clock,
        }
    }

    fn records(&self) -> Result<Box<dyn Records>, NotCleaned> {
        let none = || std::io::Error::other("the target has no records");
        let records = self.owner().records().and_then(|records| records.ok_or_else(none));
        records.map_err(|source| NotCleaned::Launch(LaunchError::Record(source)))
    }

    /// A folder, a journal and a ledger of its own: what is called to clean up may start things too.
    fn books(&self, watchers: Vec<Box<dyn Consumer>>) -> std::io::Result<(Stream, Books)> {
        let folder = RunFolder::create_for_cleanup(&self.project.root, &self.run)?;
        let journal = Journal::create(&folder.path)?;
        let state = journal.state();
        let mut consumers: Vec<Box<dyn Consumer>> = vec![Box::new(journal)];
        consumers.extend(watchers);
        let stream = Stream::new(Arc::clone(&self.clock), consumers).redacting(self.redactor.clone());
        let path = format!("{}/{EVENTS_FILE}", folder.shown);
        let books = self.owner().open(Written { stream: &stream, journal: state, path, folder: &folder.path })?;
        Ok((stream, books))
    }

    fn context(&self, stream: &Stream, books: &Books, stop: Stop) -> Context {
        Context {
            run: self.run.clone(),
            services: Arc::clone(&self.services),
            stream: stream.clone(),
            ledger: Arc::clone(&books.ledger),
            redactor: self.redactor.clone(),
            root: self.project.root.clone(),
            allow: self.target.allow.clone(),
            exec: self.target.exec,
            options: options(&self.project, &self.target, &Request::default()),
            stop,
            record: None,
        }
    }
}

fn failed(error: String) -> NotCleaned {
    NotCleaned::Launch(LaunchError::Record(std::io::Error::other(error)))
}

fn refused(text: String) -> NotCleaned {
    NotCleaned::Refused(Refused::Usage(text))
}

//! Finishing what dead runs left: at the beginning of a run, and for `shakedown cleanup`.

use async_trait::async_trait;
use futures::FutureExt;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::event::{CleanupItem, Finding, IntentId, Kind, LedgerError, RunId};
use crate::journal::{Header, Known, RecordError, Records};
use crate::runner::{Context, Estate, Left, recover};

/// Whose name cleanup of no suite has.
const EARLIER: &str = "earlier runs";

/// Who takes up, and where.
pub(super) struct TakeUp<'a> {
    pub context: &'a Context,
    pub records: &'a dyn Records,
    /// Who this is, for the claim.
    pub own: &'a Header,
    pub clock: &'a dyn Clock,
}

/// What is to be taken up of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// What is left over.
    Left,
    /// That, and what was kept on purpose.
    LeftAndKept,
}

/// A run whose record is taken up, one intent after the other.
struct Claimed<'a> {
    run: &'a RunId,
    records: &'a dyn Records,
}

#[async_trait]
impl Estate for Claimed<'_> {
    fn run(&self) -> &RunId {
        self.run
    }

    async fn settle(&self, id: IntentId) -> Result<(), LedgerError> {
        self.records.settle(self.run, id).await
    }
}

impl TakeUp<'_> {
    /// Finishes what dead runs have left, the oldest run first. What cannot be done is reported, and does not keep anything else
    /// from being done.
    pub async fn all(&self) {
        let (runs, unreadable) = match self.records.runs().await {
            Ok(found) => found,
            Err(error) => return self.failed(None, "what is left of them", &error),
        };
        for (run, error) in unreadable {
            self.failed(None, &format!("run {run}"), &error);
        }
        let deadline = Instant::now() + self.context.options.budgets.cleanup;
        for known in runs.iter().filter(|known| known.run != self.own.run && known.may_have_left()) {
            self.one(known, Extent::Left, deadline).boxed().await;
        }
    }

    /// Finishes what one run has left.
    pub async fn one(&self, known: &Known, extent: Extent, deadline: Instant) {
        match self.records.claim(&known.run, self.own).await {
            Err(error) => return self.failed(Some(&known.run), "its record", &error),
            Ok(Some(holder)) => {
                let why = format!("is being cleaned up after by run {}", holder.run);
                return self.context.stream.emit(Kind::TakenUp { run: known.run.clone(), why, items: 0 });
            }
            Ok(None) => {}
        }
        let result = match self.records.left(&known.run).await {
            Ok(left) => {
                let (open, kept) = self.finish(known, extent, left, deadline).await;
                self.records.release(&self.header(known).at_its_end(self.clock.now(), open, kept)).await
            }
            Err(error) => Err(error),
        };
        if let Err(error) = result {
            self.failed(Some(&known.run), "its record", &error);
        }
    }

    /// How many intents are left after all, and how many are kept.
    async fn finish(&self, known: &Known, extent: Extent, left: Vec<Left>, deadline: Instant) -> (usize, usize) {
        let is_wanted = |left: &Left| !left.kept || extent == Extent::LeftAndKept;
        let (wanted, kept): (Vec<Left>, Vec<Left>) = left.into_iter().partition(is_wanted);
        if wanted.is_empty() {
            return (0, kept.len());
        }
        let estate = Claimed { run: &known.run, records: self.records };
        let open = recover(self.context, &estate, wanted, &known.words(), deadline).boxed().await;
        (open.iter().filter(|left| !left.kept).count(), kept.len() + open.iter().filter(|left| left.kept).count())
    }

    fn header(&self, known: &Known) -> Header {
        let lost = || Header { run: known.run.clone(), ..self.own.clone() };
        known.header.clone().unwrap_or_else(lost)
    }

    fn failed(&self, run: Option<&RunId>, name: &str, error: &RecordError) {
        let item = CleanupItem {
            suite: EARLIER.to_owned(),
            name: name.to_owned(),
            problem: Some(Finding::new(format!("failed to {error}"))),
            duration: std::time::Duration::ZERO,
            run: run.cloned(),
        };
        self.context.stream.emit(Kind::CleanedUp(item));
    }
}

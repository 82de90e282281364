//! `shakedown cleanup`: finishes what dead runs have left on a target.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;

use clap::Args;

use super::World;
use super::run::not_launched;
use crate::event::{CleanupItem, Consumer, Event, Exit, Kind, RunId};
use crate::launch::{Cleaned, CleanupRequest, Leftover, NotCleaned, stop_on_signals};
use crate::report::text;
use crate::runner::{Left, Stop};

#[derive(Debug, Args)]
pub(super) struct Cleanup {
    /// The run to clean up after, what it kept included; by default every run that is dead.
    #[arg(value_name = "RUN", value_parser = |text: &str| RunId::new(text))]
    run: Option<RunId>,
    /// The target; `local` by default, if the project has one.
    #[arg(long, short, value_name = "NAME")]
    target: Option<String>,
    /// Also what runs have kept with `--keep`.
    #[arg(long)]
    kept: bool,
    /// List what there is, and do nothing about it.
    #[arg(long)]
    dry_run: bool,
    /// Take what the run has left off its record, and do nothing about it: for what you have removed yourself.
    #[arg(long, requires = "run", conflicts_with = "dry_run")]
    forget: bool,
}

impl Cleanup {
    pub async fn execute(self, world: World) -> Exit {
        match Box::pin(self.try_execute(&world)).await {
            Ok(exit) | Err(exit) => exit,
        }
    }

    async fn try_execute(self, world: &World) -> Result<Exit, Exit> {
        let request =
            CleanupRequest { root: world.root()?, target: self.target.clone(), run: self.run.clone(), kept: self.kept };
        let surroundings = world.surroundings();
        let opening = crate::launch::Cleanup::open(request, &surroundings, Arc::clone(&world.clock));
        let Some(cleanup) = Box::pin(opening).await.map_err(|error| told(world, &error))? else {
            world.out("nothing to clean up: the embedded sandbox ends with its run, and so does everything in it\n");
            return Ok(Exit::Green);
        };
        let exit = self.carry_out(world, &cleanup).await.map_err(|error| told(world, &error));
        cleanup.close().await;
        exit
    }

    async fn carry_out(&self, world: &World, cleanup: &crate::launch::Cleanup) -> Result<Exit, NotCleaned> {
        if self.forget {
            world.out(&listed(&cleanup.forget().await?, "off the record, as it is"));
            return Ok(Exit::Green);
        }
        if self.dry_run {
            let (leftovers, unreadable) = cleanup.leftovers().await?;
            world.out(&listed(&leftovers, "to be cleaned up"));
            for text in &unreadable {
                world.err(&format!("error: {text}"));
            }
            return Ok(if unreadable.is_empty() { Exit::Green } else { Exit::CleanupIncomplete });
        }
        let stop = Stop::new();
        let signals = tokio::spawn(stop_on_signals(stop.clone()));
        let cleaned = Box::pin(cleanup.clean_up(vec![Box::new(Lines::default())], stop.clone())).await;
        signals.abort();
        let cleaned = cleaned?;
        if cleaned == Cleaned::default() {
            world.out("nothing to clean up\n");
        }
        for failure in &cleaned.failures {
            world.err(&format!("error: {failure}"));
        }
        Ok(exit(&cleaned, stop.reason().is_some()))
    }
}

fn exit(cleaned: &Cleaned, is_interrupted: bool) -> Exit {
    if is_interrupted {
        Exit::Interrupted
    } else if cleaned.left_over > 0 || !cleaned.failures.is_empty() {
        Exit::CleanupIncomplete
    } else {
        Exit::Green
    }
}

/// Why nothing was cleaned up; the exit code.
fn told(world: &World, error: &NotCleaned) -> Exit {
    match error {
        NotCleaned::Refused(refused) => world.refused(refused),
        NotCleaned::Launch(error) => not_launched(world, error),
    }
}

/// What there is, by run.
fn listed(leftovers: &[Leftover], what: &str) -> String {
    let count: usize = leftovers.iter().map(|leftover| leftover.left.len()).sum();
    let mut out = String::new();
    for Leftover { run, why, left } in leftovers.iter().filter(|leftover| !leftover.left.is_empty()) {
        let _ = writeln!(out, "run {run} {why}");
        for left in left {
            let _ = writeln!(out, "  {}", line(left));
        }
    }
    let things = if count == 1 { "thing" } else { "things" };
    let _ = writeln!(out, "{count} {things} {what}");
    out
}

fn line(left: &Left) -> String {
    let kept = if left.kept { ", kept" } else { "" };
    let (name, what, since) =
        (text::one_line(&left.intent.name), &left.intent.what, left.at.format("%Y-%m-%d %H:%M:%S UTC"));
    format!("{name}  ({what} of {}/{}, since {since}{kept})", left.intent.suite, left.intent.step)
}

/// Tells on standard output what is done.
#[derive(Debug, Default)]
struct Lines {
    done: usize,
    left_over: usize,
    /// Why something could not be told.
    failure: Option<String>,
}

impl Lines {
    fn say(&mut self, text: &str) {
        let mut out = std::io::stdout().lock();
        if let Err(error) = writeln!(out, "{text}").and_then(|()| out.flush()) {
            self.failure = Some(format!("failed to write to standard output: {error}"));
        }
    }
}

impl Lines {
    fn item(&mut self, item: &CleanupItem) {
        let name = text::one_line(&item.name);
        match &item.problem {
            None => {
                self.done += 1;
                self.say(&format!("  done       {name}"));
            }
            Some(problem) => {
                self.left_over += 1;
                self.say(&format!("  LEFT OVER  {name}\n{}", text::finding(problem)));
            }
        }
    }
}

impl Consumer for Lines {
    fn consume(&mut self, event: &Event) {
        // What is called to clean up is in the journal.
        if let Kind::TakenUp { run, why, .. } = &event.kind {
            self.say(&format!("run {run} {why}"));
        } else if let Kind::CleanedUp(item) = &event.kind {
            self.item(item);
        }
    }

    fn finish(&mut self) -> Vec<String> {
        let (done, left_over) = (self.done, self.left_over);
        self.say(&format!("{done} cleaned up, {left_over} left over"));
        self.failure.take().into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_case::test_case;

    #[test_case(0, &[], false, Exit::Green; "everything is gone")]
    #[test_case(1, &[], false, Exit::CleanupIncomplete; "something is left")]
    #[test_case(0, &["the journal is incomplete"], false, Exit::CleanupIncomplete; "it could not be recorded")]
    #[test_case(1, &[], true, Exit::Interrupted; "an interruption goes first")]
    fn the_exit_code_says_whether_everything_is_gone(left: usize, failures: &[&str], stopped: bool, expected: Exit) {
        let failures = failures.iter().map(ToString::to_string).collect();
        let cleaned = Cleaned { runs: 1, left_over: left, failures };
        assert_eq!(exit(&cleaned, stopped), expected);
    }
}

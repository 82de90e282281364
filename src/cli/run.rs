//! `shakedown run`.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::World;
use super::selection::SelectionArgs;
use crate::event::{Consumer, Exit};
use crate::launch::{LaunchError, Refused, RunFolder, launch, prepare, stop_on_signals};
use crate::report::console::{Bars, Console, Heart, Plain, Progress};
use crate::runner::Stop;
use crate::sandbox::SandboxError;
use crate::target::SessionError;

/// How often a log shows that the run is alive.
const HEARTBEAT: Duration = Duration::from_mins(1);

#[derive(Debug, Args)]
pub(super) struct Run {
    #[command(flatten)]
    selection: SelectionArgs,
    /// Just the cases that were red in an earlier run, by default the last one.
    #[arg(long, value_name = "RUN", num_args = 0..=1, default_missing_value = "")]
    failed: Option<String>,
    /// Cases at the same time.
    #[arg(long, short = 'j', value_name = "N", value_parser = at_least_one)]
    concurrency: Option<usize>,
    /// Stop after so many red cases.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    max_fail: Option<usize>,
    /// Run each suite so many times, one after the other, each time with its own setup, cleanup and `run.id`.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    repeat: Option<usize>,
    /// Take what an earlier run started from its record (`last` is the newest), and do the reads again.
    #[arg(long, value_name = "RUN", conflicts_with_all = ["repeat", "date"])]
    reuse: Option<String>,
    /// Skip cleanup, and journal what is kept.
    #[arg(long)]
    keep: bool,
    /// Accept what golden files would have to hold.
    #[arg(long)]
    update: bool,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| format!("`{text}` is not a number from 1 on"))
}

impl Run {
    pub async fn execute(self, world: World) -> Exit {
        match Box::pin(self.try_execute(&world)).await {
            Ok(exit) | Err(exit) => exit,
        }
    }

    async fn try_execute(self, world: &World) -> Result<Exit, Exit> {
        let root = world.root()?;
        let only = self.failed.as_deref().map(|run| red_cases(world, &root, run)).transpose()?;
        let mut request = self.selection.request(world, root)?;
        request.only = only;
        request.concurrency = self.concurrency;
        request.max_fail = self.max_fail;
        request.repeat = self.repeat.unwrap_or(1);
        request.reuse = self.reuse;
        request.keep = self.keep;
        request.update = self.update;
        let surroundings = world.surroundings();
        let prepared =
            prepare(request, &surroundings, world.clock.as_ref()).map_err(|refused| world.refused(&refused))?;
        world.problems(&prepared.warnings);
        let (console, heart) = console(world);
        let stop = Stop::new();
        let signals = tokio::spawn(stop_on_signals(stop.clone()));
        let heartbeat = (!world.err_is_terminal).then(|| tokio::spawn(beat(heart, Arc::clone(&world.clock))));
        let launched = launch(&prepared, &surroundings, Arc::clone(&world.clock), vec![console], stop);
        let launched = Box::pin(launched).await;
        heartbeat.iter().for_each(tokio::task::JoinHandle::abort);
        signals.abort();
        let launched = launched.map_err(|error| not_launched(world, &error))?;
        for failure in &launched.failures {
            world.err(&format!("error: {failure}"));
        }
        Ok(launched.exit)
    }
}

fn console(world: &World) -> (Box<dyn Consumer>, Heart) {
    let progress: Box<dyn Progress> =
        if world.err_is_terminal { Box::new(Bars::new()) } else { Box::new(Plain(std::io::stderr())) };
    let palette = world.palette(world.out_is_terminal && world.err_is_terminal);
    let console = Console::new(palette, progress, Box::new(std::io::stdout()));
    let heart = console.heart();
    (Box::new(console), heart)
}

async fn beat(heart: Heart, clock: Arc<dyn crate::clock::Clock>) {
    let mut ticks = tokio::time::interval(HEARTBEAT);
    loop {
        ticks.tick().await;
        if let Some(line) = heart.beat(clock.now()) {
            use std::io::Write as _;
            writeln!(std::io::stderr().lock(), "{line}").ok();
        }
    }
}

/// The cases that were failed or errored in an earlier run.
fn red_cases(world: &World, root: &std::path::Path, run: &str) -> Result<Vec<crate::event::CaseKey>, Exit> {
    let refuse = |text: String| {
        world.err(&format!("error: {text}"));
        Exit::Refused
    };
    let name = match run {
        "" => RunFolder::earlier(root).map_err(|e| refuse(e.to_string()))?.pop(),
        name => Some(name.to_owned()),
    };
    let name = name.ok_or_else(|| refuse("there is no earlier run in reports/".to_owned()))?;
    let folder = root.join(crate::launch::REPORTS_FOLDER).join(&name);
    let (events, _) = crate::journal::read(&folder).map_err(|error| refuse(error.to_string()))?;
    let red = crate::journal::red_cases(&events);
    if red.is_empty() {
        return Err(world.refused(&Refused::Nothing(format!("no case was red in run {name}"))));
    }
    Ok(red)
}

/// Why nothing was launched; the exit code.
pub(super) fn not_launched(world: &World, error: &LaunchError) -> Exit {
    match error {
        LaunchError::Session(
            SessionError::Problems(problems) | SessionError::Sandbox(SandboxError::Declaration(problems)),
        ) => {
            world.problems(problems);
            Exit::Refused
        }
        LaunchError::Session(SessionError::Refused(text)) => {
            world.err(text);
            Exit::Refused
        }
        LaunchError::Interrupted => {
            world.err(&error.to_string());
            Exit::Interrupted
        }
        other => {
            world.err(&format!("error: {other}"));
            Exit::Errored
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_at_a_time_is_no_answer() {
        assert_eq!(at_least_one("3"), Ok(3));
        for typed in ["0", "-1", "x", ""] {
            assert_eq!(at_least_one(typed), Err(format!("`{typed}` is not a number from 1 on")));
        }
    }
}

//! Cases as `libtest-mimic` trials: `cargo test --test suites` and `cargo nextest run` list and run what `shakedown run` runs.
//!
//! Listing starts nothing. The selected cases are one run, started by the first trial that is carried out; each trial waits for the
//! outcome of its case. Under nextest, which starts a process for each case, that run is just the case and what it needs.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};

use libtest_mimic::{Arguments, Failed, Trial};

use crate::clock::Clock;
use crate::diagnostic::render;
use crate::event::{CaseKey, CaseResult, Consumer, Event, Kind, Outcome, PlannedCase};
use crate::launch::{Prepared, Refused, Request, launch, prepare};
use crate::report::text;
use crate::runner::Stop;
use crate::target::Surroundings;

/// Lists or runs the cases of a project, as the arguments of the test binary say.
pub fn main(root: PathBuf, surroundings: Surroundings, clock: Arc<dyn Clock>) -> ExitCode {
    let arguments = Arguments::from_args();
    let request = Request { root, ..Request::default() };
    let planned = match prepare(request.clone(), &surroundings, clock.as_ref()) {
        Ok(prepared) => prepared.plan.announced(),
        Err(refused) => return refuse(&refused),
    };
    let names: Vec<(String, CaseKey)> = planned.iter().map(|case| (trial_name(case), case.key.clone())).collect();
    let selected = names.iter().filter(|(name, _)| selects(&arguments, name)).map(|(_, key)| key.clone()).collect();
    let request = Request { only: Some(selected), ..request };
    let run = Arc::new(SharedRun { request, surroundings, clock, started: OnceLock::new(), board: Board::default() });
    let trials = names.into_iter().map(|(name, key)| {
        let run = Arc::clone(&run);
        Trial::test(name, move || run.wait_for(&key))
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    if run.started.get().is_some() {
        run.board.wait_until_over();
    }
    conclusion.exit_code()
}

/// The suite and the case's name, as `cargo test` filters it.
fn trial_name(case: &PlannedCase) -> String {
    format!("{}::{}", case.key.suite, case.name)
}

/// Whether the arguments select a trial, by the rules of libtest: a filter is a part of the name, or all of it with `--exact`.
fn selects(arguments: &Arguments, name: &str) -> bool {
    let fits = |filter: &String| if arguments.exact { name == filter } else { name.contains(filter.as_str()) };
    arguments.filter.as_ref().is_none_or(fits) && !arguments.skip.iter().any(fits)
}

fn refuse(refused: &Refused) -> ExitCode {
    let text = match refused {
        Refused::Problems(problems) => render(problems, false),
        Refused::Usage(text) | Refused::Nothing(text) => format!("error: {text}"),
    };
    writeln!(io::stderr().lock(), "{text}").ok();
    ExitCode::from(2)
}

/// One run for all trials of this process.
struct SharedRun {
    request: Request,
    surroundings: Surroundings,
    clock: Arc<dyn Clock>,
    started: OnceLock<()>,
    board: Board,
}

/// Results as they come in, and whether more will come.
#[derive(Clone, Default)]
struct Board(Arc<(Mutex<Posted>, Condvar)>);

#[derive(Default)]
struct Posted {
    results: HashMap<CaseKey, CaseResult>,
    /// Why nothing more will come.
    over: Option<String>,
}

impl SharedRun {
    fn wait_for(self: &Arc<Self>, key: &CaseKey) -> Result<(), Failed> {
        self.started.get_or_init(|| self.start());
        judged(self.board.wait_for(key)?)
    }

    /// Starts the run on a thread of its own, with its own runtime: trials are plain functions.
    fn start(self: &Arc<Self>) {
        let run = Arc::clone(self);
        std::thread::spawn(move || {
            let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run.carry_out()));
            run.board.close(ended.unwrap_or_else(|_| "a bug in shakedown ended the run".to_owned()));
        });
    }

    /// Carries out the run; how it ended, for trials that have no result.
    fn carry_out(&self) -> String {
        let runtime = match tokio::runtime::Runtime::new() {
            Ok(runtime) => runtime,
            Err(error) => return format!("failed to start a runtime: {error}"),
        };
        let prepared: Prepared = match prepare(self.request.clone(), &self.surroundings, self.clock.as_ref()) {
            Ok(prepared) => prepared,
            Err(refused) => return format!("the run was refused: {refused:?}"),
        };
        let watchers: Vec<Box<dyn Consumer>> = vec![Box::new(self.board.clone())];
        let clock = Arc::clone(&self.clock);
        match runtime.block_on(launch(&prepared, &self.surroundings, clock, watchers, Stop::new())) {
            Ok(launched) => {
                format!("the run ended without an outcome for it; its files are in {}", launched.folder.shown)
            }
            Err(error) => error.to_string(),
        }
    }
}

impl Board {
    fn wait_for(&self, key: &CaseKey) -> Result<CaseResult, Failed> {
        let (posted, changed) = &*self.0;
        let mut posted = posted.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(result) = posted.results.get(key) {
                return Ok(result.clone());
            }
            if let Some(why) = &posted.over {
                return Err(Failed::from(why.clone()));
            }
            posted = changed.wait(posted).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Returns when nothing more will come: cleanup is over.
    fn wait_until_over(&self) {
        let (posted, changed) = &*self.0;
        let posted = posted.lock().unwrap_or_else(PoisonError::into_inner);
        drop(changed.wait_while(posted, |posted| posted.over.is_none()));
    }

    fn close(&self, why: String) {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).over = Some(why);
        self.0.1.notify_all();
    }
}

impl Consumer for Board {
    fn consume(&mut self, event: &Event) {
        if let Kind::CaseFinished { case, result } = &event.kind {
            self.0.0.lock().unwrap_or_else(PoisonError::into_inner).results.insert(case.clone(), result.clone());
            self.0.1.notify_all();
        }
    }
}

/// A skipped case is no failure: libtest has no word for it at run time.
fn judged(result: CaseResult) -> Result<(), Failed> {
    match result.outcome {
        Outcome::Passed { .. } | Outcome::Skipped { .. } => Ok(()),
        Outcome::Failed { findings } => Err(Failed::from(format!("failed\n{}", text::findings(&findings)))),
        Outcome::Errored { findings } => Err(Failed::from(format!("errored\n{}", text::findings(&findings)))),
    }
}

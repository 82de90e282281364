//! Cases as `libtest-mimic` trials: `cargo test --test suites` and `cargo nextest run` list and run what `shakedown run` runs.
//!
//! Listing starts nothing. The selected cases are one run, started by the first trial that is carried out; each trial waits for the
//! outcome of its case. Under nextest, which starts a process for each case, that run is just the case and what it needs.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};

use libtest_mimic::{Arguments, Completion, Conclusion, Failed, Trial};

use crate::clock::Clock;
use crate::diagnostic::render;
use crate::event::{CaseKey, CaseResult, Consumer, Event, Exit, Kind, Outcome, PlannedCase};
use crate::launch::{Prepared, Refused, Request, launch, prepare, stop_on_signals};
use crate::report::text;
use crate::runner::Stop;
use crate::target::Surroundings;

/// Lists or runs the cases of a project, as the arguments of the test binary say.
pub fn main(root: PathBuf, surroundings: Surroundings, clock: Arc<dyn Clock>) -> ExitCode {
    run_with(&Arguments::from_args(), root, surroundings, clock)
}

fn run_with(arguments: &Arguments, root: PathBuf, surroundings: Surroundings, clock: Arc<dyn Clock>) -> ExitCode {
    let request = Request { root, ..Request::default() };
    let planned = match prepare(request.clone(), &surroundings, clock.as_ref()) {
        Ok(prepared) => prepared.plan.announced(),
        // A project without a case yet: nothing to list, and nothing wrong.
        Err(Refused::Nothing(_)) => Vec::new(),
        Err(refused) => return refuse(&refused),
    };
    let names: Vec<(String, CaseKey)> = planned.iter().map(|case| (trial_name(case), case.key.clone())).collect();
    let selected = names.iter().filter(|(name, _)| selects(arguments, name)).map(|(_, key)| key.clone()).collect();
    let request = Request { only: Some(selected), ..request };
    let run = Arc::new(SharedRun { request, surroundings, clock, started: OnceLock::new(), board: Board::default() });
    let trials = names.into_iter().map(|(name, key)| {
        let run = Arc::clone(&run);
        Trial::ignorable_test(name, move || run.wait_for(&key))
    });
    let conclusion = libtest_mimic::run(arguments, trials.collect());
    match run.started.get() {
        Some(()) => concluded(&conclusion, &run.board.wait_until_over()),
        None => conclusion.exit_code(),
    }
}

/// Green trials of a run that is not: something is left over, a record is incomplete, or somebody pressed Ctrl-C.
fn concluded(conclusion: &Conclusion, over: &Over) -> ExitCode {
    match over.exit {
        _ if conclusion.has_failed() => conclusion.exit_code(),
        // Skipped cases alone judge nothing, which is no failure of theirs.
        Some(Exit::Green | Exit::NothingJudged) => conclusion.exit_code(),
        Some(exit) => {
            say(&format!("error: the run is not green: {}", over.why));
            ExitCode::from(exit.code())
        }
        None => {
            say(&format!("error: {}", over.why));
            ExitCode::from(Exit::Errored.code())
        }
    }
}

fn say(text: &str) {
    writeln!(io::stderr().lock(), "{text}").ok();
}

/// The suite and the case's name, as `cargo test` filters it.
fn trial_name(case: &PlannedCase) -> String {
    let name = format!("{}::{}", case.key.suite, case.name);
    // A list is read line by line.
    name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Whether the arguments select a trial, by the rules of libtest: a filter is a part of the name, or all of it with `--exact`.
fn selects(arguments: &Arguments, name: &str) -> bool {
    let fits = |filter: &String| if arguments.exact { name == filter } else { name.contains(filter.as_str()) };
    arguments.filter.as_ref().is_none_or(fits) && !arguments.skip.iter().any(fits)
}

fn refuse(refused: &Refused) -> ExitCode {
    say(&words(refused));
    ExitCode::from(Exit::Refused.code())
}

fn words(refused: &Refused) -> String {
    match refused {
        Refused::Problems(problems) => render(problems, false),
        Refused::Usage(text) | Refused::Nothing(text) => format!("error: {text}"),
    }
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
    /// Set when nothing more will come.
    over: Option<Over>,
}

/// How the run ended.
#[derive(Debug, Clone)]
struct Over {
    /// In words.
    why: String,
    /// Its exit; none if it did not come so far.
    exit: Option<Exit>,
}

impl Over {
    fn before_its_end(why: impl Into<String>) -> Self {
        Self { why: why.into(), exit: None }
    }
}

impl SharedRun {
    fn wait_for(self: &Arc<Self>, key: &CaseKey) -> Result<Completion, Failed> {
        self.started.get_or_init(|| self.start());
        judged(self.board.wait_for(key)?)
    }

    /// Starts the run on a thread of its own, with its own runtime: trials are plain functions.
    fn start(self: &Arc<Self>) {
        let run = Arc::clone(self);
        std::thread::spawn(move || {
            let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run.carry_out()));
            run.board.close(ended.unwrap_or_else(|_| Over::before_its_end("a bug in shakedown ended the run")));
        });
    }

    /// Carries out the run; how it ended.
    fn carry_out(&self) -> Over {
        let runtime = match tokio::runtime::Runtime::new() {
            Ok(runtime) => runtime,
            Err(error) => return Over::before_its_end(format!("failed to start a runtime: {error}")),
        };
        let prepared: Prepared = match prepare(self.request.clone(), &self.surroundings, self.clock.as_ref()) {
            Ok(prepared) => prepared,
            Err(refused) => return Over::before_its_end(format!("the run was refused: {}", words(&refused))),
        };
        let watchers: Vec<Box<dyn Consumer>> = vec![Box::new(self.board.clone())];
        let (clock, stop) = (Arc::clone(&self.clock), Stop::new());
        runtime.spawn(stop_on_signals(stop.clone()));
        match runtime.block_on(launch(&prepared, &self.surroundings, clock, watchers, stop)) {
            Ok(launched) => {
                let files = format!("its files are in {}", launched.folder.shown);
                let why = launched.failures.into_iter().chain([files]).collect::<Vec<_>>().join("; ");
                Over { why, exit: Some(launched.exit) }
            }
            Err(error) => Over::before_its_end(error.to_string()),
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
                return Err(Failed::from(format!("the run ended without an outcome for this case: {}", why.why)));
            }
            posted = changed.wait(posted).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Returns when nothing more will come: cleanup is over.
    fn wait_until_over(&self) -> Over {
        let (posted, changed) = &*self.0;
        let mut posted = posted.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match &posted.over {
                Some(over) => return over.clone(),
                None => posted = changed.wait(posted).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    fn close(&self, over: Over) {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).over = Some(over);
        self.0.1.notify_all();
    }
}

impl Consumer for Board {
    fn consume(&mut self, event: &Event) {
        if let Kind::CaseFinished { case, result } = &event.kind {
            self.0
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .results
                .insert(case.clone(), result.without_documents());
            self.0.1.notify_all();
        }
    }
}

/// A case that was skipped is a trial that was ignored.
fn judged(result: CaseResult) -> Result<Completion, Failed> {
    match result.outcome {
        Outcome::Passed { .. } => Ok(Completion::Completed),
        Outcome::Skipped { reason } => Ok(Completion::ignored_with(reason)),
        Outcome::Failed { findings } => Err(Failed::from(format!("failed\n{}", text::findings(&findings)))),
        Outcome::Errored { findings } => Err(Failed::from(format!("errored\n{}", text::findings(&findings)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use test_case::test_case;

    use crate::clock::SystemClock;
    use crate::event::{Finding, Place};

    fn arguments(words: &[&str]) -> Arguments {
        Arguments::from_iter(std::iter::once("suites").chain(words.iter().copied()))
    }

    #[test_case(&[], true; "everything by default")]
    #[test_case(&["orders"], true; "a part of the name")]
    #[test_case(&["--exact", "orders"], false; "a part is not all of it")]
    #[test_case(&["--exact", "orders::the day is loaded"], true; "all of it")]
    #[test_case(&["--exact", "orders::the day is loaded", "--nocapture"], true; "as nextest asks")]
    #[test_case(&["--skip", "day"], false; "what is skipped")]
    #[test_case(&["--exact", "--skip", "day"], true; "exactly this is skipped and that is another")]
    #[test_case(&["customers"], false; "another name")]
    fn a_trial_is_selected_as_libtest_does(words: &[&str], expected: bool) {
        assert_eq!(selects(&arguments(words), "orders::the day is loaded"), expected);
    }

    #[test]
    fn the_name_of_a_trial_is_one_line() {
        let key = CaseKey { suite: "s".into(), case: "a".into(), row: None };
        let place = Place { file: "suites/s.yaml".into(), line: 1, column: 1 };
        let case = PlannedCase { key, name: "two\nlines\t".into(), place, tags: Vec::new(), repetition: None };
        assert_eq!(trial_name(&case), "s::two lines ");
    }

    #[test]
    fn a_case_that_was_skipped_is_ignored_and_a_red_one_shows_its_text() {
        let judge = |outcome| judged(CaseResult { outcome, duration: Duration::ZERO, steps: Vec::new() });
        assert!(matches!(judge(Outcome::passed()), Ok(Completion::Completed)));
        assert!(matches!(judge(Outcome::Skipped { reason: "not here".into() }), Ok(Completion::Ignored { .. })));
        let finding = || Finding::new("expected 4, actual 3");
        for (outcome, word) in [
            (Outcome::Failed { findings: vec![finding()] }, "failed"),
            (Outcome::Errored { findings: vec![finding()] }, "errored"),
        ] {
            let failed = judge(outcome).err().expect("a red case is no success");
            let text = failed.message().unwrap_or_default();
            assert!(text.starts_with(word) && text.contains("expected 4, actual 3"), "{text}");
        }
    }

    #[test]
    fn a_trial_whose_case_has_no_outcome_fails_when_the_run_is_over() {
        let board = Board::default();
        let closer = board.clone();
        let thread = std::thread::spawn(move || closer.close(Over::before_its_end("no account")));
        let key = CaseKey { suite: "s".into(), case: "a".into(), row: None };
        let failed = board.wait_for(&key).expect_err("it has no outcome");
        thread.join().unwrap();
        assert!(failed.message().unwrap_or_default().ends_with(": no account"));
    }

    /// A project with one suite, as the test binary of a user would run it.
    fn run(suite: &str, words: &[&str]) -> (ExitCode, tempfile::TempDir) {
        let root = tempfile::tempdir().unwrap();
        let project = "{version: 1, project: p, targets: {local: {sandbox: sandbox.yaml, exec: true}}}";
        std::fs::create_dir(root.path().join("suites")).unwrap();
        for (path, text) in
            [("shakedown.yaml", project), ("sandbox.yaml", "buckets: {data: {}}"), ("suites/s.yaml", suite)]
        {
            std::fs::write(root.path().join(path), text).unwrap();
        }
        let surroundings =
            Surroundings { env: std::collections::BTreeMap::new(), cache_dir: root.path().join("cache") };
        let code = run_with(&arguments(words), root.path().to_path_buf(), surroundings, Arc::new(SystemClock));
        (code, root)
    }

    const SUITE: &str = "
suite: s
cases:
  - {case: one, id: one, steps: [{exec.run: {effect: read, command: [sh, -c, 'echo one >> log']}}]}
  - {case: two, id: two, needs: [one], steps: [{exec.run: {effect: read, command: [sh, -c, 'echo two >> log']}}]}
  - {case: three, id: three, steps: [{exec.run: {effect: read, command: [sh, -c, 'echo three >> log; exit 1']}}]}
";

    #[test_case(SUITE, &[], 101, &["one", "two", "three"]; "all of them")]
    #[test_case(SUITE, &["--list"], 0, &[]; "a list starts nothing")]
    #[test_case(SUITE, &["--ignored"], 0, &[]; "nothing is ignored")]
    #[test_case(SUITE, &["nowhere"], 0, &[]; "a selection of nothing is no error")]
    #[test_case(SUITE, &["--exact", "s::two"], 0, &["one", "two"]; "one case and what it needs")]
    #[test_case(SUITE, &["--test-threads", "1", "--skip", "three"], 0, &["one", "two"]; "one thread")]
    #[test_case("{suite: s, cases: [{case: x, when: false, steps: [{exec.run: {effect: read, command: [touch, log]}}]}]}", &[], 0, &[]; "skipped only")]
    #[test_case("{suite: s, cases: [{case: x, steps: [{exec.run: {effect: read, command: ['true']}}]}], cleanup: [{exec.run: {effect: read, command: ['false']}}]}", &[], 5, &[]; "green trials of a run that leaves something over")]
    #[test_case("{suite: s, cases: [{case: x, stebs: []}]}", &[], 2, &[]; "a suite with a mistake")]
    fn a_test_binary_runs_what_is_asked_for(suite: &str, words: &[&str], code: u8, log: &[&str]) {
        let (actual, root) = run(suite, words);
        assert_eq!(format!("{actual:?}"), format!("{:?}", ExitCode::from(code)));
        let text = std::fs::read_to_string(root.path().join("log")).unwrap_or_default();
        let (mut lines, mut expected) = (text.lines().collect::<Vec<_>>(), log.to_vec());
        lines.sort_unstable();
        expected.sort_unstable();
        assert_eq!(lines, expected);
        let started = root.path().join("reports").exists();
        assert_eq!(
            started,
            !log.is_empty() || words.is_empty() && code != 2,
            "a run folder only where a run was started"
        );
    }
}

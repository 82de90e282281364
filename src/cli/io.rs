//! The world outside, as `main` found it: streams, environment, folder, clock. Built there and handed down.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::Clock;
use crate::diagnostic::{Problem, render};
use crate::event::Exit;
use crate::launch::Refused;
use crate::report::console::Palette;
use crate::sandbox::default_cache_dir;
use crate::target::{PROJECT_FILE, Surroundings, find_root};

/// What the command works with.
pub struct World {
    /// The current folder.
    pub folder: PathBuf,
    /// The environment's variables.
    pub env: BTreeMap<String, String>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Whether standard output is a terminal.
    pub out_is_terminal: bool,
    /// Whether standard error is a terminal.
    pub err_is_terminal: bool,
    streams: Mutex<Streams>,
    color: Option<bool>,
    project: Option<PathBuf>,
}

/// Standard output and standard error.
pub struct Streams {
    /// For data.
    pub out: Box<dyn Write + Send>,
    /// For everything else.
    pub err: Box<dyn Write + Send>,
}

impl World {
    /// The world as `main` found it.
    pub fn new(
        folder: PathBuf,
        env: BTreeMap<String, String>,
        clock: Arc<dyn Clock>,
        streams: Streams,
        (out_is_terminal, err_is_terminal): (bool, bool),
    ) -> Self {
        let streams = Mutex::new(streams);
        Self { folder, env, clock, out_is_terminal, err_is_terminal, streams, color: None, project: None }
    }

    pub(super) fn with_color(self, when: &str) -> Self {
        let color = match when {
            "always" => Some(true),
            "never" => Some(false),
            _ => None,
        };
        Self { color, ..self }
    }

    pub(super) fn in_project(self, project: Option<PathBuf>) -> Self {
        Self { project, ..self }
    }

    /// Data: standard output. A reader that went away is no error of ours.
    pub(super) fn out(&self, text: &str) {
        let out = &mut self.streams.lock().unwrap_or_else(PoisonError::into_inner).out;
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).ok();
    }

    /// Everything else: standard error.
    pub(super) fn err(&self, text: &str) {
        let err = &mut self.streams.lock().unwrap_or_else(PoisonError::into_inner).err;
        writeln!(err, "{}", text.trim_end()).ok();
    }

    /// Colours for standard output (`NO_COLOR`, see no-color.org).
    pub(super) fn palette(&self, terminal: bool) -> Palette {
        Palette::new(self.colored(terminal))
    }

    fn colored(&self, terminal: bool) -> bool {
        let no_color = self.env.get("NO_COLOR").is_some_and(|value| !value.is_empty());
        self.color.unwrap_or(terminal && !no_color)
    }

    /// The project's root, or why there is none.
    pub(super) fn root(&self) -> Result<PathBuf, Exit> {
        let start = self.project.as_ref().map_or_else(|| self.folder.clone(), |given| self.folder.join(given));
        let found = match &self.project {
            Some(_) => start.join(PROJECT_FILE).is_file().then(|| start.clone()),
            None => find_root(&start),
        };
        found.ok_or_else(|| {
            self.err(&format!(
                "error: no {PROJECT_FILE} in {}{}\nhelp: run the command in a project's folder, or name one with --project",
                start.display(),
                if self.project.is_some() { "" } else { " or above" },
            ));
            Exit::Refused
        })
    }

    /// What a session may see of this world.
    pub(super) fn surroundings(&self) -> Surroundings {
        let cache_dir = default_cache_dir(|name| self.env.get(name).map(Into::into));
        Surroundings {
            env: self.env.clone(),
            cache_dir: cache_dir.unwrap_or_else(|| self.folder.join(".shakedown-cache")),
        }
    }

    /// Prints problems like a compiler.
    pub(super) fn problems(&self, problems: &[Problem]) {
        if !problems.is_empty() {
            self.err(&render(problems, self.colored(self.err_is_terminal)));
        }
    }

    /// Prints why a run does not start; the exit code.
    pub(super) fn refused(&self, refused: &Refused) -> Exit {
        match refused {
            Refused::Problems(problems) => {
                self.problems(problems);
                Exit::Refused
            }
            Refused::Usage(text) if text.starts_with("refused") => {
                self.err(text);
                Exit::Refused
            }
            Refused::Usage(text) => {
                self.err(&format!("error: {text}"));
                Exit::Refused
            }
            Refused::Nothing(text) => {
                self.err(&format!("error: {text}"));
                Exit::NothingJudged
            }
        }
    }
}

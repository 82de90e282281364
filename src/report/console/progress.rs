//! What moves while cases run: bars on a terminal, nothing but lines elsewhere.

use std::collections::HashMap;
use std::io::Write;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::event::CaseKey;
use crate::report::text::one_line;

/// Redraws of a terminal.
const TICK: Duration = Duration::from_millis(120);

/// Shows which cases run and what they wait for.
pub trait Progress: Send {
    /// A line of the log, above whatever moves.
    fn line(&mut self, text: &str);
    /// A case begins.
    fn begin(&mut self, case: &CaseKey, name: &str);
    /// What a case waits for.
    fn waits(&mut self, case: &CaseKey, what: &str);
    /// A case has ended.
    fn end(&mut self, case: &CaseKey);
    /// Takes away what moves.
    fn clear(&mut self);
}

/// Lines only: for CI and for files.
pub struct Plain<W>(pub W);

impl<W: Write + Send> Progress for Plain<W> {
    fn line(&mut self, text: &str) {
        // A closed terminal is no reason to stop a run; the reports on disk have it all.
        writeln!(self.0, "{text}").and_then(|()| self.0.flush()).ok();
    }

    fn begin(&mut self, _case: &CaseKey, _name: &str) {}

    fn waits(&mut self, _case: &CaseKey, _what: &str) {}

    fn end(&mut self, _case: &CaseKey) {}

    fn clear(&mut self) {}
}

/// A bar for each running case, on standard error.
pub struct Bars {
    all: MultiProgress,
    running: HashMap<CaseKey, ProgressBar>,
    style: ProgressStyle,
}

impl Bars {
    /// Bars on standard error, which must be a terminal.
    pub fn new() -> Self {
        let style = ProgressStyle::with_template("{spinner:.cyan} {elapsed:>6}  {prefix}  {wide_msg:.dim}");
        Self {
            all: MultiProgress::with_draw_target(ProgressDrawTarget::stderr()),
            running: HashMap::new(),
            style: style.unwrap_or_else(|_| ProgressStyle::default_spinner()),
        }
    }
}

impl Default for Bars {
    fn default() -> Self {
        Self::new()
    }
}

impl Progress for Bars {
    fn line(&mut self, text: &str) {
        self.all.println(text).ok();
    }

    fn begin(&mut self, case: &CaseKey, name: &str) {
        let bar = self.all.add(ProgressBar::new_spinner());
        bar.set_style(self.style.clone());
        bar.set_prefix(format!("{} / {}", case.suite, one_line(name)));
        bar.enable_steady_tick(TICK);
        self.running.insert(case.clone(), bar);
    }

    fn waits(&mut self, case: &CaseKey, what: &str) {
        if let Some(bar) = self.running.get(case) {
            bar.set_message(what.to_owned());
        }
    }

    fn end(&mut self, case: &CaseKey) {
        if let Some(bar) = self.running.remove(case) {
            bar.finish_and_clear();
        }
    }

    fn clear(&mut self) {
        self.all.clear().ok();
    }
}

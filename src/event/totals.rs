//! The running totals that every event carries.

use serde::{Deserialize, Serialize};

use super::{Exit, Outcome};

/// How many cases of a run ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Cases that the run is to report.
    pub planned: usize,
    /// Cases that are running now.
    pub running: usize,
    /// Green ones.
    pub passed: usize,
    /// Of the green ones: with a check at level `warn` that was false.
    pub warned: usize,
    /// Of the green ones: passed on a later attempt.
    pub flaky: usize,
    /// An expectation was false.
    pub failed: usize,
    /// Could not be judged.
    pub errored: usize,
    /// Were not to run.
    pub skipped: usize,
    /// Things that cleanup could not remove.
    pub left_over: usize,
}

impl Totals {
    /// Counts one more case.
    pub fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Passed { warnings, flaky } => {
                self.passed += 1;
                self.warned += usize::from(!warnings.is_empty());
                self.flaky += usize::from(*flaky);
            }
            Outcome::Failed { .. } => self.failed += 1,
            Outcome::Errored { .. } => self.errored += 1,
            Outcome::Skipped { .. } => self.skipped += 1,
        }
    }

    /// Cases that have an outcome.
    pub fn finished(&self) -> usize {
        self.passed + self.failed + self.errored + self.skipped
    }

    /// The exit code that these totals mean. When several apply the order is that of the language: 130, 1, 3, 4, 5, 0.
    pub fn exit(&self, interrupted: bool) -> Exit {
        if interrupted {
            Exit::Interrupted
        } else if self.failed > 0 {
            Exit::Failed
        } else if self.errored > 0 || self.finished() != self.planned {
            Exit::Errored
        } else if self.passed == 0 {
            Exit::NothingJudged
        } else if self.left_over > 0 {
            Exit::CleanupIncomplete
        } else {
            Exit::Green
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_case::test_case;

    fn totals(
        planned: usize,
        passed: usize,
        failed: usize,
        errored: usize,
        skipped: usize,
        left_over: usize,
    ) -> Totals {
        Totals { planned, passed, failed, errored, skipped, left_over, ..Totals::default() }
    }

    #[test_case(totals(2, 2, 0, 0, 0, 0), false, Exit::Green; "all green")]
    #[test_case(totals(2, 1, 1, 0, 0, 0), false, Exit::Failed; "one failed")]
    #[test_case(totals(2, 0, 1, 1, 0, 0), false, Exit::Failed; "failed goes before errored")]
    #[test_case(totals(2, 1, 0, 1, 0, 0), false, Exit::Errored; "one errored")]
    #[test_case(totals(3, 2, 0, 0, 0, 0), false, Exit::Errored; "a case without an outcome is red")]
    #[test_case(totals(2, 0, 0, 0, 2, 0), false, Exit::NothingJudged; "all skipped is nothing judged")]
    #[test_case(totals(0, 0, 0, 0, 0, 0), false, Exit::NothingJudged; "no case at all is nothing judged")]
    #[test_case(totals(2, 2, 0, 0, 0, 1), false, Exit::CleanupIncomplete; "green but something is left")]
    #[test_case(totals(2, 1, 1, 0, 0, 1), true, Exit::Interrupted; "interrupted goes first")]
    fn the_exit_code_follows_the_order_of_the_language(totals: Totals, interrupted: bool, expected: Exit) {
        assert_eq!(totals.exit(interrupted), expected);
    }
}

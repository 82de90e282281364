//! What a run is told from outside, in plain types.

use std::time::Duration;

/// How a run goes about it.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// Cases at the same time, at least 1.
    pub concurrency: usize,
    /// Stop after so many cases that failed or errored.
    pub max_fail: Option<usize>,
    /// Skip cleanup, and journal what is kept.
    pub keep: bool,
    /// Write golden files that differ, instead of failing.
    pub update: bool,
    /// Time-outs where the suite gives none.
    pub budgets: Budgets,
}

/// Time-outs.
#[derive(Debug, Clone, Copy)]
pub struct Budgets {
    /// Of one attempt of a step.
    pub step: Duration,
    /// Of a case.
    pub case: Duration,
    /// Of a suite's cases and setup.
    pub suite: Duration,
    /// Of the whole run, without cleanup.
    pub deadline: Duration,
    /// Of a suite's cleanup, on top of everything else.
    pub cleanup: Duration,
}

impl Default for Budgets {
    fn default() -> Self {
        let minutes = |n: u64| Duration::from_secs(n * 60);
        Self { step: minutes(15), case: minutes(60), suite: minutes(120), deadline: minutes(180), cleanup: minutes(5) }
    }
}

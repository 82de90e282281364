//! What is asked for, in plain types.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::NaiveDate;

use crate::event::CaseKey;
use crate::runner::Shard;

/// A run as asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The project's root.
    pub root: PathBuf,
    /// The target's name; `local` by default, if the project has one.
    pub target: Option<String>,
    /// Files and folders, relative to the root, a file perhaps with a line.
    pub paths: Vec<(PathBuf, Option<usize>)>,
    /// A tag expression.
    pub tags: Option<String>,
    /// A part of a case's name or key.
    pub case: Option<String>,
    /// One of several parts.
    pub shard: Option<Shard>,
    /// Just these cases.
    pub only: Option<Vec<CaseKey>>,
    /// `run.date` instead of today's.
    pub date: Option<NaiveDate>,
    /// Suite variables.
    pub vars: BTreeMap<String, String>,
    /// Cases at the same time instead of the target's number.
    pub concurrency: Option<usize>,
    /// Stop after so many red cases.
    pub max_fail: Option<usize>,
    /// How often each suite is run, one time after the other; 0 and 1 are once.
    pub repeat: usize,
    /// Take started steps from the record of this run; `last` is the newest.
    pub reuse: Option<String>,
    /// Skip cleanup.
    pub keep: bool,
    /// Accept what golden files would have to hold.
    pub update: bool,
}

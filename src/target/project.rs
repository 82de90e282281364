//! What `shakedown.yaml` means.

use std::path::PathBuf;
use std::time::Duration;

use chrono::NaiveDate;
use chrono_tz::Tz;
use indexmap::IndexMap;

use super::rates::Rates;
use crate::diagnostic::Span;
use crate::event::Effect;
use crate::value::Map;
use crate::yaml::Node;

/// The project file.
#[derive(Debug)]
pub struct Project {
    /// The folder that holds it: every path in a suite is relative to it.
    pub root: PathBuf,
    /// `project:`.
    pub name: String,
    /// `timezone:`, UTC by default.
    pub timezone: Tz,
    /// `tags:`.
    pub tags: Vec<String>,
    /// `env:`, the names that suites may read.
    pub env: Vec<String>,
    /// `defaults:`.
    pub defaults: Defaults,
    /// `matrices:`, named and reusable; as written, for the suites to decode.
    pub matrices: IndexMap<String, Node>,
    /// `targets:`, `extends` resolved.
    pub targets: IndexMap<String, Target>,
    /// The file as a whole, for messages without a better place.
    pub span: Span,
}

/// Time-outs where a suite gives none; `None` = the product's own.
#[derive(Debug, Clone, Copy, Default)]
pub struct Defaults {
    /// Of one attempt of a step.
    pub step: Option<Duration>,
    /// Of a case.
    pub case: Option<Duration>,
    /// Of a suite.
    pub suite: Option<Duration>,
    /// Of a suite's cleanup.
    pub cleanup: Option<Duration>,
}

/// One target.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub span: Span,
    /// Where it is.
    pub account: Account,
    /// What steps may do.
    pub allow: Vec<Effect>,
    /// Whether `exec.run` may start commands on this machine.
    pub exec: bool,
    /// `vars:`.
    pub vars: Map,
    /// `athena:`.
    pub athena: AthenaDefaults,
    /// `limits:`.
    pub limits: Limits,
    /// How often the run calls AWS's APIs.
    pub rates: Rates,
    /// `date:`, which fixes `run.date`.
    pub date: Option<NaiveDate>,
    /// `state:`, where intents outlive the machine, an `s3://` URI.
    pub state: Option<String>,
    /// `keep:`, whether `--keep` may skip cleanup.
    pub keep: bool,
    /// Keys that this version reads but cannot honour: a run against the target is refused.
    pub unsupported: Vec<Unsupported>,
}

/// A key that cannot be honoured.
#[derive(Debug, Clone)]
pub struct Unsupported {
    /// What, for example "`write_to`".
    pub what: String,
    /// Where.
    pub span: Span,
}

/// Where a target is.
#[derive(Debug, Clone)]
pub enum Account {
    /// The embedded AWS, as declared by this file.
    Sandbox {
        /// `sandbox:`, relative to the root.
        declaration: PathBuf,
    },
    /// AWS, or an emulator of it.
    Aws {
        /// The account's 12 digits: `GetCallerIdentity` must say so.
        account: String,
        /// The region.
        region: String,
        /// The role to assume.
        role: Option<String>,
        /// The external id to assume it with.
        external_id: Option<String>,
        /// The only way to another server than AWS's.
        endpoint: Option<String>,
    },
}

/// How Athena is called where a step does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AthenaDefaults {
    /// The work group.
    pub workgroup: Option<String>,
    /// Where results go, an `s3://` URI.
    pub output: Option<String>,
}

/// Bounds of a run against a target.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Of the whole run, without cleanup.
    pub deadline: Option<Duration>,
    /// Cases at the same time.
    pub concurrency: Option<usize>,
    /// How long one request may go unanswered.
    pub answer: Option<Duration>,
    /// Bytes that a run's queries may scan.
    pub scanned: Option<u64>,
    /// Bytes that one query may scan.
    pub scanned_per_query: Option<u64>,
}

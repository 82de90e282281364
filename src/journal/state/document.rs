//! The document of an open intent: `intents/<number>.json`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::event::Intent;
use crate::journal::header::VERSION;

/// An open intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The version of the layout.
    pub version: u32,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// Whether it was kept on purpose: only `shakedown cleanup` of this run removes it.
    #[serde(default)]
    pub kept: bool,
    /// What it is.
    pub intent: Intent,
}

impl Entry {
    pub(super) fn new(intent: Intent, at: DateTime<Utc>) -> Self {
        Self { version: VERSION, at, kept: false, intent }
    }
}

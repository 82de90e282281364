//! The sandbox's own time: it plays AWS, whose clock is not the run's.

use chrono::{DateTime, Utc};

/// The present moment, as AWS would stamp it.
#[expect(clippy::disallowed_methods, reason = "the one place where the sandbox reads the system's clock")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

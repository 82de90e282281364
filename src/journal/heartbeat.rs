//! The heartbeat: as long as a run lives it says so, well before anybody could take it for dead.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::records::Record;

/// From one heartbeat to the next: ten of them are missed before a run is taken for dead.
pub const PULSE: Duration = Duration::from_secs(30);

/// Renews the record of a run until dropped.
pub async fn beat(record: Arc<dyn Record>) {
    let mut ticks = interval(PULSE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = record.renew().await {
            // The next one may be heard; when none is, the run intends nothing more.
            tracing::warn!(%error, "the run could not say that it is alive");
        }
    }
}

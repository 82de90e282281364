//! What somebody else writes on behalf of a run may still be coming when that was stopped: it is removed until no more comes.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::cleanup::undone;
use super::context::Context;
use super::limit::{Limit, later};
use crate::actions;
use crate::event::{Finding, Intent, Settlement};

/// As long as nothing new has come for this long, nothing more is expected. A function that was running when its execution was stopped
/// runs on: AWS has no way to end it.
const QUIET: Duration = Duration::from_secs(4);

/// Undoes an intent of something that was not waited for to its end: what may grow is looked at until it does not.
pub(super) async fn undone_for_good(context: &Context, intent: &Intent, limit: Limit) -> Result<Settlement, Finding> {
    let mut settlement = undone(context, intent, limit).await?;
    while actions::may_grow(intent) {
        sleep_until(later(Instant::now(), QUIET).min(limit.at)).await;
        match undone(context, intent, limit).await? {
            Settlement::NeverWas => break,
            more => settlement = more,
        }
    }
    Ok(settlement)
}

//! Ctrl-C and SIGTERM: the first asks the run to stop, the second ends the process at once.

use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;

use crate::event::{Exit, StopReason};
use crate::runner::Stop;

/// Watches for both signals until aborted.
pub(super) fn watch(stop: Stop) -> JoinHandle<()> {
    tokio::spawn(async move {
        while asked().await {
            if !stop.request(StopReason::Interrupted) && stop.reason() == Some(StopReason::Interrupted) {
                #[expect(clippy::exit, reason = "the second signal asks for exactly this")]
                std::process::exit(i32::from(Exit::Interrupted.code()));
            }
        }
    })
}

/// Returns when a signal has come; false if signals cannot be watched.
pub(super) async fn asked() -> bool {
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        tracing::error!("Ctrl-C and SIGTERM cannot be watched");
        return false;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    true
}

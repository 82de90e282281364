//! Ctrl-C and SIGTERM: the first asks the run to stop, the second ends the process at once.

use tokio::signal::unix::{SignalKind, signal};

use crate::event::{Exit, StopReason};
use crate::runner::Stop;

/// Watches for both signals until dropped.
pub async fn stop_on_signals(stop: Stop) {
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        tracing::error!("Ctrl-C and SIGTERM cannot be watched");
        return;
    };
    loop {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        if !stop.request(StopReason::Interrupted) {
            #[expect(clippy::exit, reason = "the second signal asks for exactly this")]
            std::process::exit(i32::from(Exit::Interrupted.code()));
        }
    }
}

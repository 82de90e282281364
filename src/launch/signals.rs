//! Ctrl-C and SIGTERM: the first asks the run to stop, the second ends the process at once.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::event::{Exit, StopReason};
use crate::runner::Stop;

/// Returns when one of the signals has come.
pub async fn signalled() {
    if let Some(mut signals) = Signals::watch() {
        signals.next().await;
    }
}

/// Both signals, watched from one moment on: none that comes later is missed.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn watch() -> Option<Self> {
        let watched = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
        let (Ok(interrupt), Ok(terminate)) = watched else {
            tracing::error!("Ctrl-C and SIGTERM cannot be watched");
            return None;
        };
        Some(Self { interrupt, terminate })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Watches for both signals until dropped.
pub async fn stop_on_signals(stop: Stop) {
    let Some(mut signals) = Signals::watch() else { return };
    loop {
        signals.next().await;
        if !stop.request(StopReason::Interrupted) {
            #[expect(clippy::exit, reason = "the second signal asks for exactly this")]
            std::process::exit(i32::from(Exit::Interrupted.code()));
        }
    }
}

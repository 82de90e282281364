//! Task tokens: how a task that waits for a callback hears from outside.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// What a callback says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// `SendTaskSuccess`.
    Success(Value),
    /// `SendTaskFailure`.
    Failure { error: Option<String>, cause: Option<String> },
    /// `SendTaskHeartbeat`.
    Heartbeat,
}

/// All tokens that were issued, those that nothing waits for any more without a sender.
#[derive(Debug, Clone, Default)]
pub struct Tokens(Arc<Mutex<HashMap<String, Option<UnboundedSender<Signal>>>>>);

/// What became of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// The task hears it.
    Yes,
    /// The task has ended, or another callback came first.
    TooLate,
    /// There never was such a token.
    Never,
}

/// A token that is waited for; dropping it ends that.
#[derive(Debug)]
pub struct Waiting {
    /// The token's text.
    pub token: String,
    signals: UnboundedReceiver<Signal>,
    tokens: Tokens,
}

impl Tokens {
    /// A new token.
    pub fn issue(&self) -> Waiting {
        let token = format!("AQC{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple());
        let (sender, signals) = unbounded_channel();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(token.clone(), Some(sender));
        Waiting { token, signals, tokens: self.clone() }
    }

    /// Passes a signal on. Success and failure are the last that a task hears.
    pub fn signal(&self, token: &str, signal: Signal) -> Heard {
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(kept) = tokens.get_mut(token) else { return Heard::Never };
        let sender = if signal == Signal::Heartbeat { kept.clone() } else { kept.take() };
        let sent = sender.is_some_and(|sender| sender.send(signal).is_ok());
        if sent { Heard::Yes } else { Heard::TooLate }
    }
}

impl Waiting {
    /// The next signal. After the last there is none.
    pub async fn next(&mut self) -> Signal {
        match self.signals.recv().await {
            Some(signal) => signal,
            None => std::future::pending().await,
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut tokens = self.tokens.0.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.insert(std::mem::take(&mut self.token), None);
    }
}

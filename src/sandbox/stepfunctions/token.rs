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

/// The tokens that are waited for.
#[derive(Debug, Clone, Default)]
pub struct Tokens(Arc<Mutex<HashMap<String, UnboundedSender<Signal>>>>);

/// A token that is waited for; dropping it forgets the token.
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
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(token.clone(), sender);
        Waiting { token, signals, tokens: self.clone() }
    }

    /// Passes a signal on; false when nothing waits for that token.
    pub fn signal(&self, token: &str, signal: Signal) -> bool {
        let tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.get(token).is_some_and(|sender| sender.send(signal).is_ok())
    }
}

impl Waiting {
    /// The next signal. A token that was forgotten never signals.
    pub async fn next(&mut self) -> Signal {
        match self.signals.recv().await {
            Some(signal) => signal,
            None => std::future::pending().await,
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.tokens.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.token);
    }
}

//! End to end: real SDK clients over HTTP, a Python function in a process, a state machine between them.

mod declared;
mod errors;
mod events;
mod pipeline;
mod project;
mod queries;

//! The Step Functions API: state machines, executions, validation, tags and callbacks.

mod callbacks;
mod execution;
mod executions;
mod history;
mod input;
mod machines;
mod map_runs;
mod names;
mod paging;
mod params;
mod record;
mod service;
mod start;
mod tags;
mod validate;

pub use service::{Config, OPERATIONS, StepFunctions};

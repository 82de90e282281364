//! The service as a client sees it: definitions in, answers and histories out, on paused time.

#![expect(clippy::needless_pass_by_value, reason = "a table of JSON reads better without ampersands")]

mod api;
mod definitions;
mod distributed;
mod harness;
mod states;
mod tasks;

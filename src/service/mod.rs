//! Verbs on AWS that actions (and, later, datasets) share: one client per service, one governor, one way to wait.
//!
//! A verb makes the calls and gives AWS's answer in plain types; it knows no suite and judges nothing.

pub mod athena;
mod clients;
pub mod failed;
mod function_time;
mod governed;
mod governor;
pub mod history;
pub mod lambda;
mod prefix;
pub mod s3;
mod server_time;
mod started;
pub mod stepfunctions;
mod waiter;

pub use clients::Services;
pub use function_time::AnswerTime;
pub use governor::{Governor, Scope, Turn};
pub use started::{Listed, Started};
pub use waiter::{Pace, Patience, wait, wait_until};

//! EventBridge: the default bus. Rules choose events by patterns and start state machines and functions with them.
//!
//! Events come from S3 (buckets that send them), from callers (`PutEvents`), and from schedules. Schedules are rules with a
//! `ScheduleExpression`; the clock never fires them here, a test does: through the door of the sandbox, or by the `control` paths.
//! Deliveries are made once, behind the back of who caused them, and written down: one that fails is told in the log.

mod api;
mod bus;
mod control;
mod deliver;
mod event;
mod pattern;
mod record;
mod rule;
mod schedule;
#[cfg(test)]
mod tests;
mod transform;
mod unsent;

pub use api::OPERATIONS;
pub use bus::{Config, EventBridge};
pub use control::{PREFIX, router};
pub use deliver::Targets;
pub use pattern::Pattern;
pub use rule::is_name;
pub use schedule::check as check_schedule;

//! Exact values: what suites expect and what actions yield.
//!
//! One type, [`Value`], carries JSON's kinds and those that Athena, S3 and the suite language add: dates, times,
//! timestamps, durations, sizes, bytes. Numbers are decimals of any length; nothing here passes through `f64`.
//!
//! * [`read`]: text read as a type ("the expected text is read as the type of the actual value").
//! * [`compare`]: order within one kind.
//! * [`Value::to_recorded`]: the lossless JSON form that journals hold; [`Value::to_json`] is the lossy form of payloads.
//! * [`Value::display`] and [`Value::pretty`]: typed text for people.

mod compare;
mod display;
mod duration;
mod kinds;
mod number;
pub mod read;
mod recorded;
#[cfg(test)]
mod tests;

pub use bigdecimal::BigDecimal;
pub use compare::compare;
pub use display::Display;
pub use duration::{duration_text, size_text};
pub use kinds::{Map, NotFinite, Timestamp, Value};
pub use number::{integer_of, number_text};
pub use recorded::RecordedError;

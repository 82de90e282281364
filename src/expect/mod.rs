//! Judging: what a suite expects against what an action yields. Pure, synchronous, exact.
//!
//! An [`Expectation`] is compiled from the YAML below `expect` when a suite is checked; [`Expectation::resolve`] gives
//! its templates their values when a step runs; [`Resolved::judge`] compares, as often as needed.
//!
//! - Below the top level a mapping is a partial match, a list matches element by element at equal length, and a scalar
//!   is equality. A mapping whose keys are all matchers is a matcher. The empty mapping `{}` expects an empty mapping,
//!   because a partial match of nothing would always hold. What a template yields is a literal and is compared whole.
//! - Expected text is read as the type of the actual value: dates, times, timestamps, durations, sizes; a text that is
//!   found where such a value is expected likewise. A number never equals a text.
//! - Nothing passes through `f64`.
//! - What cannot be compared is a mismatch that a `not`, `none` or `any_of` around it does not turn into a success.

mod compile;
mod expectation;
mod files;
mod jsonpath;
mod judge;
mod judgement;
mod matchers;
mod mentions;
mod path;
mod reading;
mod schema;
mod tree;

#[cfg(test)]
mod tests;

pub use expectation::{Expectation, OutputFields, Resolved};
pub use files::Files;
pub use judgement::{Ambiguity, GoldenUpdate, Judgement, Mismatch};
pub use matchers::{ArgumentShape, MatcherDoc, matchers};
pub use schema::schema;

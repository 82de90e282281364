//! Event patterns: which events a rule wants. Pure.
//!
//! The rules are those of the EventBridge user guide ("Comparison operators for use in event patterns"), and where it is silent those
//! of AWS's own description of Event Ruler, the library behind it: a pattern has the structure of the events that it matches; all of
//! its fields must match, each with any of its values; an array in the event matches with any of its elements, and fields that
//! stand below one array must match in one element of it.
//!
//! Numbers that stand in a pattern as they are match by their text (`300` is not `300.0`, as the guide says); `numeric` and
//! `anything-but` compare values, exactly.

mod matching;
mod model;
mod network;
mod parse;
#[cfg(test)]
mod tests;

pub use model::Pattern;

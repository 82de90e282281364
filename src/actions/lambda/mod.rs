//! `lambda.*`: functions, invoked once.

mod explain;
mod invoke;

pub use invoke::Invoke;

/// The intent of an invoke that is waited for, and which nothing can stop.
pub(super) const INVOCATION: &str = "lambda.invocation";

//! Intrinsic functions of the state language: `States.Format('{}', $.name)` and its eighteen siblings, nested as AWS allows.
//!
//! Rules are from AWS's developer guide (intrinsic functions). Where AWS is known to answer otherwise than the guide says
//! (it cuts fractions off most numbers instead of rounding them, `StringSplit` drops empty pieces), the answer wins.

mod arrays;
mod decimal;
mod evaluate;
mod math;
mod parse;
mod strings;

#[cfg(test)]
mod tests;

pub use decimal::Decimal;
pub use evaluate::{Intrinsic, IntrinsicError};

//! Expressions: CEL (Common Expression Language) behind one door, and the `{{ }}` templates that hold them.
//!
//! The crate `cel` gives the grammar and the syntax tree; no other module names it. The tree is evaluated here, over
//! [`crate::value::Value`], because the verdicts of this product must not pass through `f64`: the crate's own
//! interpreter computes decimals as doubles, copies a whole output at each evaluation, and answers `false` to
//! `10 == "10"`. The differences from CEL's own semantics are all on the strict side:
//!
//! - values of two types are never compared (`10 == "10"` is an error); `null` may be compared for equality only;
//! - `&&`, `||`, `all` and `exists` go from left to right and never absorb an error;
//! - integers are 64 bits wide; a decimal operand of more than 15 significant digits is an error that points to the
//!   matchers, which are exact at any width. Within those bounds arithmetic is exact (`0.1 + 0.2 == 0.3`).
//!
//! A value that is only passed on, as in `input: "{{ steps.a.output }}"`, is neither converted nor limited.

mod compile;
mod error;
mod evaluate;
mod explain;
mod expression;
mod functions;
mod layout;
mod names;
mod operators;
mod places;
mod plain;
mod scan;
mod scope;
mod template;
mod text;
mod tree;

#[cfg(test)]
mod tests;

pub use crate::yaml::field::Phase;
pub use error::{ErrorKind, EvalError};
pub use expression::Expression;
pub use functions::{FunctionDoc, Functions, functions};
pub use names::{Names, Reference, check_names};
pub use scope::Scope;
pub use template::{Part, Spanned, Template, check_key};

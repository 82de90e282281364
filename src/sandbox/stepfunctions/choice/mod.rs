//! The rules of a Choice state: comparisons of a variable, joined by `And`, `Or` and `Not`.

mod comparison;
mod pattern;
mod rule;

#[cfg(test)]
mod tests;

pub use rule::Rule;

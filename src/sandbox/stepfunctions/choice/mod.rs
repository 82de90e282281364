//! The rules of a Choice state: comparisons of a variable, joined by `And`, `Or` and `Not`.

mod pattern;
mod rule;
mod test;

#[cfg(test)]
mod tests;

pub use rule::Rule;

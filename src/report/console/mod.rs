//! The terminal: progress while cases run, a line for each that has finished, failures again at the end, a table of suites.

mod consumer;
mod lines;
mod palette;
mod progress;
mod summary;
#[cfg(test)]
mod tests;

pub use consumer::{Console, Heart};
pub use palette::Palette;
pub use progress::{Bars, Plain, Progress};

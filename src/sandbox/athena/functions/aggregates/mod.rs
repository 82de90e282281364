//! Aggregate functions that DataFusion lacks or reads differently.

mod collect;
mod percentile;
mod registry;
mod running;

pub use registry::{NATIVE, functions};

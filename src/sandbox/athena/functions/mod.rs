//! Trino's functions for DataFusion: one file per family.

mod registry;

pub use registry::{configure, register};

//! Functions that take lambdas.

mod apply;
mod combine;
mod reduce;
mod registry;
mod sort;
mod try_value;

pub use registry::functions;

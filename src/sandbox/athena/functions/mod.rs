//! Trino's functions for DataFusion: one file per family.
//!
//! Most work row by row on [`value::Value`]; `row` is their common adapter. DataFusion's own functions are called only
//! where they mean the same, see [`aggregates::NATIVE`]. Arrow's `LargeUtf8` stands for Trino's json.

#![allow(
    clippy::unnecessary_wraps,
    reason = "the functions of a family are listed in one table and share one signature"
)]

pub mod aggregates;
mod arithmetic;
mod arrays;
pub mod arrow_values;
mod binary;
mod bitwise;
pub mod cast;
pub mod catalogue;
mod choice;
mod concat;
mod conditional;
mod date_formats;
mod dates;
pub mod error;
mod format;
mod implicit_casts;
mod interval_arithmetic;
mod json;
mod json_path;
mod lambdas;
mod like;
mod maps;
mod math;
mod operators;
mod regexp;
mod registry;
mod row;
mod sequence;
mod strings;
pub mod text;
pub mod types;
mod unnest;
mod url;
pub mod value;
mod xxhash;

pub use dates::is_field;
pub use registry::{configure, register};

//! Athena of the sandbox: its API, its statements and its dialect, on DataFusion over the sandbox's S3 and Glue catalog.
//!
//! `service` answers calls; a call to start a query parses it (`ddl`), runs it on a thread of its own (`execution`) in an
//! `environment`, and writes its result to S3 (`result_file`), from where `results` pages through it. `planner` turns a query into a
//! plan with the help of `dialect` and `functions`; `table` reads and writes the files; `values` knows types and texts.

mod ddl;
pub mod dialect;
mod environment;
mod execution;
mod failure;
pub mod functions;
mod information_schema;
mod metadata;
mod planner;
mod queries;
mod request;
mod result_file;
mod results;
#[cfg(test)]
mod sdk_tests;
mod service;
mod storage;
mod table;
#[cfg(test)]
mod tests;
mod values;
mod view;
mod work_groups;

pub use service::{Athena, Config};
pub use storage::Buckets;

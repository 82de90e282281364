//! `aws-sdk:s3`: parameters to the inputs of our S3, its outputs to JSON with the SDK's member names.

mod call;
mod output;
mod read;
mod write;

pub use call::{OPERATIONS, call};

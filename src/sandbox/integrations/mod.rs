//! What Task states call: Lambda functions, and services of the sandbox by their optimised and their SDK integrations.
//!
//! | resource | calls |
//! |---|---|
//! | a function's ARN | the function |
//! | `arn:aws:states:::lambda:invoke` (also `.waitForTaskToken`) | the function |
//! | `arn:aws:states:::athena:` | `startQueryExecution` (also `.sync`), `getQueryExecution`, `getQueryResults`, `stopQueryExecution` |
//! | `arn:aws:states:::states:startExecution` (also `.sync`, `.sync:2`) | another state machine |
//! | `arn:aws:states:::aws-sdk:s3:` | the operations of `s3` |
//! | `arn:aws:states:::aws-sdk:athena:`, `aws-sdk:glue:`, `aws-sdk:sfn:` | every operation that the service serves |
//! | `arn:aws:states:::aws-sdk:lambda:invoke` | the function |
//!
//! Shapes of outputs, error names and causes follow AWS's recorded executions where there are any.

mod athena;
mod executions;
mod failure;
mod lambda;
mod metadata;
mod params;
mod runner;
mod s3;
mod sdk;
mod times;

#[cfg(test)]
mod tests;

pub use runner::{Integrations, Targets};

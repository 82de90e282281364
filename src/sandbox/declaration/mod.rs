//! `fixtures/sandbox.yaml`: what the sandbox holds when it starts.
//!
//! [`Declaration::read`] reads the file itself, with every problem in it; [`Declaration::load`] reads the files that it names,
//! with every problem in those. Nothing is started before both are clean.
//!
//! ```yaml
//! buckets:
//!   lake-raw: {seed: {orders/: fixtures/seed/orders/*.csv}, event_bridge: true}   # key prefix (or key): file, glob or folder
//!   lake-curated: {}
//! functions:
//!   clean-orders: {runtime: python3.11, handler: handler.handle, code: fixtures/functions/clean_orders, requirements: [boto3]}
//! state_machines:
//!   orders-etl: {definition: fixtures/state_machines/orders_etl.asl.json, substitutions: {Target: lake-curated}}
//! rules:
//!   arrivals:
//!     pattern: {source: [aws.s3], detail: {bucket: {name: [lake-raw]}, object: {key: [{prefix: landing/}]}}}   # or a JSON file
//!     targets: [{state_machine: orders-etl, input_path: $.detail}]
//!   nightly: {schedule: rate(1 day), targets: [{function: clean-orders, input: {day: today}}]}
//! athena:
//!   output: s3://athena-results/
//!   databases: [lake]
//!   statements: [fixtures/tables/orders.sql]
//! ```
//!
//! In a definition `${Name}` is replaced. Known without being declared are `${AccountId}`, `${Region}`, and the ARN of every
//! function and state machine under its name in Pascal case: `clean-orders` is `${CleanOrdersArn}`. Values under
//! `substitutions` may use these, and come before them.

mod definition;
mod load;
mod model;
mod read;
mod rules;
mod seeds;
mod statements;
mod tables;

#[cfg(test)]
mod tests;

pub use load::{Loaded, LoadedMachine, LoadedRule, Script, SeedObject};
pub use model::{Declaration, Function, Placed, Recipient, RuleInput, Target};
pub use tables::DECLARATION;

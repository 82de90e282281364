//! `cast` and `try_cast` with Trino's meaning: rounding half up, exact text forms, json to and from every type.

mod check;
mod convert;
mod from_json;
mod numbers;
mod temporal;
mod to_json;

pub use convert::{convert, functions};
pub use from_json::from_json;
pub use temporal::{parse_date, parse_timestamp};
pub use to_json::to_json;

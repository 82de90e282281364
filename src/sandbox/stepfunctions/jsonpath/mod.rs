//! `JSONPath` as Step Functions reads it: RFC 9535 by `serde_json_path`, and the forms of Jayway `JsonPath` (the library that the
//! service is built on) which the RFC lacks: `$.a-b.c`, functions such as `$.a.length()`, `$$` for the context object.
//!
//! Definite paths (names and indexes only) are followed here, because AWS's wording of a miss is Jayway's.
//!
//! Not as on AWS: `['a','b']` and Jayway's other functions are refused when a path is parsed; a filter that may compare numbers
//! is refused on data with numbers of more than 15 digits; a filter on an object looks at its members, not at the object.

mod definite;
mod filter;
mod function;
mod path;
mod reference;
mod scan;

#[cfg(test)]
mod tests;

pub use definite::Miss;
pub use path::{Path, PathError};
pub use reference::ReferencePath;

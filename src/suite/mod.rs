//! Suites: from files to the checked model, with all problems in all files at once.
//!
//! [`load`] reads what [`table`] describes. A suite is outlined first (which steps and cases there are, so that references can be
//! judged wherever they stand), then decoded part by part; each part checks its names, phases and effects where it is decoded.
//! A suite with an error is left out, and all its problems are reported. Nothing here touches the network.
//!
//! * `table`: what suites, cases and steps may hold; `schema` and `reference` are made from it.
//! * `decode_suite`, `decode_case`, `decode_step`, `arguments`, `waiting`, `vars`, `matrix`, `matrix_file`: nodes to model.
//! * `names`, `phases`, `effects`, `needs`, `fixtures`, `unique`, `unawaited`: the rules.
//! * `uses`: which output fields anybody looks at.

mod arguments;
mod context;
mod decode_case;
mod decode_step;
mod decode_suite;
mod effects;
mod fixtures;
mod keys;
mod load;
mod matrix;
mod matrix_file;
mod model;
mod names;
mod needs;
mod outline;
mod parallel;
mod phases;
mod reference;
mod schema;
mod table;
#[cfg(test)]
mod tests;
mod unawaited;
mod unique;
mod uses;
mod vars;
mod waiting;

pub use effects::stand_in;
pub use load::{LoadOptions, Loaded, SUITES_FOLDER, check_text, load, load_with};
pub use model::*;
pub use reference::reference;
pub use schema::{project_schema, suite_schema};
pub use table::{STEP, SUITE};

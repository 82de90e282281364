//! `athena.*`: queries, started under a token, and small tables from fixtures.

mod query;
mod rows;
mod start;
mod table;

pub use query::Query;
pub(super) use start::stop;
pub use table::Table;
pub(super) use table::drop_table;

/// The intent of a query.
pub(super) const QUERY: &str = "athena.query";
/// The intent of a temporary table.
pub(super) const TABLE: &str = "athena.table";

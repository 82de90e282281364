//! The way from a statement's text to the tree that DataFusion plans.

use datafusion::sql::sqlparser::ast::{Query, Statement};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;

use super::DialectError;

/// One Athena SELECT-like statement (select, with, values; the query of a CTAS or insert) as DataFusion's syntax tree.
pub fn translate_query(sql: &str) -> Result<Query, DialectError> {
    let refuse = |message: String| DialectError { message, line: 0, column: 0 };
    let mut statements = Parser::parse_sql(&GenericDialect {}, sql).map_err(|error| refuse(error.to_string()))?;
    match (statements.pop(), statements.is_empty()) {
        (Some(Statement::Query(query)), true) => Ok(*query),
        _ => Err(refuse("SYNTAX_ERROR: one query is expected".to_owned())),
    }
}

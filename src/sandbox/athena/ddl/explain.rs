//! `explain`: the plan of a query as text. The text is DataFusion's, as the engine behind the sandbox is.

use datafusion::arrow::datatypes::DataType;

use super::cursor::Cursor;
use super::outcome::Outcome;
use crate::sandbox::athena::environment::Environment;
use crate::sandbox::athena::failure::Failure;
use crate::sandbox::athena::planner::plan;
use crate::sandbox::athena::values::column_info;

/// `explain <query>`.
#[derive(Debug)]
pub struct Explain {
    sql: String,
}

impl Explain {
    /// Reads the statement; options and `analyze` are refused.
    pub fn parse(mut cursor: Cursor<'_>) -> Result<Self, Failure> {
        cursor.expect("explain")?;
        if cursor.looks_at("analyze") {
            return Err(Failure::unsupported("the statement EXPLAIN ANALYZE"));
        }
        Ok(Self { sql: cursor.rest()? })
    }

    /// Plans the query, runs nothing.
    pub async fn run(&self, environment: &Environment) -> Result<Outcome, Failure> {
        let planned = plan(environment, &self.sql).await?;
        let optimised = planned.context.state().optimize(&planned.plan);
        let text = optimised.map_err(|error| Failure::from_engine(&error, &self.sql))?.display_indent().to_string();
        let columns = vec![column_info("Query Plan", &DataType::Utf8)];
        let lines = std::iter::once("Query Plan").chain(text.lines()).map(str::to_owned).collect();
        Ok(Outcome::Lines { columns, lines })
    }
}

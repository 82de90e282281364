//! `select`, `with`, `values`: a query whose rows are the result.

use super::outcome::Outcome;
use crate::sandbox::athena::environment::Environment;
use crate::sandbox::athena::failure::Failure;
use crate::sandbox::athena::planner::{Planned, plan};

/// A SELECT-like statement.
#[derive(Debug)]
pub struct Query {
    sql: String,
}

impl Query {
    /// The whole statement; a semicolon at its end is dropped.
    pub fn new(sql: &str) -> Self {
        Self { sql: sql.trim_end().trim_end_matches(';').to_owned() }
    }

    /// Plans and starts it; rows are read by whoever writes the result.
    pub async fn run(&self, environment: &Environment) -> Result<Outcome, Failure> {
        let Planned { context, plan, names } = plan(environment, &self.sql).await?;
        let failed = |error| Failure::from_engine(&error, &self.sql);
        let frame = context.execute_logical_plan(plan).await.map_err(failed)?;
        let stream = frame.execute_stream().await.map_err(failed)?;
        Ok(Outcome::Rows { names, stream })
    }
}

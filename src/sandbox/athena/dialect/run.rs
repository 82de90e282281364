//! Runs a query as a session of the sandbox does, for tests: rows in Athena's text.

use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::Statement as Sql;

use super::super::failure::Failure;
use super::super::functions;
use super::super::values::ValueText;
use super::{output_names, translate_query};

/// The header and the rows of a query; cells in Athena's text, `NULL` for NULL.
pub fn run(sql: &str) -> Result<(Vec<String>, Vec<Vec<String>>), String> {
    let sql = sql.to_owned();
    let work = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|error| error.to_string())?;
        runtime.block_on(execute(&sql))
    };
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work).map_err(|error| error.to_string())?;
    thread.join().map_err(|_| "the query ended in a panic".to_owned())?
}

/// As much as the engine's threads have: DataFusion plans by recursion, in large frames where nothing is optimised.
const STACK: usize = 16 << 20;

async fn execute(sql: &str) -> Result<(Vec<String>, Vec<Vec<String>>), String> {
    let context = SessionContext::new_with_config(functions::configure(SessionConfig::new()));
    let told = |error: datafusion::error::DataFusionError| Failure::from_engine(&error, sql).reason;
    functions::register(&context).map_err(told)?;
    let query = translate_query(sql).map_err(|error| error.message)?;
    let statement = Statement::Statement(Box::new(Sql::Query(Box::new(query.clone()))));
    let plan = context.state().statement_to_plan(statement).await.map_err(told)?;
    let frame = context.execute_logical_plan(plan).await.map_err(told)?;
    let names: Vec<String> = frame.schema().fields().iter().map(|field| field.name().clone()).collect();
    let batches = frame.collect().await.map_err(told)?;
    let mut rows = Vec::new();
    for batch in &batches {
        let columns: Result<Vec<ValueText>, Failure> = batch.columns().iter().map(ValueText::new).collect();
        let columns = columns.map_err(|failure| failure.reason)?;
        for row in 0..batch.num_rows() {
            rows.push(columns.iter().map(|column| cell(column, row)).collect::<Result<Vec<String>, String>>()?);
        }
    }
    Ok((output_names(&query, &names), rows))
}

fn cell(column: &ValueText, row: usize) -> Result<String, String> {
    let mut text = String::new();
    let present = column.write(row, &mut text).map_err(|failure| failure.reason)?;
    Ok(if present { text } else { "NULL".to_owned() })
}

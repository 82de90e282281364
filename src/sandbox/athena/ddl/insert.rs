//! `insert into … select …` and `insert into … values …`.

use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::sqlparser::tokenizer::Token;

use super::create_table_as::register_partition;
use super::cursor::{Cursor, TableName};
use super::outcome::Outcome;
use super::write_rows::{Target, coercible, write_rows};
use crate::sandbox::athena::environment::Environment;
use crate::sandbox::athena::failure::Failure;
use crate::sandbox::athena::planner::{CATALOG, Planned, plan};
use crate::sandbox::athena::storage::Location;
use crate::sandbox::athena::table::TableDefinition;
use crate::sandbox::athena::values::HiveType;
use crate::sandbox::glue::{Partition, Table};

/// The statement.
#[derive(Debug)]
pub struct Insert {
    name: TableName,
    /// The columns named, or all.
    columns: Option<Vec<String>>,
    sql: String,
}

impl Insert {
    /// Reads the statement.
    pub fn parse(mut cursor: Cursor<'_>) -> Result<Self, Failure> {
        cursor.expect("insert")?;
        if cursor.looks_at("overwrite") {
            return Err(Failure::unsupported("the statement INSERT OVERWRITE"));
        }
        cursor.expect("into")?;
        let name = cursor.table_name()?;
        let columns = if is_column_list(&mut cursor) { Some(column_list(&mut cursor)?) } else { None };
        Ok(Self { name, columns, sql: cursor.rest()? })
    }

    /// Runs the query and appends its rows to the table as new files.
    pub async fn run(&self, environment: &Environment) -> Result<Outcome, Failure> {
        let database = self.name.database_or(&environment.database);
        let table = self.table(environment, database)?;
        let definition = TableDefinition::new(&table)?;
        let Planned { context, plan, .. } = plan(environment, &self.sql).await?;
        let places = self.places(&definition, &plan)?;
        let failed = |error| Failure::from_engine(&error, &self.sql);
        let stream =
            context.execute_logical_plan(plan).await.map_err(failed)?.execute_stream().await.map_err(failed)?;
        let base = definition.location.clone();
        let store = environment.store(&base.bucket)?;
        let place =
            |partition: Partition| Some((partition.values, Location::parse(&partition.storage_descriptor.location?)?));
        let known = environment.catalog.partitions(database, &table.name)?.into_iter().filter_map(place).collect();
        let target = Target { table: definition, base, store, id: environment.id.clone(), known };
        let written = write_rows(target, stream, &places, &self.sql).await?;
        for (values, location) in written.partitions {
            register_partition(environment, database, &table.name, &table.storage_descriptor, values, &location)?;
        }
        Ok(Outcome::Wrote { rows: written.rows, files: written.files })
    }

    fn table(&self, environment: &Environment, database: &str) -> Result<Table, Failure> {
        let name = &self.name.name;
        let table = environment.catalog.table(database, name).map_err(|_| {
            Failure::user(
                "TABLE_NOT_FOUND",
                format_args!("line 1:1: Table '{CATALOG}.{database}.{name}' does not exist"),
            )
        })?;
        if table.is_view() {
            return Err(Failure::user("NOT_SUPPORTED", "line 1:1: Inserting into views is not supported"));
        }
        Ok(table)
    }

    /// Which column of the query each column of the table takes.
    fn places(&self, table: &TableDefinition, plan: &LogicalPlan) -> Result<Vec<Option<usize>>, Failure> {
        let all: Vec<&(String, HiveType)> = table.columns.iter().chain(&table.partition_keys).collect();
        let named: Vec<String> = match &self.columns {
            Some(columns) => columns.clone(),
            None => all.iter().map(|(name, _)| name.clone()).collect(),
        };
        for (index, name) in named.iter().enumerate() {
            if !all.iter().any(|(known, _)| known == name) {
                return Err(Failure::user(
                    "COLUMN_NOT_FOUND",
                    format_args!("line 1:1: Insert column name does not exist in target table: {name}"),
                ));
            }
            if named[..index].contains(name) {
                return Err(Failure::user(
                    "DUPLICATE_COLUMN_NAME",
                    format_args!("line 1:1: Insert column name is specified more than once: {name}"),
                ));
            }
        }
        let place = |(name, _): &&(String, HiveType)| named.iter().position(|wanted| wanted == name);
        let places: Vec<Option<usize>> = all.iter().map(place).collect();
        let fields = plan.schema().fields();
        let wanted = named.iter().filter_map(|name| all.iter().find(|(known, _)| known == name));
        let fits = fields.len() == named.len()
            && wanted.clone().zip(fields).all(|((_, kind), field)| coercible(field.data_type(), kind));
        if fits {
            return Ok(places);
        }
        let table_types: Vec<String> = wanted.map(|(_, kind)| kind.trino()).collect();
        let shown = |kind: &datafusion::arrow::datatypes::DataType| {
            HiveType::from_arrow(kind).map_or_else(|_| kind.to_string(), |kind| kind.trino())
        };
        let query_types: Vec<String> = fields.iter().map(|field| shown(field.data_type())).collect();
        let (table_types, query_types) = (table_types.join(", "), query_types.join(", "));
        let message = format!(
            "line 1:1: Insert query has mismatched column types: Table: [{table_types}], Query: [{query_types}]"
        );
        Err(Failure::user("TYPE_MISMATCH", message))
    }
}

/// A parenthesis may begin a list of columns or the query itself.
fn is_column_list(cursor: &mut Cursor<'_>) -> bool {
    cursor.symbol(&Token::LParen) && {
        let query = ["select", "with", "values", "table"].iter().any(|word| cursor.looks_at(word));
        cursor.back();
        !query
    }
}

fn column_list(cursor: &mut Cursor<'_>) -> Result<Vec<String>, Failure> {
    cursor.expect_symbol(&Token::LParen)?;
    let mut columns = vec![cursor.identifier()?];
    while cursor.symbol(&Token::Comma) {
        columns.push(cursor.identifier()?);
    }
    cursor.expect_symbol(&Token::RParen)?;
    Ok(columns)
}

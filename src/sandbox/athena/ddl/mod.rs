//! Statements that are not plain queries: Hive's data definition language and Trino's `create table as`, `insert into`, views.
//! One file per family: its grammar and what it does to the catalog and S3.

mod alter_table;
mod create_database;
mod create_table;
mod create_table_as;
mod create_view;
mod cursor;
mod describe;
mod drop;
mod explain;
mod hive_dialect;
mod insert;
mod lexemes;
mod msck_repair;
mod outcome;
mod parameters;
mod query;
mod show;
mod show_create;
mod statement;
#[cfg(test)]
mod tests;
mod write_rows;

pub use lexemes::places;
pub use outcome::{Outcome, StatementType};
pub use parameters::substituted;
pub use statement::Statement;

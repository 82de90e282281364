//! Which statement a text is, parsed; and the door to running it.

use super::alter_table::AlterTable;
use super::create_database::CreateDatabase;
use super::create_table::CreateTable;
use super::create_table_as::CreateTableAs;
use super::create_view::CreateView;
use super::cursor::Cursor;
use super::describe::Describe;
use super::drop::Drop;
use super::explain::Explain;
use super::insert::Insert;
use super::msck_repair::MsckRepair;
use super::outcome::{Outcome, StatementType};
use super::query::Query;
use super::show::Show;
use super::show_create::ShowCreate;
use crate::sandbox::athena::environment::Environment;
use crate::sandbox::athena::failure::Failure;

/// A parsed statement.
#[derive(Debug)]
pub enum Statement {
    Query(Query),
    Explain(Explain),
    CreateTableAs(CreateTableAs),
    Insert(Insert),
    CreateView(CreateView),
    CreateDatabase(CreateDatabase),
    CreateTable(Box<CreateTable>),
    Drop(Drop),
    AlterTable(AlterTable),
    MsckRepair(MsckRepair),
    Show(Show),
    ShowCreate(ShowCreate),
    Describe(Describe),
}

/// Statements that Athena knows and the sandbox refuses by name, and some that Athena refuses too.
const REFUSED: &[&str] = &[
    "MERGE",
    "UPDATE",
    "DELETE",
    "UNLOAD",
    "VACUUM",
    "OPTIMIZE",
    "PREPARE",
    "EXECUTE",
    "DEALLOCATE",
    "CALL",
    "ANALYZE",
    "GRANT",
    "REVOKE",
    "TRUNCATE",
    "REFRESH",
    "SET",
    "USE",
    "COMMIT",
    "ROLLBACK",
    "START",
    "COMMENT",
];

/// The deepest tree of operators that is planned; the stack of the engine's threads is made for it.
const LONGEST_CHAIN: usize = 2000;

impl Statement {
    /// Reads a statement.
    pub fn parse(sql: &str) -> Result<Self, Failure> {
        // The two grammars cut strings differently: what begins like Hive's is read by Hive's rules.
        let first = Cursor::trino(sql).or_else(|_| Cursor::hive(sql))?;
        let heading = first.heading(4);
        let begins = |words: &str| heading == words || heading.starts_with(&format!("{words} "));
        if first.at_end() {
            return Err(first.mismatch("<statement>"));
        }
        if let Some(refused) = REFUSED.iter().find(|word| begins(word)) {
            return Err(Failure::unsupported(format_args!("the statement {refused}")));
        }
        if first.longest_chain() > LONGEST_CHAIN {
            let message = format!("statement is too large: more than {LONGEST_CHAIN} operators in one expression");
            return Err(Failure::user("STACK_OVERFLOW", message));
        }
        Ok(match heading.split(' ').next().unwrap_or_default() {
            "CREATE" => Self::create(&heading, sql)?,
            "EXPLAIN" => Self::Explain(Explain::parse(Cursor::trino(sql)?)?),
            "INSERT" => Self::Insert(Insert::parse(Cursor::trino(sql)?)?),
            "DROP" => Self::Drop(Drop::parse(Cursor::hive(sql)?)?),
            "ALTER" => Self::AlterTable(AlterTable::parse(Cursor::hive(sql)?)?),
            "MSCK" => Self::MsckRepair(MsckRepair::parse(Cursor::hive(sql)?)?),
            "SHOW" if begins("SHOW CREATE") => Self::ShowCreate(ShowCreate::parse(Cursor::hive(sql)?)?),
            "SHOW" => Self::Show(Show::parse(Cursor::hive(sql)?)?),
            "DESCRIBE" | "DESC" => Self::Describe(Describe::parse(Cursor::hive(sql)?)?),
            _ => Self::Query(Query::new(sql)),
        })
    }

    fn create(heading: &str, sql: &str) -> Result<Self, Failure> {
        let begins = |words: &str| heading.starts_with(words);
        if begins("CREATE DATABASE") || begins("CREATE SCHEMA") {
            return Ok(Self::CreateDatabase(CreateDatabase::parse(Cursor::hive(sql)?)?));
        }
        if begins("CREATE VIEW") || begins("CREATE OR REPLACE VIEW") {
            return Ok(Self::CreateView(CreateView::parse(Cursor::trino(sql)?)?));
        }
        if begins("CREATE EXTERNAL") {
            return Ok(Self::CreateTable(Box::new(CreateTable::parse(Cursor::hive(sql)?)?)));
        }
        if begins("CREATE TABLE") {
            return match Cursor::trino(sql) {
                Ok(cursor) if cursor.mentions("as") => Ok(Self::CreateTableAs(CreateTableAs::parse(cursor)?)),
                _ => Ok(Self::CreateTable(Box::new(CreateTable::parse(Cursor::hive(sql)?)?))),
            };
        }
        Err(Failure::unsupported(format_args!("the statement {heading}")))
    }

    /// Athena's kind of the statement.
    pub fn kind(&self) -> StatementType {
        match self {
            Self::Query(_) | Self::Insert(_) => StatementType::Dml,
            Self::CreateTableAs(_)
            | Self::CreateView(_)
            | Self::CreateDatabase(_)
            | Self::CreateTable(_)
            | Self::Drop(_)
            | Self::AlterTable(_)
            | Self::MsckRepair(_) => StatementType::Ddl,
            Self::Explain(_) | Self::Show(_) | Self::ShowCreate(_) | Self::Describe(_) => StatementType::Utility,
        }
    }

    /// As in `QueryExecution.SubstatementType`.
    pub fn subtype(&self) -> &'static str {
        match self {
            Self::Query(_) => "SELECT",
            Self::Explain(_) => "EXPLAIN",
            Self::CreateTableAs(_) => "CREATE_TABLE_AS_SELECT",
            Self::Insert(_) => "INSERT",
            Self::CreateView(_) => "CREATE_VIEW",
            Self::CreateDatabase(_) => "CREATE_DATABASE",
            Self::CreateTable(_) => "CREATE_TABLE",
            Self::Drop(drop) => drop.subtype(),
            Self::AlterTable(alter) => alter.subtype(),
            Self::MsckRepair(_) => "MSCK_REPAIR",
            Self::Show(show) => show.subtype(),
            Self::ShowCreate(_) => "SHOW_CREATE",
            Self::Describe(_) => "DESCRIBE_TABLE",
        }
    }

    /// Where the result goes below the output location: `<id>.csv` for result sets, `<id>.txt` for lines, a folder's name for tables.
    pub fn result_name(&self, id: &str) -> String {
        match self {
            Self::Query(_) => format!("{id}.csv"),
            Self::CreateTableAs(_) => format!("tables/{id}"),
            Self::Insert(_) => id.to_owned(),
            _ => format!("{id}.txt"),
        }
    }

    /// Runs the statement.
    pub async fn run(&self, environment: &Environment) -> Result<Outcome, Failure> {
        match self {
            Self::Query(query) => query.run(environment).await,
            Self::Explain(explain) => explain.run(environment).await,
            Self::CreateTableAs(create) => create.run(environment).await,
            Self::Insert(insert) => insert.run(environment).await,
            Self::CreateView(create) => create.run(environment).await,
            Self::CreateDatabase(create) => create.run(environment),
            Self::CreateTable(create) => create.run(environment),
            Self::Drop(drop) => drop.run(environment),
            Self::AlterTable(alter) => alter.run(environment),
            Self::MsckRepair(repair) => repair.run(environment).await,
            Self::Show(show) => show.run(environment),
            Self::ShowCreate(show) => show.run(environment),
            Self::Describe(describe) => describe.run(environment),
        }
    }
}

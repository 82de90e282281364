//! Verbs of Athena: start under a token, watch, read typed rows.

use std::time::Duration;

use aws_sdk_athena::types::{
    ColumnInfo, Datum, QueryExecution, QueryExecutionContext, QueryExecutionState, QueryExecutionStatistics,
    ResultConfiguration, ResultSetMetadata, Row,
};

use super::Services;
use super::governed::Api;
use super::stepfunctions::Ended;
use crate::target::{AwsFacts, FactKind};
use crate::value::{Map, NotFinite, Value, read};

/// The service's name in errors.
const SERVICE: &str = "athena";
/// The catalog of unqualified names.
const CATALOG: &str = "AwsDataCatalog";
/// Rows a page has at most, the header among them (Athena API reference, `GetQueryResults`).
const PAGE: i32 = 1000;

/// A query to start.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// The statement.
    pub sql: String,
    /// Values for `?`, as SQL literals.
    pub parameters: Vec<String>,
    /// The database that unqualified names are in.
    pub database: Option<String>,
    /// The work group; the target's where there is none.
    pub workgroup: Option<String>,
    /// 32 to 128 characters: the same token with the same query is the same execution.
    pub token: String,
}

/// A query as it stands.
#[derive(Debug, Clone, Default)]
pub struct QueryState {
    /// `QUEUED`, `RUNNING`, `SUCCEEDED`, …: AWS's own word.
    pub state: String,
    /// Whether it has ended.
    pub ended: Option<Ended>,
    /// What AWS says of the state, for instance the error.
    pub reason: Option<String>,
    /// Bytes scanned.
    pub scanned: u64,
    /// Time in the engine.
    pub engine_time: Option<Duration>,
    /// `DDL`, `DML`, `UTILITY`.
    pub statement: Option<String>,
}

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Athena's type, for example `bigint` or `decimal(18,2)`.
    pub r#type: String,
}

/// Rows of a result, typed.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The rows, as mappings by column.
    pub rows: Vec<Map>,
}

/// Why rows cannot be had.
#[derive(Debug)]
pub enum RowsError {
    /// AWS did not give them.
    Aws(AwsFacts),
    /// More than the limit.
    TooMany(String),
    /// They cannot be read.
    Unreadable(String),
}

/// Bounds of what is read.
#[derive(Debug, Clone, Copy)]
pub struct RowLimits {
    /// Rows.
    pub rows: usize,
    /// Bytes of text.
    pub bytes: usize,
}

impl Services {
    /// Starts a query under its token; its id.
    pub async fn start_query(&self, query: &Query) -> Result<String, AwsFacts> {
        let context = query.database.as_ref().map(|db| QueryExecutionContext::builder().database(db).build());
        let output = self.athena_defaults.output.as_ref();
        let output = output.map(|uri| ResultConfiguration::builder().output_location(uri).build());
        let workgroup = query.workgroup.clone().or_else(|| self.athena_defaults.workgroup.clone());
        let parameters = (!query.parameters.is_empty()).then(|| query.parameters.clone());
        let call = self.athena.start_query_execution().query_string(&query.sql).client_request_token(&query.token);
        let call = call.set_query_execution_context(context).set_result_configuration(output);
        let call = call.set_work_group(workgroup).set_execution_parameters(parameters);
        let answer = self.call(Api(SERVICE, "StartQueryExecution"), || call.clone().send()).await?;
        let id = answer.query_execution_id().filter(|id| !id.is_empty()).map(str::to_owned);
        id.ok_or_else(|| no_answer("StartQueryExecution", "it names no query"))
    }

    /// A query as it stands.
    pub async fn query_state(&self, id: &str) -> Result<QueryState, AwsFacts> {
        let call = self.athena.get_query_execution().query_execution_id(id);
        let answer = self.look(Api(SERVICE, "GetQueryExecution"), call.send()).await?;
        let query = answer.query_execution().filter(|query| query.query_execution_id() == Some(id));
        query.map(state).ok_or_else(|| no_answer("GetQueryExecution", format!("it is not about the query {id}")))
    }

    /// Cancels a query. One that has ended stays as it is.
    pub async fn stop_query(&self, id: &str) -> Result<(), AwsFacts> {
        let call = self.athena.stop_query_execution().query_execution_id(id);
        self.call(Api(SERVICE, "StopQueryExecution"), || call.clone().send()).await.map(|_| ())
    }

    /// Where a table's data lie, as the catalog says; none if there is no such table, or it has no data of its own.
    pub async fn table_location(&self, database: &str, table: &str) -> Result<Option<String>, AwsFacts> {
        let call = self.athena.get_table_metadata().catalog_name(CATALOG).database_name(database).table_name(table);
        match self.call(Api(SERVICE, "GetTableMetadata"), || call.clone().send()).await {
            Ok(answer) => {
                let metadata = answer.table_metadata().filter(|found| found.name().eq_ignore_ascii_case(table));
                let metadata =
                    metadata.ok_or_else(|| no_answer("GetTableMetadata", format!("it is not about {table}")))?;
                Ok(metadata.parameters().and_then(|parameters| parameters.get("location")).cloned())
            }
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The rows of a query that succeeded, each value read as its column's type. `has_header`: a SELECT's first row repeats the
    /// columns' names.
    pub async fn query_rows(&self, id: &str, has_header: bool, limits: RowLimits) -> Result<Rows, RowsError> {
        let mut result = Rows::default();
        let (mut token, mut bytes, mut header) = (None, 0, has_header);
        loop {
            let call = self.athena.get_query_results().query_execution_id(id).max_results(PAGE).set_next_token(token);
            let page = self.call(Api(SERVICE, "GetQueryResults"), || call.clone().send()).await;
            let page = page.map_err(RowsError::Aws)?;
            token = page.next_token().map(str::to_owned);
            let set =
                page.result_set.ok_or_else(|| RowsError::Aws(no_answer("GetQueryResults", "it has no result set")))?;
            let info = set.result_set_metadata().map(ResultSetMetadata::column_info).unwrap_or_default();
            if result.columns.is_empty() {
                result.columns = columns(info)?;
            }
            let skipped =
                std::mem::take(&mut header) && set.rows().first().is_some_and(|row| repeats(&result.columns, row));
            for row in set.rows().iter().skip(usize::from(skipped)) {
                bytes += row.data().iter().filter_map(|datum| datum.var_char_value()).map(str::len).sum::<usize>();
                within(result.rows.len() + 1, bytes, limits)?;
                result.rows.push(typed(&result.columns, row, has_header)?);
            }
            if token.is_none() {
                return Ok(result);
            }
        }
    }
}

/// An answer that the SDK takes for one, but that does not say what was asked.
fn no_answer(operation: &'static str, why: impl std::fmt::Display) -> AwsFacts {
    AwsFacts {
        service: SERVICE,
        operation,
        code: None,
        message: format!("the answer cannot be understood: {why}"),
        request_id: None,
        status: None,
        kind: FactKind::Unintelligible,
    }
}

/// `GetTableMetadata` reports what the Glue catalog says as a `MetadataException`.
fn is_absent(facts: &AwsFacts) -> bool {
    facts.kind == FactKind::NotFound
        || (facts.code.as_deref() == Some("MetadataException")
            && ["EntityNotFound", "not found", "does not exist"].iter().any(|words| facts.message.contains(words)))
}

/// Whether a row holds the columns' names and nothing else. A first row that does not is data.
fn repeats(columns: &[Column], row: &Row) -> bool {
    let names = columns.iter().map(|column| Some(column.name.as_str()));
    row.data().iter().map(Datum::var_char_value).eq(names)
}

fn state(query: &QueryExecution) -> QueryState {
    let status = query.status();
    let statistics = query.statistics();
    let word = status.and_then(|s| s.state());
    let number = |n: Option<i64>| n.and_then(|n| u64::try_from(n).ok());
    QueryState {
        state: word.map(|w| w.as_str().to_owned()).unwrap_or_default(),
        ended: word.map(ended),
        reason: status.and_then(|s| s.state_change_reason()).map(str::to_owned),
        scanned: number(statistics.and_then(QueryExecutionStatistics::data_scanned_in_bytes)).unwrap_or(0),
        engine_time: number(statistics.and_then(QueryExecutionStatistics::engine_execution_time_in_millis))
            .map(Duration::from_millis),
        statement: query.statement_type().map(|t| t.as_str().to_owned()),
    }
}

/// RUNNING may go back to QUEUED; a state that is new to us is neither an end nor none.
fn ended(state: &QueryExecutionState) -> Ended {
    match state {
        QueryExecutionState::Queued | QueryExecutionState::Running => Ended::No,
        QueryExecutionState::Succeeded | QueryExecutionState::Failed | QueryExecutionState::Cancelled => Ended::Yes,
        _ => Ended::Unknown,
    }
}

/// Columns with their types. Two of one name could not be told apart in a row.
fn columns(info: &[ColumnInfo]) -> Result<Vec<Column>, RowsError> {
    let mut columns: Vec<Column> = Vec::new();
    for column in info {
        if columns.iter().any(|known| known.name == column.name()) {
            let message =
                format!("two columns of the result are called `{}`: name them apart with `as`", column.name());
            return Err(RowsError::Unreadable(message));
        }
        let r#type = match column.r#type() {
            "decimal" => format!("decimal({},{})", column.precision(), column.scale()),
            other => other.to_owned(),
        };
        columns.push(Column { name: column.name().to_owned(), r#type });
    }
    Ok(columns)
}

fn within(rows: usize, bytes: usize, limits: RowLimits) -> Result<(), RowsError> {
    if rows > limits.rows {
        return Err(RowsError::TooMany(format!("more than {} rows", limits.rows)));
    }
    if bytes > limits.bytes {
        return Err(RowsError::TooMany(format!("more than {} bytes", limits.bytes)));
    }
    Ok(())
}

/// A row as a mapping. A query's row has a value for every column; statements such as DESCRIBE put a whole line into the first.
fn typed(columns: &[Column], row: &Row, is_query: bool) -> Result<Map, RowsError> {
    if row.data().len() > columns.len() || (is_query && row.data().len() < columns.len()) {
        let message = format!("a row has {} values for {} columns", row.data().len(), columns.len());
        return Err(RowsError::Unreadable(message));
    }
    let values = columns.iter().zip(row.data()).map(|(column, datum)| {
        let value = datum.var_char_value().map_or(Ok(Value::Null), |text| value(&column.r#type, text));
        let value = value.map_err(|text| {
            RowsError::Unreadable(format!("column `{}` is {}, but its value is {text:?}", column.name, column.r#type))
        })?;
        Ok((column.name.clone(), value))
    });
    values.collect()
}

/// A value's text read as its column's type; the text itself if it is none of that type.
fn value<'t>(r#type: &str, text: &'t str) -> Result<Value, &'t str> {
    match r#type.split('(').next().unwrap_or(r#type) {
        "tinyint" | "smallint" | "int" | "integer" | "bigint" | "decimal" => {
            read::read_number(text).map(Value::Number).map_err(|_| text)
        }
        "float" | "real" | "double" => number_or_not_finite(text).ok_or(text),
        "boolean" => read::read_bool(text).map(Value::Bool).map_err(|_| text),
        "date" => read::read_date(text).map(Value::Date).map_err(|_| text),
        "time" => read::read_time(text).map(Value::Time).map_err(|_| text),
        "timestamp" => read::read_timestamp(text).map(Value::Timestamp).map_err(|_| text),
        // A local time that its zone has twice stays text rather than become a guess.
        "timestamp with time zone" => {
            Ok(read::read_timestamp(text).map_or_else(|_| Value::text(text), Value::Timestamp))
        }
        // Strings and bytes (pairs of hexadecimal digits) as they are; arrays, maps and rows in Athena's own text form, which does not say where values end.
        _ => Ok(Value::text(text)),
    }
}

fn number_or_not_finite(text: &str) -> Option<Value> {
    match text {
        "NaN" => Some(Value::NotFinite(NotFinite::Nan)),
        "Infinity" => Some(Value::NotFinite(NotFinite::Infinity)),
        "-Infinity" => Some(Value::NotFinite(NotFinite::NegativeInfinity)),
        _ => read::read_number(text).map(Value::Number).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_case::test_case;

    #[test_case("bigint", "9007199254740993", "9007199254740993")]
    #[test_case("decimal(38,2)", "12345678901234567890123456789012345.67", "12345678901234567890123456789012345.67")]
    #[test_case("double", "1.5E10", "15000000000"; "a double is exact as written")]
    #[test_case("double", "NaN", "NaN")]
    #[test_case("boolean", "true", "true")]
    #[test_case("double", "-Infinity", "-Infinity")]
    #[test_case("float", "1.0E-5", "0.000010")]
    #[test_case("date", "2026-01-16", "2026-01-16")]
    #[test_case("timestamp", "2026-01-16 10:00:00.000", "2026-01-16 10:00:00")]
    #[test_case("timestamp(3)", "2026-01-16 10:00:00.120", "2026-01-16 10:00:00.120")]
    #[test_case("timestamp with time zone", "2026-01-16 10:00:00.000 UTC", "2026-01-16T10:00:00Z")]
    #[test_case("timestamp with time zone", "2026-01-16 10:00:00.000 Europe/Berlin", "2026-01-16T10:00:00+01:00")]
    #[test_case("timestamp with time zone", "2026-10-25 02:30:00.000 Europe/Berlin", "\"2026-10-25 02:30:00.000 Europe/Berlin\""; "an hour that its zone has twice is no guess")]
    #[test_case("time", "10:00:00.000", "10:00:00")]
    #[test_case("varbinary", "0a 0b", "\"0a 0b\"")]
    #[test_case("map(varchar,integer)", "{a=1}", "\"{a=1}\"")]
    #[test_case("varchar", "007", "\"007\""; "text stays text")]
    #[test_case("varchar", "", "\"\""; "an empty string is no null")]
    #[test_case("array(integer)", "[1, 2]", "\"[1, 2]\"")]
    fn a_value_is_read_as_the_type_of_its_column(r#type: &str, text: &str, expected: &str) {
        assert_eq!(value(r#type, text).unwrap().display().to_string(), expected);
    }

    fn row(values: &[Option<&str>]) -> Row {
        let datum = |value: Option<&str>| Datum::builder().set_var_char_value(value.map(str::to_owned)).build();
        Row::builder().set_data(Some(values.iter().copied().map(datum).collect())).build()
    }

    fn two_columns() -> Vec<Column> {
        ["id", "name"].map(|name| Column { name: name.into(), r#type: "varchar".into() }).into()
    }

    #[test]
    fn a_first_row_is_a_header_only_if_it_repeats_the_names() {
        assert!(repeats(&two_columns(), &row(&[Some("id"), Some("name")])));
        assert!(!repeats(&two_columns(), &row(&[Some("1"), Some("name")])));
        assert!(!repeats(&two_columns(), &row(&[Some("id")])));
        assert!(!repeats(&two_columns(), &row(&[Some("id"), None])));
    }

    #[test]
    fn a_row_that_lacks_values_is_an_error_of_a_query_only() {
        let short = row(&[Some("id\tname")]);
        assert!(matches!(typed(&two_columns(), &short, true), Err(RowsError::Unreadable(_))));
        assert_eq!(typed(&two_columns(), &short, false).unwrap().len(), 1);
        let long = row(&[Some("1"), None, None]);
        assert!(matches!(typed(&two_columns(), &long, false), Err(RowsError::Unreadable(_))));
        assert_eq!(typed(&two_columns(), &row(&[Some(""), None]), true).unwrap()["name"], Value::Null);
    }

    #[test]
    fn a_state_that_is_new_to_us_is_neither_an_end_nor_none() {
        assert_eq!(ended(&QueryExecutionState::from("PARKED")), Ended::Unknown);
        assert_eq!(ended(&QueryExecutionState::Queued), Ended::No);
    }

    #[test]
    fn a_value_that_is_not_of_its_type_is_an_error_and_no_text() {
        assert_eq!(value("bigint", "12x"), Err("12x"));
    }
}

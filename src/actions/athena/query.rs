//! `athena.query`: a statement, its end, and its rows, typed.

use async_trait::async_trait;
use bigdecimal::BigDecimal;

use super::start::{Done, to_the_end};
use crate::actions::{Action, ActionError, Call, EffectRule, ErrorKind, Group, Output, OutputField, Spec};
use crate::event::{Detail, Effect, Finding};
use crate::service::Services;
use crate::service::athena::{self, QueryState, RowLimits, Rows, RowsError};
use crate::value::{Map, NotFinite, Timestamp, Value};
use crate::yaml::field::{Field, Phase, Shape, Table};

/// `athena.query`.
#[derive(Debug)]
pub struct Query;

/// What a query may yield; beyond that `data.check` is the tool.
const LIMITS: RowLimits = RowLimits { rows: 10_000, bytes: 16_000_000 };

static ARGUMENTS: Table = Table::new(
    "athena.query",
    "Runs one statement. Its effect is that of the statement: read, write or destroy.",
    &[
        Field::required("sql", Shape::Text, "The statement.").phase(Phase::Run),
        Field::optional("parameters", Shape::List(&Shape::Any), "Values for `?`, each of its own type.")
            .phase(Phase::Run),
        Field::optional("database", Shape::Text, "The database of unqualified names.").phase(Phase::Plan),
        Field::optional("workgroup", Shape::Text, "The work group; the target's by default.").phase(Phase::Plan),
    ],
);

static SPEC: Spec = Spec {
    name: "athena.query",
    doc: "Runs a statement in Athena and reads its rows, typed by column. At most 10,000 rows and 16 MB.",
    effect: EffectRule::BySql("sql"),
    arguments: &ARGUMENTS,
    shorthand: Some("sql"),
    outputs: &[
        OutputField { name: "rows", doc: "The rows, a list of mappings by column." },
        OutputField { name: "first", doc: "The first row; null if there is none." },
        OutputField { name: "columns", doc: "The columns in order, a list of `{name, type}`." },
        OutputField { name: "row_count", doc: "How many rows." },
        OutputField { name: "scanned", doc: "Bytes scanned, a size." },
        OutputField { name: "state", doc: "`SUCCEEDED`, `FAILED` or `CANCELLED`." },
        OutputField { name: "error", doc: "What Athena says of a query that did not succeed; else null." },
    ],
    resources: &[],
    files: &[],
    groups: &[Group { fields: &["state", "error"], doc: "`state` is SUCCEEDED", wrong: not_succeeded }],
    expect_required: false,
};

#[async_trait]
impl Action for Query {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    async fn run(&self, call: &Call<'_>) -> Result<Output, ActionError> {
        let query = query(call)?;
        let done = to_the_end(call, &query).await?;
        let rows = if done.state.state == "SUCCEEDED" { rows(call, &done).await } else { Ok(Rows::default()) };
        let is_read = self.effect(call.arguments)? == Effect::Read;
        let rows = rows.map_err(|error| if is_read { error } else { error.after_start() })?;
        Ok(Output::with_details(document(&done.state, rows), evidence(call.services, &query.sql, &done)))
    }
}

fn query(call: &Call<'_>) -> Result<athena::Query, ActionError> {
    let text = |name| call.arguments.optional_text(name).map(|text| text.map(str::to_owned));
    let parameters = call.arguments.list("parameters")?.unwrap_or_default();
    let parameters = parameters.iter().map(|value| parameter(call, value)).collect::<Result<_, _>>()?;
    Ok(athena::Query {
        sql: call.arguments.text("sql")?.to_owned(),
        parameters,
        database: text("database")?,
        workgroup: text("workgroup")?,
        token: call.name.token(),
    })
}

/// A value as a literal of Athena's SQL, which `ExecutionParameters` takes (Athena user guide, "Use parameterized queries").
fn literal(value: &Value) -> Option<String> {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    Some(match value {
        Value::Null => "NULL".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number_literal(number),
        Value::Text(text) => quoted(text),
        Value::Date(date) => format!("DATE '{date}'"),
        Value::Time(time) => format!("TIME '{time}'"),
        Value::Timestamp(Timestamp::Local(at)) => format!("TIMESTAMP '{}'", at.format("%Y-%m-%d %H:%M:%S%.f")),
        Value::Timestamp(Timestamp::Zoned(at)) => format!("TIMESTAMP '{}'", at.format("%Y-%m-%d %H:%M:%S%.f %:z")),
        Value::NotFinite(NotFinite::Nan) => "nan()".to_owned(),
        Value::NotFinite(NotFinite::Infinity) => "infinity()".to_owned(),
        Value::NotFinite(NotFinite::NegativeInfinity) => "-infinity()".to_owned(),
        Value::Duration(_) | Value::Size(_) | Value::Bytes(_) | Value::List(_) | Value::Map(_) => return None,
    })
}

/// Without an exponent, which would make it a DOUBLE; an integer beyond BIGINT is a DECIMAL.
fn number_literal(number: &BigDecimal) -> String {
    let text = number.to_plain_string();
    let is_bigint = text.parse::<i64>().is_ok();
    if is_bigint || text.contains('.') { text } else { format!("DECIMAL '{text}'") }
}

fn parameter(call: &Call<'_>, value: &Value) -> Result<String, ActionError> {
    literal(value).ok_or_else(|| {
        let message = format!("a {} cannot be a parameter: {}", value.type_name(), value.display());
        ActionError::invalid(message, call.arguments.span("parameters"))
    })
}

async fn rows(call: &Call<'_>, done: &Done) -> Result<Rows, ActionError> {
    let has_header = done.state.statement.as_deref() == Some("DML");
    call.services.query_rows(&done.id, has_header, LIMITS).await.map_err(|error| match error {
        RowsError::Aws(facts) => ActionError::aws(format!("read the rows of the query {}", done.id), facts),
        RowsError::TooMany(what) => {
            ActionError::new(ErrorKind::Invalid, format!("read the rows: the query yields {what}"))
                .with_help("use data.check")
        }
        RowsError::Unreadable(what) => ActionError::new(ErrorKind::Unintelligible, format!("read the rows: {what}")),
    })
}

fn document(state: &QueryState, rows: Rows) -> Value {
    let error = (state.state != "SUCCEEDED").then(|| state.reason.clone().unwrap_or_default());
    let columns = rows.columns.into_iter().map(|column| {
        let fields = [("name".to_owned(), Value::text(column.name)), ("type".to_owned(), Value::text(column.r#type))];
        Value::Map(Map::from(fields))
    });
    let row_count = rows.rows.len() as u64;
    let rows: Vec<Value> = rows.rows.into_iter().map(Value::Map).collect();
    Value::Map(Map::from([
        ("first".to_owned(), rows.first().cloned().unwrap_or(Value::Null)),
        ("rows".to_owned(), Value::List(rows)),
        ("columns".to_owned(), Value::List(columns.collect())),
        ("row_count".to_owned(), Value::integer(row_count)),
        ("scanned".to_owned(), Value::Size(state.scanned)),
        ("state".to_owned(), Value::text(&state.state)),
        ("error".to_owned(), error.map_or(Value::Null, Value::text)),
    ]))
}

fn evidence(services: &Services, sql: &str, done: &Done) -> Vec<Detail> {
    let id = &done.id;
    let query = format!("{id}, {} scanned", crate::value::size_text(done.state.scanned));
    let mut details = vec![Detail::new("sql", sql), Detail::new("query", query)];
    if services.account.endpoint.is_none() {
        let region = &services.account.region;
        let command = format!("aws athena get-query-execution --region {region} --query-execution-id {id}");
        details.push(Detail::new("look further", command));
    }
    details
}

/// By default a query succeeds.
fn not_succeeded(output: &Value) -> Option<Finding> {
    let state = output.get("state").filter(|state| state.as_text() != Some("SUCCEEDED"))?;
    let error = output.get("error").and_then(Value::as_text).unwrap_or_default();
    Some(Finding {
        path: Some("state".to_owned()),
        expected: Some("\"SUCCEEDED\"".to_owned()),
        actual: Some(state.display().to_string()),
        ..Finding::new(format!("the query is {}: {error}", state.as_text().unwrap_or_default()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::read;
    use test_case::test_case;

    fn number(text: &str) -> Value {
        Value::Number(read::read_number(text).unwrap())
    }

    #[test_case(&Value::Null, Some("NULL"))]
    #[test_case(&Value::Bool(true), Some("true"))]
    #[test_case(&Value::text("O'Neill"), Some("'O''Neill'"); "quotes are doubled")]
    #[test_case(&number("17.00"), Some("17.00"); "a decimal keeps its scale")]
    #[test_case(&number("-5"), Some("-5"))]
    #[test_case(&number("1e3"), Some("1000"); "an exponent would be a double")]
    #[test_case(&number("12345678901234567890"), Some("DECIMAL '12345678901234567890'"); "beyond bigint")]
    #[test_case(&Value::Date(read::read_date("2026-01-16").unwrap()), Some("DATE '2026-01-16'"))]
    #[test_case(&Value::Time(read::read_time("18:00").unwrap()), Some("TIME '18:00:00'"))]
    #[test_case(&Value::Timestamp(read::read_timestamp("2026-01-16T10:00:00.120").unwrap()), Some("TIMESTAMP '2026-01-16 10:00:00.120'"))]
    #[test_case(&Value::Timestamp(read::read_timestamp("2026-01-16T10:00:00Z").unwrap()), Some("TIMESTAMP '2026-01-16 10:00:00 +00:00'"))]
    #[test_case(&Value::Size(7), None)]
    #[test_case(&Value::List(vec![]), None)]
    fn a_parameter_is_a_literal(value: &Value, expected: Option<&str>) {
        assert_eq!(literal(value).as_deref(), expected);
    }
}

//! `athena.query`: a statement, its end, and its rows, typed.

use async_trait::async_trait;

use super::start::{Done, to_the_end};
use crate::actions::{Action, ActionError, Call, EffectRule, ErrorKind, Group, Output, OutputField, Spec};
use crate::event::{Detail, Finding};
use crate::service::athena::{self, QueryState, RowLimits, Rows, RowsError};
use crate::value::{Map, Value};
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
        let rows = if done.state.state == "SUCCEEDED" { rows(call, &done).await? } else { Rows::default() };
        Ok(Output {
            value: document(&done.state, rows),
            details: evidence(&query.sql, &done, &call.services.account.region),
        })
    }
}

fn query(call: &Call<'_>) -> Result<athena::Query, ActionError> {
    let text = |name| call.arguments.optional_text(name).map(|text| text.map(str::to_owned));
    let parameters = call.arguments.list("parameters")?.unwrap_or_default();
    let parameters = parameters.iter().map(|value| literal(call, value)).collect::<Result<_, _>>()?;
    Ok(athena::Query {
        sql: call.arguments.text("sql")?.to_owned(),
        parameters,
        database: text("database")?,
        workgroup: text("workgroup")?,
        token: call.name.token(),
    })
}

/// A value as a literal of Athena's SQL.
fn literal(call: &Call<'_>, value: &Value) -> Result<String, ActionError> {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    Ok(match value {
        Value::Null => "NULL".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => crate::value::number_text(number),
        Value::Text(text) => quoted(text),
        Value::Date(date) => format!("DATE {}", quoted(&date.to_string())),
        Value::Timestamp(_) => format!("TIMESTAMP {}", quoted(&value.display().to_string().replace('T', " "))),
        Value::NotFinite(_)
        | Value::Time(_)
        | Value::Duration(_)
        | Value::Size(_)
        | Value::Bytes(_)
        | Value::List(_)
        | Value::Map(_) => {
            let message = format!("a {} cannot be a parameter: {}", value.type_name(), value.display());
            return Err(ActionError::invalid(message, call.arguments.span("parameters")));
        }
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

fn evidence(sql: &str, done: &Done, region: &str) -> Vec<Detail> {
    let id = &done.id;
    vec![
        Detail::new("sql", sql),
        Detail::new("query", format!("{id}, {} scanned", crate::value::size_text(done.state.scanned))),
        Detail::new(
            "look further",
            format!("aws athena get-query-execution --region {region} --query-execution-id {id}"),
        ),
    ]
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

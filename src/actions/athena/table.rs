//! `athena.table`: a small table from a fixture, exact by declared types.
//!
//! The rows go to one text object below the target's `athena.output` and an external table is laid over it. Removing the table
//! removes the object.

use async_trait::async_trait;
use serde_json::json;

use super::TABLE;
use super::rows::{self, Column, Kind};
use super::start::to_the_end;
use crate::actions::files::{Names, file};
use crate::actions::registry::parameter;
use crate::actions::{Action, ActionError, Call, EffectRule, ErrorKind, Output, OutputField, Spec};
use crate::event::{Effect, Intent, IntentKind, Settlement};
use crate::service::Services;
use crate::service::athena::{Query, RowLimits, RowsError};
use crate::service::s3::Uri;
use crate::service::stepfunctions::Ended;
use crate::service::{Pace, Patience, wait};
use crate::value::{Map, Value};
use crate::yaml::field::{Field, Phase, Shape, Table as FieldTable};

/// `athena.table`.
#[derive(Debug)]
pub struct Table;

/// A fixture above this is no small table.
const FILE_LIMIT: u64 = 16_000_000;

static ARGUMENTS: FieldTable = FieldTable::new(
    "athena.table",
    "Makes a small table from a CSV fixture with a header line.",
    &[
        Field::required("name", Shape::Text, "`database.table`; it must not exist.").phase(Phase::Plan),
        Field::required(
            "from",
            Shape::Text,
            "The CSV file, relative to the project's root. An empty field is null, `\"\"` an empty string.",
        )
        .phase(Phase::Plan),
        Field::required(
            "columns",
            Shape::Map(&Shape::Text),
            "Athena's types by column, in order: the header must have the same.",
        ),
        Field::optional("temporary", Shape::Boolean, "Whether cleanup removes it.").default("true"),
    ],
);

static SPEC: Spec = Spec {
    name: "athena.table",
    doc: "Makes a small table from a fixture.",
    effect: EffectRule::Always(Effect::Write),
    arguments: &ARGUMENTS,
    shorthand: None,
    outputs: &[
        OutputField { name: "table", doc: "`database.table`." },
        OutputField { name: "row_count", doc: "How many rows Athena reads in it." },
    ],
    resources: &["name"],
    files: &[("from", Names::File)],
    groups: &[],
    expect_required: false,
};

#[async_trait]
impl Action for Table {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    async fn run(&self, call: &Call<'_>) -> Result<Output, ActionError> {
        let name = name(call)?;
        let columns = columns(call)?;
        let (body, written) = body(call, &columns)?;
        let folder = folder(call, name)?;
        let object = folder.with_key(format!("{}rows.txt", folder.key));
        let parameters = json!({ "table": name, "folder": folder.to_string(), "object": object.to_string(), "token": call.name.token() });
        let intended = call.intend(IntentKind::Created, TABLE, name, parameters).await?;
        let put = call.services.put_object(&object, body.into_bytes()).await;
        put.map_err(|error| ActionError::aws(format!("write {object}"), error))?;
        statement(call, "create", &create(name, &columns, &folder)).await?;
        if !call.arguments.flag("temporary", true)? {
            call.settle(intended, Settlement::Stays).await?;
        }
        let found = count(call, name).await.map_err(ActionError::after_start)?;
        if found != Value::integer(written) {
            let message = format!("make {name}: {written} rows were written, but Athena reads {}", found.display());
            return Err(ActionError::new(ErrorKind::Unintelligible, message));
        }
        let fields = [("table".to_owned(), Value::text(name)), ("row_count".to_owned(), found)];
        Ok(Output::new(Value::Map(Map::from(fields))))
    }
}

/// `database.table`. It goes into statements, so it is held to plain names.
fn name<'a>(call: &Call<'a>) -> Result<&'a str, ActionError> {
    let name = call.arguments.text("name")?;
    let is_plain = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    match name.split_once('.') {
        Some((database, table)) if is_plain(database) && is_plain(table) => Ok(name),
        _ => {
            let message = format!("{name:?} is no `database.table` of letters, digits and `_`");
            Err(ActionError::invalid(message, call.arguments.span("name")))
        }
    }
}

/// Columns with their types, in order.
fn columns(call: &Call<'_>) -> Result<Vec<Column>, ActionError> {
    let columns = call.arguments.get("columns").and_then(Value::as_map);
    let invalid = |message: String| ActionError::invalid(message, call.arguments.span("columns"));
    let mut result = Vec::new();
    for (name, r#type) in columns.into_iter().flatten() {
        let text = r#type.as_text().unwrap_or_default();
        let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_ .-".contains(c));
        let kind = Kind::parse(text).filter(|_| plain).ok_or_else(|| {
            invalid(format!("`{name}: {text}` is no column that a table of text can have"))
                .with_help("types are boolean, tinyint, smallint, int, bigint, decimal(p,s), double, float, varchar, varchar(n), char(n), date and timestamp")
        })?;
        result.push(Column { name: name.clone(), kind });
    }
    if result.is_empty() { Err(invalid("`columns` is empty".to_owned())) } else { Ok(result) }
}

/// The fixture as lines of Hive's text format, and how many rows they are.
fn body(call: &Call<'_>, columns: &[Column]) -> Result<(String, u64), ActionError> {
    let from = call.arguments.text("from")?;
    let invalid = |message: String| ActionError::invalid(message, call.arguments.span("from"));
    let unreadable = |error: &dyn std::fmt::Display| invalid(format!("read {from}: {error}"));
    let path = file(call.root, from).map_err(&invalid)?;
    let size = std::fs::metadata(&path).map_err(|e| unreadable(&e))?.len();
    if size > FILE_LIMIT {
        return Err(unreadable(&format!("{size} bytes are no small table; the limit is {FILE_LIMIT}")));
    }
    let text = std::fs::read_to_string(&path).map_err(|e| unreadable(&e))?;
    rows::lines(&text, columns).map_err(|error| unreadable(&error))
}

/// Where the rows go: a folder of this run below the target's output.
fn folder(call: &Call<'_>, name: &str) -> Result<Uri, ActionError> {
    let Some(output) = &call.services.athena_defaults.output else {
        let error = ActionError::invalid("make a table: the target has no `athena.output`", None);
        return Err(error.with_help("give the target `athena: {output: s3://bucket/prefix/}`"));
    };
    let output: Uri = output.parse().map_err(|e: String| ActionError::invalid(format!("make a table: {e}"), None))?;
    let base = output.key.trim_end_matches('/');
    let separator = if base.is_empty() { "" } else { "/" };
    let token: String = call.name.token().chars().take(12).collect();
    Ok(output.with_key(format!("{base}{separator}tables/{}/{name}-{token}/", call.name.run)))
}

fn create(name: &str, columns: &[Column], folder: &Uri) -> String {
    let columns: Vec<String> =
        columns.iter().map(|column| format!("`{}` {}", column.name, column.kind.ddl())).collect();
    format!(
        "create external table {name} ({}) row format delimited fields terminated by '\\001' stored as textfile location '{folder}'",
        columns.join(", ")
    )
}

/// Runs a statement of our own, under a token of its own, and demands that it succeeds.
async fn statement(call: &Call<'_>, part: &str, sql: &str) -> Result<String, ActionError> {
    let mut name = call.name.clone();
    name.step = format!("{}/{part}", name.step);
    let query = Query { sql: sql.to_owned(), token: name.token(), ..Query::default() };
    let done = to_the_end(call, &query).await?;
    if done.state.state == "SUCCEEDED" {
        return Ok(done.id);
    }
    let reason = done.state.reason.unwrap_or(done.state.state);
    Err(ActionError::new(ErrorKind::Invalid, format!("{part} the table: {reason}")))
}

async fn count(call: &Call<'_>, name: &str) -> Result<Value, ActionError> {
    let id = statement(call, "count", &format!("select count(*) as n from {name}")).await?;
    let rows = call.services.query_rows(&id, true, RowLimits { rows: 1, bytes: 1000 }).await;
    let rows = rows.map_err(|error| match error {
        RowsError::Aws(facts) => ActionError::aws("count the table's rows", facts),
        RowsError::TooMany(what) | RowsError::Unreadable(what) => {
            ActionError::new(ErrorKind::Unintelligible, format!("count the table's rows: {what}"))
        }
    })?;
    let found = rows.rows.first().and_then(|row| row.get("n").cloned());
    found.ok_or_else(|| ActionError::new(ErrorKind::Unintelligible, "count the table's rows: the query gave no row"))
}

/// Drops the table of an intent and removes its object. A table of this name whose data lie elsewhere is somebody else's: it was there
/// before, and the intent's own was never made.
pub(crate) async fn drop_table(intent: &Intent, services: &Services) -> Result<Settlement, ActionError> {
    let name = parameter(intent, "table")?;
    let (database, table) = name.split_once('.').unwrap_or(("default", name));
    let location = services.table_location(database, table).await;
    let location = location.map_err(|error| ActionError::aws(format!("look at the table {name}"), error))?;
    let own = parameter(intent, "folder")?.trim_end_matches('/');
    let is_own = location.is_some_and(|location| location.trim_end_matches('/') == own);
    if is_own {
        drop_own(name, &format!("{}drop", parameter(intent, "token")?), services).await?;
    }
    let object: Uri = parameter(intent, "object")?.parse().map_err(|e: String| ActionError::invalid(e, None))?;
    services.delete_object(&object).await.map_err(|error| ActionError::aws(format!("delete {object}"), error))?;
    Ok(if is_own { Settlement::Removed } else { Settlement::NeverWas })
}

async fn drop_own(name: &str, token: &str, services: &Services) -> Result<(), ActionError> {
    let query = Query { sql: format!("drop table if exists {name}"), token: token.to_owned(), ..Query::default() };
    let what = || format!("drop {name}");
    let id = services.start_query(&query).await.map_err(|error| ActionError::aws(what(), error))?;
    let patience = Patience::default();
    let state = wait(Pace::STANDARD, || async {
        let state = match services.query_state(&id).await {
            Ok(state) => state,
            Err(error) if patience.bears(error.kind) => return Ok(None),
            Err(error) => return Err(ActionError::aws(what(), error)),
        };
        patience.answered();
        Ok((state.ended != Some(Ended::No)).then_some(state))
    });
    let state = state.await?;
    if state.state == "SUCCEEDED" {
        return Ok(());
    }
    let reason = state.reason.unwrap_or(state.state);
    Err(ActionError::new(ErrorKind::Invalid, format!("{}: {reason}", what())))
}

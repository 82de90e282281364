//! `athena.table`: a small table from a fixture, exact by declared types.
//!
//! The rows go to one text object below the target's `athena.output` and an external table is laid over it. Removing the table
//! removes the object.

use std::path::{Component, Path};

use async_trait::async_trait;
use serde_json::json;

use super::TABLE;
use super::start::to_the_end;
use crate::actions::registry::parameter;
use crate::actions::{Action, ActionError, Call, EffectRule, ErrorKind, Output, OutputField, Spec};
use crate::event::{Effect, Intent, IntentKind, Settlement};
use crate::service::Services;
use crate::service::athena::{Query, RowLimits, RowsError};
use crate::service::s3::Uri;
use crate::service::stepfunctions::Ended;
use crate::service::{Pace, wait};
use crate::value::{Map, Value};
use crate::yaml::field::{Field, Phase, Shape, Table as FieldTable};

/// `athena.table`.
#[derive(Debug)]
pub struct Table;

/// A fixture above this is no small table.
const FILE_LIMIT: u64 = 16_000_000;
/// Between the fields of a line: Hive's own default, which no text of a fixture holds.
const SEPARATOR: char = '\u{1}';
/// Null in Hive's text format.
const NULL: &str = "\\N";

static ARGUMENTS: FieldTable = FieldTable::new(
    "athena.table",
    "Makes a small table from a CSV fixture with a header line.",
    &[
        Field::required("name", Shape::Text, "`database.table`; it must not exist.").phase(Phase::Plan),
        Field::required(
            "from",
            Shape::Text,
            "The CSV file, relative to the project's root. An empty field without quotes is null.",
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
    groups: &[],
    expect_required: false,
};

#[async_trait]
impl Action for Table {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    async fn run(&self, call: &Call<'_>) -> Result<Output, ActionError> {
        let name = call.arguments.text("name")?;
        let columns = columns(call)?;
        let body = body(call, &columns)?;
        let folder = folder(call, name)?;
        let location = folder.with_key(format!("{}rows.txt", folder.key));
        let parameters = json!({ "table": name, "object": location.to_string(), "token": call.name.token() });
        let intended = call.intend(IntentKind::Created, TABLE, name, parameters).await?;
        let put = call.services.put_object(&location, body).await;
        put.map_err(|error| ActionError::aws(format!("write {location}"), error))?;
        statement(call, "create", &create(name, &columns, &folder)).await?;
        if !call.arguments.flag("temporary", true)? {
            call.settle(intended, Settlement::Kept).await?;
        }
        let row_count = count(call, name).await?;
        let fields = [("table".to_owned(), Value::text(name)), ("row_count".to_owned(), row_count)];
        Ok(Output::new(Value::Map(Map::from(fields))))
    }
}

/// Columns with their types, in order. Types go into a statement, so they are held to the form of one.
fn columns(call: &Call<'_>) -> Result<Vec<(String, String)>, ActionError> {
    let columns = call.arguments.get("columns").and_then(Value::as_map);
    let fits = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "_(), ".contains(c)) && !text.is_empty();
    let mut result = Vec::new();
    for (name, r#type) in columns.into_iter().flatten() {
        let r#type = r#type.as_text().unwrap_or_default();
        if !fits(r#type) || !fits(name) {
            let message = format!("`{name}: {type}` is no column with a type of Athena's");
            return Err(ActionError::invalid(message, call.arguments.span("columns")));
        }
        // Hive's DDL says string where Trino says varchar, and int where it says integer.
        let hive = match r#type {
            "varchar" => "string",
            "integer" => "int",
            other => other,
        };
        result.push((name.clone(), hive.to_owned()));
    }
    if result.is_empty() {
        return Err(ActionError::invalid("`columns` is empty", call.arguments.span("columns")));
    }
    Ok(result)
}

/// The fixture as lines of Hive's text format.
fn body(call: &Call<'_>, columns: &[(String, String)]) -> Result<Vec<u8>, ActionError> {
    let span = call.arguments.span("from");
    let from = call.arguments.text("from")?;
    let path = Path::new(from);
    if path.is_absolute() || path.components().any(|c| c == Component::ParentDir) {
        return Err(ActionError::invalid(format!("`{from}` leaves the project"), span));
    }
    let path = call.root.join(path);
    let unreadable = |error: &dyn std::fmt::Display| ActionError::invalid(format!("read {from}: {error}"), span);
    let size = std::fs::metadata(&path).map_err(|e| unreadable(&e))?.len();
    if size > FILE_LIMIT {
        return Err(unreadable(&format!("{size} bytes are no small table; the limit is {FILE_LIMIT}")));
    }
    let mut reader = csv::Reader::from_path(&path).map_err(|e| unreadable(&e))?;
    let header: Vec<String> = reader.headers().map_err(|e| unreadable(&e))?.iter().map(str::to_owned).collect();
    let declared: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    if header != declared {
        return Err(unreadable(&format!(
            "its header is {}, but `columns` are {}",
            header.join(", "),
            declared.join(", ")
        )));
    }
    let mut lines = String::new();
    for record in reader.records() {
        let record = record.map_err(|e| unreadable(&e))?;
        if let Some(field) = record.iter().find(|field| field.contains(['\n', '\r', SEPARATOR])) {
            return Err(unreadable(&format!(
                "a line break within a field cannot be stored in a text table: {field:?}"
            )));
        }
        let fields: Vec<&str> = record.iter().map(|field| if field.is_empty() { NULL } else { field }).collect();
        lines.push_str(&fields.join(&SEPARATOR.to_string()));
        lines.push('\n');
    }
    Ok(lines.into_bytes())
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

fn create(name: &str, columns: &[(String, String)], folder: &Uri) -> String {
    let columns: Vec<String> = columns.iter().map(|(name, r#type)| format!("`{name}` {type}")).collect();
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
    Ok(rows.rows.first().and_then(|row| row.get("n").cloned()).unwrap_or(Value::Null))
}

/// Drops the table of an intent and removes its object.
pub(crate) async fn drop_table(intent: &Intent, services: &Services) -> Result<Settlement, ActionError> {
    let table = parameter(intent, "table")?;
    let token = format!("{}drop", parameter(intent, "token")?);
    let query = Query { sql: format!("drop table if exists {table}"), token, ..Query::default() };
    let what = || format!("drop {table}");
    let id = services.start_query(&query).await.map_err(|error| ActionError::aws(what(), error))?;
    let state = wait(Pace::STANDARD, || async {
        let state = services.query_state(&id).await.map_err(|error| ActionError::aws(what(), error))?;
        Ok((state.ended != Some(Ended::No)).then_some(state))
    });
    let state = state.await?;
    if state.state != "SUCCEEDED" {
        let reason = state.reason.unwrap_or(state.state);
        return Err(ActionError::new(ErrorKind::Invalid, format!("{}: {reason}", what())));
    }
    let object: Uri = parameter(intent, "object")?.parse().map_err(|e: String| ActionError::invalid(e, None))?;
    services.delete_object(&object).await.map_err(|error| ActionError::aws(format!("delete {object}"), error))?;
    Ok(Settlement::Removed)
}

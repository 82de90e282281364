//! A matrix from a file: CSV (every cell is text unless `columns` gives its type) or JSON (a list of objects, values keep
//! their types).

use std::path::Path;

use indexmap::IndexMap;

use crate::actions::files;
use crate::diagnostic::{Problem, Span, did_you_mean};
use crate::value::{Map, Value, integer_of, read};
use crate::yaml::field::{Field, Fields, Shape, Table, check};
use crate::yaml::{Entry, Node};

/// Largest file, in bytes.
const SIZE_LIMIT: u64 = 10_000_000;

/// `matrix: {from: …}`.
static FROM: Table = Table::new(
    "matrix",
    "Rows from a file.",
    &[
        Field::required("from", Shape::Text, "A CSV or JSON file of the project."),
        Field::optional(
            "columns",
            Shape::Map(&Shape::Text),
            "The types of columns: by default CSV gives text, JSON its own types.",
        ),
    ],
);

/// What a column's cells are read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Text,
    Integer,
    Number,
    Boolean,
    Date,
    Timestamp,
    Duration,
    Size,
}

/// The names of the types.
const TYPES: [(&str, Type); 14] = [
    ("text", Type::Text),
    ("string", Type::Text),
    ("varchar", Type::Text),
    ("int", Type::Integer),
    ("integer", Type::Integer),
    ("bigint", Type::Integer),
    ("decimal", Type::Number),
    ("number", Type::Number),
    ("boolean", Type::Boolean),
    ("bool", Type::Boolean),
    ("date", Type::Date),
    ("timestamp", Type::Timestamp),
    ("duration", Type::Duration),
    ("size", Type::Size),
];

/// Reads the rows of a file.
pub(super) fn read(node: &Node, from: &Entry, root: &Path, problems: &mut Vec<Problem>) -> Option<Vec<Map>> {
    let before = problems.len();
    check(node, &FROM, problems);
    let fields = Fields::new(node, &FROM);
    let types = types(&fields, problems);
    if problems.len() > before {
        return None;
    }
    let (name, span) = (fields.text("from")?, &from.value.span);
    let rows = content(root, name).and_then(|text| rows(name, &text));
    let mut rows = rows.map_err(|message| problems.push(Problem::error(message, span))).ok()?;
    if let Some(first) = rows.first() {
        for (column, (_, span)) in types.iter().filter(|(column, _)| !first.contains_key(column.as_str())) {
            problems.push(no_column(column, first, span));
        }
    }
    for (index, row) in rows.iter_mut().enumerate() {
        let wrong = read_cells(row, &types).err();
        problems.extend(wrong.map(|(column, message)| {
            Problem::error(format!("`{name}`, row {}, `{column}`: {message}", index + 1), span)
        }));
    }
    (problems.len() == before).then_some(rows)
}

/// Reads the cells of a row as their columns' types; the first that is wrong, with what is wrong.
fn read_cells(row: &mut Map, types: &IndexMap<String, (Type, Span)>) -> Result<(), (String, String)> {
    for (column, (r#type, _)) in types {
        if let Some(value) = row.get_mut(column) {
            *value = typed(value, *r#type).map_err(|message| (column.clone(), message))?;
        }
    }
    Ok(())
}

/// `columns:`, each type with its place.
fn types(fields: &Fields<'_>, problems: &mut Vec<Problem>) -> IndexMap<String, (Type, Span)> {
    let mut types = IndexMap::new();
    for Entry { key, value } in fields.map("columns") {
        let Some(name) = value.as_text() else { continue };
        // `decimal(18,2)`: cells are exact, so precision and scale change nothing.
        let bare = name.split('(').next().unwrap_or(name).trim();
        if let Some((_, r#type)) = TYPES.iter().find(|(known, _)| *known == bare) {
            types.insert(key.text.clone(), (*r#type, value.span.clone()));
            continue;
        }
        let problem = Problem::error(format!("`{name}` is no type of a column"), &value.span);
        let known: Vec<&str> = TYPES.iter().map(|(name, _)| *name).collect();
        problems.push(match did_you_mean(bare, known.iter().copied()) {
            Some(near) => problem.with_help(format!("did you mean `{near}`?")),
            None => problem.with_help(format!("the types are {}", known.join(", "))),
        });
    }
    types
}

fn no_column(column: &str, row: &Map, span: &Span) -> Problem {
    let names: Vec<&str> = row.keys().map(String::as_str).collect();
    let problem = Problem::error(format!("the file has no column `{column}`"), span);
    match did_you_mean(column, names.iter().copied()) {
        Some(near) => problem.with_help(format!("did you mean `{near}`?")),
        None => problem.with_help(format!("its columns are {}", names.join(", "))),
    }
}

fn content(root: &Path, name: &str) -> Result<String, String> {
    let path = files::file(root, name)?;
    let unreadable = |error: std::io::Error| format!("failed to read `{name}`: {error}");
    let size = path.metadata().map_err(unreadable)?.len();
    if size > SIZE_LIMIT {
        return Err(format!("`{name}` has {size} bytes; a matrix is at most {SIZE_LIMIT}"));
    }
    let text = std::fs::read_to_string(&path).map_err(unreadable)?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned())
}

fn rows(name: &str, text: &str) -> Result<Vec<Map>, String> {
    let extension = Path::new(name).extension().map(|extension| extension.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        Some("csv") => csv_rows(name, text),
        Some("json") => json_rows(name, text),
        _ => Err(format!("`{name}` is neither .csv nor .json")),
    }
}

fn csv_rows(name: &str, text: &str) -> Result<Vec<Map>, String> {
    let wrong = |error: csv::Error| format!("`{name}` is no CSV with a header: {error}");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header: Vec<String> = reader.headers().map_err(wrong)?.iter().map(str::to_owned).collect();
    if let Some(twice) = header.iter().enumerate().find(|(index, column)| header[..*index].contains(column)) {
        return Err(format!("`{name}` has the column `{}` twice", twice.1));
    }
    let row = |record: csv::StringRecord| header.iter().cloned().zip(record.iter().map(Value::text)).collect();
    reader.records().map(|record| record.map(row).map_err(wrong)).collect()
}

fn json_rows(name: &str, text: &str) -> Result<Vec<Map>, String> {
    let json: serde_json::Value =
        serde_json::from_str(text).map_err(|error| format!("`{name}` is not JSON: {error}"))?;
    let Value::List(items) = Value::from_json(json) else { return Err(format!("`{name}` must be a list of objects")) };
    let row = |(index, item): (usize, Value)| match item {
        Value::Map(row) => Ok(row),
        other => Err(format!("`{name}`: element {} must be an object, and is {}", index + 1, other.type_name())),
    };
    items.into_iter().enumerate().map(row).collect()
}

/// A cell as its column's type; an empty one is null, unless it is text. JSON's values must be of the type already.
fn typed(value: &Value, r#type: Type) -> Result<Value, String> {
    match (value, r#type) {
        (Value::Null, _) => Ok(Value::Null),
        (Value::Text(text), Type::Text) => Ok(Value::text(text.as_str())),
        (Value::Text(text), _) if text.is_empty() => Ok(Value::Null),
        (Value::Text(text), r#type) => {
            parsed(text, r#type).ok_or_else(|| format!("{text:?} cannot be read as {}", word(r#type)))
        }
        (Value::Number(number), Type::Integer) if integer_of(number).is_none() => {
            Err(format!("{} is not whole", value.display()))
        }
        (Value::Number(_), Type::Integer | Type::Number) | (Value::Bool(_), Type::Boolean) => Ok(value.clone()),
        _ => Err(format!("{} is {}, not {}", value.display(), value.type_name(), word(r#type))),
    }
}

fn parsed(text: &str, r#type: Type) -> Option<Value> {
    match r#type {
        Type::Text => Some(Value::text(text)),
        Type::Integer => read::read_number(text).ok().filter(|number| integer_of(number).is_some()).map(Value::Number),
        Type::Number => read::read_number(text).ok().map(Value::Number),
        Type::Boolean => read::read_bool(text).ok().map(Value::Bool),
        Type::Date => read::read_date(text).ok().map(Value::Date),
        Type::Timestamp => read::read_timestamp(text).ok().map(Value::Timestamp),
        Type::Duration => read::read_duration(text).ok().map(Value::Duration),
        Type::Size => read::read_size(text).ok().map(Value::Size),
    }
}

const fn word(r#type: Type) -> &'static str {
    match r#type {
        Type::Text => "text",
        Type::Integer => "a whole number",
        Type::Number => "a number",
        Type::Boolean => "true or false",
        Type::Date => "a date",
        Type::Timestamp => "a timestamp",
        Type::Duration => "a duration",
        Type::Size => "a size",
    }
}

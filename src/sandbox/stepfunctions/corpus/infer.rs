//! The recording lost what was put into S3. Where a Map state only passes its items on, an object that explains the recorded
//! output is written instead. Such rows are counted apart from those whose input is known.

use super::rows::Row;
use serde_json::Value;

/// A place in S3 and the text at it.
pub type Object = ((String, String), String);

/// What marks a body that was lost.
const LOST: &str = "<_io.BytesIO object";

/// The objects of a row whose bodies were lost, inferred from what AWS answered; none if a body is known or says nothing.
pub fn object(row: &Row) -> Option<Object> {
    let put = row.calls.iter().find(|call| call.operation == "PutObject")?;
    let text = |name: &str| put.params[name].as_str().map(str::to_owned);
    let body = text("Body").filter(|body| body.starts_with(LOST)).and_then(|_| body(row))?;
    Some(((text("Bucket")?, text("Key")?), body))
}

fn body(row: &Row) -> Option<String> {
    let definition = row.calls.iter().find_map(|call| call.params["definition"].as_str())?;
    let definition: Value = serde_json::from_str(definition).ok()?;
    let config = definition["States"]
        .as_object()?
        .values()
        .map(|state| &state["ItemReader"]["ReaderConfig"])
        .find(|config| config.is_object())?;
    let events = row.expected.values().find_map(|answer| answer["events"].as_array())?;
    let end = events.last()?;
    match (config["InputType"].as_str()?, end["executionSucceededEventDetails"]["output"].as_str()) {
        ("JSON", Some(output)) => Some(output.to_owned()),
        ("JSON", None) => Some("{\"an object\": \"instead of a list\"}".to_owned()),
        ("CSV", Some(output)) => csv(config["CSVHeaderLocation"] == "FIRST_ROW", &serde_json::from_str(output).ok()?),
        ("CSV", None) => Some("1,2,3\n".to_owned()),
        _ => None,
    }
}

fn csv(with_header: bool, rows: &Value) -> Option<String> {
    let mut writer = csv::Writer::from_writer(vec![]);
    let rows: Vec<_> = rows.as_array()?.iter().filter_map(Value::as_object).collect();
    if with_header {
        writer.write_record(rows.first()?.keys()).ok()?;
    }
    for row in rows {
        writer.write_record(row.values().filter_map(Value::as_str)).ok()?;
    }
    String::from_utf8(writer.into_inner().ok()?).ok()
}

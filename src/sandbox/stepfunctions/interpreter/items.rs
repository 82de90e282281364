//! The items of a Map: from the input, or from an object in S3, and how they become inputs.

use std::collections::HashSet;

use serde_json::{Map, Value, json};
use tokio::sync::mpsc::unbounded_channel;

use super::super::{
    jsonpath::Path,
    machine::{Batch, HeaderSource, InputKind, MapState, Reader},
    task::{Submitted, TaskCall},
};
use super::data::MOST_BYTES;
use super::failure::Failure;
use super::frame::Frame;
use super::run::Scope;

/// One item of a map. Those of a JSON object have a key.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    pub key: Option<String>,
    pub value: Value,
}

impl Frame<'_> {
    /// The items that the input has.
    pub fn items(&self, map: &MapState, input: &Value) -> Result<Vec<Item>, Failure> {
        let (found, path) = match &map.items_path {
            Some(path) => (self.path(path, input)?, path.text()),
            None => (input.clone(), "$"),
        };
        let Value::Array(values) = found else {
            return Err(self.runtime(format!("Reference path \"{path}\" must point to array.")));
        };
        Ok(values.into_iter().map(plain).collect())
    }

    /// The input of one iteration: the item, or what the selector makes of it.
    pub fn item_input(&self, map: &MapState, input: &Value, item: Item, scope: &Scope) -> Result<Value, Failure> {
        let Some(selector) = &map.item_selector else { return Ok(item.value) };
        let context = scope.context(self.state.reads, self.context["State"].clone(), None);
        selector.evaluate(input, &context).map_err(|error| self.template_failure(&error))
    }

    /// The items that a reader finds in S3.
    pub async fn read(&self, reader: &Reader, items_path: Option<&Path>, input: &Value) -> Result<Vec<Item>, Failure> {
        let parameters = match &reader.parameters {
            Some(template) => self.template(template, input)?,
            None => json!({}),
        };
        let most = match &reader.max_items {
            Some(amount) => self.amount(amount, "MaxItemsPath", input)?,
            None => 0,
        };
        let output = self.s3("getObject", parameters).await.map_err(reader_failure)?;
        let body = output["Body"].as_str().unwrap_or_default();
        let mut items = parse(&reader.input, body, |document| self.narrowed(items_path, document))?;
        if most > 0 {
            items.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        }
        Ok(items)
    }

    /// `ItemsPath` over what was read. One that finds nothing is ignored, as AWS does.
    fn narrowed(&self, path: Option<&Path>, document: Value) -> Value {
        path.and_then(|path| path.evaluate(&document, &self.context).ok()).unwrap_or(document)
    }

    /// Calls S3 through the task runner, by the SDK's names.
    pub async fn s3(&self, call: &str, parameters: Value) -> Result<Value, String> {
        let (sender, _submitted) = unbounded_channel();
        let call = TaskCall {
            resource: format!("arn:aws:states:::aws-sdk:s3:{call}"),
            parameters,
            submitted: Submitted::new(sender),
        };
        self.run.tasks.run(call).await.map(|done| done.output).map_err(|failure| failure.cause)
    }

    /// Inputs put together into batches: as many items as both limits allow.
    pub fn batches(&self, batch: &Batch, inputs: Vec<Value>, input: &Value) -> Result<Vec<Value>, Failure> {
        let shared = batch.input.as_ref().map(|template| self.template(template, input)).transpose()?;
        let limit = |amount: &Option<_>, field, otherwise| match amount {
            Some(amount) => self.amount(amount, field, input).map(|n| usize::try_from(n).unwrap_or(usize::MAX)),
            None => Ok(otherwise),
        };
        let most_items = limit(&batch.max_items, "MaxItemsPerBatchPath", usize::MAX)?.max(1);
        let most_bytes = limit(&batch.max_bytes, "MaxInputBytesPerBatchPath", MOST_BYTES)?;
        let mut batches: Vec<Value> = Vec::new();
        let mut bytes = 0;
        for value in inputs {
            let size = value.to_string().len() + 1;
            match batches.last_mut().and_then(|last| last["Items"].as_array_mut()) {
                Some(items) if items.len() < most_items && bytes + size <= most_bytes => {
                    items.push(value);
                    bytes += size;
                }
                _ => {
                    let opened = opened(shared.as_ref(), value);
                    bytes = opened.to_string().len();
                    batches.push(opened);
                }
            }
        }
        Ok(batches)
    }
}

fn opened(shared: Option<&Value>, first: Value) -> Value {
    let mut batch = Map::new();
    batch.extend(shared.map(|shared| ("BatchInput".to_owned(), shared.clone())));
    batch.insert("Items".to_owned(), Value::Array(vec![first]));
    Value::Object(batch)
}

fn plain(value: Value) -> Item {
    Item { key: None, value }
}

fn reader_failure(cause: impl Into<String>) -> Failure {
    Failure::new("States.ItemReaderFailed", cause)
}

/// The items of an object's text.
fn parse(kind: &InputKind, body: &str, narrow: impl Fn(Value) -> Value) -> Result<Vec<Item>, Failure> {
    match kind {
        InputKind::Json => {
            let document =
                serde_json::from_str(body).map_err(|error| reader_failure(format!("Invalid JSON: {error}")))?;
            iterable(narrow(document))
        }
        InputKind::JsonLines => {
            let lines = body.lines().filter(|line| !line.trim().is_empty());
            let line =
                |line| serde_json::from_str(line).map_err(|error| reader_failure(format!("Invalid JSONL: {error}")));
            lines.map(line).map(|value| value.map(plain)).collect()
        }
        InputKind::Csv { headers, delimiter } => csv(headers, *delimiter, body),
    }
}

/// Lists, and since the end of 2024 objects too: each member is an item with a key.
fn iterable(document: Value) -> Result<Vec<Item>, Failure> {
    match document {
        Value::Array(values) => Ok(values.into_iter().map(plain).collect()),
        Value::Object(members) => Ok(members.into_iter().map(|(key, value)| Item { key: Some(key), value }).collect()),
        _ => Err(reader_failure("Attempting to map over non-iterable node.")),
    }
}

fn csv(headers: &HeaderSource, delimiter: u8, body: &str) -> Result<Vec<Item>, Failure> {
    let wrong = |error: csv::Error| reader_failure(format!("Invalid CSV: {error}"));
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(body.as_bytes());
    let mut records = reader.records();
    let names: Vec<String> = match headers {
        HeaderSource::Given(names) => names.clone(),
        HeaderSource::FirstRow => match records.next() {
            Some(record) => record.map_err(wrong)?.iter().map(str::to_owned).collect(),
            None => Vec::new(),
        },
    };
    if names.iter().collect::<HashSet<_>>().len() < names.len() {
        return Err(reader_failure("CSV headers cannot contain duplicates."));
    }
    records.map(|record| Ok(plain(row(&names, &record.map_err(wrong)?)))).collect()
}

/// Cells beyond the headers are left out, missing ones are empty.
fn row(names: &[String], record: &csv::StringRecord) -> Value {
    let cell = |(index, name): (usize, &String)| (name.clone(), json!(record.get(index).unwrap_or_default()));
    Value::Object(names.iter().enumerate().map(cell).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: &InputKind, body: &str, expected: &Value) {
        let items =
            parse(kind, body, |document| document).map(|items| items.into_iter().map(|item| item.value).collect());
        let actual = items.map_or_else(|failure| json!(failure.cause), Value::Array);
        assert_eq!(&actual, expected, "{kind:?} {body}");
    }

    fn table(headers: HeaderSource) -> InputKind {
        InputKind::Csv { headers, delimiter: b',' }
    }

    fn given(names: &[&str]) -> HeaderSource {
        HeaderSource::Given(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn a_json_list_and_a_json_object_have_items_and_a_number_has_none() {
        check(&InputKind::Json, "[1, \"a\"]", &json!([1, "a"]));
        check(&InputKind::Json, "{\"k\": 1, \"l\": 2}", &json!([1, 2]));
        check(&InputKind::Json, "1", &json!("Attempting to map over non-iterable node."));
        check(&InputKind::JsonLines, "1\n\n{\"a\":2}\n", &json!([1, {"a": 2}]));
    }

    #[test]
    fn csv_rows_are_objects_as_wide_as_their_headers() {
        check(&table(HeaderSource::FirstRow), "a,b\n1\n2,3,4\n", &json!([{"a": "1", "b": ""}, {"a": "2", "b": "3"}]));
        check(&table(given(&["x"])), "1,2\n\"3,\"\n", &json!([{"x": "1"}, {"x": "3,"}]));
    }

    #[test]
    fn headers_that_repeat_are_refused() {
        check(&table(given(&["x", "x"])), "1,2\n", &json!("CSV headers cannot contain duplicates."));
    }
}

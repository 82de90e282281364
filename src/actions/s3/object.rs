//! `s3.object`: one object, whether it is there, and what is in it.

use async_trait::async_trait;

use super::pattern::uri;
use crate::actions::{Action, ActionError, Call, EffectRule, ErrorKind, Group, Output, OutputField, Spec};
use crate::event::{Effect, Finding};
use crate::service::s3::{Head, Uri};
use crate::target::{AwsFacts, FactKind};
use crate::value::{Map, Timestamp, Value};
use crate::yaml::field::{Field, Phase, Shape, Table};

/// `s3.object`.
#[derive(Debug)]
pub struct Object;

/// A body above this is not read into an expectation.
const BODY_LIMIT: u64 = 16_000_000;

static ARGUMENTS: Table = Table::new(
    "s3.object",
    "Looks at one object.",
    &[
        Field::required("uri", Shape::Text, "`s3://bucket/key`.").phase(Phase::Run),
        Field::optional(
            "parse",
            Shape::OneOf(&["text", "json", "jsonl", "csv"]),
            "How `body` is read; csv gives mappings by header, all text.",
        )
        .default("text"),
    ],
);

static SPEC: Spec = Spec {
    name: "s3.object",
    doc: "Looks at one object. Its body is read only where `body` is looked at, up to 16 MB.",
    effect: EffectRule::Always(Effect::Read),
    arguments: &ARGUMENTS,
    shorthand: Some("uri"),
    outputs: &[
        OutputField { name: "exists", doc: "Whether it is there; the other fields are missing if not." },
        OutputField { name: "size", doc: "Its size." },
        OutputField { name: "etag", doc: "Its ETag, without quotes. No MD5 for multipart and KMS objects." },
        OutputField { name: "last_modified", doc: "When it was written, a timestamp." },
        OutputField { name: "metadata", doc: "Its user metadata, a mapping." },
        OutputField { name: "content_type", doc: "Its content type." },
        OutputField { name: "body", doc: "Its content, as `parse` says." },
    ],
    resources: &[],
    files: &[],
    groups: &[Group { fields: &["exists"], doc: "`exists` is true", wrong: absent }],
    expect_required: false,
};

#[async_trait]
impl Action for Object {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    async fn run(&self, call: &Call<'_>) -> Result<Output, ActionError> {
        let uri = uri(call.arguments, "uri")?;
        let head = call.services.head_object(&uri).await;
        let head = head.map_err(|error| denied_or_absent(&uri, error))?;
        let Some(head) = head else {
            let fields = [("exists".to_owned(), Value::Bool(false)), ("uri".to_owned(), Value::text(uri.to_string()))];
            return Ok(Output::new(Value::Map(Map::from(fields))));
        };
        let mut fields = known(&head);
        if call.uses.contains("body") {
            fields.insert("body".to_owned(), body(call, &uri, &head).await?);
        }
        Ok(Output::new(Value::Map(fields)))
    }
}

/// Whoever may not list a bucket is told 403 of an object that is not there (S3 API reference, `HeadObject`).
fn denied_or_absent(uri: &Uri, error: AwsFacts) -> ActionError {
    let denied = error.kind == FactKind::Denied;
    let error = ActionError::aws(format!("look at {uri}"), error);
    let help = "the role may not read it; without s3:ListBucket S3 says the same of an object that is not there";
    if denied { error.with_help(help) } else { error }
}

fn known(head: &Head) -> Map {
    let metadata = head.metadata.iter().map(|(name, value)| (name.clone(), Value::text(value.clone())));
    let modified = head.listed.last_modified.map(|at| Value::Timestamp(Timestamp::Zoned(at.fixed_offset())));
    Map::from([
        ("exists".to_owned(), Value::Bool(true)),
        ("size".to_owned(), Value::Size(head.listed.size)),
        ("etag".to_owned(), Value::text(&head.listed.etag)),
        ("last_modified".to_owned(), modified.unwrap_or(Value::Null)),
        ("metadata".to_owned(), Value::Map(metadata.collect())),
        ("content_type".to_owned(), head.content_type.as_ref().map_or(Value::Null, Value::text)),
    ])
}

async fn body(call: &Call<'_>, uri: &Uri, head: &Head) -> Result<Value, ActionError> {
    if head.listed.size > BODY_LIMIT {
        let message = format!("read {uri}: it has {} bytes, the limit is {BODY_LIMIT}", head.listed.size);
        return Err(ActionError::new(ErrorKind::Invalid, message).with_help("use data.check"));
    }
    let bytes = call
        .services
        .get_object_of(uri, head.listed.size)
        .await
        .map_err(|error| ActionError::aws(format!("read {uri}"), error))?;
    let unreadable = |why: String| ActionError::new(ErrorKind::Unintelligible, format!("read {uri}: {why}"));
    let text = String::from_utf8(bytes).map_err(|error| unreadable(format!("it is no UTF-8: {error}")))?;
    parsed(&text, call.arguments.optional_text("parse")?.unwrap_or("text")).map_err(unreadable)
}

fn parsed(text: &str, how: &str) -> Result<Value, String> {
    let json = |text: &str| serde_json::from_str(text).map(Value::from_json).map_err(|error| error.to_string());
    match how {
        "json" => json(text),
        "jsonl" => {
            let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
            let values = lines.map(|(index, line)| json(line).map_err(|error| format!("line {}: {error}", index + 1)));
            values.collect::<Result<_, _>>().map(Value::List)
        }
        "csv" => csv_rows(text),
        _ => Ok(Value::text(text)),
    }
}

fn csv_rows(text: &str) -> Result<Value, String> {
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let header = reader.headers().map_err(|error| error.to_string())?.clone();
    let row = |record: Result<csv::StringRecord, csv::Error>| {
        let record = record.map_err(|error| error.to_string())?;
        let fields = header.iter().zip(&record).map(|(name, field)| (name.to_owned(), Value::text(field)));
        Ok(Value::Map(fields.collect()))
    };
    reader.records().map(row).collect::<Result<_, String>>().map(Value::List)
}

/// By default the object is there.
fn absent(output: &Value) -> Option<Finding> {
    if output.get("exists") == Some(&Value::Bool(true)) {
        return None;
    }
    let uri = output.get("uri").and_then(Value::as_text).unwrap_or("the object");
    Some(Finding {
        path: Some("exists".to_owned()),
        expected: Some("true".to_owned()),
        actual: Some("false".to_owned()),
        ..Finding::new(format!("{uri} does not exist"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_case::test_case;

    #[test_case("{\"n\": 1.10}", "json", "{n: 1.10}")]
    #[test_case("{\"n\": 1}\n\n{\"n\": 2}\n", "jsonl", "[{n: 1}, {n: 2}]")]
    #[test_case("a,b\n1,\"x, y\"\n", "csv", "[{a: \"1\", b: \"x, y\"}]"; "csv fields are text")]
    fn a_body_is_read_as_told(text: &str, how: &str, expected: &str) {
        assert_eq!(parsed(text, how).unwrap().display().to_string(), expected);
    }

    #[test]
    fn a_broken_line_is_named() {
        assert!(parsed("{}\n{", "jsonl").unwrap_err().starts_with("line 2: "));
        assert!(parsed("a,b\n1\n", "csv").is_err(), "a short row is no row");
    }
}

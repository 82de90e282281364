//! `s3.list`: the objects below a prefix, or those that a glob matches.

use async_trait::async_trait;

use super::pattern::{Pattern, uri};
use crate::actions::{Action, ActionError, Call, EffectRule, Output, OutputField, Spec};
use crate::event::Effect;
use crate::service::s3::Listed;
use crate::value::{Map, Timestamp, Value};
use crate::yaml::field::{Field, Phase, Shape, Table};

/// `s3.list`.
#[derive(Debug)]
pub struct List;

/// More objects than this are not listed into an expectation.
const LIMIT: usize = 10_000;

static ARGUMENTS: Table = Table::new(
    "s3.list",
    "Lists objects.",
    &[Field::required("uri", Shape::Text, "A prefix or a glob: `s3://bucket/in/**/*.csv`.").phase(Phase::Run)],
);

static SPEC: Spec = Spec {
    name: "s3.list",
    doc: "Lists the objects below a prefix, or those that a glob matches; 10,000 at most.",
    effect: EffectRule::Always(Effect::Read),
    arguments: &ARGUMENTS,
    shorthand: Some("uri"),
    outputs: &[
        OutputField {
            name: "objects",
            doc: "In the order of keys, a list of `{key, uri, size, etag, last_modified}`.",
        },
        OutputField { name: "count", doc: "How many." },
        OutputField { name: "total_size", doc: "Their size together." },
    ],
    resources: &[],
    files: &[],
    groups: &[],
    expect_required: true,
};

#[async_trait]
impl Action for List {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    async fn run(&self, call: &Call<'_>) -> Result<Output, ActionError> {
        let uri = uri(call.arguments, "uri")?;
        let pattern =
            Pattern::new(uri.clone()).map_err(|error| ActionError::invalid(error, call.arguments.span("uri")))?;
        let listed = call.services.list_objects(&pattern.prefix, LIMIT).await;
        let listed = listed.map_err(|error| ActionError::aws(format!("list {uri}"), error))?;
        let found = pattern.filter(listed);
        let total = found.iter().map(|object| object.size).sum();
        let count = Value::integer(found.len() as u64);
        let objects = found.into_iter().map(|object| entry(&uri.bucket, object)).collect();
        Ok(Output::new(Value::Map(Map::from([
            ("objects".to_owned(), Value::List(objects)),
            ("count".to_owned(), count),
            ("total_size".to_owned(), Value::Size(total)),
        ]))))
    }
}

fn entry(bucket: &str, object: Listed) -> Value {
    let modified = object.last_modified.map(|at| Value::Timestamp(Timestamp::Zoned(at.fixed_offset())));
    Value::Map(Map::from([
        ("uri".to_owned(), Value::text(format!("s3://{bucket}/{}", object.key))),
        ("key".to_owned(), Value::text(object.key)),
        ("size".to_owned(), Value::Size(object.size)),
        ("etag".to_owned(), Value::text(object.etag)),
        ("last_modified".to_owned(), modified.unwrap_or(Value::Null)),
    ]))
}

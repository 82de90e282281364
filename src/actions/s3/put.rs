//! `s3.put`: objects from files, text or JSON.

use async_trait::async_trait;
use serde_json::json;
use uuid::Uuid;

use super::pattern::{Pattern, uri};
use super::{OBJECT, PATTERN};
use crate::actions::files::{Names, files};
use crate::actions::{Action, ActionError, Call, EffectRule, Intended, Output, OutputField, Spec};
use crate::event::{Effect, Intent, IntentKind, Settlement};
use crate::service::s3::Uri;
use crate::target::AwsFacts;
use crate::value::{Map, Value};
use crate::yaml::field::{Field, Phase, Shape, Table};

/// `s3.put`.
#[derive(Debug)]
pub struct Put;

/// More objects than this below an owned pattern are not looked through.
const LISTED: usize = 100_000;

static ARGUMENTS: Table = Table::new(
    "s3.put",
    "Writes objects.",
    &[
        Field::required(
            "to",
            Shape::Text,
            "`s3://bucket/key`; with a final `/` a prefix, and the file's name is added.",
        )
        .phase(Phase::Run),
        Field::optional("from", Shape::Text, "A file or a glob, relative to the project's root. No match is an error.")
            .phase(Phase::Plan),
        Field::optional("body", Shape::Text, "The object's text.").phase(Phase::Run),
        Field::optional("json", Shape::Any, "The object as JSON.").phase(Phase::Run),
        Field::optional("temporary", Shape::Boolean, "Whether cleanup deletes it. It must not exist before.")
            .default("false"),
        Field::optional(
            "owns",
            Shape::List(&Shape::Text),
            "Patterns of what this object will cause: cleanup deletes that too.",
        )
        .phase(Phase::Run),
    ],
)
.exactly_one(&[&["from", "body", "json"]]);

static SPEC: Spec = Spec {
    name: "s3.put",
    doc: "Writes objects from a file, a glob, text or JSON.",
    effect: EffectRule::Always(Effect::Write),
    arguments: &ARGUMENTS,
    shorthand: None,
    outputs: &[
        OutputField { name: "objects", doc: "What was written, a list of `{uri, size, etag}`." },
        OutputField { name: "count", doc: "How many." },
    ],
    resources: &["to", "owns"],
    files: &[("from", Names::Glob)],
    groups: &[],
    expect_required: false,
};

/// An object that is to be written.
struct Planned {
    to: Uri,
    body: Vec<u8>,
}

#[async_trait]
impl Action for Put {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    async fn run(&self, call: &Call<'_>) -> Result<Output, ActionError> {
        let planned = planned(call)?;
        let temporary = call.arguments.flag("temporary", false)?;
        own(call).await?;
        let mut written = Vec::new();
        for object in planned {
            written.push(put(call, object, temporary).await?);
        }
        let count = Value::integer(written.len() as u64);
        let fields = [("objects".to_owned(), Value::List(written)), ("count".to_owned(), count)];
        Ok(Output::new(Value::Map(Map::from(fields))))
    }
}

/// What this object will cause is cleaned up with it.
async fn own(call: &Call<'_>) -> Result<(), ActionError> {
    for owned in call.arguments.list("owns")?.unwrap_or_default() {
        let text = owned.as_text().unwrap_or_default();
        let invalid = |error: String| ActionError::invalid(format!("`owns`: {error}"), call.arguments.span("owns"));
        let pattern = Pattern::new(text.parse().map_err(invalid)?).map_err(invalid)?;
        if pattern.prefix.key.is_empty() {
            return Err(invalid(format!("{text} would take a whole bucket: begin with a prefix")));
        }
        nothing_there(call, text, &pattern).await?;
        // Kept open until cleanup, which lists what is there by then.
        let _open_until_cleanup = call.intend(IntentKind::Created, PATTERN, text, json!({ "uri": text })).await?;
    }
    Ok(())
}

/// Cleanup will delete whatever matches, so nothing may be there yet that this run does not own.
async fn nothing_there(call: &Call<'_>, text: &str, pattern: &Pattern) -> Result<(), ActionError> {
    let owned_already = |intent: &Intent| intent.what == PATTERN && intent.name == text;
    if text.contains(call.name.run.as_str()) || call.ledger.open().await.iter().any(|(_, intent)| owned_already(intent))
    {
        return Ok(());
    }
    let listed = call.services.list_objects(&pattern.prefix, LISTED).await;
    let listed = listed.map_err(|error| ActionError::aws(format!("list {text}"), error))?;
    let Some(found) = listed.iter().find(|object| pattern.takes(&object.key)) else { return Ok(()) };
    let message =
        format!("`owns`: {} is there already, and cleanup would delete it", pattern.prefix.with_key(&found.key));
    let error = ActionError::invalid(message, call.arguments.span("owns"));
    Err(error.with_help("own only what this run causes: put `{{ run.id }}` into the keys"))
}

async fn put(call: &Call<'_>, object: Planned, temporary: bool) -> Result<Value, ActionError> {
    let (uri, size) = (object.to.to_string(), object.body.len() as u64);
    let etag = if temporary {
        put_temporary(call, object).await?
    } else {
        let put = call.services.put_object(&object.to, object.body).await;
        put.map_err(|error| ActionError::aws(format!("write {uri}"), error))?
    };
    let fields = [("uri", Value::text(uri)), ("size", Value::Size(size)), ("etag", Value::text(etag))];
    Ok(Value::Map(fields.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()))
}

/// Puts an object that cleanup deletes; its `ETag`. Until the put is answered its intent holds the mark, so that cleanup deletes the
/// object only if it is this one, and never one that was there before.
async fn put_temporary(call: &Call<'_>, object: Planned) -> Result<String, ActionError> {
    let (uri, mark) = (object.to.to_string(), format!("{}-{}", call.name.run, Uuid::new_v4().simple()));
    let trying = call.intend(IntentKind::Created, OBJECT, &uri, json!({ "uri": uri, "mark": mark })).await?;
    let etag = match call.services.put_new_object(&object.to, object.body, &mark).await {
        Ok(etag) => etag,
        Err(error) if error.kind.is_refusal() && !exists_already(&error) => {
            call.settle(trying, Settlement::NeverWas).await?;
            return Err(ActionError::aws(format!("write {uri}"), error));
        }
        Err(error) => after_all(call, &object.to, &mark, error, trying).await?,
    };
    let _open_until_cleanup = call.intend(IntentKind::Created, OBJECT, &uri, json!({ "uri": uri })).await?;
    call.settle(trying, Settlement::Ended).await?;
    Ok(etag)
}

/// The `ETag` of an object that was written after all: the SDK asks again when an answer is lost, and is told that there is one already.
async fn after_all(
    call: &Call<'_>,
    to: &Uri,
    mark: &str,
    error: AwsFacts,
    trying: Intended,
) -> Result<String, ActionError> {
    let found = call.services.head_object(to).await;
    if let Ok(Some(head)) = &found
        && head.is_marked(mark)
    {
        return Ok(head.listed.etag.clone());
    }
    let was_there = exists_already(&error);
    if was_there || matches!(found, Ok(Some(_))) {
        call.settle(trying, Settlement::NeverWas).await?;
    }
    let error = ActionError::aws(format!("write {to}"), error);
    Err(if was_there { taken(error, to) } else { error })
}

/// A conditional put answers 412, or 409 on a race (S3 API reference, `PutObject`, `If-None-Match`).
fn exists_already(error: &AwsFacts) -> bool {
    matches!(error.status, Some(409 | 412))
}

fn taken(error: ActionError, uri: &Uri) -> ActionError {
    let error = ActionError { message: format!("write {uri}: there is an object already"), ..error };
    error.with_help(
        "a temporary object is deleted at cleanup, so it never replaces one: put `{{ run.id }}` into its key",
    )
}

fn planned(call: &Call<'_>) -> Result<Vec<Planned>, ActionError> {
    let to = uri(call.arguments, "to")?;
    if let Some(from) = call.arguments.optional_text("from")? {
        return from_files(call, &to, from);
    }
    if to.key.is_empty() || to.key.ends_with('/') {
        return Err(ActionError::invalid(format!("{to} names no object"), call.arguments.span("to")));
    }
    let body = match (call.arguments.optional_text("body")?, call.arguments.raw("json")) {
        (Some(text), _) => text.to_owned(),
        (None, Some(value)) => value.to_json().to_string(),
        (None, None) => return Err(ActionError::invalid("one of `from`, `body` and `json` is needed", None)),
    };
    Ok(vec![Planned { to, body: body.into_bytes() }])
}

fn from_files(call: &Call<'_>, to: &Uri, from: &str) -> Result<Vec<Planned>, ActionError> {
    let invalid = |message: String| ActionError::invalid(message, call.arguments.span("from"));
    let files = files(call.root, from).map_err(&invalid)?;
    let folder = to.key.is_empty() || to.key.ends_with('/');
    if files.len() > 1 && !folder {
        return Err(invalid(format!("`{from}` is {} files, but `to` names one object: end it with `/`", files.len())));
    }
    let mut planned: Vec<Planned> = Vec::new();
    for file in files {
        let body = std::fs::read(&file).map_err(|error| invalid(format!("read {}: {error}", file.display())))?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let to = if folder { to.with_key(format!("{}{name}", to.key)) } else { to.clone() };
        if planned.iter().any(|other| other.to == to) {
            return Err(invalid(format!("`{from}` matches two files called {name}, and both would be {to}")));
        }
        planned.push(Planned { to, body });
    }
    Ok(planned)
}

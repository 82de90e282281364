//! `s3.put`: objects from files, text or JSON.

use std::path::{Component, Path, PathBuf};

use async_trait::async_trait;
use globset::GlobBuilder;
use serde_json::json;
use walkdir::WalkDir;

use super::pattern::{Pattern, uri};
use super::{OBJECT, PATTERN};
use crate::actions::{Action, ActionError, Call, EffectRule, Output, OutputField, Spec};
use crate::event::{Effect, IntentKind, Settlement};
use crate::service::s3::Uri;
use crate::target::AwsFacts;
use crate::value::{Map, Value};
use crate::yaml::field::{Field, Phase, Shape, Table};

/// `s3.put`.
#[derive(Debug)]
pub struct Put;

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
        // Kept open until cleanup, which lists what is there by then.
        let _open_until_cleanup = call.intend(IntentKind::Created, PATTERN, text, json!({ "uri": text })).await?;
    }
    Ok(())
}

async fn put(call: &Call<'_>, object: Planned, temporary: bool) -> Result<Value, ActionError> {
    let (uri, size) = (object.to.to_string(), object.body.len() as u64);
    let what = || format!("write {uri}");
    let etag = if temporary {
        let intended = call.intend(IntentKind::Created, OBJECT, &uri, json!({ "uri": uri })).await?;
        match call.services.put_new_object(&object.to, object.body).await {
            Ok(etag) => etag,
            Err(error) => {
                let was_there = exists_already(&error);
                if was_there {
                    call.settle(intended, Settlement::NeverWas).await?;
                }
                let error = ActionError::aws(what(), error);
                return Err(if was_there { taken(error, &uri) } else { error });
            }
        }
    } else {
        call.services.put_object(&object.to, object.body).await.map_err(|error| ActionError::aws(what(), error))?
    };
    let fields = [("uri", Value::text(uri.clone())), ("size", Value::Size(size)), ("etag", Value::text(etag))];
    Ok(Value::Map(fields.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()))
}

/// A conditional put answers 412, or 409 on a race (S3 API reference, `PutObject`, `If-None-Match`).
fn exists_already(error: &AwsFacts) -> bool {
    matches!(error.status, Some(409 | 412))
}

fn taken(error: ActionError, uri: &str) -> ActionError {
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
    let files = matching(call.root, from).map_err(&invalid)?;
    let folder = to.key.is_empty() || to.key.ends_with('/');
    if files.len() > 1 && !folder {
        return Err(invalid(format!("`{from}` is {} files, but `to` names one object: end it with `/`", files.len())));
    }
    let read = |file: &PathBuf| {
        let body = std::fs::read(call.root.join(file))
            .map_err(|error| invalid(format!("read {}: {error}", file.display())))?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let key = if folder { format!("{}{name}", to.key) } else { to.key.clone() };
        Ok(Planned { to: to.with_key(key), body })
    };
    files.iter().map(read).collect()
}

/// The files below the root that a path or glob names, in order. None is an error.
fn matching(root: &Path, from: &str) -> Result<Vec<PathBuf>, String> {
    let path = Path::new(from);
    if path.is_absolute() || path.components().any(|part| part == Component::ParentDir) {
        return Err(format!("`{from}` leaves the project"));
    }
    if root.join(path).is_file() {
        return Ok(vec![path.to_path_buf()]);
    }
    let glob =
        GlobBuilder::new(from).literal_separator(true).build().map_err(|error| error.to_string())?.compile_matcher();
    let files = WalkDir::new(root).sort_by_file_name().into_iter().filter_map(Result::ok);
    let files = files.filter(|entry| entry.file_type().is_file());
    let relative = files.filter_map(|entry| entry.path().strip_prefix(root).ok().map(Path::to_path_buf));
    let found: Vec<PathBuf> = relative.filter(|file| glob.is_match(file)).collect();
    if found.is_empty() { Err(format!("no file matches `{from}`")) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_matched_below_the_root_in_order_and_none_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("fixtures/deep")).unwrap();
        for file in ["fixtures/b.csv", "fixtures/a.csv", "fixtures/deep/c.csv"] {
            std::fs::write(root.path().join(file), "x").unwrap();
        }
        let names = |from: &str| {
            matching(root.path(), from).map(|files| files.iter().map(|f| f.display().to_string()).collect::<Vec<_>>())
        };
        assert_eq!(names("fixtures/*.csv").unwrap(), ["fixtures/a.csv", "fixtures/b.csv"]);
        assert_eq!(names("fixtures/deep/c.csv").unwrap(), ["fixtures/deep/c.csv"]);
        assert_eq!(names("fixtures/*.txt").unwrap_err(), "no file matches `fixtures/*.txt`");
        assert_eq!(names("../secrets").unwrap_err(), "`../secrets` leaves the project");
    }
}

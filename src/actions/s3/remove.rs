//! `s3.delete`, and the deletion of what a run itself has put.

use async_trait::async_trait;

use super::pattern::{Pattern, uri};
use crate::actions::registry::parameter;
use crate::actions::{Action, ActionError, Call, EffectRule, Output, OutputField, Spec};
use crate::event::{Effect, Intent, Settlement};
use crate::service::Services;
use crate::service::s3::Uri;
use crate::value::{Map, Value};
use crate::yaml::field::{Field, Phase, Shape, Table};

/// `s3.delete`.
#[derive(Debug)]
pub struct Remove;

/// More objects than this are not deleted by one step.
const LIMIT: usize = 100_000;

static ARGUMENTS: Table = Table::new(
    "s3.delete",
    "Deletes objects that the run did not put.",
    &[
        Field::required("uri", Shape::Text, "An object; with `recursive` a prefix or a glob.").phase(Phase::Run),
        Field::optional("recursive", Shape::Boolean, "Whether `uri` is a prefix or a glob.").default("false"),
    ],
);

static SPEC: Spec = Spec {
    name: "s3.delete",
    doc: "Deletes an object, or everything below a prefix.",
    effect: EffectRule::Always(Effect::Destroy),
    arguments: &ARGUMENTS,
    shorthand: None,
    outputs: &[OutputField { name: "deleted", doc: "How many objects there were to delete." }],
    resources: &["uri"],
    files: &[],
    groups: &[],
    expect_required: false,
};

#[async_trait]
impl Action for Remove {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    async fn run(&self, call: &Call<'_>) -> Result<Output, ActionError> {
        let uri = uri(call.arguments, "uri")?;
        let invalid = |message: String| ActionError::invalid(message, call.arguments.span("uri"));
        let pattern = Pattern::new(uri.clone()).map_err(invalid)?;
        let deleted = if call.arguments.flag("recursive", false)? {
            if pattern.prefix.key.is_empty() {
                return Err(invalid(format!("{uri} is a whole bucket: begin with a prefix")));
            }
            if !pattern.is_glob() && !uri.key.ends_with('/') {
                let error =
                    invalid(format!("{uri} would delete every key that begins so, and not only what is in a folder"));
                return Err(error.with_help(format!("write {uri}/ or {uri}*")));
            }
            delete_matching(call.services, &pattern).await?
        } else if pattern.is_glob() || uri.key.is_empty() || uri.key.ends_with('/') {
            return Err(
                invalid(format!("{uri} is no object")).with_help("say `recursive: true` for a prefix or a glob")
            );
        } else {
            delete_one(call.services, &uri).await?
        };
        let fields = [("deleted".to_owned(), Value::integer(deleted as u64))];
        Ok(Output::new(Value::Map(Map::from(fields))))
    }
}

async fn delete_one(services: &Services, uri: &Uri) -> Result<usize, ActionError> {
    let failed = |error| ActionError::aws(format!("delete {uri}"), error);
    let there = services.head_object(uri).await.map_err(failed)?.is_some();
    services.delete_object(uri).await.map_err(failed)?;
    Ok(usize::from(there))
}

async fn delete_matching(services: &Services, pattern: &Pattern) -> Result<usize, ActionError> {
    let failed = |error| ActionError::aws(format!("delete what is below {}", pattern.prefix), error);
    let listed = services.list_objects(&pattern.prefix, LIMIT).await.map_err(failed)?;
    let keys: Vec<String> = listed.into_iter().map(|object| object.key).filter(|key| pattern.takes(key)).collect();
    services.delete_objects(&pattern.prefix.bucket, &keys).await.map_err(failed)?;
    Ok(keys.len())
}

/// Deletes the object of an intent. One whose put was never answered is deleted only if it carries the put's mark: what else is there
/// is somebody else's.
pub(crate) async fn remove_object(intent: &Intent, services: &Services) -> Result<Settlement, ActionError> {
    let uri: Uri = parameter(intent, "uri")?.parse().map_err(|error: String| ActionError::invalid(error, None))?;
    if let Ok(mark) = parameter(intent, "mark") {
        let head =
            services.head_object(&uri).await.map_err(|error| ActionError::aws(format!("look at {uri}"), error))?;
        if !head.is_some_and(|head| head.is_marked(mark)) {
            return Ok(Settlement::NeverWas);
        }
    }
    services.delete_object(&uri).await.map_err(|error| ActionError::aws(format!("delete {uri}"), error))?;
    Ok(Settlement::Removed)
}

/// Deletes what matches the pattern of an intent by now.
pub(crate) async fn remove_matching(intent: &Intent, services: &Services) -> Result<Settlement, ActionError> {
    let uri: Uri = parameter(intent, "uri")?.parse().map_err(|error: String| ActionError::invalid(error, None))?;
    let pattern = Pattern::new(uri).map_err(|error| ActionError::invalid(error, None))?;
    let deleted = delete_matching(services, &pattern).await?;
    Ok(if deleted == 0 { Settlement::NeverWas } else { Settlement::Removed })
}

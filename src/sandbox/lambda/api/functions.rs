//! Creating, reading, changing and deleting functions.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::configuration;
use super::document::Document;
use super::error::Refusal;
use super::request::Fields;
use crate::sandbox::lambda::Lambda;
use crate::sandbox::lambda::function::{Code, Configuration, Version};
use crate::sandbox::lambda::name::{self, FunctionName};
use crate::sandbox::wire::ApiError;

/// What can stand after `?`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Parameters {
    pub qualifier: Option<String>,
    pub marker: Option<String>,
    pub max_items: Option<String>,
    pub function_version: Option<String>,
}

impl Parameters {
    /// One page of a list, under AWS's name for it. The marker is the number of items already given.
    pub fn page(&self, name: &str, items: &[Value]) -> Result<Json<Value>, Refusal> {
        let start = number(self.marker.as_deref(), "Marker", 0)?.min(items.len());
        let count = number(self.max_items.as_deref(), "MaxItems", 50)?.max(1);
        let end = start.saturating_add(count).min(items.len());
        let next = (end < items.len()).then(|| end.to_string());
        Ok(Json(json!({name: items[start..end], "NextMarker": next})))
    }
}

fn number(text: Option<&str>, name: &str, default: usize) -> Result<usize, ApiError> {
    let number = text.map_or(Ok(default), str::parse);
    number.map_err(|_| ApiError::client("InvalidParameterValueException", format!("{name} must be a number")))
}

/// A function named in the path, with the request's qualifier.
pub fn named(lambda: &Lambda, function: &str, qualifier: Option<&str>) -> Result<FunctionName, ApiError> {
    name::parse(function, qualifier, lambda.place())
}

/// Finds the version that a request is about.
fn version(lambda: &Lambda, named: &FunctionName) -> Result<Arc<Version>, ApiError> {
    lambda.registry().resolve(named, &lambda.place().arn(&named.name))
}

pub async fn create(State(lambda): State<Lambda>, Document(body): Document) -> Result<Response, Refusal> {
    let mut fields = Fields::parse("CreateFunction", &body)?;
    let name = named(&lambda, &fields.required("FunctionName")?, None)?.name;
    let package_type = fields.string("PackageType")?;
    if package_type.as_deref().is_some_and(|it| it != "Zip") {
        return Err(ApiError::unsupported("functions from container images (PackageType Image)").into());
    }
    let configuration = initial(&mut fields)?;
    let publish = fields.boolean("Publish")?;
    let code = match fields.document("Code")? {
        Some(mut code) => read_code(&mut code).and_then(|it| code.finish().map(|()| it))?,
        None => return Err(ApiError::client("ValidationException", "Code is missing").into()),
    };
    let tags = fields.document("Tags")?.map(Fields::texts).transpose()?;
    fields.finish()?;
    let create = move |lambda: &Lambda| lambda.create_configured(name, configuration, &code);
    let new = blocking(lambda.clone(), create).await?;
    lambda.registry().find_mut(&new.function, &new.function_arn)?.tags = tags.into_iter().flatten().collect();
    Ok((StatusCode::CREATED, Json(published(&lambda, &new, publish)?)).into_response())
}

/// The configuration of a new function: what the request says, over AWS's defaults.
fn initial(fields: &mut Fields) -> Result<Configuration, ApiError> {
    let defaults = Configuration {
        runtime: fields.required("Runtime")?.parse()?,
        handler: String::new(),
        role: fields.required("Role")?,
        description: String::new(),
        environment: BTreeMap::new(),
        timeout: Duration::from_secs(3),
        memory_mb: 128,
        requirements: Vec::new(),
    };
    configuration::read(fields, defaults)
}

pub async fn get(
    State(lambda): State<Lambda>,
    Path(function): Path<String>,
    Query(query): Query<Parameters>,
) -> Result<Json<Value>, Refusal> {
    let named = named(&lambda, &function, query.qualifier.as_deref())?;
    let version = version(&lambda, &named)?;
    let document = configuration::render(&version, named.qualifier.is_some());
    let location = format!("file://{}", version.package.root.display());
    let tags = lambda.registry().find(&named.name, &version.function_arn)?.tags.clone();
    Ok(Json(json!({"Configuration": document, "Code": {"Location": location}, "Tags": tags})))
}

pub async fn get_configuration(
    State(lambda): State<Lambda>,
    Path(function): Path<String>,
    Query(query): Query<Parameters>,
) -> Result<Json<Value>, Refusal> {
    let named = named(&lambda, &function, query.qualifier.as_deref())?;
    Ok(Json(configuration::render(&*version(&lambda, &named)?, named.qualifier.is_some())))
}

pub async fn update_code(
    State(lambda): State<Lambda>,
    Path(function): Path<String>,
    Document(body): Document,
) -> Result<Json<Value>, Refusal> {
    let named = named(&lambda, &function, None)?;
    let mut fields = Fields::parse("UpdateFunctionCode", &body)?;
    let (publish, revision) = (fields.boolean("Publish")?, fields.string("RevisionId")?);
    let code = read_code(&mut fields)?;
    fields.finish()?;
    let change = move |lambda: &Lambda| {
        lambda.change(&named, Some(&code), |old| {
            check_revision(old, revision.as_deref()).map(|()| old.configuration.clone())
        })
    };
    let new = blocking(lambda.clone(), change).await?;
    Ok(Json(published(&lambda, &new, publish)?))
}

pub async fn update_configuration(
    State(lambda): State<Lambda>,
    Path(function): Path<String>,
    Document(body): Document,
) -> Result<Json<Value>, Refusal> {
    let named = named(&lambda, &function, None)?;
    let mut fields = Fields::parse("UpdateFunctionConfiguration", &body)?;
    let revision = fields.string("RevisionId")?;
    let new = lambda.change(&named, None, |old| {
        check_revision(old, revision.as_deref())?;
        let new = configuration::read(&mut fields, old.configuration.clone())?;
        fields.finish().map(|()| new)
    })?;
    Ok(Json(configuration::render(&new, false)))
}

pub async fn delete(
    State(lambda): State<Lambda>,
    Path(function): Path<String>,
    Query(query): Query<Parameters>,
) -> Result<StatusCode, Refusal> {
    lambda.delete(&named(&lambda, &function, query.qualifier.as_deref())?)?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn list(State(lambda): State<Lambda>, Query(query): Query<Parameters>) -> Result<Json<Value>, Refusal> {
    let all = query.function_version.as_deref() == Some("ALL");
    let registry = lambda.registry();
    let mut items = Vec::new();
    for function in registry.functions() {
        items.push(configuration::render(&function.latest, all));
        items.extend(function.published.values().filter(|_| all).map(|it| configuration::render(it, true)));
    }
    query.page("Functions", &items)
}

/// The document of a new `$LATEST`, or of the version published from it.
fn published(lambda: &Lambda, latest: &Version, publish: bool) -> Result<Value, ApiError> {
    if !publish {
        return Ok(configuration::render(latest, false));
    }
    let mut registry = lambda.registry();
    let version = registry.find_mut(&latest.function, &latest.function_arn)?.publish(None);
    Ok(configuration::render(&version, true))
}

fn read_code(fields: &mut Fields) -> Result<Code, ApiError> {
    for source in ["S3Bucket", "ImageUri"] {
        if fields.value(source).is_some() {
            return Err(ApiError::unsupported(format!("code from {source}; send it as ZipFile")));
        }
    }
    let text = fields.required("ZipFile")?;
    let bytes = STANDARD.decode(text).map_err(|error| {
        ApiError::client("InvalidParameterValueException", format!("ZipFile is not base64: {error}"))
    })?;
    Ok(Code::Zip(bytes))
}

fn check_revision(version: &Version, expected: Option<&str>) -> Result<(), ApiError> {
    if expected.is_none_or(|it| it == version.revision.to_string()) {
        return Ok(());
    }
    let message = "The RevisionId provided does not match the latest RevisionId. Call the GetFunction API to retrieve the latest Revision Id.";
    Err(ApiError::new(412, "PreconditionFailedException", message))
}

/// Extracting a package is file work: not on a thread that others wait for.
async fn blocking<T: Send + 'static>(
    lambda: Lambda,
    work: impl FnOnce(&Lambda) -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let done = tokio::task::spawn_blocking(move || work(&lambda)).await;
    done.map_err(|error| ApiError::new(500, "ServiceException", error.to_string()))?
}

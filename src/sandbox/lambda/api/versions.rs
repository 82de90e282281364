//! Publishing versions and naming them.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::configuration;
use super::document::Document;
use super::error::Refusal;
use super::functions::{Parameters, named};
use super::request::Fields;
use crate::sandbox::lambda::Lambda;
use crate::sandbox::lambda::registry::Function;
use crate::sandbox::wire::ApiError;

/// Lets `work` have the function that the path names.
fn with_function<T>(
    lambda: &Lambda,
    function: &str,
    work: impl FnOnce(&mut Function) -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    let name = named(lambda, function, None)?.name;
    work(lambda.registry().find_mut(&name, &lambda.place().arn(&name))?)
}

pub async fn publish(
    State(lambda): State<Lambda>,
    Path(function): Path<String>,
    Document(body): Document,
) -> Result<Response, Refusal> {
    let mut fields = Fields::parse("PublishVersion", &body)?;
    let (description, sha256, revision) =
        (fields.string("Description")?, fields.string("CodeSha256")?, fields.string("RevisionId")?);
    fields.finish()?;
    let version = with_function(&lambda, &function, |it| {
        if sha256.is_some_and(|sha256| sha256 != it.latest.package.sha256) {
            let message = "CodeSHA256 does not match that of $LATEST";
            return Err(ApiError::client("InvalidParameterValueException", message));
        }
        if revision.is_some_and(|revision| revision != it.latest.revision.to_string()) {
            let message = "The RevisionId provided does not match the latest RevisionId.";
            return Err(ApiError::new(412, "PreconditionFailedException", message));
        }
        Ok(it.publish(description))
    })?;
    Ok((StatusCode::CREATED, Json(configuration::render(&version, true))).into_response())
}

pub async fn list(
    State(lambda): State<Lambda>,
    Path(function): Path<String>,
    Query(query): Query<Parameters>,
) -> Result<Json<Value>, Refusal> {
    let items: Vec<_> = with_function(&lambda, &function, |it| {
        let versions = [&it.latest].into_iter().chain(it.published.values());
        Ok(versions.map(|it| configuration::render(it, true)).collect())
    })?;
    query.page("Versions", &items)
}

pub async fn create_alias(
    State(lambda): State<Lambda>,
    Path(function): Path<String>,
    Document(body): Document,
) -> Result<Response, Refusal> {
    let mut fields = Fields::parse("CreateAlias", &body)?;
    let (name, version) = (fields.required("Name")?, fields.required("FunctionVersion")?);
    let description = fields.string("Description")?.unwrap_or_default();
    fields.finish()?;
    let document = with_function(&lambda, &function, |it| {
        let alias = it.create_alias(&name, &version, description)?;
        Ok(configuration::render_alias(&alias, &it.latest.function_arn))
    })?;
    Ok((StatusCode::CREATED, Json(document)).into_response())
}

pub async fn get_alias(
    State(lambda): State<Lambda>,
    Path((function, alias)): Path<(String, String)>,
) -> Result<Json<Value>, Refusal> {
    let document = with_function(&lambda, &function, |it| {
        Ok(configuration::render_alias(it.alias(&alias)?, &it.latest.function_arn))
    })?;
    Ok(Json(document))
}

pub async fn update_alias(
    State(lambda): State<Lambda>,
    Path((function, alias)): Path<(String, String)>,
    Document(body): Document,
) -> Result<Json<Value>, Refusal> {
    let mut fields = Fields::parse("UpdateAlias", &body)?;
    let (version, description) = (fields.string("FunctionVersion")?, fields.string("Description")?);
    fields.finish()?;
    let document = with_function(&lambda, &function, |it| {
        let alias = it.update_alias(&alias, version, description)?;
        Ok(configuration::render_alias(&alias, &it.latest.function_arn))
    })?;
    Ok(Json(document))
}

/// As on AWS, no error when there is no such alias.
pub async fn delete_alias(
    State(lambda): State<Lambda>,
    Path((function, alias)): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    with_function(&lambda, &function, |it| Ok(it.aliases.remove(&alias)))?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn list_aliases(
    State(lambda): State<Lambda>,
    Path(function): Path<String>,
    Query(query): Query<Parameters>,
) -> Result<Json<Value>, Refusal> {
    let items: Vec<_> = with_function(&lambda, &function, |it| {
        let wanted = it
            .aliases
            .values()
            .filter(|it| query.function_version.as_ref().is_none_or(|version| *version == it.version));
        Ok(wanted.map(|alias| configuration::render_alias(alias, &it.latest.function_arn)).collect())
    })?;
    query.page("Aliases", &items)
}

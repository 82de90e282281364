//! The ways to name a function: name, partial ARN, ARN, each with or without a qualifier.

use crate::sandbox::wire::ApiError;

/// A function as a caller names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionName {
    pub name: String,
    pub qualifier: Option<String>,
}

/// Whose functions can be named.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub region: &'a str,
    pub account: &'a str,
}

impl Place<'_> {
    /// The ARN of a function, without a qualifier.
    pub fn arn(&self, name: &str) -> String {
        format!("arn:aws:lambda:{}:{}:function:{name}", self.region, self.account)
    }
}

/// Reads a function name and joins it with the request's own qualifier.
///
/// Forms: `name`, `123456789012:function:name`, `arn:aws:lambda:region:account:function:name`, each with `:qualifier`.
pub fn parse(text: &str, qualifier: Option<&str>, place: Place<'_>) -> Result<FunctionName, ApiError> {
    let rest = strip_place(text, place)?;
    let (name, derived) = match rest.split_once(':') {
        Some((name, qualifier)) => (name, Some(qualifier)),
        None => (rest, None),
    };
    if !is_identifier(name) || derived.is_some_and(|it| !is_qualifier(it)) {
        return Err(malformed(text));
    }
    let qualifier = join(derived, qualifier.filter(|it| !it.is_empty()))?;
    Ok(FunctionName { name: name.to_owned(), qualifier: qualifier.map(str::to_owned) })
}

/// Letters, digits, hyphens and underscores.
pub fn is_identifier(text: &str) -> bool {
    (1..=140).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_".contains(&it))
}

fn is_qualifier(text: &str) -> bool {
    text == "$LATEST" || is_identifier(text)
}

fn strip_place<'t>(text: &'t str, place: Place<'_>) -> Result<&'t str, ApiError> {
    let text = match text.strip_prefix("arn:aws:lambda:") {
        Some(rest) => strip_region(text, rest, place)?,
        None if text.starts_with("arn:") => return Err(malformed(text)),
        None => text,
    };
    match text.split_once(":function:") {
        Some((account, rest)) if account == place.account => Ok(rest),
        Some((account, _)) => Err(ApiError::new(
            403,
            "AccessDeniedException",
            format!("the function belongs to account {account}; the sandbox is account {}", place.account),
        )),
        None => Ok(text.strip_prefix("function:").unwrap_or(text)),
    }
}

fn strip_region<'t>(text: &str, rest: &'t str, place: Place<'_>) -> Result<&'t str, ApiError> {
    match rest.split_once(':') {
        Some((region, rest)) if region == place.region && rest.contains(":function:") => Ok(rest),
        Some((region, rest)) if rest.contains(":function:") => Err(ApiError::new(
            404,
            "ResourceNotFoundException",
            format!("Functions from '{region}' are not reachable in this region ('{}')", place.region),
        )),
        _ => Err(malformed(text)),
    }
}

fn join<'t>(derived: Option<&'t str>, given: Option<&'t str>) -> Result<Option<&'t str>, ApiError> {
    match (derived, given) {
        (Some(one), Some(other)) if one != other => Err(ApiError::client(
            "InvalidParameterValueException",
            "The derived qualifier from the function name does not match the specified qualifier.",
        )),
        _ => Ok(derived.or(given)),
    }
}

fn malformed(text: &str) -> ApiError {
    ApiError::client(
        "ValidationException",
        format!(
            "1 validation error detected: Value '{text}' at 'functionName' failed to satisfy constraint: Member must \
             be a function name, a partial ARN or an ARN"
        ),
    )
}

#[cfg(test)]
mod tests {
    use test_case::test_case;

    use super::*;

    const PLACE: Place<'static> = Place { region: "eu-west-1", account: "000000000000" };

    #[test_case("clean", None => "clean None")]
    #[test_case("clean:live", None => "clean Some(\"live\")")]
    #[test_case("clean", Some("7") => "clean Some(\"7\")")]
    #[test_case("clean:$LATEST", Some("$LATEST") => "clean Some(\"$LATEST\")")]
    #[test_case("function:clean", None => "clean None")]
    #[test_case("000000000000:function:clean:1", None => "clean Some(\"1\")")]
    #[test_case("arn:aws:lambda:eu-west-1:000000000000:function:clean", None => "clean None")]
    #[test_case("arn:aws:lambda:eu-west-1:000000000000:function:clean:live", None => "clean Some(\"live\")")]
    #[test_case("clean:live", Some("1") => "InvalidParameterValueException")]
    #[test_case("arn:aws:lambda:us-east-1:000000000000:function:clean", None => "ResourceNotFoundException")]
    #[test_case("arn:aws:lambda:eu-west-1:111122223333:function:clean", None => "AccessDeniedException")]
    #[test_case("arn:aws:s3:::bucket", None => "ValidationException")]
    #[test_case("arn:aws:lambda:eu-west-1", None => "ValidationException")]
    #[test_case("../clean", None => "ValidationException")]
    #[test_case("", None => "ValidationException")]
    #[test_case("clean:", None => "ValidationException")]
    fn names_are_read_in_every_form(text: &str, qualifier: Option<&str>) -> String {
        match parse(text, qualifier, PLACE) {
            Ok(it) => format!("{} {:?}", it.name, it.qualifier),
            Err(error) => error.code,
        }
    }
}

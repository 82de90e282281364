//! Reading fields of requests, with Athena's refusals.

use serde_json::Value;

use crate::sandbox::wire::ApiError;

/// `InvalidRequestException`.
pub fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::client("InvalidRequestException", message)
}

/// A required text.
pub fn text<'a>(body: &'a Value, key: &str) -> Result<&'a str, ApiError> {
    optional_text(body, key)?.ok_or_else(|| invalid(format!("{key} is required")))
}

/// A text or nothing; anything else is refused.
pub fn optional_text<'a>(body: &'a Value, key: &str) -> Result<Option<&'a str>, ApiError> {
    match body.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(invalid(format!("{key} must be a string"))),
    }
}

/// A list of texts; absent is empty.
pub fn texts(body: &Value, key: &str) -> Result<Vec<String>, ApiError> {
    let wrong = || invalid(format!("{key} must be a list of strings"));
    match body.get(key) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => {
            items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
        }
        Some(_) => Err(wrong()),
    }
}

/// The size of a page: `MaxResults` between 1 and `most`.
pub fn page_size(body: &Value, most: usize) -> Result<usize, ApiError> {
    match body.get("MaxResults") {
        None | Some(Value::Null) => Ok(most),
        Some(size) => size
            .as_u64()
            .and_then(|size| usize::try_from(size).ok())
            .filter(|size| (1..=most).contains(size))
            .ok_or_else(|| invalid(format!("MaxResults is not between 1 and {most}"))),
    }
}

/// One page of a list and the token of the next; tokens are positions.
pub fn page<T>(body: &Value, most: usize, items: Vec<T>) -> Result<(Vec<T>, Option<String>), ApiError> {
    let size = page_size(body, most)?;
    let from = match optional_text(body, "NextToken")? {
        None => 0,
        Some(token) => token.parse::<usize>().map_err(|_| invalid("NextToken is not valid"))?,
    };
    let next = from.saturating_add(size);
    let token = (next < items.len()).then(|| next.to_string());
    Ok((items.into_iter().skip(from).take(size).collect(), token))
}

/// Puts the token of the next page into an answer.
pub fn with_token(mut answer: Value, token: Option<String>) -> Value {
    if let Some(token) = token {
        answer["NextToken"] = Value::String(token);
    }
    answer
}

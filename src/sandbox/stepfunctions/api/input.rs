//! The input of an execution: JSON, in a size that AWS takes.

use serde_json::Value;

use crate::sandbox::wire::ApiError;

use super::params::constraint;

/// The most bytes of an input (quota of Step Functions).
const MOST_BYTES: usize = 262_144;

/// Reads an input.
///
/// # Errors
/// `InvalidExecutionInput` when it is not JSON, `ValidationException` when it is too large.
pub fn parse(text: &str) -> Result<Value, ApiError> {
    if text.len() > MOST_BYTES {
        let rule = format!("Member must have length less than or equal to {MOST_BYTES}");
        return Err(constraint(&format!("of {} bytes", text.len()), "input", &rule));
    }
    serde_json::from_str(text).map_err(|error| {
        let why = reason(text).unwrap_or_else(|| error.to_string());
        ApiError::client("InvalidExecutionInput", format!("Invalid State Machine Execution Input: '{why}'"))
    })
}

/// What AWS's own parser says, for the mistakes that are made most.
fn reason(text: &str) -> Option<String> {
    let rest = text.trim_start();
    let Some(first) = rest.chars().next() else { return Some("Invalid execution input.".to_owned()) };
    if first.is_alphabetic() {
        let token: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let expected = "was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
        return Some(format!("Unrecognized token '{token}': {expected}"));
    }
    let inside = rest.strip_prefix('{')?.trim_start().chars().next()?;
    let is_name = inside == '"' || inside == '}';
    let code = u32::from(inside);
    let unexpected =
        format!("Unexpected character ('{inside}' (code {code})): was expecting double-quote to start field name");
    (!is_name).then_some(unexpected)
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn check(text: &str, expected: &str) {
        let message = parse(text).map_or_else(|error| error.message, |value| value.to_string());
        assert_eq!(message, expected, "{text}");
    }

    #[test]
    fn any_json_is_an_input() {
        for text in ["{}", "2", "\"some text\"", "null"] {
            check(text, text);
        }
    }

    #[test]
    fn what_is_not_json_is_refused_in_the_words_of_aws() {
        let preface = "Invalid State Machine Execution Input: ";
        check("", &format!("{preface}'Invalid execution input.'"));
        let expected = "was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
        check("not some json", &format!("{preface}'Unrecognized token 'not': {expected}'"));
        let expected = "Unexpected character (''' (code 39)): was expecting double-quote to start field name";
        check("{'not': 'json'}", &format!("{preface}'{expected}'"));
    }
}

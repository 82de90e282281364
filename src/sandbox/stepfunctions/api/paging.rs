//! Pages of lists: a token says where the next page begins.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use crate::sandbox::wire::ApiError;

/// A token for a place in a list.
pub fn token(list: &str, place: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("{list} {place}"))
}

/// The place that a token of the same list means.
pub fn place(list: &str, token: &str) -> Result<String, ApiError> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let place = text.as_deref().and_then(|text| text.strip_prefix(list)).and_then(|rest| rest.strip_prefix(' '));
    place.map(str::to_owned).ok_or_else(invalid_token)
}

/// A token that nobody gave out.
pub fn invalid_token() -> ApiError {
    ApiError::client("InvalidToken", "Invalid Token: 'Invalid token'")
}

#[cfg(test)]
mod tests {
    use super::{place, token};

    #[test]
    fn a_token_leads_back_to_its_place_in_its_own_list_only() {
        assert_eq!(place("history", &token("history", "17")), Ok("17".to_owned()));
        assert!(place("machines", &token("history", "17")).is_err());
        assert!(place("history", "%%%").is_err());
    }
}

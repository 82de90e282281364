//! Secrets replaced by their names, at the one place where values leave the process.
//!
//! A secret is found as it is, with any of its characters URL-encoded (`%2F`, `+`), JSON-escaped (`\"`, `\n`, `\u00e4`, at any
//! level of nesting) or XML-escaped, and as base64 at each of the three offsets, in both alphabets. Not found: base64 that is broken into lines, and
//! a secret that is cut in two before it comes here.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use regex::bytes::{Regex, RegexBuilder};
use serde_json::Value as Json;

use crate::value::{Map, Value};

/// Shortest secret that can be redacted without making every text unreadable, in characters.
pub const SHORTEST: usize = 6;
/// Longest secret, in bytes: what AWS Secrets Manager holds (65,536).
pub const LONGEST: usize = 65_536;
/// Secrets up to this length, in bytes, are found with every single character encoded; longer ones with those that need it.
const THOROUGH: usize = 2_048;
/// Upper bound of one compiled pattern, in bytes.
const PATTERN_LIMIT: usize = 1 << 29;

/// Replaces secrets by `{{secret(name)}}`. Clones share their secrets.
#[derive(Clone, Default)]
pub struct Redactor {
    secrets: Arc<RwLock<Vec<Secret>>>,
}

struct Secret {
    name: String,
    text: String,
    pattern: Regex,
}

/// A secret that cannot be redacted, and so must not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RedactError {
    /// It would be found everywhere.
    #[error("the secret `{name}` has fewer than {SHORTEST} characters and cannot be redacted")]
    TooShort {
        /// Its name.
        name: String,
    },
    /// It is longer than any secret store holds.
    #[error("the secret `{name}` has more than {LONGEST} bytes and cannot be redacted")]
    TooLong {
        /// Its name.
        name: String,
    },
}

impl Redactor {
    /// With no secrets.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a secret; from now on it shows as `{{secret(name)}}`. The parts of a structured secret (a JSON document) are
    /// secrets of their own: register each that is used.
    pub fn register(&self, name: &str, secret: &str) -> Result<(), RedactError> {
        if secret.chars().count() < SHORTEST {
            return Err(RedactError::TooShort { name: name.to_owned() });
        }
        let too_long = || RedactError::TooLong { name: name.to_owned() };
        if secret.len() > LONGEST {
            return Err(too_long());
        }
        let pattern = RegexBuilder::new(&pattern(secret)).size_limit(PATTERN_LIMIT).build().map_err(|_| too_long())?;
        let mut secrets = self.secrets.write().unwrap_or_else(PoisonError::into_inner);
        if !secrets.iter().any(|known| known.name == name && known.text == secret) {
            secrets.push(Secret { name: name.to_owned(), text: secret.to_owned(), pattern });
            secrets.sort_by_key(|secret| std::cmp::Reverse(secret.text.len()));
        }
        Ok(())
    }

    /// The text without secrets.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.replaced(text.as_bytes()) {
            Some(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
            None => Cow::Borrowed(text),
        }
    }

    /// The value without secrets: in texts, keys and bytes. Another scalar whose text holds a secret (a number that is
    /// one) becomes that text, redacted.
    pub fn redact_value(&self, value: &Value) -> Value {
        match value {
            Value::Text(text) => Value::Text(self.redact(text).into_owned()),
            Value::List(items) => Value::List(items.iter().map(|item| self.redact_value(item)).collect()),
            Value::Map(map) => {
                let mut redacted = Map::with_capacity(map.len());
                for (key, value) in map {
                    redacted.insert(self.free_key(key, |key| redacted.contains_key(key)), self.redact_value(value));
                }
                Value::Map(redacted)
            }
            Value::Bytes(bytes) => Value::Bytes(self.replaced(bytes).unwrap_or_else(|| bytes.clone())),
            Value::Null | Value::Bool(_) => value.clone(),
            scalar => match self.redact(&scalar.display().to_string()) {
                Cow::Owned(text) => Value::Text(text),
                Cow::Borrowed(_) => scalar.clone(),
            },
        }
    }

    /// The document without secrets: in texts, keys and numbers.
    pub fn redact_json(&self, json: &Json) -> Json {
        match json {
            Json::String(text) => Json::from(self.redact(text)),
            Json::Array(items) => Json::Array(items.iter().map(|item| self.redact_json(item)).collect()),
            Json::Object(object) => {
                let mut redacted = serde_json::Map::new();
                for (key, value) in object {
                    redacted.insert(self.free_key(key, |key| redacted.contains_key(key)), self.redact_json(value));
                }
                Json::Object(redacted)
            }
            Json::Number(number) => match self.redact(&number.to_string()) {
                Cow::Owned(text) => Json::from(text),
                Cow::Borrowed(_) => json.clone(),
            },
            Json::Null | Json::Bool(_) => json.clone(),
        }
    }

    /// A redacted key that is not taken yet: two keys may differ in their secrets only.
    fn free_key(&self, key: &str, is_taken: impl Fn(&str) -> bool) -> String {
        let redacted = self.redact(key).into_owned();
        let numbered = (2_usize..).map(|count| format!("{redacted} ({count})"));
        std::iter::once(redacted.clone()).chain(numbered).find(|key| !is_taken(key)).unwrap_or_default()
    }

    /// The bytes without secrets, or `None` if there are none in them.
    fn replaced(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let secrets = self.secrets.read().unwrap_or_else(PoisonError::into_inner);
        let mut places: Vec<(Range<usize>, &str)> = Vec::new();
        for secret in secrets.iter() {
            places.extend(secret.pattern.find_iter(bytes).map(|found| (found.range(), secret.name.as_str())));
        }
        if places.is_empty() {
            return None;
        }
        // Secrets are sorted from the longest, and the sort is stable: of those at one place the longest gives the name.
        places.sort_by_key(|(range, _)| range.start);
        let mut text = Vec::with_capacity(bytes.len());
        let mut done = 0;
        for (range, name) in places {
            if range.start >= done {
                text.extend_from_slice(bytes.get(done..range.start).unwrap_or_default());
                text.extend_from_slice(format!("{{{{secret({name})}}}}").as_bytes());
            }
            // A secret that overlaps the one before is gone with it, to its end.
            done = done.max(range.end);
        }
        text.extend_from_slice(bytes.get(done..).unwrap_or_default());
        Some(text)
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor({} secrets)", self.secrets.read().unwrap_or_else(PoisonError::into_inner).len())
    }
}

/// A regular expression for every form of a secret.
fn pattern(secret: &str) -> String {
    let is_thorough = secret.len() <= THOROUGH;
    let characters: String = secret.chars().map(|character| any_form(character, is_thorough)).collect();
    let base64: Vec<String> = (0..3).map(|offset| base64_form(secret.as_bytes(), offset)).collect();
    format!("{characters}|{}", base64.join("|"))
}

/// Every way to write one character.
fn any_form(character: char, is_thorough: bool) -> String {
    let raw = regex::escape(character.encode_utf8(&mut [0; 4]));
    if !is_thorough && character.is_ascii_alphanumeric() {
        return raw;
    }
    let mut forms = match character {
        '"' | '/' => vec![format!(r"\\*{raw}")],
        '\\' => vec![r"\\+".to_owned()],
        _ => vec![raw],
    };
    let short = match character {
        '\n' => Some(r"\\+n"),
        '\r' => Some(r"\\+r"),
        '\t' => Some(r"\\+t"),
        '\u{8}' => Some(r"\\+b"),
        '\u{c}' => Some(r"\\+f"),
        ' ' => Some(r"\+"),
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;|&#34;"),
        '\'' => Some("&apos;|&#39;"),
        _ => None,
    };
    forms.extend(short.map(str::to_owned));
    forms.push(encoded(character.encode_utf8(&mut [0; 4]).bytes().map(u32::from), "%", 2));
    forms.push(encoded(character.encode_utf16(&mut [0; 2]).iter().map(|unit| u32::from(*unit)), r"\\+u", 4));
    format!("(?:{})", forms.join("|"))
}

/// Numbers in hexadecimal, each with a prefix, as a pattern.
fn encoded(numbers: impl Iterator<Item = u32>, prefix: &str, width: usize) -> String {
    numbers.flat_map(|number| [prefix.to_owned(), hex(number, width)]).collect()
}

/// A hexadecimal number in either case, as a pattern.
fn hex(number: u32, width: usize) -> String {
    let either = |digit: char| match digit {
        'a'..='f' => format!("[{digit}{}]", digit.to_ascii_uppercase()),
        _ => digit.to_string(),
    };
    format!("{number:0width$x}").chars().map(either).collect()
}

/// The base64 of a secret that begins `offset` bytes into a group of three: the characters that it alone determines, and the
/// last, shared one if the encoded data seems to end there.
fn base64_form(secret: &[u8], offset: usize) -> String {
    let shifted: Vec<u8> = std::iter::repeat_n(0, offset).chain(secret.iter().copied()).collect();
    let encoded = STANDARD_NO_PAD.encode(&shifted);
    let own = shifted.len() * 8 / 6;
    let first = (offset * 8).div_ceil(6);
    let core: String = encoded.get(first..own).unwrap_or_default().chars().map(base64_character).collect();
    match encoded.get(own..).unwrap_or_default() {
        "" => core,
        last => {
            format!(r"{core}(?:{}(?:(?:=|%3[dD])+|(?-u:\b)))?", last.chars().map(base64_character).collect::<String>())
        }
    }
}

/// A character of base64 in both alphabets, URL-encoded or JSON-escaped where it can be.
fn base64_character(character: char) -> String {
    match character {
        '+' => r"(?:[+-]|%2[bB])".to_owned(),
        '/' => r"(?:\\*/|_|%2[fF])".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const SECRET: &str = "p\"ä/s s+w\\o&rd\n€!";
    const SHOWN: &str = "{{secret(db)}}";

    fn redactor() -> Redactor {
        let redactor = Redactor::new();
        redactor.register("db", SECRET).unwrap();
        redactor
    }

    fn check(text: &str, expected: &str) {
        assert_eq!(redactor().redact(text), expected, "{text}");
    }

    fn json_text(text: &str) -> String {
        let quoted = serde_json::to_string(text).unwrap();
        quoted[1..quoted.len() - 1].to_owned()
    }

    /// JSON with everything outside of ASCII as `\u`, as Python writes it.
    fn ascii_json(text: &str) -> String {
        let escape = |c: char| {
            let units: Vec<_> = c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect();
            units.concat()
        };
        json_text(text).chars().map(|c| if c.is_ascii() { c.to_string() } else { escape(c) }).collect()
    }

    #[test]
    fn a_secret_is_found_in_every_form() {
        let encoded = utf8_percent_encode(SECRET, NON_ALPHANUMERIC).to_string();
        let forms = [
            SECRET.to_owned(),
            json_text(SECRET),
            json_text(&json_text(SECRET)),
            ascii_json(SECRET),
            json_text(SECRET).replace('/', "\\/"),
            encoded.to_ascii_lowercase(),
            encoded.replace("%20", "+"),
            encoded,
            STANDARD.encode(SECRET),
            URL_SAFE_NO_PAD.encode(SECRET),
        ];
        for form in forms {
            check(&format!("before {form} after"), &format!("before {SHOWN} after"));
        }
    }

    #[test]
    fn text_without_a_secret_is_not_copied() {
        assert!(matches!(redactor().redact("nothing here"), Cow::Borrowed("nothing here")));
    }

    #[test]
    fn a_secret_of_five_characters_is_refused_and_one_of_six_is_not() {
        let redactor = Redactor::new();
        assert_eq!(redactor.register("pin", "12345"), Err(RedactError::TooShort { name: "pin".to_owned() }));
        assert_eq!(redactor.register("pin", "äöüäöü"), Ok(()));
    }

    #[test]
    fn of_two_secrets_at_one_place_the_longer_one_is_named_and_overlapping_ones_vanish() {
        let redactor = Redactor::new();
        redactor.register("short", "abcdef").unwrap();
        redactor.register("long", "abcdefgh").unwrap();
        redactor.register("other", "ghijklmn").unwrap();
        assert_eq!(redactor.redact("abcdefgh!"), "{{secret(long)}}!");
        assert_eq!(redactor.redact("abcdefghijklmn!"), "{{secret(long)}}!");
    }

    #[test]
    fn values_and_documents_lose_secrets_in_keys_texts_bytes_and_numbers() {
        let redactor = Redactor::new();
        redactor.register("pin", "1234567").unwrap();
        let value = Value::map([
            ("1234567", Value::integer(91_234_567)),
            ("{{secret(pin)}}", Value::Bytes(b"\xff1234567".to_vec())),
            ("list", Value::List(vec![Value::text("x1234567"), Value::Null])),
        ]);
        let expected = Value::map([
            ("{{secret(pin)}}", Value::text("9{{secret(pin)}}")),
            ("{{secret(pin)}} (2)", Value::Bytes(b"\xff{{secret(pin)}}".to_vec())),
            ("list", Value::List(vec![Value::text("x{{secret(pin)}}"), Value::Null])),
        ]);
        assert_eq!(redactor.redact_value(&value), expected);
        let json = json!({"a1234567": [1_234_567, "1234567", true]});
        let expected = json!({"a{{secret(pin)}}": ["{{secret(pin)}}", "{{secret(pin)}}", true]});
        assert_eq!(redactor.redact_json(&json), expected);
    }

    #[test]
    fn clones_share_secrets_and_debug_shows_none() {
        let redactor = Redactor::new();
        let clone = redactor.clone();
        redactor.register("db", "hunter22").unwrap();
        assert_eq!(clone.redact("hunter22"), SHOWN);
        assert_eq!(format!("{clone:?}"), "Redactor(1 secrets)");
    }

    #[test]
    fn a_private_key_is_found() {
        let key = "-----BEGIN KEY-----\nMIIEvQ/+IBADANBgkq\n".repeat(100);
        let redactor = Redactor::new();
        redactor.register("key", &key).unwrap();
        assert_eq!(redactor.redact(&json!({"k": &key}).to_string()), "{\"k\":\"{{secret(key)}}\"}");
        assert_eq!(redactor.redact(&STANDARD.encode(&key)), "{{secret(key)}}");
    }

    proptest! {
        #[test]
        fn no_form_of_any_secret_survives(secret in "\\PC{6,20}", before in "[ -~]{0,4}", after in "[ -~]{0,4}") {
            let redactor = Redactor::new();
            redactor.register("x", &secret).unwrap();
            let whole = format!("{before}{secret}{after}");
            for form in [whole.clone(), json_text(&whole), ascii_json(&whole)] {
                prop_assert!(redactor.redact(&form).contains("{{secret(x)}}"), "{}", form);
            }
            let hidden = redactor.redact(&STANDARD.encode(&whole)).into_owned();
            prop_assert!(hidden.contains("{{secret(x)}}"), "{}", hidden);
            // At most the first and last characters, which the neighbours share, are left of the encoded secret.
            prop_assert!(hidden.replace("{{secret(x)}}", "").len() <= (before.len() + after.len()) * 4 / 3 + 8);
        }
    }
}

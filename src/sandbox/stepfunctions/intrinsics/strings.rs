//! Functions over strings. None means "invalid arguments".

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;
use sha1::Digest as _;

/// The most characters that `Base64Encode`, `Base64Decode` and `Hash` take (AWS's guide).
const LONGEST: usize = 10_000;

/// `States.Format`: the template with each `{}` replaced. `written` is a literal template with its escapes.
pub fn format(written: Option<&str>, values: &[Value]) -> Result<Value, String> {
    let Some((Value::String(given), rest)) = values.split_first() else {
        return Err("Invalid arguments in States.Format".to_owned());
    };
    let pieces = pieces(written.unwrap_or(given))?;
    if pieces.len() != rest.len() + 1 {
        return Err(
            "Invalid arguments in States.Format: number of arguments do not match the occurrences of {}.".to_owned()
        );
    }
    let fillings = rest.iter().map(plain).chain([String::new()]);
    Ok(pieces.into_iter().zip(fillings).map(|(piece, filling)| piece + &filling).collect::<String>().into())
}

/// The template cut at each `{}`, escapes resolved.
fn pieces(template: &str) -> Result<Vec<String>, String> {
    let mut pieces = vec![];
    let mut piece = String::new();
    let mut chars = template.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if matches!(chars.peek(), Some('{' | '}' | '\'' | '\\')) => piece.extend(chars.next()),
            '{' if chars.peek() == Some(&'}') => {
                chars.next();
                pieces.push(std::mem::take(&mut piece));
            }
            '{' => return Err("Invalid template in States.Format: matching '}' not found for '{'.".to_owned()),
            '}' => return Err("Invalid template in States.Format: matching '{' not found for '}'.".to_owned()),
            _ => piece.push(c),
        }
    }
    pieces.push(piece);
    Ok(pieces)
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Cut at every one of the delimiter's characters; empty pieces are dropped, as AWS does.
pub fn split(text: &str, delimiters: &str) -> Value {
    text.split(|c| delimiters.contains(c)).filter(|piece| !piece.is_empty()).collect()
}

/// `States.StringToJson`; blank text is null.
pub fn parse(text: &str) -> Option<Value> {
    if text.trim().is_empty() {
        return Some(Value::Null);
    }
    serde_json::from_str(text).ok().map(without_negative_zero)
}

/// `-0` is read as the integer 0, which has no sign.
fn without_negative_zero(value: Value) -> Value {
    match value {
        Value::Number(number) if number.as_str() == "-0" => 0.into(),
        Value::Array(items) => items.into_iter().map(without_negative_zero).collect(),
        Value::Object(map) => {
            Value::Object(map.into_iter().map(|(name, value)| (name, without_negative_zero(value))).collect())
        }
        other => other,
    }
}

/// `States.Base64Encode`, over UTF-8.
pub fn base64_encode(text: &str) -> Option<Value> {
    within(text).map(|text| base64::engine::general_purpose::STANDARD.encode(text).into())
}

/// `States.Base64Decode`, as lenient as AWS: characters outside the alphabet are skipped and padding may be missing.
pub fn base64_decode(text: &str) -> Option<Value> {
    let mut letters: String = within(text)?
        .chars()
        .take_while(|c| *c != '=')
        .map(|c| if c == '-' { '+' } else { c })
        .map(|c| if c == '_' { '/' } else { c })
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/'))
        .collect();
    if letters.len() % 4 == 1 {
        letters.pop();
    }
    let lenient = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let bytes = GeneralPurpose::new(&alphabet::STANDARD, lenient).decode(letters).ok()?;
    Some(String::from_utf8_lossy(&bytes).into())
}

/// `States.Hash`: lower-case hexadecimal, over UTF-8.
pub fn hash(data: &str, algorithm: &str) -> Option<Value> {
    let data = within(data)?;
    let digest = match algorithm {
        "MD5" => md5::Md5::digest(data).to_vec(),
        "SHA-1" => sha1::Sha1::digest(data).to_vec(),
        "SHA-256" => sha2::Sha256::digest(data).to_vec(),
        "SHA-384" => sha2::Sha384::digest(data).to_vec(),
        "SHA-512" => sha2::Sha512::digest(data).to_vec(),
        _ => return None,
    };
    Some(
        digest
            .iter()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .filter_map(|digit| char::from_digit(digit.into(), 16))
            .collect::<String>()
            .into(),
    )
}

fn within(text: &str) -> Option<&str> {
    (text.chars().count() <= LONGEST).then_some(text)
}

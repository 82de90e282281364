//! URL functions, by the parts of RFC 3986.

use std::sync::LazyLock;

use datafusion::arrow::datatypes::DataType;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use regex::{Captures, Regex};

use super::error::{Outcome, bad_argument};
use super::row::{Kind, Returns, RowFunction, function};
use super::value::Value;

#[expect(clippy::expect_used, reason = "a constant pattern")]
static PARTS: LazyLock<Regex> = LazyLock::new(|| {
    // RFC 3986, appendix B
    Regex::new(r"^(?:([^:/?#]+):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$").expect("a constant pattern")
});

/// What Java's URL encoder leaves as it is.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'*').remove(b'_').remove(b' ');

/// `url_extract_…`, `url_encode`, `url_decode`.
pub fn functions() -> Vec<RowFunction> {
    const URL: &[Kind] = &[Kind::Text];
    const TEXT: Returns = Returns::Is(DataType::Utf8);
    vec![
        function("url_extract_protocol", URL, TEXT, |_, v| Ok(part(&v[0], 1).unwrap_or(Value::Null))),
        function("url_extract_host", URL, TEXT, |_, v| {
            Ok(host(&v[0]).map_or(Value::Null, |(host, _)| Value::Text(host)))
        }),
        function("url_extract_port", URL, Returns::Is(DataType::Int64), |_, v| {
            Ok(host(&v[0]).and_then(|(_, port)| port).map_or(Value::Null, Value::Integer))
        }),
        function("url_extract_path", URL, TEXT, |_, v| Ok(part(&v[0], 3).unwrap_or(Value::Null))),
        function("url_extract_query", URL, TEXT, |_, v| Ok(part(&v[0], 4).unwrap_or(Value::Null))),
        function("url_extract_fragment", URL, TEXT, |_, v| Ok(part(&v[0], 5).unwrap_or(Value::Null))),
        function("url_extract_parameter", &[Kind::Text, Kind::Text], TEXT, |_, v| Ok(parameter(&v[0], v[1].as_text()))),
        function("url_encode", URL, TEXT, |_, v| Ok(Value::Text(encode(v[0].as_text())))),
        function("url_decode", URL, TEXT, |_, v| decode(v[0].as_text())),
    ]
}

fn captured(url: &Value) -> Option<Captures<'_>> {
    PARTS.captures(url.as_text()).filter(|_| !url.as_text().contains(char::is_whitespace))
}

fn part(url: &Value, at: usize) -> Option<Value> {
    let found = captured(url)?;
    let text = found.get(at).map_or("", |found| found.as_str());
    Some(Value::Text(percent_decode_str(text).decode_utf8_lossy().into_owned()))
}

fn host(url: &Value) -> Option<(String, Option<i64>)> {
    let found = captured(url)?;
    let authority = found.get(2)?.as_str();
    let server = authority.rsplit_once('@').map_or(authority, |(_, server)| server);
    let port = server.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    Some(match port {
        Some((host, port)) => (host.to_owned(), port.parse().ok()),
        None => (server.to_owned(), None),
    })
}

fn parameter(url: &Value, name: &str) -> Value {
    let found = captured(url);
    let query = found.as_ref().and_then(|found| found.get(4)).map_or("", |found| found.as_str());
    let pair = |pair: &str| match pair.split_once('=') {
        Some((key, value)) => (key.to_owned(), value.to_owned()),
        None => (pair.to_owned(), String::new()),
    };
    let value = query.split('&').map(pair).find(|(key, _)| key == name).map(|(_, value)| value);
    value.map_or(Value::Null, |value| decode(&value).unwrap_or(Value::Null))
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, KEPT).to_string().replace(' ', "+")
}

fn decode(text: &str) -> Outcome<Value> {
    match percent_decode_str(&text.replace('+', " ")).decode_utf8() {
        Ok(decoded) => Ok(Value::text(decoded)),
        Err(_) => bad_argument(format!("not UTF-8 after decoding: {text}")),
    }
}

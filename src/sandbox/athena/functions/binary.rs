//! Bytes, their text forms, and digests.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use datafusion::arrow::datatypes::DataType;
use sha2::Digest as _;

use super::error::{Outcome, bad_argument};
use super::row::{Call, Kind, Returns, RowFunction, function};
use super::value::Value;
use super::xxhash::xxhash64;

/// `to_hex`, `md5` and their like.
pub fn functions() -> Vec<RowFunction> {
    use Kind::{Bigint, Binary, Text};
    const TEXT: Returns = Returns::Is(DataType::Utf8);
    const BYTES: Returns = Returns::Is(DataType::Binary);
    const BIGINT: Returns = Returns::Is(DataType::Int64);
    vec![
        function("to_utf8", &[Text], BYTES, |_, v| bytes(v[0].as_bytes())),
        function("from_utf8", &[Binary], TEXT, |_, v| {
            Ok(Value::Text(String::from_utf8_lossy(v[0].as_bytes()).into_owned()))
        }),
        function("to_hex", &[Binary], TEXT, |_, v| Ok(Value::Text(hex(v[0].as_bytes())))),
        function("from_hex", &[Text], BYTES, |_, v| from_hex(v[0].as_text())),
        function("to_base64", &[Binary], TEXT, |_, v| Ok(Value::Text(STANDARD.encode(v[0].as_bytes())))),
        function("to_base64url", &[Binary], TEXT, |_, v| Ok(Value::Text(URL_SAFE.encode(v[0].as_bytes())))),
        function("from_base64", &[Text], BYTES, |_, v| decoded(STANDARD.decode(v[0].as_text()))),
        function("from_base64url", &[Text], BYTES, |_, v| decoded(URL_SAFE.decode(v[0].as_text()))),
        function("md5", &[Binary], BYTES, |_, v| bytes(&md5::Md5::digest(v[0].as_bytes()))),
        function("sha256", &[Binary], BYTES, |_, v| bytes(&sha2::Sha256::digest(v[0].as_bytes()))),
        function("sha512", &[Binary], BYTES, |_, v| bytes(&sha2::Sha512::digest(v[0].as_bytes()))),
        function("crc32", &[Binary], BIGINT, crc32),
        function("xxhash64", &[Binary], BYTES, |_, v| bytes(&xxhash64(v[0].as_bytes()).to_be_bytes())),
        function("to_big_endian_64", &[Bigint], BYTES, |_, v| bytes(&v[0].as_integer().to_be_bytes())),
        function("from_big_endian_64", &[Binary], BIGINT, |_, v| match v[0].as_bytes().try_into() {
            Ok(eight) => Ok(Value::Integer(i64::from_be_bytes(eight))),
            Err(_) => bad_argument("expected 8-byte input"),
        }),
    ]
}

fn bytes(bytes: &[u8]) -> Outcome<Value> {
    Ok(Value::Binary(bytes.to_vec()))
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(b"0123456789ABCDEF"[usize::from(digit)]))
        .collect()
}

fn from_hex(text: &str) -> Outcome<Value> {
    let pair = |at: usize| text.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let whole = text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match (0..text.len()).step_by(2).map(pair).collect::<Option<Vec<u8>>>() {
        Some(bytes) if whole => Ok(Value::Binary(bytes)),
        _ => bad_argument(format!("invalid hexadecimal text: {text}")),
    }
}

fn decoded(result: Result<Vec<u8>, base64::DecodeError>) -> Outcome<Value> {
    result.map(Value::Binary).or_else(|error| bad_argument(format!("invalid base64: {error}")))
}

/// CRC-32 of IEEE 802.3.
fn crc32(_: &Call<'_>, values: &[Value]) -> Outcome<Value> {
    let step = |crc: u32, _: u8| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    let byte = |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), step);
    Ok(Value::Integer(i64::from(!values[0].as_bytes().iter().fold(u32::MAX, byte))))
}

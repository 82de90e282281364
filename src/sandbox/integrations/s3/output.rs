//! Members of outputs, with the SDK's names.

use s3s::dto::{Checksum, ETag, Timestamp, TimestampFormat};
use serde_json::{Map, Value};

/// An object that is put together member by member; those that are absent are left out.
#[derive(Default)]
pub struct Members(Map<String, Value>);

impl Members {
    /// Adds a member if it is there.
    #[must_use]
    pub fn with(mut self, name: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value.into());
        }
        self
    }

    /// Adds an `ETag` in its quotes.
    #[must_use]
    pub fn etag(self, etag: Option<&ETag>) -> Self {
        self.with("ETag", etag.map(|etag| format!("\"{}\"", etag.value())))
    }

    /// Adds a time.
    #[must_use]
    pub fn time(self, name: &str, time: Option<&Timestamp>) -> Self {
        self.with(name, time.and_then(written))
    }

    /// Adds checksums with their type.
    #[must_use]
    pub fn checksum(self, checksum: Checksum) -> Self {
        self.with("ChecksumCRC32", checksum.checksum_crc32)
            .with("ChecksumCRC32C", checksum.checksum_crc32c)
            .with("ChecksumCRC64NVME", checksum.checksum_crc64nvme)
            .with("ChecksumSHA1", checksum.checksum_sha1)
            .with("ChecksumSHA256", checksum.checksum_sha256)
            .with("ChecksumType", checksum.checksum_type.map(|kind| kind.as_str().to_owned()))
    }

    /// The object.
    pub fn done(self) -> Value {
        Value::Object(self.0)
    }
}

/// SDK integrations write times in whole seconds: `2026-01-16T08:00:00Z`.
fn written(time: &Timestamp) -> Option<String> {
    let mut text = Vec::new();
    time.format(TimestampFormat::DateTime, &mut text).ok()?;
    let text = String::from_utf8(text).ok()?;
    match text.split_once('.') {
        Some((seconds, _)) => Some(format!("{seconds}Z")),
        None => Some(text),
    }
}

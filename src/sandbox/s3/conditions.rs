//! Conditional headers, as S3 combines them. Pure.
//!
//! Source: the "Conditional reads" and "Conditional writes" pages of the S3 user guide, and RFC 9110, section 13.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::header::{HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH};
use s3s::dto::ETagCondition;

use super::store::Object;
use crate::sandbox::wire::ApiError;

/// The conditions of a read, or on the source of a copy.
#[derive(Debug, Default, Clone)]
pub struct ReadConditions {
    /// `If-Match`.
    pub matches: Option<ETagCondition>,
    /// `If-None-Match`.
    pub none_match: Option<ETagCondition>,
    /// `If-Modified-Since`.
    pub modified_since: Option<SystemTime>,
    /// `If-Unmodified-Since`.
    pub unmodified_since: Option<SystemTime>,
}

impl ReadConditions {
    /// Lets a read pass, or refuses with 412 or 304. An `ETag` decides before a date does.
    pub fn judge_read(&self, object: &Object) -> Result<(), ApiError> {
        if self.is_stale(object) {
            return Err(precondition_failed());
        }
        if self.is_known(object) { Err(ApiError::new(304, "NotModified", "Not Modified")) } else { Ok(()) }
    }

    /// Lets a copy pass, or refuses with 412 whatever the condition was.
    pub fn judge_copy(&self, object: &Object) -> Result<(), ApiError> {
        if self.is_stale(object) || self.is_known(object) { Err(precondition_failed()) } else { Ok(()) }
    }

    fn is_stale(&self, object: &Object) -> bool {
        match (&self.matches, self.unmodified_since) {
            (Some(condition), _) => !matches(condition, &object.etag),
            (None, Some(date)) => seconds(object.last_modified) > seconds(date),
            (None, None) => false,
        }
    }

    fn is_known(&self, object: &Object) -> bool {
        match (&self.none_match, self.modified_since) {
            (Some(condition), _) => matches(condition, &object.etag),
            (None, Some(date)) => seconds(object.last_modified) <= seconds(date),
            (None, None) => false,
        }
    }
}

/// The condition of a write.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub enum WriteCondition {
    /// None: the last write wins.
    #[default]
    Always,
    /// `If-None-Match: *`: only if there is no such object.
    Absent,
    /// `If-Match`: only over the object with this `ETag` (without quotes), or over any.
    Matches(ETagCondition),
}

impl WriteCondition {
    /// Reads the two headers of a write.
    pub fn new(matches: Option<ETagCondition>, none_match: Option<ETagCondition>) -> Result<Self, ApiError> {
        match (matches, none_match) {
            (None, None) => Ok(Self::Always),
            (Some(condition), None) => Ok(Self::Matches(condition)),
            (None, Some(condition)) if condition.is_any() => Ok(Self::Absent),
            _ => Err(ApiError::unsupported("a write with If-None-Match that is not *, or with both conditions")),
        }
    }

    /// Reads them from the headers of a request: s3s 0.14.1 does not know them in a copy.
    pub fn of_headers(headers: &HeaderMap) -> Result<Self, ApiError> {
        let read = |name: HeaderName| {
            let header = headers.get(&name).map(|value| ETagCondition::parse_http_header(value.as_bytes()));
            header.transpose().map_err(|_| ApiError::client("InvalidArgument", format!("Invalid value of {name}")))
        };
        Self::new(read(IF_MATCH)?, read(IF_NONE_MATCH)?)
    }

    /// Lets the write pass, or refuses with 412, or with 404 if the object to match is not there.
    pub fn judge(&self, existing: Option<&Object>) -> Result<(), ApiError> {
        match (self, existing) {
            (Self::Always, _) | (Self::Absent, None) => Ok(()),
            (Self::Matches(_), None) => Err(ApiError::new(404, "NoSuchKey", "The specified key does not exist.")),
            (Self::Matches(condition), Some(object)) if matches(condition, &object.etag) => Ok(()),
            (Self::Absent | Self::Matches(_), Some(_)) => Err(precondition_failed()),
        }
    }
}

fn precondition_failed() -> ApiError {
    ApiError::new(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
}

fn matches(condition: &ETagCondition, etag: &str) -> bool {
    condition.as_etag().is_none_or(|wanted| wanted.value() == etag)
}

/// HTTP dates have whole seconds.
fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs()
}

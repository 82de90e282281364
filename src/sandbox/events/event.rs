//! Events, in the shape that EventBridge gives all of them.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::sandbox::s3::Change;

/// An event on its way.
#[derive(Debug, Clone)]
pub struct Event {
    /// A UUID.
    pub id: String,
    /// When the bus got it.
    pub ingested: DateTime<Utc>,
    /// The whole document.
    pub document: Value,
}

/// What an event tells, beside what all of them have.
#[derive(Debug)]
pub struct Told {
    pub source: String,
    pub detail_type: String,
    pub time: DateTime<Utc>,
    pub resources: Vec<String>,
    pub detail: Value,
}

impl Event {
    /// An event of the account, with a new id.
    pub fn new(account: &str, region: &str, told: &Told) -> Self {
        let id = uuid::Uuid::new_v4().to_string();
        let document = json!({
            "version": "0",
            "id": id,
            "detail-type": told.detail_type,
            "source": told.source,
            "account": account,
            "time": stamp(told.time),
            "region": region,
            "resources": told.resources,
            "detail": told.detail,
        });
        Self { id, ingested: crate::sandbox::time::now(), document }
    }
}

/// As events write times: ISO 8601 to the second.
pub fn stamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// What S3 tells of a change (S3 user guide, "EventBridge event message structure"). Buckets are not versioned: there is no
/// `version-id`, and what is deleted is gone.
pub fn of_change(change: &Change, account: &str) -> Told {
    let mut object = json!({"key": change.key, "etag": change.etag, "sequencer": format!("{:016x}", change.sequencer)});
    let mut detail = json!({
        "version": "0",
        "bucket": {"name": change.bucket},
        "object": Value::Null,
        "request-id": change.cause.request_id,
        "requester": account,
        "source-ip-address": "127.0.0.1",
        "reason": change.cause.reason,
    });
    let detail_type = if let Some(size) = change.size {
        object["size"] = json!(size);
        "Object Created"
    } else {
        detail["deletion-type"] = json!("Permanently Deleted");
        "Object Deleted"
    };
    detail["object"] = object;
    Told {
        source: "aws.s3".to_owned(),
        detail_type: detail_type.to_owned(),
        time: change.time.into(),
        resources: vec![format!("arn:aws:s3:::{}", change.bucket)],
        detail,
    }
}

/// What a schedule tells its targets (EventBridge user guide, "Scheduled events").
pub fn of_schedule(rule_arn: &str) -> Told {
    Told {
        source: "aws.events".to_owned(),
        detail_type: "Scheduled Event".to_owned(),
        time: crate::sandbox::time::now(),
        resources: vec![rule_arn.to_owned()],
        detail: json!({}),
    }
}

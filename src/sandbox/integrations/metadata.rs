//! What optimised integrations tell beside the answer itself: headers and request id.

use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The HTTP side of an answer.
#[derive(Debug, Clone)]
pub struct Metadata {
    /// The id of the request.
    pub request_id: String,
    /// HTTP status.
    pub status: u16,
    /// Headers beside those that every answer has.
    pub headers: Vec<(&'static str, String)>,
    /// The content type.
    pub content_type: &'static str,
    /// Bytes of the answer.
    pub length: usize,
}

impl Metadata {
    /// That of a JSON answer with status 200.
    pub fn of(answer: &Value, content_type: &'static str) -> Self {
        Self {
            request_id: Uuid::new_v4().to_string(),
            status: 200,
            headers: Vec::new(),
            content_type,
            length: answer.to_string().len(),
        }
    }

    /// The answer with `SdkHttpMetadata` and `SdkResponseMetadata`, members in the order of their names, as AWS writes them.
    pub fn beside(&self, answer: Value) -> Value {
        let mut members = match answer {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        members.insert("SdkHttpMetadata".to_owned(), self.http());
        members.insert("SdkResponseMetadata".to_owned(), json!({"RequestId": self.request_id}));
        members.sort_keys();
        Value::Object(members)
    }

    fn http(&self) -> Value {
        let mut headers: Vec<(&str, String)> = vec![
            ("Connection", "keep-alive".to_owned()),
            ("Content-Length", self.length.to_string()),
            ("Content-Type", self.content_type.to_owned()),
            ("Date", crate::sandbox::time::now().format("%a, %d %b %Y %H:%M:%S GMT").to_string()),
            ("x-amzn-RequestId", self.request_id.clone()),
        ];
        headers.extend(self.headers.iter().cloned());
        let all: Map<String, Value> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), json!([value]))).collect();
        let plain: Map<String, Value> =
            headers.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value))).collect();
        json!({"AllHttpHeaders": all, "HttpHeaders": plain, "HttpStatusCode": self.status})
    }
}

//! The results of a map run: handed on, or written to S3.

use serde_json::{Value, json};

use super::super::{clock::text, machine::Writer};
use super::distributed::MapRunNames;
use super::failure::Failure;
use super::frame::Frame;
use super::run::Identity;

/// A child execution that ended.
pub struct Child {
    pub identity: Identity,
    /// The time it ended.
    pub stopped: Value,
    pub result: Result<Value, Failure>,
}

impl Frame<'_> {
    /// The outputs of the children, or where the writer put them.
    pub async fn written(
        &self,
        writer: Option<&Writer>,
        names: &MapRunNames,
        children: Vec<Child>,
        input: &Value,
    ) -> Result<Value, Failure> {
        let Some(writer) = writer else {
            return Ok(children.into_iter().filter_map(|child| child.result.ok()).collect());
        };
        let place = self.template(&writer.parameters, input)?;
        let folder = match place["Prefix"].as_str() {
            Some(prefix) if !prefix.is_empty() => format!("{}/{}", prefix.trim_end_matches('/'), names.id),
            _ => names.id.clone(),
        };
        let bucket = &place["Bucket"];
        let (succeeded, failed): (Vec<_>, Vec<_>) = children.iter().partition(|child| child.result.is_ok());
        let mut files = json!({"FAILED": [], "PENDING": [], "SUCCEEDED": []});
        for (kind, children) in [("SUCCEEDED", succeeded), ("FAILED", failed)] {
            if !children.is_empty() {
                let body = Value::Array(children.into_iter().map(Child::record).collect());
                let (key, size) = (format!("{folder}/{kind}_0.json"), body.to_string().len());
                self.put(bucket, &key, body).await?;
                files[kind] = json!([{"Key": key, "Size": size}]);
            }
        }
        let manifest = json!({"DestinationBucket": bucket, "MapRunArn": names.arn, "ResultFiles": files});
        let key = format!("{folder}/manifest.json");
        self.put(bucket, &key, manifest).await?;
        Ok(json!({"MapRunArn": names.arn, "ResultWriterDetails": {"Bucket": bucket, "Key": key}}))
    }

    async fn put(&self, bucket: &Value, key: &str, body: Value) -> Result<(), Failure> {
        let parameters = json!({"Bucket": bucket, "Key": key, "Body": body});
        let put = self.s3("putObject", parameters).await;
        put.map(drop).map_err(|cause| Failure::new("States.ResultWriterFailed", cause))
    }
}

impl Child {
    /// A child as the result files list it.
    fn record(&self) -> Value {
        let identity = &self.identity;
        let mut record = json!({
            "ExecutionArn": identity.arn, "Input": identity.input.to_string(), "InputDetails": {"Included": true},
            "Name": identity.name, "StartDate": text(identity.started), "StateMachineArn": identity.machine_arn,
            "StopDate": self.stopped,
        });
        match &self.result {
            Ok(output) => {
                record["Output"] = json!(output.to_string());
                record["OutputDetails"] = json!({"Included": true});
                record["Status"] = json!("SUCCEEDED");
            }
            Err(failure) => {
                record["Error"] = json!(failure.error);
                record["Cause"] = json!(failure.cause);
                record["Status"] = json!("FAILED");
            }
        }
        record
    }
}

//! Which events a bucket sends: to EventBridge, or none.

use s3s::dto::{
    EventBridgeConfiguration, GetBucketNotificationConfigurationInput, GetBucketNotificationConfigurationOutput,
    PutBucketNotificationConfigurationInput, PutBucketNotificationConfigurationOutput,
};

use super::super::Store;
use super::super::attributes::refuse_unsupported;
use crate::sandbox::wire::ApiError;

/// Replaces the whole configuration, as S3 does.
pub fn put(
    store: &Store,
    input: &PutBucketNotificationConfigurationInput,
) -> Result<PutBucketNotificationConfigurationOutput, ApiError> {
    let asked = &input.notification_configuration;
    refuse_unsupported(&[
        ("notifications of a bucket to SQS queues", asked.queue_configurations.is_some()),
        ("notifications of a bucket to SNS topics", asked.topic_configurations.is_some()),
        (
            "notifications of a bucket straight to Lambda functions (a rule of EventBridge can invoke them)",
            asked.lambda_function_configurations.is_some(),
        ),
    ])?;
    store.send_events(&input.bucket, asked.event_bridge_configuration.is_some())?;
    Ok(PutBucketNotificationConfigurationOutput {})
}

pub fn get(
    store: &Store,
    input: &GetBucketNotificationConfigurationInput,
) -> Result<GetBucketNotificationConfigurationOutput, ApiError> {
    let sends = store.sends_events(&input.bucket)?;
    Ok(GetBucketNotificationConfigurationOutput {
        event_bridge_configuration: sends.then(EventBridgeConfiguration::default),
        ..GetBucketNotificationConfigurationOutput::default()
    })
}

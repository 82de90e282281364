//! What tasks get: outputs, error names and causes, as AWS's recorded executions have them.

use async_trait::async_trait;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::runner::supports;
use super::times::Times;
use super::{lambda, s3, sdk};
use crate::sandbox::lambda::{Config, Lambda};
use crate::sandbox::s3::Store;
use crate::sandbox::server::JsonService;
use crate::sandbox::wire::ApiError;

fn store() -> (TempDir, Store) {
    let folder = TempDir::new().expect("a folder");
    let store = Store::new(folder.path().to_owned(), "eu-west-1");
    store.create_bucket("lake").expect("a bucket");
    (folder, store)
}

/// The parts of an output that are expected.
async fn check_s3(store: &Store, operation: &str, parameters: Value, expected: Value) {
    let output = s3::call(store, operation, &parameters).await.expect(operation);
    for (name, value) in expected.as_object().expect("an object") {
        assert_eq!(&output[name], value, "{operation}: {name} of {output}");
    }
}

async fn check_s3_failure(store: &Store, operation: &str, parameters: Value, error: &str, cause: &str) {
    let failure = s3::call(store, operation, &parameters).await.expect_err(operation);
    assert_eq!(failure.error, error, "{}", failure.cause);
    assert!(failure.cause.starts_with(cause), "{}", failure.cause);
}

#[tokio::test]
async fn a_value_is_written_as_json_and_a_text_as_it_is() {
    let (_folder, store) = store();
    // Checksums and ETags are those of AWS's recordings.
    for (body, text, checksum, etag) in [
        (json!(false), "false", "K81oMA==", "68934a3e9455fa72420237eb05902327"),
        (json!({"Dict": "Value"}), r#"{"Dict":"Value"}"#, "hnEfWw==", "49e31cee5aec8faf3345893addb14346"),
        (json!(["List", "Data"]), r#"["List","Data"]"#, "1F2MPA==", "6b23860357f6e63a0272b7f1143a663a"),
    ] {
        let put = json!({"Bucket": "lake", "Key": "k", "Body": body});
        let etag = format!("\"{etag}\"");
        let told = json!({
            "ChecksumCRC32": checksum,
            "ChecksumType": "FULL_OBJECT",
            "ETag": etag,
            "ServerSideEncryption": "AES256",
        });
        check_s3(&store, "putObject", put, told).await;
        let got = json!({"Body": text, "ContentType": "text/plain; charset=UTF-8", "ContentLength": text.len(), "ETag": etag});
        check_s3(&store, "getObject", json!({"Bucket": "lake", "Key": "k"}), got).await;
    }
    check_s3(&store, "putObject", json!({"Bucket": "lake", "Key": "k", "Body": "a \"b\""}), json!({})).await;
    check_s3(&store, "getObject", json!({"Bucket": "lake", "Key": "k"}), json!({"Body": "a \"b\"", "Metadata": {}}))
        .await;
}

#[tokio::test]
async fn objects_are_listed_copied_and_deleted() {
    let (_folder, store) = store();
    for key in ["a/1", "a/2", "b"] {
        check_s3(&store, "putObject", json!({"Bucket": "lake", "Key": key, "Body": key}), json!({})).await;
    }
    let list = json!({"Bucket": "lake", "Delimiter": "/", "MaxKeys": 1});
    let listed = json!({"CommonPrefixes": [{"Prefix": "a/"}], "IsTruncated": true, "KeyCount": 1, "Contents": null});
    check_s3(&store, "listObjectsV2", list, listed).await;
    let copy = json!({"Bucket": "lake", "Key": "c", "CopySource": "lake/b"});
    let output = s3::call(&store, "copyObject", &copy).await.expect("copied");
    assert!(output["CopyObjectResult"]["LastModified"].as_str().is_some_and(|time| time.len() == 20), "{output}");
    let delete = json!({"Bucket": "lake", "Delete": {"Objects": [{"Key": "a/1"}, {"Key": "none"}]}});
    check_s3(&store, "deleteObjects", delete, json!({"Deleted": [{"Key": "a/1"}, {"Key": "none"}]})).await;
    check_s3(&store, "deleteObject", json!({"Bucket": "lake", "Key": "a/2"}), json!({})).await;
    let left = s3::call(&store, "listObjectsV2", &json!({"Bucket": "lake"})).await.expect("listed");
    let keys: Vec<_> =
        left["Contents"].as_array().expect("objects").iter().map(|object| object["Key"].clone()).collect();
    assert_eq!(keys, [json!("b"), json!("c")]);
    check_s3(&store, "listBuckets", json!({}), json!({"Owner": {"Id": "000000000000"}})).await;
}

#[tokio::test]
async fn refusals_of_s3_have_the_names_of_the_sdk() {
    let (_folder, store) = store();
    let nowhere = json!({"Bucket": "lake", "Key": "none"});
    let cause = "The specified key does not exist. (Service: S3, Status Code: 404, Request ID: ";
    check_s3_failure(&store, "getObject", nowhere.clone(), "S3.NoSuchKeyException", cause).await;
    check_s3_failure(&store, "headObject", nowhere, "S3.NoSuchKeyException", "The specified key").await;
    let other = json!({"Bucket": "none", "Key": "k"});
    check_s3_failure(&store, "getObject", other, "S3.NoSuchBucketException", "The specified bucket").await;
    check_s3(&store, "putObject", json!({"Bucket": "lake", "Key": "k", "Body": "x"}), json!({})).await;
    let again = json!({"Bucket": "lake", "Key": "k", "Body": "x", "IfNoneMatch": "*"});
    check_s3_failure(&store, "putObject", again, "S3.S3Exception", "At least one of the pre-conditions").await;
}

#[tokio::test]
async fn a_parameter_without_an_effect_is_refused_by_name() {
    let (_folder, store) = store();
    let unknown = json!({"Bucket": "lake", "Key": "k", "ObjectLockMode": "GOVERNANCE"});
    let cause = "the shakedown sandbox does not support the parameter ObjectLockMode of s3:putObject";
    check_s3_failure(&store, "putObject", unknown, "S3.S3Exception", cause).await;
    check_s3_failure(
        &store,
        "getObject",
        json!({"Bucket": "lake"}),
        "S3.InvalidRequestException",
        "s3:getObject needs",
    )
    .await;
    check_s3_failure(&store, "getObject", json!([]), "S3.InvalidRequestException", "the parameters of").await;
    let wrong = json!({"Bucket": "lake", "MaxKeys": "ten"});
    check_s3_failure(&store, "listObjectsV2", wrong, "S3.InvalidRequestException", "the parameter MaxKeys").await;
}

#[tokio::test]
async fn a_body_that_no_state_can_carry_is_refused() {
    let (_folder, store) = store();
    check_s3(&store, "putObject", json!({"Bucket": "lake", "Key": "big", "Body": "x".repeat(300_000)}), json!({}))
        .await;
    let read = json!({"Bucket": "lake", "Key": "big"});
    check_s3_failure(&store, "getObject", read, "S3.InvalidRequestException", "the object is larger").await;
}

#[tokio::test]
async fn a_function_that_is_not_there_is_told_as_aws_does() {
    let folder = TempDir::new().expect("a folder");
    let lambda = Lambda::new(Config {
        region: "eu-west-1".to_owned(),
        account: "000000000000".to_owned(),
        endpoint: "http://127.0.0.1:1".to_owned(),
        state_dir: folder.path().to_owned(),
        cache_dir: folder.path().to_owned(),
    });
    let failure =
        lambda::invoke(&lambda, &json!({"FunctionName": "none", "Payload": {}})).await.expect_err("a failure");
    assert_eq!(failure.error, "Lambda.ResourceNotFoundException");
    let cause = "Function not found: arn:aws:lambda:eu-west-1:000000000000:function:none:$LATEST \
                 (Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: ";
    assert!(failure.cause.starts_with(cause) && failure.cause.ends_with("; Proxy: null)"), "{}", failure.cause);
    let failure = lambda::sdk_invoke(&lambda, &json!({"FunctionName": "none"})).await.expect_err("a failure");
    assert!(failure.cause.contains("(Service: Lambda, Status Code: 404, Request ID: "), "{}", failure.cause);
    let wrong = json!({"FunctionName": "none", "InvocationType": "Later"});
    let failure = lambda::invoke(&lambda, &wrong).await.expect_err("a failure");
    assert!(failure.cause.contains("Later"), "{}", failure.cause);
}

#[test]
fn a_payload_that_is_a_text_is_sent_as_json_text() {
    for (payload, expected) in [(json!("0.0"), "0.0"), (json!({"a": 1}), r#"{"a":1}"#), (json!("{}"), "{}")] {
        assert_eq!(lambda::sent(payload), expected);
    }
}

#[test]
fn what_is_supported_is_known_before_an_execution() {
    for (resource, expected) in [
        ("arn:aws:lambda:eu-west-1:000000000000:function:f:live", true),
        ("arn:aws:states:::lambda:invoke", true),
        ("arn:aws:states:::lambda:invoke.waitForTaskToken", true),
        ("arn:aws:states:::athena:startQueryExecution.sync", true),
        ("arn:aws:states:::states:startExecution.sync:2", true),
        ("arn:aws:states:::aws-sdk:s3:getObject", true),
        ("arn:aws:states:::aws-sdk:s3:putBucketPolicy", false),
        ("arn:aws:states:::aws-sdk:glue:getTable", true),
        ("arn:aws:states:::glue:startJobRun.sync", false),
        ("arn:aws:states:::dynamodb:putItem", false),
        ("arn:aws:states:eu-west-1:000000000000:activity:a", false),
        ("getObject", false),
    ] {
        assert_eq!(supports(resource), expected, "{resource}");
    }
}

#[test]
fn times_are_written_as_the_integration_writes_them() {
    let answer = json!({"Status": {"SubmissionDateTime": 1_700_000_000.5, "State": "X"}, "TotalTimeInMillis": 7});
    let of = |times: Times| times.rewrite(answer.clone())["Status"]["SubmissionDateTime"].clone();
    assert_eq!(of(Times::Milliseconds), json!(1_700_000_000_500_i64));
    assert_eq!(of(Times::Text), json!("2023-11-14T22:13:20.500Z"));
    assert_eq!(Times::Text.rewrite(answer)["TotalTimeInMillis"], json!(7));
}

/// Answers with what it was asked.
struct Echo;

#[async_trait]
impl JsonService for Echo {
    async fn handle(&self, operation: &str, body: Value) -> Result<Value, ApiError> {
        match operation {
            "StopExecution" => Err(ApiError::client("ExecutionDoesNotExist", "no")),
            _ => Ok(json!({"operation": operation, "body": body, "startDate": 0})),
        }
    }
}

#[tokio::test]
async fn sdk_calls_carry_names_in_the_case_of_the_service() {
    let asked = json!({"ExecutionArn": "a"});
    let output = sdk::call_sfn(&Echo, "describeExecution", &asked).await.expect("an answer");
    let expected =
        json!({"Operation": "DescribeExecution", "Body": {"ExecutionArn": "a"}, "StartDate": "1970-01-01T00:00:00Z"});
    assert_eq!(output, expected);
    let failure = sdk::call_sfn(&Echo, "stopExecution", &asked).await.expect_err("a failure");
    assert_eq!(failure.error, "Sfn.ExecutionDoesNotExistException");
}

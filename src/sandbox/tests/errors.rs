//! Refusals in the shape of each service.

use aws_sdk_sfn::error::ProvideErrorMetadata;
use aws_sdk_sfn::operation::start_execution::StartExecutionError;

use super::project::{Clients, Project, machine};

#[tokio::test]
async fn each_service_refuses_in_its_own_shape() {
    let project = Project::new(&[("sandbox.yaml", "")]);
    let sandbox = project.start().await.expect("started");
    let clients = Clients::of(&sandbox);
    let error = clients.sfn.start_execution().state_machine_arn(machine("none")).send().await.expect_err("a refusal");
    assert_eq!(error.code(), Some("StateMachineDoesNotExist"));
    assert!(error.as_service_error().is_some_and(StartExecutionError::is_state_machine_does_not_exist), "{error:?}");
    let error = clients.lambda.invoke().function_name("none").send().await.expect_err("a refusal");
    assert_eq!(error.code(), Some("ResourceNotFoundException"));
    let error = clients.sfn.list_activities().send().await.expect_err("a refusal");
    assert_eq!(error.code(), Some("NotImplemented"));
    assert!(error.message().is_some_and(|message| message.contains("ListActivities")), "{error:?}");
    sandbox.shutdown().await;
}

#[tokio::test]
async fn a_request_without_credentials_is_told_so() {
    let project = Project::new(&[("sandbox.yaml", "")]);
    let sandbox = project.start().await.expect("started");
    for (target, expected) in [
        ("AWSStepFunctions.ListStateMachines", "MissingAuthenticationToken"),
        ("AmazonAthena.ListWorkGroups", "MissingAuthenticationToken"),
        ("DynamoDB_20120810.ListTables", "does not support the service"),
    ] {
        let answer = post(sandbox.endpoint(), target).await;
        assert!(answer.contains(expected), "{target}: {answer}");
        assert!(answer.to_lowercase().contains("x-amzn-requestid"), "{answer}");
    }
    sandbox.shutdown().await;
}

/// A POST without any header of the SDK but the target.
async fn post(endpoint: &str, target: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let host = endpoint.trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(host).await.expect("a connection");
    let request = format!(
        "POST / HTTP/1.1\r\nHost: sync-{host}\r\nX-Amz-Target: {target}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}"
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    answer
}

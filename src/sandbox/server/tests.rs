//! Which request goes where, without a network.

use http::Request;
use http::request::Parts;

use super::credential::Credential;
use super::lambda_operation;
use super::route::{Service, operation, service};

fn parts(uri: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::builder().uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).expect("a request").into_parts().0
}

fn authorization(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=test/20260116/eu-west-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )
}

fn check(uri: &str, headers: &[(&str, &str)], expected: &Service) {
    let parts = parts(uri, headers);
    let credential = Credential::of(&parts);
    assert_eq!(&service(&parts, credential.as_ref()), expected, "{uri} {headers:?}");
}

#[test]
fn the_scope_of_the_credential_decides_first() {
    for (name, expected) in [
        ("s3", Service::S3),
        ("sts", Service::Sts),
        ("states", Service::StepFunctions),
        ("athena", Service::Athena),
        ("glue", Service::Glue),
        ("lambda", Service::Lambda),
        ("events", Service::EventBridge),
        ("dynamodb", Service::Other("dynamodb".to_owned())),
    ] {
        check(
            "/",
            &[("authorization", &authorization(name)), ("x-amz-target", "AmazonAthena.GetQueryExecution")],
            &expected,
        );
    }
}

#[test]
fn a_presigned_url_carries_its_credential_in_the_query() {
    check("/b/k?X-Amz-Credential=test%2F20260116%2Feu-west-1%2Fs3%2Faws4_request", &[], &Service::S3);
}

#[test]
fn without_a_credential_target_and_path_decide() {
    check("/", &[("x-amz-target", "AWSStepFunctions.StartExecution")], &Service::StepFunctions);
    check("/", &[("x-amz-target", "AWSGlue.GetTables")], &Service::Glue);
    check("/", &[("x-amz-target", "AWSEvents.PutRule")], &Service::EventBridge);
    check("/2015-03-31/functions/f/invocations", &[], &Service::Lambda);
    check("/bucket/key", &[], &Service::S3);
    check("/_shakedown/events", &[], &Service::Control);
}

#[test]
fn a_broken_authorization_header_is_no_credential() {
    for header in ["", "Bearer x", "AWS4-HMAC-SHA256 Credential=", "AWS4-HMAC-SHA256 Credential=a/b/c"] {
        assert_eq!(Credential::of(&parts("/", &[("authorization", header)])), None, "{header}");
    }
}

#[test]
fn the_operation_is_what_follows_the_dot() {
    assert_eq!(
        operation(&parts("/", &[("x-amz-target", "AmazonAthena.StartQueryExecution")])),
        Some("StartQueryExecution")
    );
    assert_eq!(operation(&parts("/", &[])), None);
}

#[test]
fn paths_of_lambda_have_names() {
    for (method, path, name) in [
        (http::Method::POST, "/2015-03-31/functions", "CreateFunction"),
        (http::Method::GET, "/2015-03-31/functions/", "ListFunctions"),
        (http::Method::POST, "/2015-03-31/functions/f/invocations", "Invoke"),
        (http::Method::PATCH, "/2015-03-31/x", "PATCH /2015-03-31/x"),
    ] {
        assert_eq!(lambda_operation::name(&method, path), name);
    }
}

//! The REST protocol: payload limits, functions, versions, aliases, refusals.

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Environment, FunctionCode, InvocationType, Runtime};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::service::{Service, code, zip};

#[tokio::test(flavor = "multi_thread")]
async fn payloads_have_the_limits_of_aws() {
    let service = Service::start().await;
    service.deploy_python("size", "def handler(e, c):\n    return 'x' * e if isinstance(e, int) else len(e)\n");
    let send = |bytes: Vec<u8>| service.client.invoke().function_name("size").payload(Blob::new(bytes)).send();
    let text = |length: usize| format!("\"{}\"", "x".repeat(length)).into_bytes();
    let largest = 6 * 1024 * 1024;
    let ok = send(text(largest - 2)).await.unwrap();
    assert_eq!(ok.payload.unwrap().into_inner(), (largest - 2).to_string().into_bytes());
    let (kind, message) = code(send(text(largest)).await);
    assert_eq!(kind, "RequestTooLargeException");
    assert!(
        message.contains(
            "6291458 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)"
        ),
        "{message}"
    );
    assert_eq!(code(send(b"{not json".to_vec()).await).0, "InvalidRequestContentException");
    assert_eq!(service.invoke("size", json!(largest)).await.payload.as_str().unwrap().len(), largest);
    let seen = service.invoke("size", json!(largest + 200)).await;
    assert_eq!(seen.payload["errorType"], "Function.ResponseSizeTooLarge");
    assert_eq!(seen.error.as_deref(), Some("Unhandled"));
    let request = service.client.invoke().function_name("size").invocation_type(InvocationType::Event);
    assert_eq!(code(request.payload(Blob::new(text(1024 * 1024))).send().await).0, "RequestTooLargeException");
}

async fn create(service: &Service, name: &str, text: &str) {
    let request =
        service.client.create_function().function_name(name).runtime(Runtime::Python312).handler("app.handler");
    let environment = Environment::builder().variables("STAGE", "qa").build();
    let code = FunctionCode::builder().zip_file(zip(&[("app.py", text)])).build();
    let created = request
        .role("arn:aws:iam::000000000000:role/x")
        .tags("team", "lake")
        .environment(environment)
        .code(code)
        .send()
        .await
        .unwrap();
    assert_eq!(created.function_arn.unwrap(), format!("arn:aws:lambda:eu-west-1:000000000000:function:{name}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sdk_creates_reads_changes_lists_and_deletes_functions() {
    let service = Service::start().await;
    let client = &service.client;
    create(&service, "crud", "import os\ndef handler(e, c): return ['one', os.environ.get('STAGE')]\n").await;
    assert_eq!(service.invoke("crud", json!({})).await.payload, json!(["one", "qa"]));
    let got = client.get_function().function_name("crud").send().await.unwrap().configuration.unwrap();
    assert_eq!((got.timeout, got.memory_size, got.handler.as_deref()), (Some(3), Some(128), Some("app.handler")));
    let changed = client
        .update_function_configuration()
        .function_name("crud")
        .timeout(7)
        .environment(Environment::builder().variables("STAGE", "uat").build());
    assert_eq!(changed.send().await.unwrap().timeout, Some(7));
    assert_eq!(service.invoke("crud", json!({})).await.payload, json!(["one", "uat"]));
    let code_changed = client
        .update_function_code()
        .function_name("crud")
        .zip_file(zip(&[("app.py", "def handler(e, c): return 'two'\n")]))
        .send()
        .await
        .unwrap();
    assert_ne!(code_changed.code_sha256, got.code_sha256);
    assert_eq!(service.invoke("crud", json!({})).await.payload, json!("two"));
    let configuration = client.get_function_configuration().function_name(changed_arn()).send().await.unwrap();
    assert_eq!(configuration.code_sha256, code_changed.code_sha256);
    assert_eq!(client.list_functions().send().await.unwrap().functions().len(), 1);
    client.delete_function().function_name("crud").send().await.unwrap();
    let (kind, message) = code(client.get_function().function_name("crud").send().await);
    assert_eq!(kind, "ResourceNotFoundException");
    assert_eq!(message, format!("Function not found: {}", changed_arn()));
}

fn changed_arn() -> String {
    "arn:aws:lambda:eu-west-1:000000000000:function:crud".to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_keep_their_code_and_aliases_point_at_them() {
    let service = Service::start().await;
    let client = &service.client;
    create(&service, "v", "def handler(e, c): return [1, c.function_version, c.invoked_function_arn]\n").await;
    let publish = || client.publish_version().function_name("v").send();
    assert_eq!(publish().await.unwrap().version.unwrap(), "1");
    assert_eq!(publish().await.unwrap().version.unwrap(), "1", "nothing has changed");
    client.create_alias().function_name("v").name("live").function_version("1").send().await.unwrap();
    client
        .update_function_code()
        .function_name("v")
        .zip_file(zip(&[("app.py", "def handler(e, c): return [2, c.function_version]\n")]))
        .send()
        .await
        .unwrap();
    let arn = "arn:aws:lambda:eu-west-1:000000000000:function:v:live";
    let seen = service.invoke("v:live", json!({})).await;
    assert_eq!((seen.payload, seen.version.as_str()), (json!([1, "1", arn]), "1"));
    assert_eq!(service.invoke("v", json!({})).await.payload, json!([2, "$LATEST"]));
    assert_eq!(publish().await.unwrap().version.unwrap(), "2");
    client.update_alias().function_name("v").name("live").function_version("2").send().await.unwrap();
    assert_eq!(service.invoke(arn, json!({})).await.payload, json!([2, "2"]));
    assert_eq!(client.get_alias().function_name("v").name("live").send().await.unwrap().function_version.unwrap(), "2");
    let versions = client.list_versions_by_function().function_name("v").send().await.unwrap();
    let numbers: Vec<_> = versions.versions().iter().filter_map(|it| it.version()).collect();
    assert_eq!(numbers, ["$LATEST", "1", "2"]);
    assert_eq!(code(client.invoke().function_name("v:9").send().await).0, "ResourceNotFoundException");
    assert_eq!(
        code(client.create_alias().function_name("v").name("live").function_version("1").send().await).0,
        "ResourceConflictException"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_or_not_served_is_named() {
    let service = Service::start().await;
    let client = &service.client;
    create(&service, "it", "def handler(e, c): return 1\n").await;
    let dry = client.invoke().function_name("it").invocation_type(InvocationType::DryRun).send().await.unwrap();
    assert_eq!((dry.status_code, service.lambda.invocations("it")), (204, 0));
    let again = client.create_function().function_name("it").runtime(Runtime::Python312).handler("a.b").role("r");
    let again = again.code(FunctionCode::builder().zip_file(zip(&[])).build()).send().await;
    assert_eq!(code(again), ("ResourceConflictException".into(), "Function already exist: it".into()));
    assert_eq!(code(client.invoke().function_name("nobody").send().await).0, "ResourceNotFoundException");
    let policy = code(client.get_policy().function_name("it").send().await);
    assert_eq!(policy.0, "NotImplemented");
    assert!(policy.1.contains("GetPolicy"), "{policy:?}");
    let concurrency =
        code(client.put_function_concurrency().function_name("it").reserved_concurrent_executions(1).send().await);
    assert!(concurrency.1.contains("reserved concurrency"), "{concurrency:?}");
    let java = client.create_function().function_name("j").runtime(Runtime::Java21).handler("a.b").role("r");
    let java = code(java.code(FunctionCode::builder().zip_file(zip(&[])).build()).send().await);
    assert!(java.1.contains("java21"), "{java:?}");
    let layers = code(client.update_function_configuration().function_name("it").layers("arn:layer").send().await);
    assert!(layers.1.contains("the field Layers of UpdateFunctionConfiguration"), "{layers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_pages_and_revisions_are_served() {
    let service = Service::start().await;
    let client = &service.client;
    for name in ["a", "b", "c"] {
        create(&service, name, "def handler(e, c): return 1\n").await;
    }
    let first = client.list_functions().max_items(2).send().await.unwrap();
    let second = client.list_functions().max_items(2).marker(first.next_marker.clone().unwrap()).send().await.unwrap();
    let names = |it: &[aws_sdk_lambda::types::FunctionConfiguration]| {
        it.iter().filter_map(|it| it.function_name.clone()).collect::<Vec<_>>()
    };
    assert_eq!((names(first.functions()), names(second.functions())), (vec!["a".into(), "b".into()], vec!["c".into()]));
    assert_eq!(second.next_marker, None);
    assert_eq!(code(client.list_functions().marker("x").send().await).0, "InvalidParameterValueException");
    let got = client.get_function().function_name("a").send().await.unwrap();
    assert_eq!(got.tags.unwrap()["team"], "lake");
    let stale = client.update_function_configuration().function_name("a").timeout(9).revision_id("stale").send().await;
    assert_eq!(code(stale).0, "PreconditionFailedException");
    let current = got.configuration.unwrap().revision_id.unwrap();
    client.update_function_configuration().function_name("a").timeout(9).revision_id(current).send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_context_reaches_the_function() {
    let service = Service::start().await;
    create(
        &service,
        "context",
        "def handler(e, c): return [c.client_context.custom, c.client_context.client.app_title]\n",
    )
    .await;
    let context = STANDARD.encode(r#"{"custom": {"a": 1}, "client": {"app_title": "t"}}"#);
    let sent = service.client.invoke().function_name("context").client_context(context).send().await.unwrap();
    assert_eq!(sent.payload.unwrap().into_inner(), br#"[{"a": 1}, "t"]"#);
    let bad = service.client.invoke().function_name("context").client_context("%%%").send().await;
    assert_eq!(code(bad).0, "InvalidRequestContentException");
}

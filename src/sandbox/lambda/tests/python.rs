//! Python functions: event, context, answers, errors, requirements.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::service::{ECHO, Service, code, zip};

/// Every variable of a function, its own `TABLE` among them.
const EXPECTED: &[&str] = &[
    "TABLE",
    "PATH",
    "LANG",
    "HOME",
    "TZ",
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_ENDPOINT_URL",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_python_function_gets_its_event_context_and_environment_and_nothing_of_ours() {
    let service = Service::start().await;
    service.deploy_with("echo", "python3.12", "app.handler", &[("app.py", ECHO)], |it| {
        it.environment.insert("TABLE".into(), "orders".into());
    });
    let seen = service.invoke("echo", json!({"n": 12_345_678_901_234_567_890_u64, "ä": null})).await;
    assert_eq!(seen.error, None, "{seen:?}");
    let payload = &seen.payload;
    assert_eq!(payload["event"].to_string(), r#"{"n":12345678901234567890,"ä":null}"#);
    assert_eq!(payload["name"], "echo");
    assert_eq!(payload["arn"], "arn:aws:lambda:eu-west-1:000000000000:function:echo");
    assert!(payload["remaining"].as_i64().unwrap() > 10_000, "{payload}");
    let env = payload["env"].as_object().unwrap();
    for (key, value) in [("TABLE", "orders"), ("AWS_REGION", "eu-west-1"), ("TZ", ":UTC"), ("_HANDLER", "app.handler")]
    {
        assert_eq!(env[key], value);
    }
    assert!(env["AWS_ENDPOINT_URL"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    // What a shell and Python's own start add.
    let added = ["PWD", "OLDPWD", "SHLVL", "_", "LC_CTYPE"];
    let strangers: Vec<_> =
        env.keys().filter(|it| !EXPECTED.contains(&it.as_str()) && !added.contains(&it.as_str())).collect();
    assert!(strangers.is_empty(), "{strangers:?}");
    assert_eq!(seen.version, "$LATEST");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_python_exception_comes_back_with_type_message_and_stack_trace() {
    let service = Service::start().await;
    service.deploy_python(
        "fails",
        "def deep():\n    raise KeyError('no order 7')\ndef handler(event, context):\n    deep()\n",
    );
    let (kind, message, seen) = service.fail("fails").await;
    assert_eq!((kind.as_str(), message.as_str()), ("KeyError", "'no order 7'"));
    let trace: Vec<_> = seen.payload["stackTrace"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    assert_eq!(trace.len(), 2, "{trace:?}");
    assert!(trace[1].contains("app.py\", line 2, in deep\n    raise KeyError"), "{trace:?}");
    assert!(seen.log.contains("[ERROR] KeyError: 'no order 7'\nTraceback (most recent call last):"), "{}", seen.log);
    let again = service.fail("fails").await.2;
    assert!(!again.log.contains("INIT_START"), "an exception does not cost the instance: {}", again.log);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_python_function_that_cannot_be_loaded_says_why() {
    let service = Service::start().await;
    let cases = [
        (
            "missing-module",
            "nowhere.handler",
            "",
            "Runtime.ImportModuleError",
            "Unable to import module 'nowhere': No module named 'nowhere'",
        ),
        (
            "missing-import",
            "app.handler",
            "import no_such_package",
            "Runtime.ImportModuleError",
            "Unable to import module 'app': No module named 'no_such_package'",
        ),
        (
            "missing-function",
            "app.other",
            "x = 1",
            "Runtime.HandlerNotFound",
            "Handler 'other' missing on module 'app'",
        ),
        (
            "syntax",
            "app.handler",
            "def broken(:",
            "Runtime.UserCodeSyntaxError",
            "Syntax error in module 'app': invalid syntax (app.py, line 1)",
        ),
        (
            "no-dot",
            "app",
            "",
            "Runtime.MalformedHandlerName",
            "Bad handler 'app': not enough values to unpack (expected 2, got 1)",
        ),
        ("raises", "app.handler", "raise ValueError('at import')", "ValueError", "at import"),
    ];
    for (name, handler, text, kind, message) in cases {
        service.deploy(name, "python3.12", handler, &[("app.py", text)]);
        let (actual_kind, actual_message, _) = service.fail(name).await;
        assert_eq!((actual_kind.as_str(), actual_message.as_str()), (kind, message), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn python_answers_are_marshalled_as_on_aws() {
    let service = Service::start().await;
    service.deploy_python(
        "marshal",
        "import decimal\ndef handler(e, c):\n    return {1, 2} if e else {'d': decimal.Decimal('1.20'), 't': 'ü'}\n",
    );
    assert_eq!(service.invoke("marshal", json!(0)).await.payload.to_string(), r#"{"d":1.20,"t":"ü"}"#);
    let seen = service.invoke("marshal", json!(1)).await;
    assert_eq!(seen.payload["errorType"], "Runtime.MarshalError");
    assert_eq!(seen.payload["errorMessage"], "Unable to marshal response: Object of type set is not JSON serializable");
}

/// A wheel is a zip with three documents: enough for pip, and no network is needed.
fn wheel(folder: &Path) -> PathBuf {
    let path = folder.join("tiny_answer-1.0-py3-none-any.whl");
    let info = "tiny_answer-1.0.dist-info";
    let files = [
        ("tiny_answer.py".to_owned(), "ANSWER = 42\n".to_owned()),
        (format!("{info}/METADATA"), "Metadata-Version: 2.1\nName: tiny-answer\nVersion: 1.0\n".to_owned()),
        (
            format!("{info}/WHEEL"),
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n".to_owned(),
        ),
        (format!("{info}/RECORD"), format!("tiny_answer.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")),
    ];
    let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    fs::write(&path, zip(&files).into_inner()).unwrap();
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn requirements_are_installed_once_and_a_failure_shows_what_pip_said() {
    let service = Service::start().await;
    let wheel = wheel(service.folder.path()).display().to_string();
    let text = "import sys, tiny_answer\ndef handler(e, c): return [tiny_answer.ANSWER, sys.prefix]\n";
    for name in ["first", "second"] {
        service.deploy_with(name, "python3.12", "app.handler", &[("app.py", text)], |it| {
            it.requirements = vec![wheel.clone()];
        });
    }
    let (first, second) = tokio::join!(service.invoke("first", json!(0)), service.invoke("second", json!(0)));
    assert_eq!(first.payload[0], 42, "{first:?}");
    assert_eq!(first.payload, second.payload, "both share one environment");
    let file = format!("# by file\n{wheel}\n");
    service.deploy("by-file", "python3.12", "app.handler", &[("app.py", text), ("requirements.txt", &file)]);
    assert_eq!(service.invoke("by-file", json!(0)).await.payload, first.payload);
    service.deploy_with("bad", "python3.12", "app.handler", &[("app.py", text)], |it| {
        it.requirements = vec!["./nowhere.whl".into()];
    });
    let (kind, message) = code(service.client.invoke().function_name("bad").send().await);
    assert_eq!(kind, "InvalidRuntimeException");
    assert!(
        message.contains("function bad") && message.contains("`pip install` failed") && message.contains("nowhere.whl"),
        "{message}"
    );
    let prepared = service.lambda.prepare().await.unwrap_err();
    assert!(prepared.message.contains("function bad"), "{prepared}");
}

//! The service as its users meet it: AWS's own SDK client over HTTP, and real Python, Node.js and shell functions.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use aws_sdk_lambda::Client;
use aws_sdk_lambda::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_lambda::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Environment, FunctionCode, InvocationType, LogType, Runtime};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nix::sys::signal::kill;
use nix::unistd::Pid;
use serde_json::{Value, json};
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{Code, Config, FunctionSpec, Invocation, Lambda, router};

/// A service on a loopback port, and a client of it.
struct Service {
    lambda: Lambda,
    client: Client,
    folder: TempDir,
}

/// What a caller sees of an invocation.
#[derive(Debug)]
struct Seen {
    payload: Value,
    error: Option<String>,
    version: String,
    log: String,
}

impl Service {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let lambda = Lambda::new(Config {
            region: "eu-west-1".into(),
            account: "000000000000".into(),
            endpoint: endpoint.clone(),
            state_dir: folder.path().join("state"),
            cache_dir: folder.path().join("cache"),
        });
        let routes = router(lambda.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let config = aws_sdk_lambda::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .endpoint_url(endpoint)
            .retry_config(aws_sdk_lambda::config::retry::RetryConfig::disabled())
            .build();
        Self { lambda, client: Client::from_conf(config), folder }
    }

    /// Writes code and creates a function of it, in process.
    fn deploy(&self, name: &str, runtime: &str, handler: &str, files: &[(&str, &str)]) {
        self.deploy_with(name, runtime, handler, files, |_| ());
    }

    fn deploy_with(
        &self,
        name: &str,
        runtime: &str,
        handler: &str,
        files: &[(&str, &str)],
        change: impl FnOnce(&mut FunctionSpec),
    ) {
        let mut spec = FunctionSpec {
            name: name.into(),
            runtime: runtime.into(),
            handler: handler.into(),
            code: Code::Directory(self.write(name, files)),
            environment: BTreeMap::new(),
            timeout: Duration::from_secs(20),
            memory_mb: 128,
            requirements: Vec::new(),
        };
        change(&mut spec);
        self.lambda.create(spec).unwrap();
    }

    fn write(&self, name: &str, files: &[(&str, &str)]) -> PathBuf {
        let root = self.folder.path().join("code").join(name);
        for (file, content) in files {
            let path = root.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, content).unwrap();
            make_executable(&path);
        }
        root
    }

    fn deploy_python(&self, name: &str, code: &str) {
        self.deploy(name, "python3.12", "app.handler", &[("app.py", code)]);
    }

    async fn invoke(&self, function: &str, payload: Value) -> Seen {
        let request = self.client.invoke().function_name(function).log_type(LogType::Tail);
        let sent = request.payload(Blob::new(payload.to_string())).send().await.unwrap();
        let text = sent.payload.unwrap().into_inner();
        Seen {
            payload: serde_json::from_slice(&text).unwrap(),
            error: sent.function_error,
            version: sent.executed_version.unwrap(),
            log: String::from_utf8(STANDARD.decode(sent.log_result.unwrap()).unwrap()).unwrap(),
        }
    }

    /// The error document of an invocation that must fail.
    async fn fail(&self, function: &str) -> (String, String, Seen) {
        let seen = self.invoke(function, json!({})).await;
        assert_eq!(seen.error.as_deref(), Some("Unhandled"), "{seen:?}");
        let text = |key: &str| seen.payload[key].as_str().unwrap_or_default().to_owned();
        (text("errorType"), text("errorMessage"), seen)
    }
}

fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn zip(files: &[(&str, &str)]) -> Blob {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    Blob::new(writer.finish().unwrap().into_inner())
}

/// The code and message of a refusal.
fn code<T: std::fmt::Debug, E: ProvideErrorMetadata>(result: Result<T, SdkError<E>>) -> (String, String) {
    let error = result.err().expect("a refusal");
    (error.code().unwrap_or_default().to_owned(), error.message().unwrap_or_default().to_owned())
}

/// Waits until a condition holds; fails after ten seconds.
async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(10);
    while !holds() {
        assert!(Instant::now() < end, "still not: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn is_alive(pid: &Value) -> bool {
    kill(Pid::from_raw(i32::try_from(pid.as_i64().unwrap()).unwrap()), None).is_ok()
}

const ECHO: &str = r#"
import os
count = 0
def handler(event, context):
    global count
    count += 1
    print("hello", event)
    return {
        "event": event, "count": count, "pid": os.getpid(), "name": context.function_name, "arn": context.invoked_function_arn,
        "remaining": context.get_remaining_time_in_millis(), "id": context.aws_request_id, "env": dict(os.environ),
    }
"#;

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
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some() && !env.contains_key("CARGO_MANIFEST_DIR"), "{env:?}");
    assert_eq!(seen.version, "$LATEST");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_stays_warm_and_its_log_has_aws_lines() {
    let service = Service::start().await;
    service.deploy_python("echo", ECHO);
    let first = service.invoke("echo", json!(1)).await;
    let second = service.invoke("echo", json!(2)).await;
    assert_eq!((&first.payload["count"], &second.payload["count"]), (&json!(1), &json!(2)));
    assert_eq!(first.payload["pid"], second.payload["pid"]);
    assert_eq!(service.lambda.invocations("echo"), 2);
    let id = second.payload["id"].as_str().unwrap();
    let expected = format!(
        "START RequestId: {id} Version: $LATEST\nhello 2\nEND RequestId: {id}\nREPORT RequestId: {id}\tDuration: "
    );
    assert!(second.log.starts_with(&expected), "{}", second.log);
    assert!(first.log.starts_with("INIT_START Runtime Version: python3.12 (run by "), "{}", first.log);
    assert!(first.log.contains("Init Duration") && !second.log.contains("Init Duration"));
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

#[tokio::test(flavor = "multi_thread")]
async fn a_function_over_its_time_is_killed_with_its_children() {
    let service = Service::start().await;
    let text = "import subprocess, time, os\ndef handler(e, c):\n    child = subprocess.Popen(['sleep', '600'])\n    print('pids', os.getpid(), child.pid)\n    time.sleep(600)\n";
    service.deploy_with("slow", "python3.12", "app.handler", &[("app.py", text)], |it| {
        it.timeout = Duration::from_secs(1)
    });
    let (kind, message, seen) = service.fail("slow").await;
    assert_eq!(kind, "Sandbox.Timedout");
    assert!(
        message.starts_with("RequestId: ") && message.ends_with(" Error: Task timed out after 1.00 seconds"),
        "{message}"
    );
    assert!(
        seen.log.contains("Task timed out after 1.00 seconds") && seen.log.contains("Status: timeout"),
        "{}",
        seen.log
    );
    let line = seen.log.lines().find(|it| it.starts_with("pids")).unwrap();
    for pid in line.split(' ').skip(1) {
        let pid = json!(pid.parse::<i64>().unwrap());
        until("the processes have gone", || !is_alive(&pid) || is_zombie(&pid)).await;
    }
}

/// A killed orphan whose new parent has not collected it yet.
fn is_zombie(pid: &Value) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|it| it.contains(") Z "))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_is_an_exit_error_and_the_next_invocation_has_a_new_instance() {
    let service = Service::start().await;
    service.deploy_python("crash", "import os, sys\ndef handler(e, c):\n    print('last words')\n    if e == 'exit': os._exit(3)\n    if e == 'kill': os.kill(os.getpid(), 9)\n    return os.getpid()\n");
    let alive = service.invoke("crash", json!("live")).await;
    let exit = service.invoke("crash", json!("exit")).await;
    assert_eq!(exit.payload["errorType"], "Runtime.ExitError");
    assert!(
        exit.payload["errorMessage"].as_str().unwrap().ends_with("Error: Runtime exited with error: exit status 3")
    );
    assert!(exit.log.contains("last words\n"), "{}", exit.log);
    let killed = service.invoke("crash", json!("kill")).await;
    assert!(killed.payload["errorMessage"].as_str().unwrap().ends_with("Runtime exited with error: signal: killed"));
    let after = service.invoke("crash", json!("live")).await;
    assert!(after.error.is_none() && after.payload != alive.payload, "{after:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_died_between_invocations_is_not_used() {
    let service = Service::start().await;
    service.deploy_python("echo", ECHO);
    let first = service.invoke("echo", json!(1)).await.payload;
    kill(Pid::from_raw(i32::try_from(first["pid"].as_i64().unwrap()).unwrap()), nix::sys::signal::Signal::SIGKILL)
        .unwrap();
    until("the instance has gone", || !is_alive(&first["pid"]) || is_zombie(&first["pid"])).await;
    assert_eq!(service.invoke("echo", json!(2)).await.payload["count"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_invocations_have_instances_of_their_own() {
    let service = Service::start().await;
    // Each waits until all three have begun: one instance for all would never end.
    let text = "import os, time, pathlib\ndef handler(e, c):\n    folder = pathlib.Path(e)\n    (folder / str(os.getpid())).touch()\n    while len(list(folder.iterdir())) < 3: time.sleep(0.01)\n    return os.getpid()\n";
    service.deploy_python("meet", text);
    let meeting = tempfile::tempdir().unwrap();
    let place = json!(meeting.path());
    let all = futures::future::join_all((0..3).map(|_| service.invoke("meet", place.clone()))).await;
    let pids: std::collections::BTreeSet<_> = all.iter().map(|it| it.payload.to_string()).collect();
    assert_eq!(pids.len(), 3, "{all:?}");
    assert!(all.iter().all(|it| it.error.is_none()), "{all:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_result_is_the_last_four_kilobytes() {
    let service = Service::start().await;
    service.deploy_python("chatty", "import sys\ndef handler(e, c):\n    for i in range(2000): print('line', i, file=sys.stderr if i % 2 else sys.stdout)\n");
    let seen = service.invoke("chatty", json!({})).await;
    assert_eq!(seen.log.len(), 4096);
    assert!(
        seen.log.contains("line 1997\nline 1998\nline 1999\nEND RequestId: "),
        "in the order of writing: {}",
        seen.log
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn node_handlers_run_in_every_style() {
    let service = Service::start().await;
    let echo = "{ event, name: context.functionName, left: context.getRemainingTimeInMillis() > 1000 }";
    let cases = [
        (
            "esm",
            "index.handler",
            "index.mjs",
            format!("export const handler = async (event, context) => {{ console.log('from node'); return {echo}; }};"),
        ),
        (
            "cjs",
            "index.handler",
            "index.js",
            format!("exports.handler = async (event, context) => {{ console.log('from node'); return {echo}; }};"),
        ),
        (
            "callback",
            "src/index.api.handler",
            "src/index.js",
            format!(
                "exports.api = {{ handler: (event, context, callback) => {{ console.log('from node'); setTimeout(() => callback(null, {echo}), 5); }} }};"
            ),
        ),
        (
            "default-export",
            "index.handler",
            "index.cjs",
            format!(
                "module.exports = {{ handler: (event, context, callback) => {{ console.log('from node'); callback(null, {echo}); }} }};"
            ),
        ),
    ];
    for (name, handler, file, text) in cases {
        service.deploy(name, "nodejs20.x", handler, &[(file, &text)]);
        for n in 0..2 {
            let seen = service.invoke(name, json!({"n": n})).await;
            assert_eq!(seen.payload, json!({"event": {"n": n}, "name": name, "left": true}), "{seen:?}");
            assert!(seen.log.contains("\tINFO\tfrom node\n"), "{}", seen.log);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn node_errors_have_type_message_and_trace() {
    let service = Service::start().await;
    let cases = [
        ("throws", "exports.handler = async () => { throw new TypeError('no order'); };", "TypeError", "no order"),
        (
            "callback-error",
            "exports.handler = (e, c, callback) => callback(new RangeError('too far'));",
            "RangeError",
            "too far",
        ),
        ("thrown-text", "exports.handler = async () => { throw 'just text'; };", "string", "just text"),
        ("not-exported", "exports.other = 1;", "Runtime.HandlerNotFound", "index.handler is undefined or not exported"),
        (
            "big-int",
            "exports.handler = async () => ({ n: 1n });",
            "Runtime.MarshalError",
            "Unable to stringify response body: Do not know how to serialize a BigInt",
        ),
        (
            "rejection",
            "exports.handler = () => new Promise(() => { Promise.reject(new Error('lost')); });",
            "Runtime.UnhandledPromiseRejection",
            "Error: lost",
        ),
        (
            "uncaught",
            "exports.handler = () => new Promise(() => { setTimeout(() => { throw new Error('later'); }, 1); });",
            "Error",
            "later",
        ),
        ("exits", "exports.handler = async () => process.exit(1);", "Runtime.ExitError", ""),
        ("never", "exports.handler = () => new Promise(() => {});", "Runtime.NodeJsExit", ""),
        ("top-level", "throw new Error('at start');", "Error", "at start"),
    ];
    for (name, text, kind, message) in cases {
        service.deploy(name, "nodejs20.x", "index.handler", &[("index.js", text)]);
        let (actual, text, seen) = service.fail(name).await;
        assert_eq!(actual, kind, "{name}: {seen:?}");
        assert!(message.is_empty() || text == message, "{name}: {text}");
        if name == "throws" {
            assert!(seen.payload["trace"][1].as_str().unwrap().contains("index.js:1:"), "{seen:?}");
        }
    }
    service.deploy("no-file", "nodejs20.x", "nowhere.handler", &[("index.js", "")]);
    assert_eq!(service.fail("no-file").await.0, "Runtime.ImportModuleError");
}

const SHELL_BOOTSTRAP: &str = r#"#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
while true; do
  event=$(curl -sS -D headers.txt "$api/invocation/next") || exit 0
  id=$(sed -n 's/^lambda-runtime-aws-request-id: *\([^\r]*\).*/\1/Ip' headers.txt)
  echo "event $event"
  curl -sS -o /dev/null -d "{\"echo\": $event, \"handler\": \"$_HANDLER\"}" "$api/invocation/$id/response"
done
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_provided_bootstrap_speaks_the_runtime_api() {
    let service = Service::start().await;
    service.deploy("shell", "provided.al2023", "any", &[("bootstrap", SHELL_BOOTSTRAP)]);
    for n in 0..2 {
        let seen = service.invoke("shell", json!(n)).await;
        assert_eq!(seen.payload, json!({"echo": n, "handler": "any"}), "{seen:?}");
        assert!(seen.log.contains(&format!("event {n}\n")), "{}", seen.log);
    }
    service.deploy("none", "provided", "any", &[("readme", "")]);
    let (kind, message, _) = service.fail("none").await;
    assert_eq!(kind, "Runtime.InvalidEntrypoint");
    assert!(message.contains("Couldn't find valid bootstrap(s)"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn shutdown_leaves_no_process_and_ends_running_invocations() {
    let service = Service::start().await;
    service.deploy_python("echo", ECHO);
    service.deploy_python(
        "hang",
        "import os, time\ndef handler(e, c):\n    open(e, 'w').write(str(os.getpid()))\n    time.sleep(600)\n",
    );
    let idle = service.invoke("echo", json!(1)).await.payload["pid"].clone();
    let file = service.folder.path().join("pid");
    let lambda = service.lambda.clone();
    let payload = json!(file).to_string();
    let hanging = tokio::spawn(async move { lambda.invoke(Invocation::new("hang", payload)).await });
    until("the function runs", || fs::read_to_string(&file).is_ok_and(|it| !it.is_empty())).await;
    let busy: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    service.lambda.shutdown().await;
    assert!(!is_alive(&idle) && !is_alive(&busy), "nothing is left when shutdown returns");
    assert!(hanging.await.unwrap().unwrap_err().message.contains("shutting down"));
    assert!(service.lambda.invoke(Invocation::new("echo", "1")).await.unwrap_err().message.contains("shutting down"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_goes_away_does_not_end_the_function() {
    let service = Service::start().await;
    service.deploy_python("writes", "import time\ndef handler(e, c):\n    open(e + '.begun', 'w').close()\n    time.sleep(0.2)\n    open(e, 'w').close()\n");
    let file = service.folder.path().join("done");
    let (lambda, payload) = (service.lambda.clone(), json!(file).to_string());
    let caller = tokio::spawn(async move { lambda.invoke(Invocation::new("writes", payload)).await });
    until("the function has begun", || file.with_extension("begun").exists()).await;
    caller.abort();
    until("the function has ended", || file.exists()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_accepted_and_tried_three_times_while_they_fail() {
    let service = Service::start().await;
    service.deploy_python("event", "def handler(e, c):\n    with open(e['log'], 'a') as f: f.write(c.aws_request_id + '\\n')\n    if e['fail']: raise ValueError('again')\n");
    for (fail, attempts) in [(false, 1), (true, 3)] {
        let log = service.folder.path().join(format!("log-{fail}"));
        let payload = Blob::new(json!({"log": log, "fail": fail}).to_string());
        let sent = service
            .client
            .invoke()
            .function_name("event")
            .invocation_type(InvocationType::Event)
            .payload(payload)
            .send()
            .await
            .unwrap();
        assert_eq!(sent.status_code, 202);
        let lines = || fs::read_to_string(&log).unwrap_or_default().lines().map(str::to_owned).collect::<Vec<_>>();
        until("all attempts were made", || lines().len() == attempts).await;
        assert!(lines().windows(2).all(|it| it[0] == it[1]), "one request id for all attempts");
    }
    assert_eq!(service.lambda.invocations("event"), 4);
}

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
    let created =
        request.role("arn:aws:iam::000000000000:role/x").environment(environment).code(code).send().await.unwrap();
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
            it.requirements = vec![wheel.clone()]
        });
    }
    let (first, second) = tokio::join!(service.invoke("first", json!(0)), service.invoke("second", json!(0)));
    assert_eq!(first.payload[0], 42, "{first:?}");
    assert_eq!(first.payload, second.payload, "both share one environment");
    let file = format!("# by file\n{wheel}\n");
    service.deploy("by-file", "python3.12", "app.handler", &[("app.py", text), ("requirements.txt", &file)]);
    assert_eq!(service.invoke("by-file", json!(0)).await.payload, first.payload);
    service.deploy_with("bad", "python3.12", "app.handler", &[("app.py", text)], |it| {
        it.requirements = vec!["./nowhere.whl".into()]
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

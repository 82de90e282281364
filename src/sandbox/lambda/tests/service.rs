//! A service on a loopback port with AWS's own client of it, and what tests need to write functions.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use aws_sdk_lambda::Client;
use aws_sdk_lambda::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_lambda::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::LogType;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nix::sys::signal::kill;
use nix::unistd::Pid;
use serde_json::{Value, json};
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::sandbox::lambda::{Code, Config, FunctionSpec, Lambda, router};

/// A service on a loopback port, and a client of it.
pub struct Service {
    pub lambda: Lambda,
    pub client: Client,
    pub folder: TempDir,
}

/// What a caller sees of an invocation.
#[derive(Debug)]
pub struct Seen {
    pub payload: Value,
    pub error: Option<String>,
    pub version: String,
    pub log: String,
}

impl Service {
    pub async fn start() -> Self {
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
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .retry_config(aws_sdk_lambda::config::retry::RetryConfig::disabled())
            .build();
        Self { lambda, client: Client::from_conf(config), folder }
    }

    /// Writes code and creates a function of it, in process.
    pub fn deploy(&self, name: &str, runtime: &str, handler: &str, files: &[(&str, &str)]) {
        self.deploy_with(name, runtime, handler, files, |_| ());
    }

    pub fn deploy_with(
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

    pub fn write(&self, name: &str, files: &[(&str, &str)]) -> PathBuf {
        let root = self.folder.path().join("code").join(name);
        for (file, content) in files {
            let path = root.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, content).unwrap();
            make_executable(&path);
        }
        root
    }

    pub fn deploy_python(&self, name: &str, code: &str) {
        self.deploy(name, "python3.12", "app.handler", &[("app.py", code)]);
    }

    pub async fn invoke(&self, function: &str, payload: Value) -> Seen {
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
    pub async fn fail(&self, function: &str) -> (String, String, Seen) {
        let seen = self.invoke(function, json!({})).await;
        assert_eq!(seen.error.as_deref(), Some("Unhandled"), "{seen:?}");
        let text = |key: &str| seen.payload[key].as_str().unwrap_or_default().to_owned();
        (text("errorType"), text("errorMessage"), seen)
    }
}

pub fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

pub fn zip(files: &[(&str, &str)]) -> Blob {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    Blob::new(writer.finish().unwrap().into_inner())
}

/// The code and message of a refusal.
pub fn code<T: std::fmt::Debug, E: ProvideErrorMetadata>(result: Result<T, SdkError<E>>) -> (String, String) {
    let error = result.expect_err("a refusal");
    (error.code().unwrap_or_default().to_owned(), error.message().unwrap_or_default().to_owned())
}

/// Waits until a condition holds; fails after a minute.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_mins(1);
    while !holds() {
        assert!(Instant::now() < end, "still not: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub fn is_alive(pid: &Value) -> bool {
    kill(Pid::from_raw(i32::try_from(pid.as_i64().unwrap()).unwrap()), None).is_ok()
}

pub const ECHO: &str = r#"
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

/// A killed orphan whose new parent has not collected it yet.
pub fn is_zombie(pid: &Value) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|it| it.contains(") Z "))
}

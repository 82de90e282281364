//! A front door with S3 and STS behind it, and the SDK configuration for it. For tests.

use std::path::Path;
use std::sync::Arc;

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use aws_types::SdkConfig;
use serde_json::Value;
use tempfile::TempDir;

use super::{Calls, Front, JsonService, Listening, Services, bind};
use crate::sandbox::s3::Store;
use crate::sandbox::sts::{ACCESS_KEY, SECRET_KEY, Sessions};
use crate::sandbox::wire::ApiError;

/// A door that is open until it is dropped.
pub struct Door {
    pub endpoint: String,
    pub store: Store,
    pub calls: Calls,
    listening: Option<Listening>,
    folder: TempDir,
}

impl Door {
    /// Opens a door on a free port.
    pub async fn open() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let (store, calls) = (Store::new(folder.path().to_owned(), "eu-west-1"), Calls::default());
        let services = Services {
            store: store.clone(),
            sessions: Sessions::default(),
            step_functions: Arc::new(Nothing),
            athena: Arc::new(Nothing),
            glue: Arc::new(Nothing),
            events: Arc::new(Nothing),
            lambda: axum::Router::new(),
            control: axum::Router::new(),
        };
        let listener = bind(None).await.expect("a free port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let listening = Some(Listening::start(listener, Arc::new(Front::new(services, calls.clone()))));
        Self { endpoint, store, calls, listening, folder }
    }

    /// The folder of bodies.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Stops as the sandbox does.
    pub async fn close(&mut self) {
        if let Some(listening) = self.listening.take() {
            listening.stop().await;
        }
    }

    /// An S3 client with the sandbox's own credentials.
    pub fn s3(&self) -> aws_sdk_s3::Client {
        s3(&config(&self.endpoint, ACCESS_KEY, SECRET_KEY))
    }
}

/// The configuration of every SDK client of a test.
pub fn config(endpoint: &str, access_key: &str, secret_key: &str) -> SdkConfig {
    let credentials = Credentials::new(access_key, secret_key, None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .region(Region::new("eu-west-1"))
        .endpoint_url(endpoint)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build()
}

/// An S3 client that writes buckets in the path.
pub fn s3(config: &SdkConfig) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::config::Builder::from(config).force_path_style(true).build();
    aws_sdk_s3::Client::from_conf(config)
}

struct Nothing;

#[async_trait::async_trait]
impl JsonService for Nothing {
    async fn handle(&self, operation: &str, _body: Value) -> Result<Value, ApiError> {
        Err(ApiError::unsupported(operation))
    }
}

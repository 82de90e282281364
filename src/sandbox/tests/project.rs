//! A small project to start a sandbox with.

use std::path::Path;

use tempfile::TempDir;

use super::super::server::testing::{config, s3};
use super::super::{Declaration, Options, Sandbox, SandboxError};

/// A folder with files, and the sandbox that `sandbox.yaml` in it declares.
pub struct Project {
    pub root: TempDir,
    cache: TempDir,
}

impl Project {
    pub fn new(files: &[(&str, &str)]) -> Self {
        let project = Self { root: TempDir::new().expect("a folder"), cache: TempDir::new().expect("a folder") };
        for (name, text) in files {
            let path = project.root.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
        project
    }

    pub async fn start(&self) -> Result<Sandbox, SandboxError> {
        let path = self.root.path().join("sandbox.yaml");
        let declaration = Declaration::read(Path::new(""), &path).map_err(SandboxError::Declaration)?;
        Sandbox::start(Options {
            port: None,
            region: "eu-west-1".to_owned(),
            declaration: Some(declaration),
            cache_dir: self.cache.path().to_owned(),
            root: self.root.path().to_owned(),
        })
        .await
    }
}

/// SDK clients of a sandbox.
pub struct Clients {
    pub s3: aws_sdk_s3::Client,
    pub sfn: aws_sdk_sfn::Client,
    pub lambda: aws_sdk_lambda::Client,
    pub athena: aws_sdk_athena::Client,
}

impl Clients {
    pub fn of(sandbox: &Sandbox) -> Self {
        let config = config(sandbox.endpoint(), "test", "test");
        Self {
            s3: s3(&config),
            sfn: aws_sdk_sfn::Client::new(&config),
            lambda: aws_sdk_lambda::Client::new(&config),
            athena: aws_sdk_athena::Client::new(&config),
        }
    }
}

/// The ARN of a state machine.
pub fn machine(name: &str) -> String {
    format!("arn:aws:states:eu-west-1:000000000000:stateMachine:{name}")
}

/// Names in a folder.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

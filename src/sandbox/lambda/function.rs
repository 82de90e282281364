//! What a function is: the specification it is created from, its configuration and its versions.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::interpreter::Runtime;
use super::package::Package;
use super::pool::Pool;

/// A function to create.
#[derive(Debug, Clone)]
pub struct FunctionSpec {
    /// Up to 64 letters, digits, hyphens and underscores.
    pub name: String,
    /// AWS's identifier: `python3.x`, `nodejsN.x`, `provided`, `provided.al2`, `provided.al2023`.
    pub runtime: String,
    /// `module.function`; not used by `provided` runtimes but as `_HANDLER`.
    pub handler: String,
    /// Where the code comes from. It is copied: later changes need an update.
    pub code: Code,
    /// The function's own variables.
    pub environment: BTreeMap<String, String>,
    /// How long one invocation may take, up to 15 minutes.
    pub timeout: Duration,
    /// Shown to the function and in its log; not enforced.
    pub memory_mb: u32,
    /// pip requirements of a Python function. When empty, a `requirements.txt` in a code directory is used; a zip
    /// brings its dependencies with it, as on AWS.
    pub requirements: Vec<String>,
}

/// Where a function's code comes from.
#[derive(Debug, Clone)]
pub enum Code {
    /// A folder of files.
    Directory(PathBuf),
    /// A deployment package.
    Zip(Vec<u8>),
}

/// What `UpdateFunctionConfiguration` can change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuration {
    pub runtime: Runtime,
    pub handler: String,
    pub role: String,
    pub description: String,
    pub environment: BTreeMap<String, String>,
    pub timeout: Duration,
    pub memory_mb: u32,
    pub requirements: Vec<String>,
}

/// One immutable version of a function. `$LATEST` is replaced by a new one on every change.
#[derive(Debug)]
pub struct Version {
    pub function: String,
    /// The ARN without a qualifier.
    pub function_arn: String,
    /// `$LATEST` or a number.
    pub number: String,
    pub configuration: Configuration,
    pub package: Arc<Package>,
    pub revision: Uuid,
    pub modified: DateTime<Utc>,
    pub pool: Pool,
}

impl Version {
    /// The same code and configuration under another number.
    pub fn publish(&self, number: u64, description: Option<String>) -> Self {
        let mut configuration = self.configuration.clone();
        if let Some(text) = description {
            configuration.description = text;
        }
        self.derive(number.to_string(), configuration, Arc::clone(&self.package))
    }

    /// A changed successor of `$LATEST`.
    pub fn change(&self, configuration: Configuration, package: Arc<Package>) -> Self {
        self.derive(self.number.clone(), configuration, package)
    }

    /// Whether both would do the same; numbers and descriptions aside.
    pub fn same_content(&self, other: &Self) -> bool {
        let mine = Configuration { description: String::new(), ..self.configuration.clone() };
        let theirs = Configuration { description: String::new(), ..other.configuration.clone() };
        mine == theirs && self.package.sha256 == other.package.sha256
    }

    fn derive(&self, number: String, configuration: Configuration, package: Arc<Package>) -> Self {
        Self {
            function: self.function.clone(),
            function_arn: self.function_arn.clone(),
            number,
            configuration,
            package,
            revision: Uuid::new_v4(),
            modified: crate::sandbox::time::now(),
            pool: Pool::new(),
        }
    }
}

/// A name for a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    pub name: String,
    /// `$LATEST` or a number.
    pub version: String,
    pub description: String,
    pub revision: Uuid,
}

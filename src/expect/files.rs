//! Golden files and JSON Schemas: found and read when a suite is checked, so that judging does no I/O.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::tree::Prepared;

/// Largest golden file or schema in bytes.
const LARGEST: u64 = 32 * 1024 * 1024;

/// Where the files of `schema` and `file` matchers are.
#[derive(Debug, Clone)]
pub struct Files {
    /// The project's root; paths are relative to it and cannot leave it.
    pub root: PathBuf,
    /// Golden files are about to be written (`--update`): one that does not exist yet is no mistake.
    pub update: bool,
}

impl Files {
    /// Reads a JSON Schema and compiles it. References to other files or addresses are refused: a check reads nothing
    /// that the project does not hold.
    pub(super) fn schema(&self, path: &str) -> Result<Prepared, String> {
        let content = self.read(path)?;
        let schema: serde_json::Value =
            serde_json::from_str(&content).map_err(|error| format!("{path:?} is not JSON: {error}"))?;
        let validator =
            jsonschema::options().build(&schema).map_err(|error| format!("{path:?} is not a JSON Schema: {error}"))?;
        Ok(Prepared::Schema(Arc::new(validator)))
    }

    /// Reads a golden file.
    pub(super) fn golden(&self, path: &str) -> Result<Prepared, String> {
        let content = match self.read(path) {
            Ok(content) => Some(content.into()),
            Err(_) if self.update && !self.locate(path)?.exists() => None,
            Err(error) if !self.locate(path)?.exists() => return Err(format!("{error}; `--update` creates it")),
            Err(error) => return Err(error),
        };
        Ok(Prepared::Golden { path: self.locate(path)?, content })
    }

    fn read(&self, path: &str) -> Result<String, String> {
        let file = self.locate(path)?;
        let unreadable = |error: std::io::Error| format!("{path:?} cannot be read: {error}");
        let root = self.root.canonicalize().map_err(unreadable)?;
        if !file.canonicalize().map_err(unreadable)?.starts_with(root) {
            return Err(format!("{path:?} is a link that leads out of the project"));
        }
        if file.metadata().map_err(unreadable)?.len() > LARGEST {
            return Err(format!("{path:?} is larger than 32 MiB"));
        }
        std::fs::read_to_string(&file).map_err(unreadable)
    }

    fn locate(&self, path: &str) -> Result<PathBuf, String> {
        let inside = Path::new(path).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if inside && !path.is_empty() {
            Ok(self.root.join(path))
        } else {
            Err(format!("{path:?} is not inside the project: paths are relative to its root"))
        }
    }
}

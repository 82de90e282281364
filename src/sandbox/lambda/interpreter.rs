//! Runtimes by AWS's identifiers, and the programs on this machine that run them.

use std::fmt;
use std::path::PathBuf;
use std::process::Stdio;
use std::str::FromStr;

use tokio::process::Command;

use crate::sandbox::wire::ApiError;

/// A runtime that the sandbox can run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Runtime {
    /// `python3.x`, with its identifier.
    Python(String),
    /// `nodejsN.x`, with its identifier.
    Node(String),
    /// An executable `bootstrap` in the code; `provided`, `provided.al2`, `provided.al2023`.
    Provided(String),
}

impl Runtime {
    pub fn is_python(&self) -> bool {
        matches!(self, Self::Python(_))
    }

    pub fn is_provided(&self) -> bool {
        matches!(self, Self::Provided(_))
    }

    fn identifier(&self) -> &str {
        match self {
            Self::Python(it) | Self::Node(it) | Self::Provided(it) => it,
        }
    }
}

impl fmt::Display for Runtime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.identifier())
    }
}

impl FromStr for Runtime {
    type Err = ApiError;

    fn from_str(text: &str) -> Result<Self, ApiError> {
        let is_number = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
        let owned = text.to_owned();
        match text {
            "provided" | "provided.al2" | "provided.al2023" => Ok(Self::Provided(owned)),
            _ if text.strip_prefix("python3.").is_some_and(is_number) => Ok(Self::Python(owned)),
            _ if text.strip_prefix("nodejs").is_some_and(|it| is_number(it.strip_suffix(".x").unwrap_or(it))) => {
                Ok(Self::Node(owned))
            }
            _ => Err(ApiError::unsupported(format!(
                "the runtime `{text}`; it runs python3.x, nodejsN.x and provided.al2023 (a `bootstrap` of yours)"
            ))),
        }
    }
}

/// A program that runs handlers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interpreter {
    /// Its real path, behind shims and links of version managers.
    pub program: PathBuf,
    /// For example `3.12.4`.
    pub version: String,
}

/// Finds Python or Node.js; `None` for runtimes that bring their own program.
///
/// `python3.12` is taken when it is there, else `python3`: the log of the first invocation shows which one runs.
pub async fn find(runtime: &Runtime) -> Result<Option<Interpreter>, ApiError> {
    let python = ["-c", "import sys; print(sys.executable); print('%d.%d.%d' % sys.version_info[:3])"];
    let node = ["-p", "process.execPath + '\\n' + process.versions.node"];
    let (candidates, arguments, help) = match runtime {
        Runtime::Provided(_) => return Ok(None),
        Runtime::Python(it) => {
            (vec![it.as_str(), "python3"], python, "install Python 3 so that `python3` is on the PATH")
        }
        Runtime::Node(_) => (vec!["node"], node, "install Node.js so that `node` is on the PATH"),
    };
    for program in candidates {
        if let Some(found) = probe(program, &arguments).await {
            return Ok(Some(found));
        }
    }
    // AWS answers 502 here, which SDKs repeat; a program does not appear by asking again.
    Err(ApiError::client(
        "InvalidRuntimeException",
        format!("the runtime {runtime} has no interpreter on this machine; help: {help}"),
    ))
}

/// Asks a program for its real path and version; `None` when it does not start or answers anything else.
async fn probe(program: &str, arguments: &[&str]) -> Option<Interpreter> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).kill_on_drop(true).output().await.ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (path, version) = text.trim_end().split_once('\n')?;
    output.status.success().then(|| Interpreter { program: path.into(), version: version.to_owned() })
}

#[cfg(test)]
mod tests {
    use test_case::test_case;

    use super::*;

    #[test_case("python3.12" => "Python")]
    #[test_case("nodejs22.x" => "Node")]
    #[test_case("provided.al2023" => "Provided")]
    #[test_case("python2.7" => "NotImplemented")]
    #[test_case("python3." => "NotImplemented")]
    #[test_case("nodejs" => "NotImplemented")]
    #[test_case("java21" => "NotImplemented")]
    fn identifiers_are_aws_own(text: &str) -> String {
        match text.parse::<Runtime>() {
            Ok(it) => format!("{it:?}").split('(').next().unwrap().to_owned(),
            Err(error) => error.code,
        }
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_not_an_interpreter() {
        assert_eq!(probe("no-such-python", &["-c", ""]).await, None);
        assert_eq!(probe("false", &[]).await, None);
    }
}

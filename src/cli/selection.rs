//! The arguments that select cases, shared by `run` and `list`.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use chrono::NaiveDate;
use clap::Args;

use crate::event::Exit;
use crate::launch::Request;
use crate::runner::Shard;

use super::World;

/// Which cases.
#[derive(Debug, Args)]
pub(super) struct SelectionArgs {
    /// Suite files or folders; `file.yaml:LINE` takes the case at that line. Default: suites/.
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    /// The target; `local` by default, if the project has one.
    #[arg(long, short, value_name = "NAME")]
    target: Option<String>,
    /// An expression of tags, for example 'smoke && !slow'.
    #[arg(long, value_name = "EXPRESSION")]
    tag: Option<String>,
    /// A part of a case's name or of suite/id.
    #[arg(long, value_name = "TEXT")]
    case: Option<String>,
    /// One of several parts of the cases, for example 2/5.
    #[arg(long, value_name = "N/M")]
    shard: Option<Shard>,
    /// The date of the run instead of today's.
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<NaiveDate>,
    /// A suite's variable.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = variable)]
    vars: Vec<(String, String)>,
}

fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| format!("`{text}` has no `=`"))?;
    Ok((name.to_owned(), value.to_owned()))
}

/// The variables by name. One that is given twice would be a guess.
fn once_each(given: Vec<(String, String)>) -> Result<BTreeMap<String, String>, String> {
    let mut vars = BTreeMap::new();
    for (name, value) in given {
        if let Some(first) = vars.insert(name.clone(), value) {
            return Err(format!("--var {name} is given twice, the first time as `{first}`"));
        }
    }
    Ok(vars)
}

impl SelectionArgs {
    /// The request for this project, or the exit code.
    pub fn request(self, world: &World, root: PathBuf) -> Result<Request, Exit> {
        let paths = self.paths.iter().map(|text| located(world, &root, text));
        let paths = paths.collect::<Result<Vec<_>, String>>().map_err(|error| {
            world.err(&format!("error: {error}"));
            Exit::Refused
        })?;
        let vars = once_each(self.vars).map_err(|error| {
            world.err(&format!("error: {error}"));
            Exit::Refused
        })?;
        Ok(Request {
            root,
            target: self.target,
            paths,
            tags: self.tag,
            case: self.case,
            shard: self.shard,
            date: self.date,
            vars,
            ..Request::default()
        })
    }
}

/// A path as typed, in the current folder or the root, relative to the root; perhaps with a line.
fn located(world: &World, root: &Path, text: &str) -> Result<(PathBuf, Option<usize>), String> {
    let (path, line) = match text.rsplit_once(':') {
        Some((path, line)) if !line.is_empty() && line.bytes().all(|b| b.is_ascii_digit()) => (path, line.parse().ok()),
        _ => (text, None),
    };
    let candidates = [world.folder.join(path), root.join(path)];
    let found = candidates
        .iter()
        .find(|candidate| candidate.exists())
        .ok_or_else(|| format!("no such file or folder: {path}"))?;
    let relative = normal(found).strip_prefix(normal(root)).map(Path::to_path_buf);
    relative.map(|path| (path, line)).map_err(|_| format!("{path} is not in the project {}", root.display()))
}

/// A path without `.` and `..`, as far as names tell.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_given_once() {
        let given =
            |pairs: &[(&str, &str)]| once_each(pairs.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect());
        assert_eq!(given(&[("a", "1"), ("b", "1")]).map(|vars| vars.len()), Ok(2));
        assert_eq!(given(&[("a", "1"), ("a", "1")]), Err("--var a is given twice, the first time as `1`".to_owned()));
    }
}

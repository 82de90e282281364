//! Files that steps name: they are there, and inside the project.

use std::path::{Component, Path, PathBuf};

use globset::GlobBuilder;
use indexmap::IndexMap;
use walkdir::WalkDir;

use crate::diagnostic::Problem;
use crate::expr::Spanned;

use super::effects::stand_in;

/// Whether an argument names one file or may be a glob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    File,
    Glob,
}

/// Arguments that name files of the project.
const FILES: [(&str, &str, Names); 2] = [("s3.put", "from", Names::Glob), ("athena.table", "from", Names::File)];

/// Reports files that are not there. What a template names is looked for when the step runs; it cannot leave the project.
pub(super) fn check(action: &str, arguments: &IndexMap<String, Spanned>, root: &Path, problems: &mut Vec<Problem>) {
    for (_, name, kind) in FILES.iter().filter(|(owner, ..)| *owner == action) {
        let Some(argument) = arguments.get(*name) else { continue };
        let text = stand_in(argument);
        let Some(text) = text.as_text() else { continue };
        let found = match argument.is_literal() {
            true if *kind == Names::Glob => matching(root, text),
            true => file(root, text).map(drop),
            false => stays_inside(text),
        };
        if let Err(message) = found {
            let problem = Problem::error(message, &argument.span);
            problems
                .push(problem.with_help("paths are relative to the project's root, the folder of `shakedown.yaml`"));
        }
    }
}

/// A file of the project, links followed. The error is a message.
pub(super) fn file(root: &Path, text: &str) -> Result<PathBuf, String> {
    stays_inside(text)?;
    let path = root.join(text);
    let missing = |_| format!("no file `{text}`");
    let (real, root) = (path.canonicalize().map_err(missing)?, root.canonicalize().map_err(missing)?);
    if !real.starts_with(root) {
        return Err(format!("`{text}` is a link that leads out of the project"));
    }
    if real.is_file() { Ok(path) } else { Err(format!("`{text}` is not a file")) }
}

fn stays_inside(text: &str) -> Result<(), String> {
    let inside = Path::new(text).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if inside && !text.is_empty() { Ok(()) } else { Err(format!("`{text}` is not inside the project")) }
}

/// A path that exists, or a glob (`*` stays within a folder) that something matches.
fn matching(root: &Path, text: &str) -> Result<(), String> {
    stays_inside(text)?;
    if !text.contains(['*', '?', '[', '{']) || root.join(text).is_file() {
        return file(root, text).map(drop);
    }
    let glob = GlobBuilder::new(text).literal_separator(true).build();
    let glob = glob.map_err(|error| format!("`{text}` is no glob: {}", error.kind()))?.compile_matcher();
    let fixed = Path::new(text)
        .components()
        .take_while(|part| !part.as_os_str().to_string_lossy().contains(['*', '?', '[', '{']));
    let files = WalkDir::new(root.join(fixed.collect::<PathBuf>())).into_iter().filter_map(Result::ok);
    let mut files = files.filter(|entry| entry.file_type().is_file());
    let matches = |entry: walkdir::DirEntry| entry.path().strip_prefix(root).is_ok_and(|path| glob.is_match(path));
    if files.any(matches) { Ok(()) } else { Err(format!("no file matches `{text}`")) }
}

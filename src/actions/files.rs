//! Files that arguments name: inside the project, links followed, one by its path or several by a glob.

use std::path::{Component, Path, PathBuf};

use globset::GlobBuilder;
use walkdir::WalkDir;

/// Characters that make a path a glob.
const SPECIAL: [char; 4] = ['*', '?', '[', '{'];

/// What an argument names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// One file.
    File,
    /// One file, or all that a glob matches.
    Glob,
}

/// A file of the project, links followed. The error is a message.
pub fn file(root: &Path, text: &str) -> Result<PathBuf, String> {
    stays_inside(text)?;
    let path = root.join(text);
    let missing = |_| format!("no file `{text}`");
    let (real, real_root) = (path.canonicalize().map_err(missing)?, root.canonicalize().map_err(missing)?);
    if !real.starts_with(real_root) {
        return Err(format!("`{text}` is a link that leads out of the project"));
    }
    if real.is_file() { Ok(path) } else { Err(format!("`{text}` is not a file")) }
}

/// The files that a path or a glob (`*` stays within a folder) names, in order; relative paths as [`file`] gives them. None is an
/// error. Only the folder that the glob begins with is searched.
pub fn files(root: &Path, text: &str) -> Result<Vec<PathBuf>, String> {
    stays_inside(text)?;
    if !text.contains(SPECIAL) || root.join(text).is_file() {
        return file(root, text).map(|path| vec![path]);
    }
    let glob = GlobBuilder::new(text).literal_separator(true).build();
    let glob = glob.map_err(|error| format!("`{text}` is no glob: {}", error.kind()))?.compile_matcher();
    let base = root.join(fixed_folder(text));
    let mut found = Vec::new();
    if base.is_dir() {
        for entry in WalkDir::new(&base).sort_by_file_name() {
            let entry = entry.map_err(|error| format!("failed to search `{text}`: {error}"))?;
            let relative = entry.path().strip_prefix(root).unwrap_or(entry.path());
            if !entry.file_type().is_dir() && glob.is_match(relative) {
                found.push(file(root, &relative.to_string_lossy())?);
            }
        }
    }
    if found.is_empty() { Err(format!("no file matches `{text}`")) } else { Ok(found) }
}

/// Refuses a path that leaves the project.
pub fn stays_inside(text: &str) -> Result<(), String> {
    let inside = Path::new(text).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if inside && !text.is_empty() { Ok(()) } else { Err(format!("`{text}` is not inside the project")) }
}

fn fixed_folder(glob: &str) -> PathBuf {
    let is_fixed = |part: &Component<'_>| !part.as_os_str().to_string_lossy().contains(SPECIAL);
    Path::new(glob).components().take_while(is_fixed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("fixtures/deep")).unwrap();
        for file in ["fixtures/b.csv", "fixtures/a.csv", "fixtures/deep/c.csv", "fixtures/odd[1].csv"] {
            std::fs::write(root.path().join(file), "x").unwrap();
        }
        root
    }

    fn check(text: &str, expected: Result<&[&str], &str>) {
        let root = project();
        let found = files(root.path(), text).map(|files| {
            let relative = |file: &PathBuf| file.strip_prefix(root.path()).unwrap().display().to_string();
            files.iter().map(relative).collect::<Vec<_>>()
        });
        let expected = expected.map(|files| files.iter().map(ToString::to_string).collect()).map_err(str::to_owned);
        assert_eq!(found, expected);
    }

    #[test]
    fn files_are_matched_in_order_and_none_is_an_error() {
        check("fixtures/[ab].csv", Ok(&["fixtures/a.csv", "fixtures/b.csv"]));
        check("fixtures/deep/c.csv", Ok(&["fixtures/deep/c.csv"]));
        check("fixtures/**/c.csv", Ok(&["fixtures/deep/c.csv"]));
        check("fixtures/odd[1].csv", Ok(&["fixtures/odd[1].csv"]));
        check("fixtures/*.txt", Err("no file matches `fixtures/*.txt`"));
        check("nowhere/*.txt", Err("no file matches `nowhere/*.txt`"));
        check("fixtures", Err("`fixtures` is not a file"));
        check("fixtures/x.csv", Err("no file `fixtures/x.csv`"));
    }

    #[test]
    fn nothing_outside_the_project_is_named() {
        check("../secrets", Err("`../secrets` is not inside the project"));
        check("/etc/passwd", Err("`/etc/passwd` is not inside the project"));
        check("", Err("`` is not inside the project"));
        let root = project();
        std::os::unix::fs::symlink("/etc/passwd", root.path().join("fixtures/link.csv")).unwrap();
        let expected = "`fixtures/link.csv` is a link that leads out of the project";
        assert_eq!(files(root.path(), "fixtures/*.csv").unwrap_err(), expected);
    }

    #[test]
    fn only_the_folder_that_a_glob_begins_with_is_searched() {
        assert_eq!(fixed_folder("fixtures/raw/*.csv"), Path::new("fixtures/raw"));
        assert_eq!(fixed_folder("*.csv"), Path::new(""));
    }
}

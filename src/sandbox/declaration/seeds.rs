//! Seed files to objects: a file, a glob or a folder under a key.

use std::path::{Path, PathBuf};

use globset::GlobBuilder;
use walkdir::WalkDir;

use super::load::SeedObject;

/// What makes a path a glob.
const WILDCARDS: [char; 4] = ['*', '?', '[', '{'];

/// The objects of one seed, sorted by key. An error is the message of a problem.
pub fn expand(root: &Path, key: &str, files: &str) -> Result<Vec<SeedObject>, String> {
    let path = root.join(files);
    let mut found = if files.contains(WILDCARDS) {
        glob(&path, key)?
    } else if path.is_dir() {
        folder(&path, &path, key, |_| true)?
    } else if path.is_file() {
        vec![SeedObject { key: key_of(key, path.file_name().map_or(path.as_path(), Path::new)), path }]
    } else {
        return Err(format!("`{files}` does not exist"));
    };
    if found.is_empty() {
        return Err(format!("`{files}` has no files"));
    }
    if found.len() > 1 && !is_prefix(key) {
        return Err(format!("`{files}` has {} files, and `{key}` is one key: end it with `/`", found.len()));
    }
    found.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(found)
}

fn glob(pattern: &Path, key: &str) -> Result<Vec<SeedObject>, String> {
    let text = pattern.to_str().ok_or("the path is not UTF-8")?;
    let glob = GlobBuilder::new(text).literal_separator(true).build().map_err(|error| error.to_string())?;
    let matcher = glob.compile_matcher();
    let base: PathBuf =
        pattern.components().take_while(|part| !part.as_os_str().to_string_lossy().contains(WILDCARDS)).collect();
    if !base.is_dir() {
        return Err(format!("there is no folder `{}`", base.display()));
    }
    folder(&base, &base, key, |path| matcher.is_match(path))
}

/// Hidden files are left out: what editors and systems leave behind is no data.
fn folder(folder: &Path, base: &Path, key: &str, wanted: impl Fn(&Path) -> bool) -> Result<Vec<SeedObject>, String> {
    let visible =
        |entry: &walkdir::DirEntry| entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.');
    let mut objects = Vec::new();
    for entry in WalkDir::new(folder).follow_links(true).into_iter().filter_entry(visible) {
        let entry = entry.map_err(|error| error.to_string())?;
        if entry.file_type().is_file() && wanted(entry.path()) {
            let relative = entry.path().strip_prefix(base).unwrap_or(entry.path());
            objects.push(SeedObject { key: key_of(key, relative), path: entry.path().to_owned() });
        }
    }
    Ok(objects)
}

fn is_prefix(key: &str) -> bool {
    key.is_empty() || key.ends_with('/')
}

fn key_of(key: &str, relative: &Path) -> String {
    if !is_prefix(key) {
        return key.to_owned();
    }
    let parts: Vec<_> = relative.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    format!("{key}{}", parts.join("/"))
}

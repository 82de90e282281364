//! Folders of code: copied, and reduced to a digest and a size.

use std::fs;
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};
use walkdir::{DirEntry, WalkDir};

/// Files of a folder in a fixed order, without what tools leave behind.
fn files(root: &Path) -> impl Iterator<Item = io::Result<DirEntry>> {
    WalkDir::new(root)
        .follow_links(true)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|it| !matches!(it.file_name().to_str(), Some("__pycache__" | ".git" | ".venv" | ".pytest_cache")))
        .map(|it| it.map_err(io::Error::from))
        .filter(|it| it.as_ref().map_or(true, |it| it.file_type().is_file()))
}

/// Copies a folder, permissions included.
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in files(from) {
        let entry = entry?;
        let target = to.join(relative(from, &entry)?);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(entry.path(), target)?;
    }
    Ok(())
}

/// A digest over paths and contents, and the total size in bytes. Also takes a single file.
pub fn digest(root: &Path) -> io::Result<([u8; 32], u64)> {
    let mut hash = Sha256::new();
    let mut size = 0;
    for entry in files(root) {
        let entry = entry?;
        let content = fs::read(entry.path())?;
        let path = relative(root, &entry)?.to_string_lossy();
        for part in [path.as_bytes(), &content] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        size += content.len() as u64;
    }
    Ok((hash.finalize().into(), size))
}

fn relative<'e>(root: &Path, entry: &'e DirEntry) -> io::Result<&'e Path> {
    entry.path().strip_prefix(root).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_the_digest_of_its_original_and_no_caches() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::create_dir_all(from.join("a/__pycache__")).unwrap();
        fs::write(from.join("a/b.py"), "x = 1").unwrap();
        fs::write(from.join("a/__pycache__/b.pyc"), "junk").unwrap();
        copy(&from, &to).unwrap();
        assert_eq!(digest(&from).unwrap(), digest(&to).unwrap());
        assert!(!to.join("a/__pycache__").exists());
        fs::write(to.join("a/b.py"), "x = 2").unwrap();
        assert_ne!(digest(&from).unwrap(), digest(&to).unwrap());
    }
}

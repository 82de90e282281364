//! A function's code on disk: a copy of a folder, or an extracted zip. It goes when no version has it any more.

use std::fs;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zip::ZipArchive;
use zip::read::ZipFile;

use super::function::Code;
use super::limits;
use super::tree;
use crate::sandbox::wire::ApiError;

/// Code that instances run from.
#[derive(Debug)]
pub struct Package {
    /// The task root.
    pub root: PathBuf,
    /// `CodeSha256`: base64 of SHA-256, of the zip or over the folder's paths and contents.
    pub sha256: String,
    /// `CodeSize` in bytes.
    pub size: u64,
    /// Whether the code came from a folder, whose `requirements.txt` counts.
    pub from_directory: bool,
}

impl Package {
    /// Puts code into a new folder under `state`.
    pub fn install(code: &Code, state: &Path) -> Result<Self, ApiError> {
        let root = state.join("packages").join(Uuid::new_v4().simple().to_string());
        fs::create_dir_all(&root).map_err(|error| internal(&root, &error))?;
        // From here the folder belongs to the package, which removes it when something fails.
        let mut package =
            Self { root, sha256: String::new(), size: 0, from_directory: matches!(code, Code::Directory(_)) };
        let (digest, size) = match code {
            Code::Directory(from) => copy(from, &package.root)?,
            Code::Zip(bytes) => extract(bytes, &package.root)?,
        };
        package.sha256 = STANDARD.encode(digest);
        package.size = size;
        Ok(package)
    }
}

impl Drop for Package {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.root) {
            tracing::debug!(root = %self.root.display(), %error, "the code of a function was not removed");
        }
    }
}

fn copy(from: &Path, to: &Path) -> Result<([u8; 32], u64), ApiError> {
    if !from.is_dir() {
        return Err(invalid(format!("the code directory {} does not exist", from.display())));
    }
    tree::copy(from, to).map_err(|error| internal(from, &error))?;
    tree::digest(to).map_err(|error| internal(to, &error))
}

fn extract(bytes: &[u8], to: &Path) -> Result<([u8; 32], u64), ApiError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| {
        invalid(format!("Could not unzip uploaded file. Please check your file, then try to upload again. ({error})"))
    })?;
    let mut left = limits::EXTRACTED_PACKAGE;
    for index in 0..archive.len() {
        let mut entry =
            archive.by_index(index).map_err(|error| invalid(format!("Could not unzip uploaded file: {error}")))?;
        left = left
            .checked_sub(extract_entry(&mut entry, to, left)?)
            .ok_or_else(|| invalid("Unzipped size must be smaller than 262144000 bytes"))?;
    }
    Ok((Sha256::digest(bytes).into(), bytes.len() as u64))
}

/// Writes one entry and returns its size; a path that leaves the folder and a link are refused.
fn extract_entry<R: Read>(entry: &mut ZipFile<'_, R>, to: &Path, left: u64) -> Result<u64, ApiError> {
    let Some(path) = entry.enclosed_name() else {
        return Err(invalid("Could not unzip uploaded file: an entry leaves the package's folder"));
    };
    if entry.is_symlink() {
        return Err(ApiError::unsupported(format!("symbolic links in a package ({})", path.display())));
    }
    let target = to.join(path);
    if entry.is_dir() {
        return fs::create_dir_all(&target).map(|()| 0).map_err(|error| internal(&target, &error));
    }
    write_file(entry, &target, left).map_err(|error| invalid(format!("Could not unzip {}: {error}", target.display())))
}

fn write_file<R: Read>(entry: &mut ZipFile<'_, R>, target: &Path, left: u64) -> io::Result<u64> {
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent)?;
    }
    let mode = entry.unix_mode();
    // One byte more than allowed tells that there is more, whatever the headers claim.
    let written = io::copy(&mut entry.take(left + 1), &mut fs::File::create(target)?)?;
    if let Some(mode) = mode {
        set_mode(target, mode)?;
    }
    Ok(written)
}

fn set_mode(target: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    // The owner can always read and write; set-uid and the like do not pass.
    fs::set_permissions(target, fs::Permissions::from_mode((mode & 0o777) | 0o600))
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::client("InvalidParameterValueException", message)
}

fn internal(path: &Path, error: &io::Error) -> ApiError {
    ApiError::new(500, "ServiceException", format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn zip(entries: &[(&str, &str)]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in entries {
            writer.start_file(*name, SimpleFileOptions::default().unix_permissions(0o755)).unwrap();
            writer.write_all(content.as_bytes()).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn a_zip_is_extracted_with_its_modes_and_removed_with_its_last_owner() {
        use std::os::unix::fs::PermissionsExt as _;
        let state = tempfile::tempdir().unwrap();
        let package = Package::install(&Code::Zip(zip(&[("a/bootstrap", "#!")])), state.path()).unwrap();
        let file = package.root.join("a/bootstrap");
        assert_eq!(fs::read_to_string(&file).unwrap(), "#!");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o755);
        drop(package);
        assert!(!file.exists());
    }

    #[test]
    fn a_zip_that_leaves_its_folder_or_is_none_is_refused() {
        let state = tempfile::tempdir().unwrap();
        for bytes in [zip(&[("../../evil", "x")]), b"no zip".to_vec()] {
            let error = Package::install(&Code::Zip(bytes), state.path()).unwrap_err();
            assert_eq!(error.code, "InvalidParameterValueException");
        }
        let left = fs::read_dir(state.path().join("packages")).unwrap().count();
        assert_eq!(left, 0, "nothing of a refused package stays");
        assert!(!state.path().join("evil").exists());
    }

    #[test]
    fn a_missing_folder_is_named() {
        let state = tempfile::tempdir().unwrap();
        let error = Package::install(&Code::Directory("/no/such/code".into()), state.path()).unwrap_err();
        assert!(error.message.contains("/no/such/code"), "{error}");
    }
}

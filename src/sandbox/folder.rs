//! The temporary folder of a sandbox, and those of sandboxes that were killed.

use std::fs;
use std::io;
use std::path::Path;

use tempfile::TempDir;

use crate::identity::Identity;

/// What every such folder's name begins with.
const PREFIX: &str = "shakedown-";
/// Whose folder it is.
const OWNER_FILE: &str = "owner.json";

/// Makes the folder of a sandbox of this process, and removes those beside it whose process is gone.
pub(super) fn make() -> io::Result<TempDir> {
    let folder = tempfile::Builder::new().prefix(PREFIX).tempdir()?;
    fs::write(folder.path().join(OWNER_FILE), serde_json::to_vec(&Identity::here())?)?;
    if let Some(beside) = folder.path().parent() {
        remove_orphans(beside);
    }
    Ok(folder)
}

/// Removes the folders of dead processes. One that cannot be removed is somebody else's affair, or the next start's.
fn remove_orphans(place: &Path) {
    let entries = fs::read_dir(place).into_iter().flatten().filter_map(Result::ok);
    for path in entries.map(|entry| entry.path()).filter(|path| is_orphan(path)) {
        if let Err(error) = fs::remove_dir_all(&path) {
            tracing::warn!(path = %path.display(), %error, "the folder of a killed sandbox could not be removed");
        }
    }
}

fn is_orphan(path: &Path) -> bool {
    let is_ours = path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(PREFIX));
    let owner = || serde_json::from_slice::<Option<Identity>>(&fs::read(path.join(OWNER_FILE)).ok()?).ok().flatten();
    is_ours && owner().and_then(|owner| owner.is_alive()) == Some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_dead_process_is_removed_and_no_other_one() {
        let place = tempfile::tempdir().unwrap();
        let here = Identity::here().unwrap();
        let owners = [
            ("shakedown-dead", Some(Identity { started: 1, ..here.clone() })),
            ("shakedown-alive", Some(here.clone())),
            ("shakedown-elsewhere", Some(Identity { boot: "another".into(), started: 1, ..here.clone() })),
            ("shakedown-untold", None),
            ("other", Some(Identity { started: 1, ..here })),
        ];
        for (name, owner) in &owners {
            fs::create_dir(place.path().join(name)).unwrap();
            fs::write(place.path().join(name).join(OWNER_FILE), serde_json::to_vec(owner).unwrap()).unwrap();
        }
        fs::create_dir(place.path().join("shakedown-new")).unwrap();
        remove_orphans(place.path());
        let mut left: Vec<_> = fs::read_dir(place.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["other", "shakedown-alive", "shakedown-elsewhere", "shakedown-new", "shakedown-untold"]);
    }
}

//! The files of a location, as Hive sees them: recursive, without hidden ones and without directory markers.

use datafusion::object_store::{ObjectMeta, ObjectStore};
use futures::TryStreamExt;

use crate::sandbox::athena::failure::Failure;
use crate::sandbox::athena::storage::Location;

/// All visible files with bytes below a location, by key.
pub async fn list_files(store: &dyn ObjectStore, location: &Location) -> Result<Vec<ObjectMeta>, Failure> {
    let prefix = location.path()?;
    let mut files: Vec<ObjectMeta> = store.list(Some(&prefix)).try_collect().await?;
    files.retain(|file| file.size > 0 && !hidden(file.location.as_ref(), &location.prefix));
    files.sort_by(|left, right| left.location.cmp(&right.location));
    Ok(files)
}

/// Whether anything at all lies below a location.
pub async fn has_files(store: &dyn ObjectStore, location: &Location) -> Result<bool, Failure> {
    Ok(store.list(Some(&location.path()?)).try_next().await?.is_some())
}

/// Names that begin with `_` or `.` are hidden, folders included.
fn hidden(key: &str, prefix: &str) -> bool {
    let below = key.strip_prefix(prefix).unwrap_or(key);
    below.split('/').any(|name| name.starts_with(['_', '.']))
}

#[cfg(test)]
mod tests {
    use super::hidden;

    #[test]
    fn names_with_an_underscore_or_a_dot_in_front_are_hidden_below_the_location_only() {
        fn check(key: &str, expected: bool) {
            assert_eq!(hidden(key, "_raw/orders"), expected, "{key}");
        }
        check("_raw/orders/a.csv", false);
        check("_raw/orders/_SUCCESS", true);
        check("_raw/orders/.part.crc", true);
        check("_raw/orders/_tmp/a.csv", true);
        check("_raw/orders/day=1/a_b.csv", false);
    }
}

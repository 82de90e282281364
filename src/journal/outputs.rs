//! Values too large for a line go to files of their own under `outputs/`.

use std::borrow::Cow;
use std::io;
use std::path::Path;

use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use crate::event::{Event, Kind};

/// A recorded value above this many bytes goes to a file.
const INLINE_LIMIT: usize = 64 * 1024;
/// The folder for them.
const FOLDER: &str = "outputs";

/// The event with its large documents replaced by `{"$file": "outputs/…"}`.
pub(super) fn outsource<'a>(event: &'a Event, folder: &Path) -> io::Result<Cow<'a, Event>> {
    if !matches!(event.kind, Kind::StepFinished { .. }) {
        return Ok(Cow::Borrowed(event));
    }
    let mut event = event.clone();
    if let Kind::StepFinished { result, .. } = &mut event.kind {
        for document in [&mut result.arguments, &mut result.output] {
            if let Some(moved) = moved(document.as_ref(), folder)? {
                *document = Some(moved);
            }
        }
    }
    Ok(Cow::Owned(event))
}

/// A document of a record, from its own file where it was too large for a line; none if that cannot be read.
pub fn document(recorded: &Json, folder: &Path) -> Option<Json> {
    match recorded.get("$file").and_then(Json::as_str) {
        Some(name) => serde_json::from_slice(&std::fs::read(folder.join(name)).ok()?).ok(),
        None => Some(recorded.clone()),
    }
}

/// Where a document went, if it was too large.
fn moved(document: Option<&Json>, folder: &Path) -> io::Result<Option<Json>> {
    let Some(document) = document else { return Ok(None) };
    let bytes = serde_json::to_vec(document)?;
    if bytes.len() <= INLINE_LIMIT {
        return Ok(None);
    }
    let name = format!("{FOLDER}/{:x}.json", Sha256::digest(&bytes));
    std::fs::create_dir_all(folder.join(FOLDER))?;
    std::fs::write(folder.join(&name), &bytes)?;
    Ok(Some(json!({ "$file": name })))
}

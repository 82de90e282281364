//! YAML text to nodes.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use crate::diagnostic::{Problem, Source};

use super::build::{Builder, Outcome};
use super::{Node, lint};

/// Largest file that is read, in bytes.
pub const SIZE_LIMIT: usize = 10_000_000;
/// Deepest nesting of collections.
pub const DEPTH_LIMIT: usize = 100;
/// Most nodes that all aliases of a file may stand for.
pub const ALIAS_LIMIT: usize = 100_000;

/// Unquoted templates after which a file is not read anew: each time costs a pass over it.
const RETRY_LIMIT: usize = 50;

/// Reads one document. An empty file is null. Reads on after what it can, so that all problems are found at once; after
/// a syntax error nothing behind it is judged.
#[expect(clippy::needless_pass_by_value, reason = "the nodes share the source, so giving it away is what callers mean")]
pub fn parse(source: Arc<Source>) -> Result<Node, Vec<Problem>> {
    if source.text.len() > SIZE_LIMIT {
        return Err(vec![too_large(&source.path, source.text.len())]);
    }
    if let Some(problem) = lint::forbidden_character(&source) {
        return Err(vec![problem]);
    }
    read(&source)
}

/// Reads the text; where unquoted templates stop the parser, again with them masked, so that the rest is judged too.
fn read(source: &Arc<Source>) -> Result<Node, Vec<Problem>> {
    let mut text = source.text.to_string();
    let mut templates = Vec::new();
    loop {
        let mut problems = match Builder::new(source).build(&text) {
            Outcome::Read(node) if templates.is_empty() => return Ok(node),
            Outcome::Read(_) => Vec::new(),
            Outcome::Problems(problems) => problems,
            Outcome::Templates(found) if templates.len() < RETRY_LIMIT => {
                for range in &found {
                    mask(&mut text, range);
                }
                templates.extend(found);
                continue;
            }
            Outcome::Templates(found) => {
                templates.extend(found);
                Vec::new()
            }
        };
        problems.extend(templates.iter().map(|range| lint::unquoted_template(source, range)));
        return Err(problems);
    }
}

/// Replaces a template by a plain word of the same length, so that all places stay.
fn mask(text: &mut String, range: &Range<usize>) {
    text.replace_range(range.clone(), &"x".repeat(range.len()));
}

/// Reads one document from a file's bytes; a byte order mark is accepted, invalid UTF-8 is a problem with its place.
/// The source is in the node's span.
pub fn parse_bytes(path: impl Into<PathBuf>, bytes: &[u8]) -> Result<Node, Vec<Problem>> {
    parse(decode(path, bytes)?)
}

/// A file's bytes as a source.
pub fn decode(path: impl Into<PathBuf>, bytes: &[u8]) -> Result<Arc<Source>, Vec<Problem>> {
    let path = path.into();
    if bytes.len() > SIZE_LIMIT {
        return Err(vec![too_large(&path, bytes.len())]);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(path, text)),
        Err(error) => Err(vec![invalid_utf8(path, bytes, error.valid_up_to())]),
    }
}

fn too_large(path: &std::path::Path, size: usize) -> Problem {
    Problem::at_file(path, format!("the file has {size} bytes; at most {SIZE_LIMIT} are read"))
        .with_help("keep data in files of its own (CSV, JSON Lines) and name them in the suite")
}

fn invalid_utf8(path: PathBuf, bytes: &[u8], at: usize) -> Problem {
    let byte = bytes.get(at).copied().unwrap_or_default();
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Problem::at_file(path, "the file is UTF-16, not UTF-8").with_help("save it with the encoding UTF-8");
    }
    // The invalid bytes become U+FFFD, so that the place can be shown; what is before them stays as it is.
    let source = Source::new(path, String::from_utf8_lossy(bytes));
    let at = if bytes.starts_with(&[0xef, 0xbb, 0xbf]) { at.saturating_sub(3) } else { at };
    Problem::error(format!("invalid UTF-8: byte 0x{byte:02x}"), &source.span(at..at + 1))
        .with_help("save the file with the encoding UTF-8")
}

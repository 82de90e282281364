//! Globs over keys: which part is a prefix for the listing, and what matches.

use globset::{GlobBuilder, GlobMatcher};

use crate::actions::{ActionError, Arguments};
use crate::service::s3::{Listed, Uri};

/// Characters that make a key a glob; the backslash takes the next one literally.
const SPECIAL: [char; 5] = ['*', '?', '[', '{', '\\'];

/// A prefix or a glob over the keys of a bucket.
#[derive(Debug)]
pub(super) struct Pattern {
    /// What is listed: everything before the first special character.
    pub prefix: Uri,
    glob: Option<GlobMatcher>,
}

impl Pattern {
    /// Reads a URI: a glob if it has special characters, else a prefix.
    pub fn new(uri: Uri) -> Result<Self, String> {
        let Some(at) = uri.key.find(SPECIAL) else { return Ok(Self { prefix: uri, glob: None }) };
        let glob = GlobBuilder::new(&uri.key).literal_separator(true).build().map_err(|error| error.to_string())?;
        let prefix = uri.with_key(&uri.key[..at]);
        Ok(Self { prefix, glob: Some(glob.compile_matcher()) })
    }

    /// What is deleted below it: a glob, everything below a folder, or one object. A prefix that ends within a name would take its
    /// neighbours too, `in` also `inventory/…`.
    pub fn takes(&self, key: &str) -> bool {
        match &self.glob {
            Some(glob) => glob.is_match(key),
            None => key == self.prefix.key || (self.prefix.key.ends_with('/') && key.starts_with(&self.prefix.key)),
        }
    }

    /// Whether it is a glob.
    pub const fn is_glob(&self) -> bool {
        self.glob.is_some()
    }

    /// Those of the listed objects that match.
    pub fn filter(&self, listed: Vec<Listed>) -> Vec<Listed> {
        match &self.glob {
            Some(glob) => listed.into_iter().filter(|object| glob.is_match(&object.key)).collect(),
            None => listed,
        }
    }
}

/// The URI in an argument.
pub(super) fn uri(arguments: &Arguments, name: &str) -> Result<Uri, ActionError> {
    arguments.text(name)?.parse().map_err(|error: String| ActionError::invalid(error, arguments.span(name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_case::test_case;

    #[test_case("s3://b/in/", "in/a", true; "a folder takes what is in it")]
    #[test_case("s3://b/in", "in", true; "an object is itself")]
    #[test_case("s3://b/in", "inventory/a", false; "an object takes no neighbours")]
    #[test_case("s3://b/in*/a", "inventory/a", true)]
    #[test_case("s3://b/a\\[1].csv", "a[1].csv", true; "a special character can be taken literally")]
    fn what_is_deleted_is_what_the_pattern_says(text: &str, key: &str, expected: bool) {
        let pattern = Pattern::new(text.parse().unwrap()).unwrap();
        assert_eq!(pattern.takes(key), expected);
        assert!(!expected || key.starts_with(&pattern.prefix.key), "what is taken is listed");
    }

    #[test_case("s3://b/in/*.csv", "in/", &["in/a.csv"]; "a star stays within a folder")]
    #[test_case("s3://b/in/**/*.csv", "in/", &["in/a.csv", "in/x/b.csv"]; "two stars do not")]
    #[test_case("s3://b/in/", "in/", &["in/a.csv", "in/x/b.csv", "in/c.txt"]; "a prefix takes everything below it")]
    fn a_pattern_lists_a_prefix_and_takes_what_matches(text: &str, prefix: &str, expected: &[&str]) {
        let pattern = Pattern::new(text.parse().unwrap()).unwrap();
        let listed = |key: &str| Listed { key: key.into(), size: 1, etag: String::new(), last_modified: None };
        let all = ["in/a.csv", "in/x/b.csv", "in/c.txt"].map(listed).to_vec();
        let found: Vec<_> = pattern.filter(all).into_iter().map(|object| object.key).collect();
        assert_eq!(pattern.prefix.key, prefix);
        assert_eq!(found, expected);
    }
}

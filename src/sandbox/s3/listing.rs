//! Listing: keys of a bucket in their order, grouped by a delimiter, a page at a time. Pure.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::store::Object;
use crate::sandbox::wire::ApiError;

/// What to list.
#[derive(Debug, Default, Clone)]
pub struct Query {
    /// Only keys that begin so.
    pub prefix: String,
    /// Keys that have it behind the prefix are rolled up to one common prefix.
    pub delimiter: Option<String>,
    /// Where to go on.
    pub after: After,
    /// Keys and common prefixes of one page; `None` for all there are.
    pub limit: Option<usize>,
}

impl Query {
    /// Everything that begins so.
    pub fn prefix(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..Self::default() }
    }

    /// The group that a key is rolled up to.
    fn group<'k>(&self, key: &'k str) -> Option<&'k str> {
        let delimiter = self.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty())?;
        let rest = key.get(self.prefix.len()..)?;
        let at = rest.find(delimiter)?;
        key.get(..self.prefix.len() + at + delimiter.len())
    }
}

/// The place behind which a page begins.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub enum After {
    /// At the beginning.
    #[default]
    Nothing,
    /// Behind this key.
    Key(String),
    /// Behind every key that begins so.
    Prefix(String),
}

impl After {
    /// The opaque token for the next page.
    pub fn token(&self) -> String {
        let text = match self {
            Self::Nothing => String::new(),
            Self::Key(key) => format!("k{key}"),
            Self::Prefix(prefix) => format!("p{prefix}"),
        };
        URL_SAFE_NO_PAD.encode(text)
    }

    /// Reads a token that [`After::token`] made.
    pub fn from_token(token: &str) -> Result<Self, ApiError> {
        let refusal = || ApiError::client("InvalidArgument", "The continuation token provided is incorrect");
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| refusal())?;
        let text = String::from_utf8(bytes).map_err(|_| refusal())?;
        match (text.strip_prefix('k'), text.strip_prefix('p')) {
            (Some(key), _) => Ok(Self::Key(key.to_owned())),
            (_, Some(prefix)) => Ok(Self::Prefix(prefix.to_owned())),
            _ => Err(refusal()),
        }
    }

    fn bound(&self) -> &str {
        match self {
            Self::Nothing => "",
            Self::Key(text) | Self::Prefix(text) => text,
        }
    }
}

/// One page.
#[derive(Debug, Default)]
pub struct Listing {
    /// Keys that are not rolled up, in order.
    pub objects: Vec<(String, Arc<Object>)>,
    /// Common prefixes, in order.
    pub prefixes: Vec<String>,
    /// Where the next page begins, if there is one.
    pub next: Option<After>,
}

/// Lists one page of a bucket.
pub fn list(objects: &BTreeMap<String, Arc<Object>>, query: &Query) -> Listing {
    let mut page = Listing::default();
    if query.limit == Some(0) {
        return page;
    }
    let mut skipped = match &query.after {
        After::Prefix(prefix) => Some(prefix.clone()),
        After::Nothing | After::Key(_) => None,
    };
    let mut last = After::Nothing;
    for (key, object) in objects.range::<str, _>((start(query), Bound::Unbounded)) {
        if !key.starts_with(&query.prefix) {
            break;
        }
        if skipped.as_ref().is_some_and(|prefix| key.starts_with(prefix.as_str())) {
            continue;
        }
        if query.limit == Some(page.objects.len() + page.prefixes.len()) {
            page.next = Some(last);
            break;
        }
        if let Some(group) = query.group(key) {
            page.prefixes.push(group.to_owned());
            skipped = Some(group.to_owned());
            last = After::Prefix(group.to_owned());
        } else {
            page.objects.push((key.clone(), Arc::clone(object)));
            last = After::Key(key.clone());
        }
    }
    page
}

fn start(query: &Query) -> Bound<&str> {
    let after = query.after.bound();
    if after.is_empty() || after < query.prefix.as_str() {
        Bound::Included(&query.prefix)
    } else {
        Bound::Excluded(after)
    }
}

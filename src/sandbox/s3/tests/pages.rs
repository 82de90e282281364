//! The listing against a slow and obvious one, over keys of few letters so that they share prefixes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use futures::stream;
use proptest::prelude::*;

use super::super::listing::{After, Query, list};
use super::super::store::{Object, Store};
use super::super::{Attributes, attributes::Tags, checksum::Claim};

/// Keys and common prefixes, read page by page.
fn paged(objects: &BTreeMap<String, Arc<Object>>, prefix: &str, delimiter: Option<&str>, limit: usize) -> Vec<String> {
    let delimiter = delimiter.map(str::to_owned);
    let mut query = Query { prefix: prefix.to_owned(), delimiter, after: After::Nothing, limit: Some(limit) };
    let mut found = Vec::new();
    loop {
        let page = list(objects, &query);
        let mut names: Vec<String> = page.objects.into_iter().map(|(key, _)| key).chain(page.prefixes).collect();
        assert!(names.len() <= limit);
        names.sort();
        found.extend(names);
        let Some(next) = page.next else { return found };
        query.after = After::from_token(&next.token()).expect("a token of ours");
    }
}

fn obvious(keys: &BTreeSet<String>, prefix: &str, delimiter: Option<&str>) -> Vec<String> {
    let name = |key: &String| {
        let rest = key.strip_prefix(prefix)?;
        Some(match delimiter.and_then(|delimiter| Some(rest.find(delimiter)? + delimiter.len())) {
            Some(end) => format!("{prefix}{}", &rest[..end]),
            None => key.clone(),
        })
    };
    keys.iter().filter_map(name).collect::<BTreeSet<_>>().into_iter().collect()
}

fn objects(keys: &BTreeSet<String>) -> BTreeMap<String, Arc<Object>> {
    let folder = tempfile::TempDir::new().expect("a folder");
    let store = Store::new(folder.path().to_owned(), "eu-west-1");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let written = runtime
        .block_on(store.write_body(stream::empty::<std::io::Result<Bytes>>(), &Claim::default()))
        .expect("written");
    let object = Arc::new(Object::new(written, Attributes::default(), Tags::new()));
    keys.iter().map(|key| (key.clone(), Arc::clone(&object))).collect()
}

proptest! {
    #[test]
    fn pages_of_any_size_yield_every_name_once_in_order(
        keys in prop::collection::btree_set("[ab/ü]{1,6}", 0..24),
        prefix in "[ab/]{0,3}",
        delimiter in prop::option::of(prop::sample::select(vec!["/", "b", "a/"])),
        limit in 1..6_usize,
    ) {
        let found = paged(&objects(&keys), &prefix, delimiter, limit);
        prop_assert_eq!(found, obvious(&keys, &prefix, delimiter));
    }
}

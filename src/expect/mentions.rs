//! What an expectation mentions by name, for those who know which names there are.

use super::expectation::Expectation;
use super::tree::{Argument, Field, FieldKey, Kind, Leaf, Tree};
use crate::diagnostic::Span;
use crate::value::Value;

/// Matchers behind which the same value is judged.
const SAME_VALUE: [&str; 4] = ["not", "all_of", "any_of", "fields"];
/// Matchers of a list whose argument is an element, or several.
const ELEMENTS: [&str; 3] = ["contains", "contains_all", "unordered"];

impl Expectation {
    /// The keys that are expected, or expected to be absent, right below a field of the output.
    pub fn keys_of(&self, field: &str) -> Vec<(&str, &Span)> {
        let mut found = Vec::new();
        self.at(field).for_each(|tree| keys(tree, &mut found));
        found
    }

    /// The texts that are expected as elements of a field of the output, as far as they are literal.
    pub fn elements_of(&self, field: &str) -> Vec<(&str, &Span)> {
        let mut found = Vec::new();
        self.at(field).for_each(|tree| elements(tree, &mut found));
        found
    }

    /// The texts that are expected of a key, anywhere below a field of the output, as far as they are literal.
    pub fn texts_of(&self, field: &str, key: &str) -> Vec<(&str, &Span)> {
        let mut found = Vec::new();
        self.at(field).for_each(|tree| texts(tree, key, &mut found));
        found
    }

    /// What is expected of a field of the output.
    fn at(&self, name: &str) -> impl Iterator<Item = &Tree<Leaf>> {
        fields(&self.tree).iter().filter(move |field| is_called(field, name)).map(|field| &field.expect)
    }
}

fn fields<L>(tree: &Tree<L>) -> &[Field<L>] {
    if let Kind::Fields(fields) = &tree.kind { fields } else { &[] }
}

fn is_called<L>(field: &Field<L>, name: &str) -> bool {
    matches!(&field.key, FieldKey::Name(key) if key == name)
}

/// The trees in an argument of a matcher.
fn inside(argument: &Argument<Leaf>) -> Vec<&Tree<Leaf>> {
    match argument {
        Argument::Value(_) => Vec::new(),
        Argument::Expectation(tree) => vec![tree],
        Argument::Expectations(trees) => trees.iter().collect(),
    }
}

/// The arguments of those matchers of a tree that are wanted.
fn behind<'t>(tree: &'t Tree<Leaf>, wanted: &'t [&str]) -> impl Iterator<Item = &'t Argument<Leaf>> {
    let matchers = if let Kind::Matchers(matchers) = &tree.kind { matchers.as_slice() } else { &[] };
    matchers.iter().filter(|applied| wanted.contains(&applied.matcher.name)).map(|applied| &applied.argument)
}

fn keys<'t>(tree: &'t Tree<Leaf>, found: &mut Vec<(&'t str, &'t Span)>) {
    for field in fields(tree) {
        if let FieldKey::Name(name) = &field.key {
            found.push((name, &field.span));
        }
    }
    behind(tree, &SAME_VALUE).flat_map(inside).for_each(|tree| keys(tree, found));
}

fn elements<'t>(tree: &'t Tree<Leaf>, found: &mut Vec<(&'t str, &'t Span)>) {
    if let Kind::List(items) = &tree.kind {
        found.extend(items.iter().filter_map(text));
    }
    for argument in behind(tree, &ELEMENTS) {
        match argument {
            Argument::Value(leaf) => found.extend(literal_texts(leaf)),
            trees => found.extend(inside(trees).into_iter().filter_map(text)),
        }
    }
    behind(tree, &SAME_VALUE).flat_map(inside).for_each(|tree| elements(tree, found));
}

fn texts<'t>(tree: &'t Tree<Leaf>, key: &str, found: &mut Vec<(&'t str, &'t Span)>) {
    match &tree.kind {
        Kind::Equal(_) => {}
        Kind::List(items) => items.iter().for_each(|item| texts(item, key, found)),
        Kind::Fields(fields) => {
            for field in fields {
                if is_called(field, key) {
                    found.extend(text(&field.expect));
                }
                texts(&field.expect, key, found);
            }
        }
        Kind::Matchers(matchers) => {
            matchers.iter().flat_map(|applied| inside(&applied.argument)).for_each(|tree| texts(tree, key, found));
        }
    }
}

/// A text that a value must be equal to.
fn text(tree: &Tree<Leaf>) -> Option<(&str, &Span)> {
    let Kind::Equal(leaf) = &tree.kind else { return None };
    Some((leaf.template.as_literal()?.as_text()?, &tree.span))
}

/// The text of a leaf, or those of its list.
fn literal_texts(leaf: &Leaf) -> Vec<(&str, &Span)> {
    let values = match leaf.template.as_literal() {
        Some(Value::List(values)) => values.as_slice(),
        Some(value) => std::slice::from_ref(value),
        None => &[],
    };
    values.iter().filter_map(|value| Some((value.as_text()?, &leaf.template.span))).collect()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::expect::Files;

    fn compiled(yaml: &str) -> Expectation {
        let node = crate::yaml::parse_bytes("step.yaml", yaml.as_bytes()).unwrap();
        let (files, mut problems) = (Files { root: PathBuf::from("."), update: false }, Vec::new());
        let expectation = Expectation::compile_value(&node, &files, &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
        expectation
    }

    fn names(found: Vec<(&str, &Span)>) -> Vec<String> {
        found.into_iter().map(|(name, _)| name.to_owned()).collect()
    }

    #[test]
    fn keys_are_found_behind_matchers_and_not_below_other_keys() {
        for (yaml, expected) in [
            ("states: {A: {entered: 1}, B: {exists: false}}", vec!["A", "B"]),
            ("states: {not: {C: {entered: 1}}}", vec!["C"]),
            ("states: {any_of: [{A: 1}, {fields: {length: 2}}]}", vec!["A", "length"]),
            ("states: {length: 2}", vec![]),
            ("maps: {A: 1}", vec![]),
            ("states: {$.A: 1}", vec![]),
        ] {
            assert_eq!(names(compiled(yaml).keys_of("states")), expected, "{yaml}");
        }
    }

    #[test]
    fn elements_are_found_where_they_are_whole_texts() {
        for (yaml, expected) in [
            ("path: [A, B]", vec!["A", "B"]),
            ("path: {not: {contains: C}}", vec!["C"]),
            ("path: {contains_all: [A, B]}", vec!["A", "B"]),
            ("path: {each: {starts_with: A}}", vec![]),
            ("path: {each: {contains: A}}", vec![]),
            ("path: [{matches: A}, '{{ run.id }}']", vec![]),
        ] {
            assert_eq!(names(compiled(yaml).elements_of("path")), expected, "{yaml}");
        }
    }

    #[test]
    fn texts_of_a_key_are_found_wherever_they_stand() {
        for (yaml, expected) in [
            ("caught: [{state: A, error: E}]", vec!["A"]),
            ("caught: {none: {state: B}}", vec!["B"]),
            ("caught: [{state: {matches: A}}]", vec![]),
        ] {
            assert_eq!(names(compiled(yaml).texts_of("caught", "state")), expected, "{yaml}");
        }
    }
}

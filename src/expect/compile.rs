//! YAML to the tree of an expectation.

use std::sync::Arc;

use super::files::Files;
use super::jsonpath::JsonPath;
use super::matchers::{ArgumentShape, MatcherDoc, find, names};
use super::tree::{Applied, Argument, Field, FieldKey, Kind, Leaf, Tree};
use crate::diagnostic::{Problem, did_you_mean};
use crate::expr::{Spanned, check_key};
use crate::value::{Map, Value};
use crate::yaml::{self, Entry, Node};

pub(super) struct Compiler<'c> {
    pub files: &'c Files,
    pub problems: &'c mut Vec<Problem>,
}

impl Compiler<'_> {
    /// Anything below the top level: a scalar, a list, fields or matchers.
    pub(super) fn tree(&mut self, node: &Node) -> Tree<Leaf> {
        let kind = match &node.kind {
            yaml::Kind::Null | yaml::Kind::Scalar(_) => Kind::Equal(self.leaf(node)),
            yaml::Kind::List(items) => Kind::List(items.iter().map(|item| self.tree(item)).collect()),
            yaml::Kind::Map(entries) if entries.is_empty() => {
                Kind::Equal(Leaf { template: Spanned::literal(Value::Map(Map::new()), &node.span), prepared: None })
            }
            yaml::Kind::Map(entries) => self.mapping(entries),
        };
        Tree { span: node.span.clone(), kind }
    }

    /// A mapping of fields, whatever their names are.
    pub(super) fn fields(&mut self, entries: &[Entry]) -> Kind<Leaf> {
        Kind::Fields(entries.iter().filter_map(|entry| self.field(entry)).collect())
    }

    fn field(&mut self, entry: &Entry) -> Option<Field<Leaf>> {
        check_key(&entry.key, self.problems);
        let expect = self.tree(&entry.value);
        if !entry.key.text.starts_with('$') {
            return Some(Field { key: FieldKey::Name(entry.key.text.clone()), span: entry.key.span.clone(), expect });
        }
        match JsonPath::compile(&entry.key.text) {
            Ok(path) => Some(Field { key: FieldKey::Path(Arc::new(path)), span: entry.key.span.clone(), expect }),
            Err(error) => {
                self.problems.push(Problem::error(error, &entry.key.span));
                None
            }
        }
    }

    fn leaf(&mut self, node: &Node) -> Leaf {
        Leaf { template: Spanned::compile(node, self.problems), prepared: None }
    }

    fn mapping(&mut self, entries: &[Entry]) -> Kind<Leaf> {
        let is_matcher = |entry: &&Entry| find(&entry.key.text).is_some();
        let (matchers, fields): (Vec<&Entry>, Vec<&Entry>) = entries.iter().partition(is_matcher);
        match (matchers.first(), fields.first()) {
            (None, _) => self.fields(entries),
            (Some(_), None) => Kind::Matchers(matchers.into_iter().filter_map(|entry| self.applied(entry)).collect()),
            (Some(matcher), Some(field)) => {
                self.problems.push(mixed(matcher, field));
                self.fields(entries)
            }
        }
    }

    fn applied(&mut self, entry: &Entry) -> Option<Applied<Leaf>> {
        let matcher = find(&entry.key.text)?;
        let argument = self.argument(matcher, &entry.value)?;
        Some(Applied { matcher, span: entry.value.span.clone(), argument })
    }

    fn argument(&mut self, matcher: &'static MatcherDoc, node: &Node) -> Option<Argument<Leaf>> {
        match matcher.argument {
            ArgumentShape::Expectation => Some(Argument::Expectation(Box::new(self.tree(node)))),
            ArgumentShape::Expectations => self.expectations(matcher, node),
            ArgumentShape::Fields => match node.as_map() {
                Some(entries) => {
                    let tree = Tree { span: node.span.clone(), kind: self.fields(entries) };
                    Some(Argument::Expectation(Box::new(tree)))
                }
                None => self.refuse(node, format!("`{}` takes a mapping of fields", matcher.name)),
            },
            _ => self.value(matcher, node),
        }
    }

    fn expectations(&mut self, matcher: &MatcherDoc, node: &Node) -> Option<Argument<Leaf>> {
        match node.as_list() {
            Some([]) if matcher.name != "unordered" => {
                self.refuse(node, format!("`{}` with an empty list expects nothing", matcher.name))
            }
            Some(items) => Some(Argument::Expectations(items.iter().map(|item| self.tree(item)).collect())),
            None => self.refuse(node, format!("`{}` takes a list, found {}", matcher.name, node.describe())),
        }
    }

    /// A value; a literal is read now, so that a wrong one is found now.
    fn value(&mut self, matcher: &'static MatcherDoc, node: &Node) -> Option<Argument<Leaf>> {
        let mut leaf = self.leaf(node);
        if let Some(value) = leaf.template.as_literal() {
            match matcher.prepare(value, self.files) {
                Ok(prepared) => leaf.prepared = Some(prepared),
                Err(message) => {
                    self.problems.push(unreadable(matcher, &message, node));
                    return None;
                }
            }
        }
        Some(Argument::Value(leaf))
    }

    fn refuse<T>(&mut self, node: &Node, message: String) -> Option<T> {
        self.problems.push(Problem::error(message, &node.span));
        None
    }
}

/// An argument that a matcher cannot take. `type`, `file` and `schema` are common names of fields, too.
fn unreadable(matcher: &MatcherDoc, message: &str, node: &Node) -> Problem {
    let name = matcher.name;
    let problem = Problem::error(format!("`{name}`: {message}"), &node.span);
    match matcher.argument {
        ArgumentShape::Types | ArgumentShape::Path => {
            problem.with_help(format!("to mean a field called `{name}`, put the fields under `fields:`"))
        }
        _ => problem,
    }
}

fn mixed(matcher: &Entry, field: &Entry) -> Problem {
    let (matcher_name, name) = (&matcher.key.text, &field.key.text);
    let problem = Problem::error(
        format!("`{matcher_name}` is a matcher and `{name}` is not: a mapping holds matchers or fields, not both"),
        &field.key.span,
    )
    .with_related(&matcher.key.span, "the matcher");
    match did_you_mean(name, names()) {
        Some(near) => problem.with_help(format!("did you mean the matcher `{near}`?")),
        None => problem.with_help(format!(
            "to mean a field called `{matcher_name}`, put the fields under `fields:`; to mean both, use `all_of:`"
        )),
    }
}

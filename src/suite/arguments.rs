//! The value of an action's key: its arguments, or what its short form stands for.

use indexmap::IndexMap;

use crate::actions::Spec;
use crate::diagnostic::Problem;
use crate::expect::{Expectation, Files};
use crate::expr::{Spanned, Template};
use crate::value::{Map, Value};
use crate::yaml::field::{Fields, Phase, Shape, check, check_shape};
use crate::yaml::{Entry, Kind, Node};

use super::names::quoted;

/// Decodes the arguments that the file gives; their names and phases are not checked yet.
pub(super) fn decode(entry: &Entry, spec: &'static Spec, problems: &mut Vec<Problem>) -> IndexMap<String, Spanned> {
    let node = &entry.value;
    if node.is_null() {
        problems.push(nothing(entry, spec));
        return IndexMap::new();
    }
    let short = spec.shorthand.and_then(|name| spec.arguments.field(name)).filter(|_| node.as_map().is_none());
    if let Some(field) = short {
        check_shape(node, &field.shape, field.phase, &format!("`{}` of {}", field.name, spec.name), problems);
        return IndexMap::from([(field.name.to_owned(), template(node, &field.shape, problems))]);
    }
    check(node, spec.arguments, problems);
    let fields = Fields::new(node, spec.arguments);
    let given = spec.arguments.fields.iter().filter_map(|field| Some((field, fields.node(field.name)?)));
    let values = given.filter(|(field, _)| !is_expectation(&field.shape));
    values.map(|(field, value)| (field.name.to_owned(), argument(value, &field.shape, field.phase, problems))).collect()
}

/// Decodes the arguments that say what is expected of something.
pub(super) fn expectations(
    entry: &Entry,
    spec: &'static Spec,
    files: &Files,
    problems: &mut Vec<Problem>,
) -> IndexMap<String, Expectation> {
    let fields = spec.arguments.fields.iter().filter(|field| is_expectation(&field.shape));
    let given = fields.filter_map(|field| Some((field.name, entry.value.get(field.name)?)));
    given.map(|(name, node)| (name.to_owned(), Expectation::compile_value(node, files, problems))).collect()
}

/// What an action's table leaves to its owner is an expectation.
const fn is_expectation(shape: &Shape) -> bool {
    matches!(shape, Shape::Defined { .. })
}

fn nothing(entry: &Entry, spec: &Spec) -> Problem {
    let problem = Problem::error(format!("`{}` has no arguments", spec.name), &entry.key.span);
    let names: Vec<&str> = spec.arguments.fields.iter().map(|field| field.name).collect();
    problem.with_help(format!("they are {}; is the line below indented deeper than `{}`?", quoted(&names), spec.name))
}

/// Templates where none may stand were reported already: they are not compiled as well.
fn argument(node: &Node, shape: &Shape, phase: Phase, problems: &mut Vec<Problem>) -> Spanned {
    let mut ignored = Vec::new();
    template(node, shape, if phase == Phase::Never { &mut ignored } else { problems })
}

/// A node as a template. Where the shape is text, numbers and words count as they are written.
fn template(node: &Node, shape: &Shape, problems: &mut Vec<Problem>) -> Spanned {
    let template = match (&node.kind, shape) {
        (Kind::Scalar(scalar), shape) if is_textual(shape) && !node.is_template() => {
            Template::Literal(Value::text(scalar.text.as_str()))
        }
        (Kind::List(nodes), Shape::List(item)) => {
            list(nodes.iter().map(|node| template(node, item, problems)).collect())
        }
        (Kind::Map(entries), Shape::Map(value)) => map(entries, value, problems),
        _ => return Spanned::compile(node, problems),
    };
    Spanned { span: node.span.clone(), template }
}

const fn is_textual(shape: &Shape) -> bool {
    matches!(
        shape,
        Shape::Text
            | Shape::Identifier
            | Shape::Step
            | Shape::OneOf(_)
            | Shape::Duration
            | Shape::Size
            | Shape::Date
            | Shape::Expression
    )
}

fn list(items: Vec<Spanned>) -> Template {
    match items.iter().map(|item| item.as_literal().cloned()).collect::<Option<Vec<Value>>>() {
        Some(values) => Template::Literal(Value::List(values)),
        None => Template::List(items),
    }
}

fn map(entries: &[Entry], shape: &Shape, problems: &mut Vec<Problem>) -> Template {
    let values: Vec<_> =
        entries.iter().map(|entry| (entry.key.clone(), template(&entry.value, shape, problems))).collect();
    let literals = values.iter().map(|(key, value)| Some((key.text.clone(), value.as_literal()?.clone())));
    match literals.collect::<Option<Map>>() {
        Some(map) => Template::Literal(Value::Map(map)),
        None => Template::Map(values),
    }
}

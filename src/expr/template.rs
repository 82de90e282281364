//! Templates: what a YAML node becomes when its scalars may hold `{{ }}`.

use super::Phase;
use super::error::EvalError;
use super::expression::Expression;
use super::names::Reference;
use super::places::Places;
use super::scan::{Piece, ScanError, pieces};
use super::scope::Scope;
use super::text::text_of;
use crate::diagnostic::{Problem, Span};
use crate::value::{Map, Value};
use crate::yaml::{Key, Kind, Node};

/// A value, or what makes one.
#[derive(Debug, Clone)]
pub enum Template {
    /// A value without any `{{ }}`.
    Literal(Value),
    /// A scalar that is one `{{ }}`: it keeps the expression's type.
    Expression(Expression),
    /// A text with expressions in it.
    Text(Vec<Part>),
    /// A list with a template somewhere in it.
    List(Vec<Spanned>),
    /// A mapping with a template somewhere in it.
    Map(Vec<(Key, Spanned)>),
}

/// A piece of a text with expressions.
#[derive(Debug, Clone)]
pub enum Part {
    /// As it stands.
    Text(String),
    /// Replaced by its value's text.
    Expression(Expression),
}

/// A template and its place.
#[derive(Debug, Clone)]
pub struct Spanned {
    /// Where it stands.
    pub span: Span,
    /// What stands there.
    pub template: Template,
}

impl Spanned {
    /// Compiles a node. A mistake is added to `problems`, and null stands in its place.
    ///
    /// To write a literal `{{`, make it a string of an expression: `{{ '{{' }}`.
    pub fn compile(node: &Node, problems: &mut Vec<Problem>) -> Self {
        let template = match &node.kind {
            Kind::Null => Template::Literal(Value::Null),
            Kind::Scalar(scalar) if node.is_template() => text(&scalar.text, &node.span, problems),
            Kind::Scalar(scalar) => Template::Literal(scalar.value()),
            Kind::List(items) => list(items.iter().map(|item| Self::compile(item, problems)).collect()),
            Kind::Map(entries) => {
                for entry in entries {
                    check_key(&entry.key, problems);
                }
                map(entries.iter().map(|entry| (entry.key.clone(), Self::compile(&entry.value, problems))).collect())
            }
        };
        Self { span: node.span.clone(), template }
    }

    /// A value that was not written in a file, placed where what it stands for is written.
    pub fn literal(value: Value, span: &Span) -> Self {
        Self { span: span.clone(), template: Template::Literal(value) }
    }

    /// Its value in a scope.
    pub fn evaluate(&self, scope: &Scope) -> Result<Value, EvalError> {
        match &self.template {
            Template::Literal(value) => Ok(value.clone()),
            Template::Expression(expression) => expression.evaluate(scope),
            Template::Text(parts) => joined(parts, scope).map(Value::Text),
            Template::List(items) => {
                items.iter().map(|item| item.evaluate(scope)).collect::<Result<_, _>>().map(Value::List)
            }
            Template::Map(entries) => entries
                .iter()
                .map(|(key, value)| Ok((key.text.clone(), value.evaluate(scope)?)))
                .collect::<Result<Map, EvalError>>()
                .map(Value::Map),
        }
    }

    /// The expressions in it, in the order they are written.
    pub fn expressions(&self) -> Vec<&Expression> {
        match &self.template {
            Template::Literal(_) => Vec::new(),
            Template::Expression(expression) => vec![expression],
            Template::Text(parts) => parts
                .iter()
                .filter_map(|part| match part {
                    Part::Text(_) => None,
                    Part::Expression(expression) => Some(expression),
                })
                .collect(),
            Template::List(items) => items.iter().flat_map(Self::expressions).collect(),
            Template::Map(entries) => entries.iter().flat_map(|(_, value)| value.expressions()).collect(),
        }
    }

    /// The names that its expressions use.
    pub fn references(&self) -> Vec<Reference> {
        self.expressions().into_iter().flat_map(Expression::references).collect()
    }

    /// When it has a value: the latest phase of its expressions.
    pub fn phase(&self) -> Phase {
        self.expressions().into_iter().map(Expression::phase).fold(Phase::Check, Phase::max)
    }

    /// Whether there is no expression in it.
    pub const fn is_literal(&self) -> bool {
        matches!(self.template, Template::Literal(_))
    }

    /// The value, if there is no expression in it.
    pub const fn as_literal(&self) -> Option<&Value> {
        if let Template::Literal(value) = &self.template { Some(value) } else { None }
    }
}

fn joined(parts: &[Part], scope: &Scope) -> Result<String, EvalError> {
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Text(plain) => text.push_str(plain),
            Part::Expression(expression) => {
                let value = expression.evaluate(scope)?;
                text.push_str(&text_of(&value).map_err(|error| error.at(expression.span()))?);
            }
        }
    }
    Ok(text)
}

/// Keys are never templates; one that looks like one is a mistake.
pub fn check_key(key: &Key, problems: &mut Vec<Problem>) {
    if key.text.contains("{{") {
        problems.push(
            Problem::error("a key is never a template", &key.span)
                .with_help("let the whole mapping be a template: `{{ {vars.key: 'value'} }}`"),
        );
    }
}

/// A list of literals is a literal itself.
fn list(items: Vec<Spanned>) -> Template {
    match items.iter().map(Spanned::as_literal).collect::<Option<Vec<_>>>() {
        Some(values) => Template::Literal(Value::List(values.into_iter().cloned().collect())),
        None => Template::List(items),
    }
}

fn map(entries: Vec<(Key, Spanned)>) -> Template {
    let literals = entries.iter().map(|(key, value)| Some((key.text.clone(), value.as_literal()?.clone())));
    match literals.collect::<Option<Map>>() {
        Some(map) => Template::Literal(Value::Map(map)),
        None => Template::Map(entries),
    }
}

fn text(text: &str, span: &Span, problems: &mut Vec<Problem>) -> Template {
    let places = Places::align(text, span);
    let found = match pieces(text) {
        Ok(found) => found,
        Err(error) => {
            problems.push(scan_problem(&error, &places));
            return Template::Literal(Value::Null);
        }
    };
    let mut parts = Vec::with_capacity(found.len());
    for piece in found {
        match piece {
            Piece::Text(range) => parts.push(Part::Text(text[range].to_owned())),
            Piece::Expression(range) => match Expression::compile_at(&text[range.clone()], places.part(&range)) {
                Ok(expression) => parts.push(Part::Expression(expression)),
                Err(problem) => problems.push(problem),
            },
        }
    }
    whole(parts)
}

/// A scalar that is one expression, but for whitespace around it, keeps the expression's type.
fn whole(mut parts: Vec<Part>) -> Template {
    let blank = |part: &Part| matches!(part, Part::Text(text) if text.trim().is_empty());
    let expressions = parts.iter().filter(|part| matches!(part, Part::Expression(_))).count();
    if expressions == 1 && parts.iter().all(|part| blank(part) || matches!(part, Part::Expression(_))) {
        parts.retain(|part| matches!(part, Part::Expression(_)));
        if let Some(Part::Expression(expression)) = parts.pop() {
            return Template::Expression(expression);
        }
    }
    Template::Text(parts)
}

fn scan_problem(error: &ScanError, places: &Places) -> Problem {
    match error {
        ScanError::Unclosed(range) => Problem::error("this `{{` is never closed", &places.span(range))
            .with_help("close it with `}}`; for the two characters themselves write `{{ '{{' }}`"),
        ScanError::Empty(range) => Problem::error("an empty `{{ }}`", &places.span(range))
            .with_help("name a value: `{{ vars.day }}`; for the two characters themselves write `{{ '{{' }}`"),
    }
}

//! The tree that a YAML file becomes.

use crate::diagnostic::Span;
use crate::value::Value;

use super::scalar;

/// One node: what it is and where it stands. A node that was written as an alias has the span of the anchored one.
#[derive(Debug, Clone)]
pub struct Node {
    /// Its place: a scalar with its quotes, a collection from its first to its last character.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// What a node is.
#[derive(Debug, Clone)]
pub enum Kind {
    /// No value, `null`, `Null`, `NULL` or `~`.
    Null,
    /// A scalar of any other form.
    Scalar(Scalar),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping; its keys are text, and each occurs once.
    Map(Vec<Entry>),
}

/// A scalar that keeps its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// The source text of a plain scalar; the content of a quoted or block scalar.
    pub text: String,
    /// How it is written.
    pub style: Style,
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Bare: numbers and booleans are recognised.
    Plain,
    /// In single or double quotes: always text.
    Quoted,
    /// A block scalar (`|` or `>`): always text.
    Block,
}

/// One entry of a mapping.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The key.
    pub key: Key,
    /// The value.
    pub value: Node,
}

/// A key with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// The key's text; numbers and words as they were written.
    pub text: String,
    /// The key's place.
    pub span: Span,
}

impl Node {
    /// The value by YAML 1.2's core rules, exactly: integers and decimals of any length, `true` and `false`, null. All
    /// else that is plain is text (`007`, `no`, `2026-01-16`), and so is everything in quotes.
    pub fn value(&self) -> Value {
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Scalar(scalar) => scalar.value(),
            Kind::List(items) => Value::List(items.iter().map(Self::value).collect()),
            Kind::Map(entries) => Value::map(entries.iter().map(|entry| (&*entry.key.text, entry.value.value()))),
        }
    }

    /// The scalar's text, however it is written (`5` is "5"); `None` for null and collections.
    pub fn as_text(&self) -> Option<&str> {
        if let Kind::Scalar(scalar) = &self.kind { Some(&scalar.text) } else { None }
    }

    /// The scalar, if it is one.
    pub const fn as_scalar(&self) -> Option<&Scalar> {
        if let Kind::Scalar(scalar) = &self.kind { Some(scalar) } else { None }
    }

    /// The list, if it is one.
    pub fn as_list(&self) -> Option<&[Self]> {
        if let Kind::List(items) = &self.kind { Some(items) } else { None }
    }

    /// The mapping's entries, if it is one.
    pub fn as_map(&self) -> Option<&[Entry]> {
        if let Kind::Map(entries) = &self.kind { Some(entries) } else { None }
    }

    /// The value under a key, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry of a key, if this is a mapping that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.as_map()?.iter().find(|entry| entry.key.text == key)
    }

    /// Whether it is null.
    pub const fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }

    /// Whether it is a scalar that holds a `{{`, a template.
    pub fn is_template(&self) -> bool {
        self.as_text().is_some_and(|text| text.contains("{{"))
    }

    /// What it is, for messages: `a mapping`, `a list`, `the text "x"`, `the number 5`, `true`, `null`.
    pub fn describe(&self) -> String {
        scalar::describe(self)
    }
}

impl Scalar {
    /// The value by the rules of [`Node::value`].
    pub fn value(&self) -> Value {
        if self.style == Style::Plain { scalar::plain_value(&self.text) } else { Value::text(self.text.as_str()) }
    }
}

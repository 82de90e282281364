//! Typed access to a mapping that was checked.

use std::time::Duration;

use chrono::NaiveDate;

use crate::diagnostic::Span;
use crate::value::{BigDecimal, integer_of, read};
use crate::yaml::{Entry, Kind, Node, Scalar, Style};

use super::{Field, Shape, Table};

/// The fields of a mapping, by name, with the defaults of its table. Aliases are known by the field's name.
///
/// A getter answers `None` when the key is absent and has no default, when its value is a template (see
/// [`Fields::template`]), or when [`super::check`] found a problem with it.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    /// The mapping.
    pub node: &'a Node,
    /// Its description.
    pub table: &'a Table,
}

impl<'a> Fields<'a> {
    /// The fields of a mapping that was checked against this table.
    pub const fn new(node: &'a Node, table: &'a Table) -> Self {
        Self { node, table }
    }

    /// The place of the mapping.
    pub const fn span(&self) -> &'a Span {
        &self.node.span
    }

    /// The entry of a field, whatever alias it is written with.
    pub fn entry(&self, name: &str) -> Option<&'a Entry> {
        let field = self.field(name)?;
        self.node.as_map()?.iter().find(|entry| field.is_called(&entry.key.text))
    }

    /// The value of a field as it stands in the file, no default.
    pub fn node(&self, name: &str) -> Option<&'a Node> {
        self.entry(name).map(|entry| &entry.value)
    }

    /// The place of a field's value, or of the mapping when the field is absent.
    pub fn span_of(&self, name: &str) -> &'a Span {
        self.node(name).map_or(&self.node.span, |node| &node.span)
    }

    /// Whether the key is there.
    pub fn has(&self, name: &str) -> bool {
        self.entry(name).is_some()
    }

    /// The value of a field if it is a scalar with a template.
    pub fn template(&self, name: &str) -> Option<&'a Node> {
        self.node(name).filter(|node| node.is_template())
    }

    /// The field of a group that is there, with its entry.
    pub fn chosen(&self, group: &[&str]) -> Option<(&'static Field, &'a Entry)> {
        group.iter().find_map(|name| Some((self.field(name)?, self.entry(name)?)))
    }

    /// Text, an id, a word, an expression.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        match self.node(name) {
            Some(node) if node.is_template() => None,
            Some(node) => node.as_text(),
            None => self.field(name)?.default,
        }
    }

    /// A whole number.
    pub fn integer(&self, name: &str) -> Option<i64> {
        integer_of(&self.number(name)?)
    }

    /// A number.
    pub fn number(&self, name: &str) -> Option<BigDecimal> {
        self.scalar(name)?.value().as_number().cloned()
    }

    /// A boolean.
    pub fn boolean(&self, name: &str) -> Option<bool> {
        self.scalar(name)?.value().as_bool()
    }

    /// A duration.
    pub fn duration(&self, name: &str) -> Option<Duration> {
        read::read_duration(self.text(name)?).ok()?.to_std().ok()
    }

    /// A size in bytes.
    pub fn size(&self, name: &str) -> Option<u64> {
        read::read_size(self.text(name)?).ok()
    }

    /// A date.
    pub fn date(&self, name: &str) -> Option<NaiveDate> {
        read::read_date(self.text(name)?).ok()
    }

    /// The elements of a list; a single value stands for a list of one where the shape allows both.
    pub fn list(&self, name: &str) -> &'a [Node] {
        self.node(name).map_or(&[], |node| node.as_list().unwrap_or_else(|| std::slice::from_ref(node)))
    }

    /// The texts of a list, each with its place; elements that are no text (or templates) are left out.
    pub fn texts(&self, name: &str) -> Vec<(&'a str, &'a Span)> {
        let literal = |node: &'a Node| node.as_text().filter(|_| !node.is_template()).map(|text| (text, &node.span));
        self.list(name).iter().filter_map(literal).collect()
    }

    /// The entries of a mapping with free keys.
    pub fn map(&self, name: &str) -> &'a [Entry] {
        self.node(name).and_then(Node::as_map).unwrap_or(&[])
    }

    /// The fields of a nested mapping that a table describes.
    pub fn table(&self, name: &str) -> Option<Fields<'a>> {
        let node = self.node(name)?;
        let table = nested_table(&self.field(name)?.shape)?;
        matches!(node.kind, Kind::Map(_)).then_some(Fields { node, table })
    }

    /// The fields of each mapping in a list of them.
    pub fn tables(&self, name: &str) -> Vec<Fields<'a>> {
        let table = self.field(name).and_then(|field| nested_table(&field.shape));
        let mappings = self.list(name).iter().filter(|node| node.as_map().is_some());
        table.map_or_else(Vec::new, |table| mappings.map(|node| Fields { node, table }).collect())
    }

    fn field(&self, name: &str) -> Option<&'static Field> {
        self.table.fields.iter().find(|field| field.name == name)
    }

    /// The scalar as written, or the default as it would be.
    fn scalar(&self, name: &str) -> Option<Scalar> {
        match self.node(name) {
            Some(node) => node.as_scalar().cloned(),
            None => Some(Scalar { text: self.field(name)?.default?.to_owned(), style: Style::Plain }),
        }
    }
}

/// The table in a shape, also inside of a list or among alternatives.
fn nested_table(shape: &Shape) -> Option<&'static Table> {
    match shape {
        Shape::Table(table) => Some(table),
        Shape::List(item) => nested_table(item),
        Shape::Either(shapes) => shapes.iter().find_map(nested_table),
        _ => None,
    }
}

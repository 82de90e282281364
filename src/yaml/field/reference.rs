//! Reference pages from a table.

use std::fmt::Write as _;

use super::check::{expected, listed};
use super::{Extra, Field, Phase, Shape, Table};

/// The reference of a table and of those it refers to, in Markdown: a heading of the second level each, in the order of
/// first mention.
pub fn reference(table: &Table) -> String {
    let mut tables = vec![table];
    let mut text = String::new();
    let mut index = 0;
    while let Some(table) = tables.get(index).copied() {
        section(table, &mut text);
        for nested in table.fields.iter().flat_map(|field| nested_tables(&field.shape)) {
            if !tables.iter().any(|known| known.name == nested.name) {
                tables.push(nested);
            }
        }
        index += 1;
    }
    text
}

fn section(table: &Table, text: &mut String) {
    let gap = if text.is_empty() { "" } else { "\n" };
    let _ = writeln!(text, "{gap}## {}\n\n{}\n", table.name, table.doc);
    let _ = writeln!(text, "| key | value | default | |\n|---|---|---|---|");
    for field in table.fields {
        let _ = writeln!(text, "{}", row(field));
    }
    for group in table.exactly_one {
        let _ = writeln!(text, "\nExactly one of {} is needed.", names(group, "and"));
    }
    for group in table.at_most_one {
        let _ = writeln!(text, "\nAt most one of {} may be there.", names(group, "and"));
    }
    if let Extra::AllowPrefix(prefix) = table.extra {
        let _ = writeln!(text, "\nKeys that begin with `{prefix}` are free.");
    }
}

fn names(group: &[&str], conjunction: &str) -> String {
    listed(group.iter().map(|name| format!("`{name}`")).collect(), conjunction)
}

fn row(field: &Field) -> String {
    let default = match (field.required, field.default) {
        (true, _) => "required".to_owned(),
        (false, Some(default)) => format!("`{default}`"),
        (false, None) => String::new(),
    };
    let aliases =
        if field.aliases.is_empty() { String::new() } else { format!(" Also {}.", names(field.aliases, "and")) };
    let templates = match field.phase {
        Phase::Never => String::new(),
        phase => format!(" Templates: {}.", phase.as_str()),
    };
    let cells =
        [format!("`{}`", field.name), value(&field.shape), default, format!("{}{aliases}{templates}", field.doc)];
    format!("| {} |", cells.map(|cell| cell.replace('|', "\\|").replace('\n', " ")).join(" | "))
}

/// The shape for a table's cell; nested tables are links.
fn value(shape: &Shape) -> String {
    match shape {
        Shape::Table(table) => link(table),
        Shape::List(item) => format!("list of {}", value(item)),
        Shape::Map(item) => format!("mapping of names to {}", value(item)),
        Shape::Either(shapes) => listed(shapes.iter().map(value).collect(), "or"),
        Shape::Any => "anything".to_owned(),
        Shape::Expression => "expression".to_owned(),
        Shape::Defined { doc, .. } => (*doc).to_owned(),
        scalar => {
            let text = expected(scalar);
            text.strip_prefix("a ").or_else(|| text.strip_prefix("an ")).unwrap_or(&text).to_owned()
        }
    }
}

/// A link to a section, by the anchor that renderers make of its heading.
fn link(table: &Table) -> String {
    let kept = table.name.to_lowercase().replace(' ', "-");
    let anchor: String = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect();
    format!("[{}](#{anchor})", table.name)
}

fn nested_tables(shape: &Shape) -> Vec<&'static Table> {
    match shape {
        Shape::Table(table) => vec![table],
        Shape::List(item) | Shape::Map(item) => nested_tables(item),
        Shape::Either(shapes) => shapes.iter().flat_map(nested_tables).collect(),
        _ => Vec::new(),
    }
}

//! A node against a table: all structural problems at once.

use crate::diagnostic::{Problem, Span, did_you_mean};
use crate::value::{Value, integer_of, read};
use crate::yaml::{Entry, Kind, Node, Style};

use super::{Extra, Field, Phase, Shape, Table};

/// Finds every problem of structure in a mapping: not a mapping at all, unknown keys, missing ones, two of a group, and
/// literals of the wrong type. A template is accepted wherever the field's phase allows one; what it yields is judged later.
pub fn check(node: &Node, table: &Table, problems: &mut Vec<Problem>) {
    let Some(entries) = node.as_map() else {
        let message = format!("{} must be a mapping, and this is {}", table.name, node.describe());
        problems.push(Problem::error(message, &node.span).with_help(format!("its keys are {}", names(table))));
        return;
    };
    for (index, entry) in entries.iter().enumerate() {
        match table.field(&entry.key.text) {
            Some(field) => check_entry(entry, field, &entries[..index], problems),
            None => check_extra(entry, table, problems),
        }
    }
    check_missing(node, entries, table, problems);
    check_groups(node, entries, table, problems);
}

/// Finds the problems of one value. `what` names it in messages (a key, usually).
pub fn check_shape(node: &Node, shape: &Shape, phase: Phase, what: &str, problems: &mut Vec<Problem>) {
    if node.is_template() {
        return check_template(node, shape, phase, what, problems);
    }
    match shape {
        Shape::Any => check_any(node, phase, what, problems),
        Shape::Defined { .. } => {}
        Shape::List(item) => check_list(node, item, phase, what, problems),
        Shape::Map(value) => check_map(node, value, phase, what, problems),
        Shape::Table(table) => check(node, table, problems),
        Shape::Either(shapes) => check_either(node, shapes, phase, what, problems),
        scalar => problems.extend(check_scalar(node, scalar, what)),
    }
}

fn check_entry(entry: &Entry, field: &Field, before: &[Entry], problems: &mut Vec<Problem>) {
    let key = &entry.key.text;
    if let Some(other) = before.iter().find(|other| field.is_called(&other.key.text)) {
        let message = format!("`{key}` and `{}` are two names for the same key", other.key.text);
        problems.push(
            Problem::error(message, &entry.key.span)
                .with_related(&other.key.span, "the other one")
                .with_help("remove one of them"),
        );
        return;
    }
    if entry.value.is_null() && !accepts_null(&field.shape) {
        let problem = Problem::error(format!("`{key}` has no value"), &entry.key.span);
        problems.push(problem.with_help(format!("write {} behind it, or remove the key", expected(&field.shape))));
        return;
    }
    check_shape(&entry.value, &field.shape, field.phase, &format!("`{key}`"), problems);
}

fn accepts_null(shape: &Shape) -> bool {
    match shape {
        Shape::Any | Shape::Defined { .. } => true,
        Shape::Either(shapes) => shapes.iter().any(accepts_null),
        _ => false,
    }
}

fn check_extra(entry: &Entry, table: &Table, problems: &mut Vec<Problem>) {
    let key = &entry.key.text;
    if matches!(table.extra, Extra::AllowPrefix(prefix) if key.starts_with(prefix)) {
        return;
    }
    let candidates = table.fields.iter().flat_map(|field| field.aliases.iter().copied().chain([field.name]));
    let problem = Problem::error(format!("unknown key `{key}` in {}", table.name), &entry.key.span);
    problems.push(match did_you_mean(key, candidates) {
        Some(name) => problem.with_help(format!("did you mean `{name}`?")),
        None => problem.with_help(format!("the keys here are {}", names(table))),
    });
}

/// The names of the fields, for help: all of them, as a person would list them.
fn names(table: &Table) -> String {
    listed(table.fields.iter().map(|field| format!("`{}`", field.name)).collect(), "and")
}

/// `a`, `b` and `c`.
pub(super) fn listed(mut words: Vec<String>, conjunction: &str) -> String {
    match words.pop() {
        None => "none".to_owned(),
        Some(last) if words.is_empty() => last,
        Some(last) => format!("{} {conjunction} {last}", words.join(", ")),
    }
}

fn check_missing(node: &Node, entries: &[Entry], table: &Table, problems: &mut Vec<Problem>) {
    let is_there = |field: &Field| entries.iter().any(|entry| field.is_called(&entry.key.text));
    for field in table.fields.iter().filter(|field| field.required && !is_there(field)) {
        let problem = Problem::error(format!("{} has no `{}`", table.name, field.name), &head(node));
        problems.push(problem.with_help(format!("add `{}`: {}", field.name, first_sentence(field.doc))));
    }
}

/// A mapping's place for problems of the whole: its first key.
fn head(node: &Node) -> Span {
    node.as_map().and_then(<[_]>::first).map_or_else(|| node.span.clone(), |entry| entry.key.span.clone())
}

fn first_sentence(doc: &str) -> &str {
    doc.split_once(". ").map_or(doc, |(first, _)| first).trim_end_matches('.')
}

fn check_groups(node: &Node, entries: &[Entry], table: &Table, problems: &mut Vec<Problem>) {
    let groups =
        table.exactly_one.iter().map(|group| (group, true)).chain(table.at_most_one.iter().map(|group| (group, false)));
    for (group, one_is_needed) in groups {
        let found: Vec<&Entry> = entries.iter().filter(|entry| is_in(entry, group, table)).collect();
        let choice = || listed(group.iter().map(|name| format!("`{name}`")).collect(), "or");
        match found.as_slice() {
            [] if one_is_needed => {
                let problem = Problem::error(format!("{} needs one of {}", table.name, choice()), &head(node));
                problems.push(problem);
            }
            [first, second, ..] => {
                let message = format!("`{}` and `{}` exclude each other", first.key.text, second.key.text);
                let problem = Problem::error(message, &second.key.span).with_related(&first.key.span, "the other one");
                problems.push(problem.with_help(format!("keep one of {}", choice())));
            }
            _ => {}
        }
    }
}

fn is_in(entry: &Entry, group: &[&str], table: &Table) -> bool {
    table.field(&entry.key.text).is_some_and(|field| group.contains(&field.name))
}

fn check_template(node: &Node, shape: &Shape, phase: Phase, what: &str, problems: &mut Vec<Problem>) {
    if matches!(shape, Shape::Expression) {
        let problem = Problem::error(format!("{what} is an expression already, without `{{{{ }}}}`"), &node.span);
        problems.push(problem.with_help("write it bare: remove the `{{` and `}}`"));
    } else if phase == Phase::Never && !matches!(shape, Shape::Defined { .. }) {
        let problem = Problem::error(format!("{what} is never a template"), &node.span);
        problems.push(problem.with_help("write the value itself"));
    }
}

/// Templates hide at any depth of a free value.
fn check_any(node: &Node, phase: Phase, what: &str, problems: &mut Vec<Problem>) {
    match &node.kind {
        Kind::Scalar(_) if node.is_template() => check_template(node, &Shape::Any, phase, what, problems),
        Kind::List(items) => items.iter().for_each(|item| check_any(item, phase, what, problems)),
        Kind::Map(entries) => entries.iter().for_each(|entry| check_any(&entry.value, phase, what, problems)),
        _ => {}
    }
}

fn check_list(node: &Node, item: &Shape, phase: Phase, what: &str, problems: &mut Vec<Problem>) {
    match node.as_list() {
        Some(items) => {
            let what = format!("an element of {what}");
            for node in items {
                check_shape(node, item, phase, &what, problems);
            }
        }
        None => problems.push(mismatch(node, what, &format!("a list of {}", plural(item)))),
    }
}

fn check_map(node: &Node, value: &Shape, phase: Phase, what: &str, problems: &mut Vec<Problem>) {
    match node.as_map() {
        Some(entries) => {
            for entry in entries {
                check_shape(&entry.value, value, phase, &format!("`{}` in {what}", entry.key.text), problems);
            }
        }
        None => problems.push(mismatch(node, what, "a mapping")),
    }
}

/// Fine if one alternative is. Otherwise the problems of the one alternative of the same kind tell most.
fn check_either(node: &Node, shapes: &[Shape], phase: Phase, what: &str, problems: &mut Vec<Problem>) {
    let mut attempts = Vec::new();
    for shape in shapes {
        let mut found = Vec::new();
        check_shape(node, shape, phase, what, &mut found);
        if found.is_empty() {
            return;
        }
        attempts.push((shape, found));
    }
    let of_same_kind = attempts.iter().filter(|(shape, _)| kind_fits(node, shape)).count();
    match attempts.into_iter().find(|(shape, _)| kind_fits(node, shape)) {
        Some((_, found)) if of_same_kind == 1 => problems.extend(found),
        _ => problems.push(mismatch(node, what, &listed(shapes.iter().map(expected).collect(), "or"))),
    }
}

fn kind_fits(node: &Node, shape: &Shape) -> bool {
    match shape {
        Shape::Any | Shape::Defined { .. } => true,
        Shape::List(_) => node.as_list().is_some(),
        Shape::Map(_) | Shape::Table(_) => node.as_map().is_some(),
        Shape::Either(shapes) => shapes.iter().any(|shape| kind_fits(node, shape)),
        _ => node.as_scalar().is_some(),
    }
}

fn mismatch(node: &Node, what: &str, expected: &str) -> Problem {
    Problem::error(format!("{what} must be {expected}, and this is {}", node.describe()), &node.span)
}

/// A literal against a scalar's shape.
fn check_scalar(node: &Node, shape: &Shape, what: &str) -> Option<Problem> {
    let Some(scalar) = node.as_scalar() else {
        let problem = mismatch(node, what, &expected(shape));
        return Some(if let Kind::Null = node.kind {
            problem.with_help("text is written in quotes: \"null\"")
        } else {
            problem
        });
    };
    if accepts(&scalar.text, &scalar.value(), shape) {
        return None;
    }
    let problem = mismatch(node, what, &expected(shape));
    Some(match help(&scalar.text, scalar.style, shape) {
        Some(help) => problem.with_help(help),
        None => problem,
    })
}

fn accepts(text: &str, value: &Value, shape: &Shape) -> bool {
    match shape {
        Shape::Identifier | Shape::Step => is_identifier(text),
        Shape::Integer { min, max } => {
            value.as_number().and_then(integer_of).is_some_and(|integer| is_within(integer, *min, *max))
        }
        Shape::Number => value.as_number().is_some(),
        Shape::Boolean => value.as_bool().is_some(),
        Shape::Duration => read::read_duration(text).is_ok_and(|duration| duration >= chrono::TimeDelta::zero()),
        Shape::Size => read::read_size(text).is_ok(),
        Shape::Date => read::read_date(text).is_ok(),
        Shape::OneOf(words) => words.contains(&text),
        Shape::Expression => !text.trim().is_empty(),
        _ => true,
    }
}

fn is_within(integer: i64, min: Option<i64>, max: Option<i64>) -> bool {
    min.is_none_or(|min| integer >= min) && max.is_none_or(|max| integer <= max)
}

/// Whether a text is an id: a letter, then letters, digits, `_`, `-`; at most 64.
fn is_identifier(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

fn help(text: &str, style: Style, shape: &Shape) -> Option<String> {
    let is_quoted = style != Style::Plain;
    match shape {
        Shape::Integer { .. } | Shape::Number if is_quoted && read::read_number(text).is_ok() => {
            Some("remove the quotes".to_owned())
        }
        Shape::Boolean if is_quoted && read::read_bool(text).is_ok() => Some("remove the quotes".to_owned()),
        Shape::Boolean if matches!(text.to_ascii_lowercase().as_str(), "yes" | "on" | "y") => {
            Some("write `true`".to_owned())
        }
        Shape::Boolean if matches!(text.to_ascii_lowercase().as_str(), "no" | "off" | "n") => {
            Some("write `false`".to_owned())
        }
        Shape::Duration if read::read_number(text).is_ok() => Some(format!("add the unit: `{text}s` or `{text}m`")),
        Shape::OneOf(words) => did_you_mean(text, words.iter().copied()).map(|word| format!("did you mean `{word}`?")),
        _ => None,
    }
}

/// What a shape asks for, behind "must be".
pub(super) fn expected(shape: &Shape) -> String {
    match shape {
        Shape::Text => "text".to_owned(),
        Shape::Identifier => "an id (a letter, then letters, digits, `_`, `-`; at most 64)".to_owned(),
        Shape::Step => "the id of an earlier step".to_owned(),
        Shape::Integer { min, max } => format!("a whole number{}", bounds(*min, *max)),
        Shape::Number => "a number".to_owned(),
        Shape::Boolean => "`true` or `false`".to_owned(),
        Shape::Duration => "a duration (`5m`, `1h30m`, `250ms`)".to_owned(),
        Shape::Size => "a size (`512kB`, `1GB` = 10⁹ bytes, `1GiB` = 2³⁰)".to_owned(),
        Shape::Date => "a date (`2026-01-16`)".to_owned(),
        Shape::Any => "a value".to_owned(),
        Shape::List(item) => format!("a list of {}", plural(item)),
        Shape::Map(_) => "a mapping".to_owned(),
        Shape::OneOf(words) => listed(words.iter().map(|word| format!("`{word}`")).collect(), "or"),
        Shape::Table(table) => format!("a mapping with {}", names(table)),
        Shape::Either(shapes) => listed(shapes.iter().map(expected).collect(), "or"),
        Shape::Expression => "an expression".to_owned(),
        Shape::Defined { name, .. } => format!("{name} (see the reference)"),
    }
}

fn bounds(min: Option<i64>, max: Option<i64>) -> String {
    match (min, max) {
        (None, None) => String::new(),
        (Some(min), None) => format!(" from {min}"),
        (None, Some(max)) => format!(" up to {max}"),
        (Some(min), Some(max)) => format!(" from {min} to {max}"),
    }
}

fn plural(shape: &Shape) -> &'static str {
    match shape {
        Shape::Text => "texts",
        Shape::Identifier | Shape::Step => "ids",
        Shape::Integer { .. } => "whole numbers",
        Shape::Number => "numbers",
        Shape::Boolean => "`true` and `false`",
        Shape::Duration => "durations",
        Shape::Size => "sizes",
        Shape::Date => "dates",
        Shape::List(_) => "lists",
        Shape::Map(_) | Shape::Table(_) => "mappings",
        Shape::OneOf(_) => "words",
        Shape::Expression => "expressions",
        Shape::Any | Shape::Either(_) | Shape::Defined { .. } => "values",
    }
}

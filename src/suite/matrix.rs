//! `matrix:`: lists by column, `rows`, a file, or the name of a matrix of the project.

use std::collections::HashSet;

use indexmap::IndexMap;

use crate::diagnostic::{Problem, Span, did_you_mean};
use crate::expr::{Phase, Spanned};
use crate::value::{Map, Value};
use crate::yaml::{Entry, Node};

use super::matrix_file;
use super::model::Matrix;
use super::names::{View, quoted};

/// Most rows of one matrix.
const ROW_LIMIT: usize = 10_000;

/// Decodes a matrix, with the names of its columns.
pub(super) fn decode(node: &Node, scope: &View<'_>, problems: &mut Vec<Problem>) -> Option<(Matrix, Vec<String>)> {
    match node.as_text() {
        Some(name) => named(name, node, scope, problems),
        None => written(node, scope, problems),
    }
}

/// A matrix of the project file.
fn named(name: &str, node: &Node, scope: &View<'_>, problems: &mut Vec<Problem>) -> Option<(Matrix, Vec<String>)> {
    let known = &scope.context.project.matrices;
    if let Some(matrix) = known.get(name) {
        return written(matrix, scope, problems);
    }
    let problem = Problem::error(format!("the project has no matrix `{name}`"), &node.span);
    let names: Vec<&str> = known.keys().map(String::as_str).collect();
    problems.push(match did_you_mean(name, names.iter().copied()) {
        Some(near) => problem.with_help(format!("did you mean `{near}`?")),
        None if names.is_empty() => {
            problem.with_help("add it under `matrices` in the project file, or write lists here: `{country: [DE, FR]}`")
        }
        None => problem.with_help(format!("its matrices are {}", quoted(&names))),
    });
    None
}

fn written(node: &Node, scope: &View<'_>, problems: &mut Vec<Problem>) -> Option<(Matrix, Vec<String>)> {
    let Some(entries) = node.as_map() else {
        let problem = Problem::error(
            format!("a matrix must be a mapping or a name, and this is {}", node.describe()),
            &node.span,
        );
        problems.push(problem.with_help("for instance `matrix: {country: [DE, FR]}`"));
        return None;
    };
    if let Some(from) = node.entry("from") {
        let rows = matrix_file::read(node, from, &scope.context.project.root, problems)?;
        return judged(rows, &from.value.span, problems);
    }
    match node.entry("rows") {
        Some(rows) => {
            refuse_others(entries, "rows", problems);
            judged(inline(rows, problems)?, &rows.value.span, problems)
        }
        None => lists(node, entries, scope, problems),
    }
}

fn refuse_others(entries: &[Entry], key: &str, problems: &mut Vec<Problem>) {
    for entry in entries.iter().filter(|entry| entry.key.text != key) {
        let problem =
            Problem::error(format!("`{}` beside `{key}`: a matrix is of one form", entry.key.text), &entry.key.span);
        problems.push(problem.with_help(format!("keep `{key}` alone, or write lists by column")));
    }
}

/// `rows:`, a list of mappings.
fn inline(entry: &Entry, problems: &mut Vec<Problem>) -> Option<Vec<Map>> {
    let before = problems.len();
    let Some(nodes) = entry.value.as_list() else {
        let message = format!("`rows` must be a list of mappings, and this is {}", entry.value.describe());
        problems.push(Problem::error(message, &entry.value.span));
        return None;
    };
    let mut rows = Vec::new();
    for node in nodes {
        match node.value() {
            Value::Map(row) => rows.push(row),
            _ => problems
                .push(Problem::error(format!("a row must be a mapping, and this is {}", node.describe()), &node.span)),
        }
        refuse_templates(node, problems);
    }
    (problems.len() == before).then_some(rows)
}

fn refuse_templates(node: &Node, problems: &mut Vec<Problem>) {
    for value in node.as_map().unwrap_or(&[]).iter().map(|entry| &entry.value) {
        let mut ignored = Vec::new();
        if !Spanned::compile(value, &mut ignored).is_literal() || !ignored.is_empty() {
            let problem = Problem::error("`rows` are never templates", &value.span);
            problems
                .push(problem.with_help("use the template where the row's value is used, or write lists by column"));
        }
    }
}

/// At least one row, not too many, all with the same columns.
fn judged(rows: Vec<Map>, span: &Span, problems: &mut Vec<Problem>) -> Option<(Matrix, Vec<String>)> {
    let Some(first) = rows.first() else {
        problems.push(no_rows(span));
        return None;
    };
    if rows.len() > ROW_LIMIT {
        problems.push(too_many(rows.len(), span));
        return None;
    }
    let columns: Vec<String> = first.keys().cloned().collect();
    let all: HashSet<&String> = first.keys().collect();
    for (index, row) in rows.iter().enumerate() {
        let own: HashSet<&String> = row.keys().collect();
        if let Some(column) = all.symmetric_difference(&own).next() {
            let (without, with) = if own.contains(*column) { (1, index + 1) } else { (index + 1, 1) };
            let problem = Problem::error(format!("row {without} has no `{column}`, which row {with} has"), span);
            problems.push(problem.with_help("all rows have the same columns; write `null` for what is missing"));
            return None;
        }
    }
    Some((Matrix::Rows(rows), columns))
}

fn no_rows(span: &Span) -> Problem {
    Problem::error("the matrix has no rows", span).with_help("no case would be reported: add a row, or remove the case")
}

fn too_many(rows: usize, span: &Span) -> Problem {
    Problem::error(format!("the matrix has {rows} rows; at most {ROW_LIMIT} are possible"), span)
        .with_help("judge many values in one case, for instance with one query")
}

/// Lists by column: their product, made now if there is no template in them.
fn lists(
    node: &Node,
    entries: &[Entry],
    scope: &View<'_>,
    problems: &mut Vec<Problem>,
) -> Option<(Matrix, Vec<String>)> {
    if entries.is_empty() {
        problems.push(no_rows(&node.span));
        return None;
    }
    let before = problems.len();
    let lists: IndexMap<String, Spanned> =
        entries.iter().filter_map(|entry| Some((entry.key.text.clone(), list(entry, scope, problems)?))).collect();
    if problems.len() > before {
        return None;
    }
    let columns = lists.keys().cloned().collect();
    let literals: Option<Vec<(&String, &[Value])>> =
        lists.iter().map(|(name, list)| Some((name, list.as_literal()?.as_list()?))).collect();
    let Some(literals) = literals else { return Some((Matrix::Lists(lists), columns)) };
    let count = literals.iter().fold(1_usize, |count, (_, list)| count.saturating_mul(list.len()));
    if count > ROW_LIMIT {
        problems.push(too_many(count, &node.span));
        return None;
    }
    Some((Matrix::Rows(product(&literals)), columns))
}

/// One column's list, or a template that yields one.
fn list(entry: &Entry, scope: &View<'_>, problems: &mut Vec<Problem>) -> Option<Spanned> {
    let (name, node) = (&entry.key.text, &entry.value);
    let template = Spanned::compile(node, problems);
    scope.check_in_phase(name, &template, Phase::Plan, problems);
    match node.as_list() {
        Some([]) => {
            problems.push(no_rows(&node.span));
            None
        }
        None if !node.is_template() => {
            let problem =
                Problem::error(format!("`{name}` must be a list, and this is {}", node.describe()), &node.span);
            problems.push(problem.with_help(format!("write `{name}: [a, b]`, one case for each value")));
            None
        }
        _ => Some(template),
    }
}

/// Every combination, the first column slowest.
fn product(lists: &[(&String, &[Value])]) -> Vec<Map> {
    let mut rows = vec![Map::new()];
    for (name, values) in lists {
        let with = |row: &Map, value: &Value| {
            let mut row = row.clone();
            row.insert((*name).clone(), value.clone());
            row
        };
        rows = rows.iter().flat_map(|row| values.iter().map(move |value| with(row, value))).collect();
    }
    rows
}

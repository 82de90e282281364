//! Problems as text, like a compiler prints them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Padding, Renderer, Snippet};

use super::{Problem, Severity, Span};

/// Columns of the terminal that the text is made for.
const WIDTH: usize = 140;
/// Bytes of source that are handed to the renderer for one problem: longer lines, and places farther apart, are cut before.
const WINDOW: usize = 4_000;

/// All problems, sorted by file and place, each with its source line and caret, and a last line that counts them.
/// Empty if there are none. `colour` adds ANSI escapes.
pub fn render(problems: &[Problem], colour: bool) -> String {
    if problems.is_empty() {
        return String::new();
    }
    let mut sorted: Vec<&Problem> = problems.iter().collect();
    sorted.sort_by_key(|problem| (problem.file(), problem.span.as_ref().map(|span| (span.start, span.end))));
    let mut text = String::new();
    for problem in sorted {
        let _ = writeln!(text, "{}\n", render_one(problem, colour));
    }
    let _ = writeln!(text, "{}", summary(problems));
    text
}

/// `3 errors and 1 warning in 2 files`.
fn summary(problems: &[Problem]) -> String {
    let counted = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let errors = problems.iter().filter(|problem| problem.is_error()).count();
    let files: BTreeSet<Option<&Path>> = problems.iter().map(Problem::file).collect();
    let kinds = match (errors, problems.len() - errors) {
        (errors, 0) => counted(errors, "error"),
        (0, warnings) => counted(warnings, "warning"),
        (errors, warnings) => format!("{} and {}", counted(errors, "error"), counted(warnings, "warning")),
    };
    format!("{kinds} in {}", counted(files.len(), "file"))
}

/// One problem, without a final newline.
pub fn render_one(problem: &Problem, colour: bool) -> String {
    let level = if problem.severity == Severity::Error { Level::ERROR } else { Level::WARNING };
    let mut group: Group<'_> = level.primary_title(problem.message.as_str()).elements(Vec::<Padding>::new());
    if let Some(span) = &problem.span {
        group = places(group, span, problem);
    } else if let Some(path) = &problem.path {
        group = group.element(Origin::path(path.display().to_string()));
    }
    for help in &problem.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    renderer.term_width(WIDTH).render(&[group])
}

/// A place with its mark.
struct Mark<'a> {
    span: &'a Span,
    label: Option<&'a str>,
    kind: AnnotationKind,
}

/// Adds the problem's places: those near each other in one file as one excerpt, the others each on its own.
fn places<'a>(mut group: Group<'a>, span: &'a Span, problem: &'a Problem) -> Group<'a> {
    let mut near = vec![Mark { span, label: problem.label.as_deref(), kind: AnnotationKind::Primary }];
    let mut far = Vec::new();
    for (other, label) in &problem.related {
        let mark = Mark { span: other, label: Some(label), kind: AnnotationKind::Context };
        let is_near = Arc::ptr_eq(&other.source, &span.source) && other.start.abs_diff(span.start) < WINDOW;
        if is_near { near.push(mark) } else { far.push(vec![mark]) }
    }
    far.insert(0, near);
    for marks in far {
        group = excerpt(group, &marks);
    }
    group
}

/// Adds the lines from the first mark to the last.
fn excerpt<'a>(group: Group<'a>, marks: &[Mark<'a>]) -> Group<'a> {
    let Some(first) = marks.iter().min_by_key(|mark| mark.span.start).map(|mark| mark.span) else { return group };
    let last = marks.iter().map(|mark| mark.span.start).max().unwrap_or(first.start);
    let window = Window::new(&first.source.text, first.start, last);
    let annotations = marks.iter().map(|mark| annotation(mark, &window));
    let snippet =
        Snippet::source(window.text.clone()).line_start(first.line()).annotations(annotations.collect::<Vec<_>>());
    let path = first.source.path.display().to_string();
    if window.is_cut {
        // The renderer would count the column from the cut.
        return group.element(Origin::path(path).line(first.line()).char_column(first.column())).element(snippet);
    }
    group.element(snippet.path(path))
}

fn annotation<'a>(mark: &Mark<'a>, window: &Window) -> Annotation<'a> {
    let annotation = mark.kind.span(window.range(mark.span));
    match mark.label {
        Some(label) => annotation.label(label),
        None => annotation,
    }
}

/// Part of a source: whole lines, cut where they are very long.
struct Window {
    text: String,
    /// Where it begins in the source.
    start: usize,
    /// Whether the front of the first line is missing.
    is_cut: bool,
}

impl Window {
    fn new(text: &str, first: usize, last: usize) -> Self {
        let line_start = text[..first].rfind('\n').map_or(0, |newline| newline + 1);
        let is_cut = first - line_start > WINDOW;
        let start = if is_cut { text.ceil_char_boundary(first - 60) } else { line_start };
        let line_end = text[last..].find(['\n', '\r']).map_or(text.len(), |offset| last + offset);
        let end = text.floor_char_boundary(line_end.min(last + WINDOW));
        Self { text: text[start..end].to_owned(), start, is_cut }
    }

    /// A span in the window, cut at the end of its first line: a mapping of a hundred lines is marked by its head.
    fn range(&self, span: &Span) -> Range<usize> {
        let start = span.start.saturating_sub(self.start).min(self.text.len());
        let rest = &self.text[start..];
        let line_end = start + rest.find(['\n', '\r']).unwrap_or(rest.len());
        start..span.end.saturating_sub(self.start).clamp(start, line_end)
    }
}

//! Problems as text, like a compiler prints them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Padding, Renderer, Snippet};

use super::{Problem, Severity, Source, Span};

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
    let mut lines = Lines::default();
    for problem in sorted {
        let _ = writeln!(text, "{}\n", rendered(problem, colour, &mut lines));
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
    rendered(problem, colour, &mut Lines::default())
}

/// Where the lines of the sources begin that were asked for: counted once, however many problems there are.
#[derive(Default)]
struct Lines(Vec<(Arc<Source>, Vec<usize>)>);

impl Lines {
    /// The line of a place, from 1.
    fn of(&mut self, span: &Span) -> usize {
        if !self.0.iter().any(|(source, _)| Arc::ptr_eq(source, &span.source)) {
            let starts = span.source.text.match_indices('\n').map(|(at, _)| at + 1).collect();
            self.0.push((Arc::clone(&span.source), starts));
        }
        let found = self.0.iter().find(|(source, _)| Arc::ptr_eq(source, &span.source));
        found.map_or(1, |(_, starts)| starts.partition_point(|start| *start <= span.start) + 1)
    }
}

fn rendered(problem: &Problem, colour: bool, lines: &mut Lines) -> String {
    let level = if problem.severity == Severity::Error { Level::ERROR } else { Level::WARNING };
    let mut group: Group<'_> = level.primary_title(problem.message.as_str()).elements(Vec::<Padding>::new());
    if let Some(span) = &problem.span {
        group = places(group, span, problem, lines);
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
fn places<'a>(mut group: Group<'a>, span: &'a Span, problem: &'a Problem, lines: &mut Lines) -> Group<'a> {
    let mut near = vec![Mark { span, label: problem.label.as_deref(), kind: AnnotationKind::Primary }];
    let mut far = Vec::new();
    for (other, label) in &problem.related {
        let mark = Mark { span: other, label: Some(label), kind: AnnotationKind::Context };
        let is_near = Arc::ptr_eq(&other.source, &span.source) && other.start.abs_diff(span.start) < WINDOW;
        if is_near { near.push(mark) } else { far.push(vec![mark]) }
    }
    far.insert(0, near);
    for marks in far {
        group = excerpt(group, &marks, lines);
    }
    group
}

/// Adds the lines from the first mark to the last.
fn excerpt<'a>(group: Group<'a>, marks: &[Mark<'a>], lines: &mut Lines) -> Group<'a> {
    let Some(first) = marks.iter().min_by_key(|mark| mark.span.start).map(|mark| mark.span) else { return group };
    let last = marks.iter().map(|mark| mark.span.start).max().unwrap_or(first.start);
    let window = Window::new(&first.source.text, first.start, last);
    let annotations: Vec<_> = marks.iter().map(|mark| annotation(mark, &window)).collect();
    let line = lines.of(first);
    let snippet = Snippet::source(window.text.clone()).line_start(line).annotations(annotations);
    let path = first.source.path.display().to_string();
    if window.is_cut {
        // The renderer would count the column from the cut.
        return group.element(Origin::path(path).line(line).char_column(first.column())).element(snippet);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Arc<Source> {
        Source::new(path, text)
    }

    /// The span of the first occurrence of a part.
    fn at(source: &Arc<Source>, part: &str) -> Span {
        let start = source.text.find(part).unwrap();
        source.span(start..start + part.len())
    }

    #[test]
    fn problems_are_sorted_and_counted_over_files() {
        let (a, b) = (source("a.yaml", "x: 1\ny: 2\n"), source("b.yaml", "z: {\n  w: 3\n}\n"));
        let problems = [
            Problem::error("whole mapping", &at(&b, "{\n  w: 3\n}")).with_help("first").with_help("second"),
            Problem::warning("second", &at(&a, "2")).with_label("here"),
            Problem::at_file("c.yaml", "cannot be read").with_help("check its permissions"),
            Problem::error("first", &at(&a, "x")).with_related(&at(&b, "w"), "in another file"),
        ];
        insta::assert_snapshot!(render(&problems, false), @r#"
        error: first
         --> a.yaml:1:1
          |
        1 | x: 1
          | ^
          |
         ::: b.yaml:2:3
          |
        2 |   w: 3
          |   - in another file

        warning: second
         --> a.yaml:2:4
          |
        2 | y: 2
          |    ^ here

        error: whole mapping
         --> b.yaml:1:4
          |
        1 | z: {
          |    ^
          |
          = help: first
          = help: second

        error: cannot be read
        --> c.yaml
         = help: check its permissions

        3 errors and 1 warning in 3 files
        "#);
    }

    #[test]
    fn no_problems_are_no_text() {
        assert_eq!(render(&[], true), "");
    }

    #[test]
    fn places_far_apart_and_very_long_lines_are_cut() {
        let text = format!("first: 1\n{}{} here {}\n", "# pad\n".repeat(2000), "x".repeat(9000), "y".repeat(9000));
        let source = source("long.yaml", &text);
        let problem = Problem::error("far", &at(&source, "here")).with_related(&at(&source, "first"), "first");
        let text = render(&[problem], false);
        assert!(text.contains("--> long.yaml:2002:9002"), "{text}");
        assert!(text.contains("long.yaml:1:1"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH + 10), "{text}");
    }

    #[test]
    fn colour_adds_escapes_only_when_asked_for() {
        let problem = [Problem::error("x", &at(&source("a.yaml", "a: 1"), "1"))];
        assert!(render(&problem, true).contains('\u{1b}'));
        assert!(!render(&problem, false).contains('\u{1b}'));
    }
}

//! Problems as text, like a compiler prints them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Padding, Renderer, Snippet};

use super::{Problem, Severity, Span};

/// Columns of the terminal that the text is made for.
const WIDTH: usize = 140;
/// Characters of a line before and behind the place that are shown; the rest is cut.
const BEFORE: usize = 60;
const BEHIND: usize = 80;

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
    group = match (&problem.span, &problem.path) {
        (Some(span), _) => place(group, span, problem.label.as_deref(), AnnotationKind::Primary),
        (None, Some(path)) => group.element(Origin::path(path.display().to_string())),
        (None, None) => group,
    };
    for (span, label) in &problem.related {
        group = place(group, span, Some(label), AnnotationKind::Context);
    }
    for help in &problem.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    renderer.term_width(WIDTH).render(&[group])
}

/// Adds the place's `file:line:column`, its line, and the caret.
fn place<'a>(group: Group<'a>, span: &Span, label: Option<&'a str>, kind: AnnotationKind) -> Group<'a> {
    let origin = Origin::path(span.source.path.display().to_string()).line(span.line()).char_column(span.column());
    let cut = CutLine::new(span);
    let mut annotation = kind.span(cut.start..cut.end);
    if let Some(label) = label {
        annotation = annotation.label(label);
    }
    group.element(origin).element(Snippet::source(cut.text).line_start(span.line()).annotation(annotation))
}

/// The line in which a span begins, cut to what is shown, with the range of the caret in it.
struct CutLine {
    text: String,
    start: usize,
    end: usize,
}

impl CutLine {
    fn new(span: &Span) -> Self {
        let text: &str = &span.source.text;
        let line_start = text[..span.start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = text[span.start..].find(['\n', '\r']).map_or(text.len(), |offset| span.start + offset);
        let end = span.end.clamp(span.start, line_end.max(span.start));
        let from = text[line_start..span.start].char_indices().rev().nth(BEFORE - 1).map_or(line_start, |(i, _)| line_start + i);
        let to = text[span.start..line_end].char_indices().nth(BEHIND).map_or(line_end, |(i, _)| span.start + i);
        let (front, back) = (if from > line_start { "…" } else { "" }, if to < line_end { "…" } else { "" });
        let shift = |at: usize| at.clamp(from, to.max(from)) - from + front.len();
        Self { text: format!("{front}{}{back}", &text[from..to]), start: shift(span.start), end: shift(end) }
    }
}

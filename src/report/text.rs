//! The text of a finding: like a compiler error, the decisive line first.

use std::fmt::Write as _;

use crate::event::{Detail, Finding};

/// How far details stand in.
const INDENT: &str = "    ";

/// The whole text of a finding, without colour, without a final line break. What a function or a command wrote may hold
/// escape sequences and lines without end: neither reaches a terminal.
pub fn finding(finding: &Finding) -> String {
    written(finding).lines().map(tame).collect::<Vec<_>>().join("\n")
}

/// A text on one line: a name, the decisive line of a finding.
pub fn one_line(text: &str) -> String {
    tame(&text.replace(['\n', '\r', '\t'], " "))
}

/// A line without control characters, and not longer than a screen.
fn tame(line: &str) -> String {
    const LONGEST: usize = 4_000;
    let picture = |c: char| match c {
        '\t' => c,
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}'..='\u{9f}' => '\u{fffd}',
        _ => c,
    };
    let mut tamed: String = line.chars().take(LONGEST).map(picture).collect();
    let hidden = line.chars().skip(LONGEST).count();
    if hidden > 0 {
        let _ = write!(tamed, "… ({hidden} more characters; the run folder has it all)");
    }
    tamed
}

fn written(finding: &Finding) -> String {
    let mut text = finding.message.clone();
    if let Some(place) = &finding.place {
        let _ = write!(text, "\n  --> {place}");
        if let Some(line) = &finding.source_line {
            text.push_str(&source(line, place.line, place.column));
        }
    }
    let facts = [
        ("step", &finding.step),
        ("path", &finding.path),
        ("expected", &finding.expected),
        ("actual", &finding.actual),
    ];
    for (name, value) in facts.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?))) {
        let _ = write!(text, "\n  {:<9} {}", format!("{name}:"), hanging(value));
    }
    if let Some(help) = &finding.help {
        let _ = write!(text, "\n  help:     {}", hanging(help));
    }
    for detail in &finding.details {
        text.push_str(&evidence(detail));
    }
    text
}

/// Several findings, one after the other.
pub fn findings(all: &[Finding]) -> String {
    all.iter().map(finding).collect::<Vec<_>>().join("\n\n")
}

/// How long they are before anything is taken out of them, in characters.
pub(super) fn length(all: &[Finding]) -> usize {
    let breaks = 2 * all.len().saturating_sub(1);
    all.iter().map(|finding| written(finding).chars().count()).sum::<usize>() + breaks
}

/// The source line with a caret, as far as a terminal shows it.
fn source(line: &str, number: usize, column: usize) -> String {
    const WIDTH: usize = 110;
    let gutter = number.to_string().len();
    let from = column.saturating_sub(WIDTH * 2 / 3).saturating_sub(1);
    let shown: String = line.chars().skip(from).take(WIDTH).map(|c| if c == '\t' { ' ' } else { c }).collect();
    let caret = " ".repeat(column.saturating_sub(1).saturating_sub(from));
    format!("\n  {:gutter$} |\n  {number} | {}\n  {:gutter$} | {caret}^", "", shown.trim_end(), "")
}

/// Further lines of a value stand below its first one.
fn hanging(value: &str) -> String {
    value.lines().collect::<Vec<_>>().join("\n            ")
}

fn evidence(detail: &Detail) -> String {
    if !detail.text.contains('\n') {
        return format!("\n  {}: {}", detail.title, detail.text);
    }
    let lines: Vec<String> = detail.text.lines().map(|line| format!("{INDENT}{line}")).collect();
    format!("\n  {}:\n{}", detail.title, lines.join("\n"))
}

/// A time as a person reads it: `0.3s`, `12.4s`, `3m 05s`, `2h 10m`.
pub fn time(duration: std::time::Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => format!("{}.{}s", seconds, duration.subsec_millis() / 100),
        60..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h {:02}m", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Place;
    use test_case::test_case;

    #[test]
    fn a_finding_reads_like_a_compiler_error() {
        let finding = Finding {
            message: "output.loaded: expected at least 5000, actual 4998".into(),
            place: Some(Place { file: "suites/orders.yaml".into(), line: 32, column: 28 }),
            source_line: Some("          output: {loaded: {gte: 5000}}".into()),
            step: Some("etl".into()),
            path: Some("output.loaded".into()),
            expected: Some("at least 5000".into()),
            actual: Some("4998".into()),
            help: None,
            details: vec![Detail::new("cause", "line one\nline two"), Detail::new("execution", "arn:aws:states:…")],
        };
        insta::assert_snapshot!(super::finding(&finding), @r"
        output.loaded: expected at least 5000, actual 4998
          --> suites/orders.yaml:32:28
             |
          32 |           output: {loaded: {gte: 5000}}
             |                            ^
          step:     etl
          path:     output.loaded
          expected: at least 5000
          actual:   4998
          cause:
            line one
            line two
          execution: arn:aws:states:…
        ");
    }

    #[test]
    fn control_characters_and_endless_lines_do_not_reach_a_terminal() {
        let finding = Finding {
            details: vec![Detail::new("stdout", format!("\u{1b}[31mred\u{7}\n{}", "x".repeat(5_000)))],
            ..Finding::new("it failed")
        };
        let shown = super::finding(&finding);
        assert!(shown.starts_with("it failed\n  stdout:\n    ␛[31mred␇\n    xxx"), "{shown}");
        assert!(shown.ends_with("xxx… (1004 more characters; the run folder has it all)"), "{shown}");
        assert_eq!(one_line("a\nb\u{1b}[0m"), "a b␛[0m");
    }

    #[test_case(340, "0.3s")]
    #[test_case(59_990, "59.9s")]
    #[test_case(185_000, "3m 05s")]
    #[test_case(7_800_000, "2h 10m")]
    fn a_time_reads_well(milliseconds: u64, expected: &str) {
        assert_eq!(time(std::time::Duration::from_millis(milliseconds)), expected);
    }
}

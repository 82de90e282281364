//! The reference of the suite language, in Markdown, from the same tables.

use std::fmt::Write as _;

use crate::actions::{ACTIONS, Action, EffectRule, Spec};
use crate::expect::matchers;
use crate::expr::functions;
use crate::target::PROJECT;
use crate::yaml::field;

use super::table::{COMMON, SUITE};

/// Suite, case and step keys, every action with arguments, outputs and default expectation, matchers, functions, and the
/// project file.
pub fn reference() -> String {
    let mut text = String::from("# Reference\n\nGenerated from the field tables that read the files.\n\n");
    text.push_str(&field::reference(&SUITE));
    text.push('\n');
    text.push_str(&field::reference(&COMMON));
    for action in ACTIONS {
        action_section(action, &mut text);
    }
    matcher_section(&mut text);
    function_section(&mut text);
    text.push('\n');
    text.push_str(&field::reference(&PROJECT));
    text
}

fn action_section(action: &dyn Action, text: &mut String) {
    let spec = action.spec();
    let arguments = field::reference(spec.arguments);
    // The table's own heading and text are those of its action.
    let body = arguments.split_once("\n\n").map_or("", |(_, rest)| rest);
    let _ = write!(text, "\n## {}\n\n{}", spec.name, body);
    if let Some(short) = spec.shorthand {
        let _ = writeln!(text, "\nShort form: a value that is no mapping is `{short}`.");
    }
    let _ = writeln!(text, "\nEffect: {}. Default expectation: {}.", effect(spec), default_expectation(spec));
    let _ = writeln!(text, "\n| output | |\n|---|---|");
    for output in spec.outputs {
        let _ = writeln!(text, "| `{}` | {} |", output.name, cell(output.doc));
    }
}

fn effect(spec: &Spec) -> String {
    match spec.effect {
        EffectRule::Always(effect) => format!("`{}`", effect.name()),
        EffectRule::BySql(argument) => format!("by its `{argument}`: `read`, `write` or `destroy`"),
        EffectRule::Declared(argument) => format!("declared in `{argument}`"),
    }
}

fn default_expectation(spec: &Spec) -> String {
    let defaults: Vec<String> = spec
        .groups
        .iter()
        .map(|group| {
            let fields: Vec<String> = group.fields.iter().map(|field| format!("`{field}`")).collect();
            format!("{} (off when `expect` has {})", group.doc, fields.join(", "))
        })
        .collect();
    match defaults.as_slice() {
        [] if spec.expect_required => "none, so `expect` or `that` is required".to_owned(),
        [] => "none".to_owned(),
        defaults => defaults.join("; "),
    }
}

fn matcher_section(text: &mut String) {
    let _ = writeln!(
        text,
        "\n## matchers\n\nBelow a field of `expect`, a mapping whose keys are all matchers.\n\n| matcher | | example |\n|---|---|---|"
    );
    for matcher in matchers() {
        let _ = writeln!(text, "| `{}` | {} | `{}` |", matcher.name, cell(matcher.doc), cell(matcher.example));
    }
}

fn function_section(text: &mut String) {
    let _ =
        writeln!(text, "\n## functions\n\nIn expressions, beside the operators of CEL.\n\n| function | |\n|---|---|");
    for function in functions() {
        let _ = writeln!(text, "| `{}` | {} |", cell(function.usage), cell(function.doc));
    }
}

/// A text as a table's cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

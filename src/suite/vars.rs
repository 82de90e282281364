//! `vars` of a suite or a case.

use indexmap::IndexMap;

use crate::diagnostic::Problem;
use crate::expr::Spanned;
use crate::yaml::{Entry, Key};

use super::names::{View, quoted};

/// Decodes variables in file order, each seeing those above it; `view` sees all of them afterwards. `scope` is the same
/// view with what variables may not use refused.
pub(super) fn decode<'a>(
    entries: &[Entry],
    view: &mut View<'a>,
    restrict: impl Fn(&View<'a>) -> View<'a>,
    problems: &mut Vec<Problem>,
) -> IndexMap<String, Spanned> {
    let mut vars = IndexMap::new();
    let mut scope = restrict(view);
    scope.announce_vars(entries.iter().map(|entry| entry.key.text.as_str()));
    for Entry { key, value } in entries {
        check_name(key, "a variable", problems);
        check_shadow(key, view, problems);
        let template = Spanned::compile(value, problems);
        scope.check(&template.expressions(), problems);
        let phase = scope.vars.of(&template);
        scope.add_var(&key.text, phase);
        view.add_var(&key.text, phase);
        vars.insert(key.text.clone(), template);
    }
    vars
}

/// Names that expressions can write: `vars.my-day` would be a subtraction.
pub(super) fn check_name(key: &Key, what: &str, problems: &mut Vec<Problem>) {
    let starts = key.text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let is_word = starts && key.text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_word && !key.text.contains("{{") {
        let problem = Problem::error(format!("`{}` cannot be the name of {what}", key.text), &key.span);
        problems.push(problem.with_help("use letters, digits and `_`, so that expressions can name it"));
    }
}

fn check_shadow(key: &Key, view: &View<'_>, problems: &mut Vec<Problem>) {
    let has = view.context.targets.iter().filter(|target| target.vars.contains_key(&key.text));
    let targets: Vec<&str> = has.map(|target| target.name.as_str()).collect();
    if !targets.is_empty() {
        let message = format!("`{}` is a variable of the target already: {}", key.text, quoted(&targets));
        let problem = Problem::error(message, &key.span);
        problems.push(problem.with_help(format!("use `target.{}`, or choose another name", key.text)));
    }
}

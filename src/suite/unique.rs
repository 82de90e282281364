//! Names that may occur once.

use std::collections::HashMap;

use crate::diagnostic::{Problem, Span};

/// Reports each name that occurs again, with the place of the first. `what` reads before the name: `the case id`.
pub(super) fn check<'a>(what: &str, names: impl IntoIterator<Item = (&'a str, &'a Span)>, problems: &mut Vec<Problem>) {
    let mut seen: HashMap<&str, &Span> = HashMap::new();
    for (name, span) in names {
        match seen.get(name) {
            Some(first) => problems.push(
                Problem::error(format!("{what} `{name}` is used twice"), span)
                    .with_related(first, "first used here")
                    .with_help("rename one of them"),
            ),
            None => {
                seen.insert(name, span);
            }
        }
    }
}

/// Ids of the form `case-2` are what a case without an id is called in reports, so no file may give one.
pub(super) fn check_not_reserved(prefix: &str, id: &str, span: &Span, problems: &mut Vec<Problem>) {
    let is_reserved = id
        .strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('-'))
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()));
    if is_reserved {
        let problem = Problem::error(format!("the id `{id}` is reserved"), span);
        problems.push(
            problem
                .with_help(format!("`{prefix}-1`, `{prefix}-2` … stand for a {prefix} without an id; choose a word")),
        );
    }
}

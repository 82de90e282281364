//! Keys are never templates.

use crate::diagnostic::Problem;
use crate::yaml::{Kind, Node};

/// Reports each key, at any depth, that holds a template.
pub(super) fn check(node: &Node, problems: &mut Vec<Problem>) {
    match &node.kind {
        Kind::List(items) => items.iter().for_each(|item| check(item, problems)),
        Kind::Map(entries) => {
            for entry in entries {
                if entry.key.text.contains("{{") {
                    let problem = Problem::error("a key is never a template", &entry.key.span);
                    problems.push(problem.with_help("write the key itself; templates stand in values"));
                }
                check(&entry.value, problems);
            }
        }
        Kind::Null | Kind::Scalar(_) => {}
    }
}

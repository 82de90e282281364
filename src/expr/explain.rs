//! Why a condition is false: the value of each of its parts.

use std::collections::BTreeSet;

use super::error::EvalError;
use super::evaluate::Evaluator;
use super::tree::{Kind, LoopKind, Tree};
use crate::value::Value;

/// Elements of a loop that are shown when they break its condition.
const SHOWN: usize = 3;

pub(super) type Explained = Vec<(String, Result<Value, EvalError>)>;

/// The parts that are worth a line, outermost first: comparisons inside of `&&` and `||`, then the names and calls.
pub(super) fn explain(text: &str, tree: &Tree, evaluator: &Evaluator<'_>) -> Explained {
    let mut explained = Vec::new();
    let mut seen = BTreeSet::new();
    parts(text, tree, evaluator, &mut seen, &mut explained, true);
    explained
}

fn parts(
    text: &str,
    tree: &Tree,
    evaluator: &Evaluator<'_>,
    seen: &mut BTreeSet<String>,
    out: &mut Explained,
    root: bool,
) {
    let shown = text.get(tree.range.clone()).unwrap_or(text).trim();
    if !root && !matches!(tree.kind, Kind::Literal(_)) && seen.insert(shown.to_owned()) {
        out.push((shown.to_owned(), evaluator.value(tree, None).map(std::borrow::Cow::into_owned)));
    }
    match &tree.kind {
        // Of `a.b.c` the whole is enough; the variable of a loop has no value outside of it.
        Kind::Field { .. } | Kind::Name(_) => {}
        Kind::Loop(each) => {
            parts(text, &each.over, evaluator, seen, out, false);
            if let LoopKind::All(body) = &each.kind {
                out.extend(culprits(text, &each.over, &each.variable, body, evaluator));
            }
        }
        _ => tree.children().into_iter().for_each(|child| parts(text, child, evaluator, seen, out, false)),
    }
}

/// The first elements that break the condition of `all`.
fn culprits(text: &str, over: &Tree, variable: &str, body: &Tree, evaluator: &Evaluator<'_>) -> Explained {
    let Ok(items) = evaluator.value(over, None) else { return Vec::new() };
    let Value::List(items) = items.as_ref() else { return Vec::new() };
    let condition = text.get(body.range.clone()).unwrap_or_default();
    let broken = items
        .iter()
        .enumerate()
        .filter(|(_, item)| evaluator.boolean_with(variable, item, body).is_ok_and(|held| !held));
    broken
        .take(SHOWN)
        .map(|(index, item)| (format!("{variable} at {index}, where {condition} is false"), Ok(item.clone())))
        .collect()
}

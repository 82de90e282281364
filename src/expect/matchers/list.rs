//! Lists: `length`, `contains_all`, `unordered`, `each`, `any`, `none`, `unique`, `sorted`.
//!
//! What is said about elements proves nothing about an empty list, so there it is false.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::super::files::Files;
use super::super::judge::{Call, Judge, Subject, of_type};
use super::super::path::Path;
use super::super::reading::order;
use super::super::tree::{Known, Prepared, Tree};
use crate::value::Value;

const EMPTY: &str = "the list is empty, which proves nothing; write `[]` to expect that";

pub(super) fn length(call: &Call<'_>, judge: &mut Judge) {
    let Some(tree) = call.tree() else { return };
    let length = match call.value {
        Value::Text(text) => text.chars().count(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(items) => items.len(),
        Value::Map(map) => map.len(),
        other => {
            let note = of_type("a list, a mapping, a string or bytes", other);
            return judge.undecided(call.applied.describe(), call.subject.path, other, &call.applied.span, note);
        }
    };
    let length = Value::integer(i128::try_from(length).unwrap_or(i128::MAX));
    judge.tree(tree, Subject::present(&Path::Of(call.subject.path, "(length)"), &length));
}

/// The elements, or a mismatch.
fn items<'c>(call: &Call<'c>, judge: &mut Judge) -> Option<&'c [Value]> {
    if let Value::List(items) = call.value {
        return Some(items);
    }
    let note = of_type("a list", call.value);
    judge.undecided(call.applied.describe(), call.subject.path, call.value, &call.applied.span, note);
    None
}

/// The elements, of which there must be one.
fn some<'c>(call: &Call<'c>, judge: &mut Judge) -> Option<&'c [Value]> {
    let items = items(call, judge)?;
    if items.is_empty() {
        judge.undecided(call.applied.describe(), call.subject.path, call.value, &call.applied.span, EMPTY.to_owned());
        return None;
    }
    Some(items)
}

fn fail(call: &Call<'_>, judge: &mut Judge, note: Option<String>) {
    judge.mismatch(call.applied.describe(), call.subject.path, call.value, &call.applied.span, note);
}

pub(super) fn contains_all(call: &Call<'_>, judge: &mut Judge) {
    let Some(items) = items(call, judge) else { return };
    let missing: Vec<String> = call
        .trees()
        .iter()
        .filter(|tree| !items.iter().enumerate().any(|(index, item)| fits(call, judge, tree, index, item)))
        .map(Tree::describe)
        .collect();
    if !missing.is_empty() {
        fail(call, judge, Some(format!("not found: {}", missing.join(", "))));
    }
}

fn fits(call: &Call<'_>, judge: &mut Judge, tree: &Tree<Known>, index: usize, item: &Value) -> bool {
    judge.trial(tree, Subject::present(&Path::Index(call.subject.path, index), item)).holds()
}

/// Pairs expectations with elements so that each has its own: as many pairs as there can be (Kuhn's algorithm), because
/// an expectation may fit several elements.
pub(super) fn unordered(call: &Call<'_>, judge: &mut Judge) {
    let Some(items) = items(call, judge) else { return };
    let trees = call.trees();
    let fitting: Vec<Vec<usize>> = trees
        .iter()
        .map(|tree| (0..items.len()).filter(|index| fits(call, judge, tree, *index, &items[*index])).collect())
        .collect();
    let mut owner = vec![None; items.len()];
    let missing: Vec<String> = (0..trees.len())
        .filter(|tree| !assign(*tree, &fitting, &mut owner, &mut vec![false; items.len()]))
        .map(|tree| trees[tree].describe())
        .collect();
    let extra: Vec<String> = owner
        .iter()
        .zip(items)
        .filter(|(owner, _)| owner.is_none())
        .map(|(_, item)| item.display().to_string())
        .collect();
    let part = |what: &str, list: &[String]| (!list.is_empty()).then(|| format!("{what}: {}", list.join(", ")));
    let notes: Vec<String> = part("not found", &missing).into_iter().chain(part("not expected", &extra)).collect();
    if !notes.is_empty() {
        fail(call, judge, Some(notes.join("; ")));
    }
}

fn assign(tree: usize, fitting: &[Vec<usize>], owner: &mut [Option<usize>], tried: &mut [bool]) -> bool {
    for &item in &fitting[tree] {
        if std::mem::replace(&mut tried[item], true) {
            continue;
        }
        let free = match owner[item] {
            None => true,
            Some(other) => assign(other, fitting, owner, tried),
        };
        if free {
            owner[item] = Some(tree);
            return true;
        }
    }
    false
}

pub(super) fn each(call: &Call<'_>, judge: &mut Judge) {
    let (Some(tree), Some(items)) = (call.tree(), some(call, judge)) else { return };
    for (index, item) in items.iter().enumerate() {
        judge.tree(tree, Subject::present(&Path::Index(call.subject.path, index), item));
    }
}

pub(super) fn any(call: &Call<'_>, judge: &mut Judge) {
    let (Some(tree), Some(items)) = (call.tree(), some(call, judge)) else { return };
    if !items.iter().enumerate().any(|(index, item)| fits(call, judge, tree, index, item)) {
        fail(call, judge, Some(format!("none of the {} elements is", items.len())));
    }
}

/// No element is as described. An element that cannot be judged, for instance because it lacks the key, is not none.
pub(super) fn none(call: &Call<'_>, judge: &mut Judge) {
    let (Some(tree), Some(items)) = (call.tree(), some(call, judge)) else { return };
    for (index, item) in items.iter().enumerate() {
        let path = Path::Index(call.subject.path, index);
        let trial = judge.trial(tree, Subject::present(&path, item));
        if trial.holds() {
            judge.mismatch(call.applied.describe(), &path, item, &call.applied.span, None);
        } else if trial.mismatches.iter().any(|mismatch| mismatch.undecided) {
            judge.adopt(trial);
        }
    }
}

fn keys(value: &Value) -> Result<Vec<String>, String> {
    match value {
        Value::Text(key) => Ok(vec![key.clone()]),
        Value::List(items) if !items.is_empty() => items
            .iter()
            .map(|item| item.as_text().map(str::to_owned).ok_or_else(|| format!("{} is no key", item.display())))
            .collect(),
        other => Err(format!("takes `true`, a key or a list of keys, found {}", other.display())),
    }
}

pub(super) fn read_unique(value: &Value, _: &Files) -> Result<Prepared, String> {
    let keys = if matches!(value, Value::Bool(true)) { Vec::new() } else { keys(value)? };
    Ok(Prepared::Keys { keys, descending: false })
}

pub(super) fn read_sorted(value: &Value, _: &Files) -> Result<Prepared, String> {
    let by_key = |value: &Value, descending| Ok(Prepared::Keys { keys: keys(value)?, descending });
    match value {
        Value::Bool(true) => Ok(Prepared::Keys { keys: Vec::new(), descending: false }),
        Value::Text(word) if word == "ascending" => Ok(Prepared::Keys { keys: Vec::new(), descending: false }),
        Value::Text(word) if word == "descending" => Ok(Prepared::Keys { keys: Vec::new(), descending: true }),
        Value::Map(map) => {
            if let Some(key) = map.keys().find(|key| !["by", "order"].contains(&key.as_str())) {
                return Err(format!("takes the keys `by` and `order`, found `{key}`"));
            }
            let descending = match map.get("order").map(|order| (order, order.as_text())) {
                None | Some((_, Some("ascending"))) => false,
                Some((_, Some("descending"))) => true,
                Some((other, _)) => {
                    return Err(format!("`order` is ascending or descending, found {}", other.display()));
                }
            };
            map.get("by")
                .map_or_else(|| Ok(Prepared::Keys { keys: Vec::new(), descending }), |by| by_key(by, descending))
        }
        other => by_key(other, false),
    }
}

/// What an element is compared by: itself, or the values of its keys. A mismatch if it lacks one.
fn compared<'v>(
    call: &Call<'_>,
    judge: &mut Judge,
    index: usize,
    item: &'v Value,
    keys: &[String],
) -> Option<Vec<&'v Value>> {
    if keys.is_empty() {
        return Some(vec![item]);
    }
    let found: Option<Vec<&Value>> = keys.iter().map(|key| item.get(key)).collect();
    if found.is_none() {
        let quoted = keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" or ");
        let note = match item {
            Value::Map(_) => format!("the element lacks {quoted}"),
            _ => format!("{quoted} is read as a key of the elements, and this one has none{}", order_meant(keys)),
        };
        let path = Path::Index(call.subject.path, index);
        judge.undecided(call.applied.describe(), &path, item, &call.applied.span, note);
    }
    found
}

/// A hint for those who wrote `sorted: desc`.
fn order_meant(keys: &[String]) -> &'static str {
    match keys {
        [word] if word.eq_ignore_ascii_case("asc") => "; did you mean `sorted: ascending`?",
        [word] if word.eq_ignore_ascii_case("desc") => "; did you mean `sorted: descending`?",
        _ => "",
    }
}

pub(super) fn unique(call: &Call<'_>, judge: &mut Judge) {
    let Some(Prepared::Keys { keys, .. }) = call.known().map(|known| &known.prepared) else { return };
    let Some(items) = some(call, judge) else { return };
    let mut seen: HashMap<String, usize> = HashMap::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let Some(compared) = compared(call, judge, index, item, keys) else { continue };
        let mut print = String::new();
        for value in compared {
            fingerprint(value, &mut print);
        }
        if let Some(first) = seen.get(&print) {
            let note = Some(format!("the same as element {first}"));
            judge.mismatch(
                call.applied.describe(),
                &Path::Index(call.subject.path, index),
                item,
                &call.applied.span,
                note,
            );
        } else {
            seen.insert(print, index);
        }
    }
}

/// A text that two values share exactly if they are equal: `1` and `1.0` do, `1` and `"1"` do not.
fn fingerprint(value: &Value, print: &mut String) {
    let start = print.len();
    match value {
        Value::Number(number) => {
            let _ = write!(print, "n{}", number.normalized().to_scientific_notation());
        }
        Value::List(items) => items.iter().for_each(|item| fingerprint(item, print)),
        Value::Map(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            for (key, value) in entries {
                let _ = write!(print, "k{}:{key}", key.len());
                fingerprint(value, print);
            }
        }
        Value::Timestamp(crate::value::Timestamp::Zoned(instant)) => {
            let _ = write!(print, "z{}.{:09}", instant.timestamp(), instant.timestamp_subsec_nanos());
        }
        other => {
            let _ = write!(print, "{}{}", other.type_name(), other.to_recorded());
        }
    }
    // The length makes the parts of a list distinct: ["a", "b"] and ["ab"].
    let _ = write!(print, "/{}{}", value.type_name().len(), print.len() - start);
}

pub(super) fn sorted(call: &Call<'_>, judge: &mut Judge) {
    let Some(Prepared::Keys { keys, descending }) = call.known().map(|known| &known.prepared) else { return };
    let Some(items) = some(call, judge) else { return };
    let mut previous: Option<(usize, Vec<&Value>)> = None;
    for (index, item) in items.iter().enumerate() {
        let Some(now) = compared(call, judge, index, item, keys) else { return };
        if let Some((_, before)) = &previous {
            let path = Path::Index(call.subject.path, index);
            match in_order(before, &now, *descending) {
                Ok(true) => {}
                Ok(false) => {
                    let note = format!("after {}", items[index - 1].display());
                    return judge.mismatch(call.applied.describe(), &path, item, &call.applied.span, Some(note));
                }
                Err(note) => return judge.undecided(call.applied.describe(), &path, item, &call.applied.span, note),
            }
        } else if let Err(note) = in_order(&now, &now, false) {
            let path = Path::Index(call.subject.path, index);
            return judge.undecided(call.applied.describe(), &path, item, &call.applied.span, note);
        }
        previous = Some((index, now));
    }
}

fn in_order(before: &[&Value], now: &[&Value], descending: bool) -> Result<bool, String> {
    for (before, now) in before.iter().zip(now) {
        let step = match (before, now) {
            // Sorting, unlike `gt`, is about strings too: by their characters' code points, as ORDER BY has it.
            (Value::Text(before), Value::Text(now)) => before.cmp(now),
            (before, now) => order(before, now)?,
        };
        let step = if descending { step.reverse() } else { step };
        if step.is_ne() {
            return Ok(step.is_lt());
        }
    }
    Ok(true)
}

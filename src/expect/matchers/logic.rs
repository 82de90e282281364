//! Equality and logic: `equals`, `not`, `one_of`, `all_of`, `any_of`.

use super::super::files::Files;
use super::super::judge::{Call, Judge, Subject};
use super::super::reading::equal;
use super::super::tree::{Applied, Argument, Known, Prepared, Tree};
use crate::value::Value;

pub(super) fn equals(call: &Call<'_>, judge: &mut Judge) {
    if let Some(known) = call.known() {
        judge.equal(&known.value, call.subject.path, call.value, &known.span);
    }
}

pub(super) fn read_values(value: &Value, _: &Files) -> Result<Prepared, String> {
    match value {
        Value::List(items) if items.is_empty() => Err("an empty list allows nothing".to_owned()),
        Value::List(items) => Ok(Prepared::Values(items.clone())),
        other => Err(format!("takes a list of values, found {}", other.display())),
    }
}

pub(super) fn one_of(call: &Call<'_>, judge: &mut Judge) {
    let Some(Prepared::Values(values)) = call.known().map(|known| &known.prepared) else { return };
    if !values.iter().any(|value| equal(value, call.value)) {
        judge.mismatch(call.applied.describe(), call.subject.path, call.value, &call.applied.span, None);
    }
}

/// The opposite of an expectation that was judged; what could not be judged is no success either way.
pub(super) fn not(applied: &Applied<Known>, subject: Subject<'_>, judge: &mut Judge) {
    let Argument::Expectation(tree) = &applied.argument else { return };
    let trial = judge.trial(tree, subject);
    if trial.ambiguous.is_some() {
        return;
    }
    let undecided = trial.mismatches.iter().find(|mismatch| mismatch.undecided);
    match (trial.holds(), undecided, subject.value) {
        (true, _, Some(value)) => judge.mismatch(applied.describe(), subject.path, value, &applied.span, None),
        (true, _, None) => judge.absent(&applied.describe(), subject, &applied.span),
        (false, Some(mismatch), Some(value)) => {
            let note = mismatch.note.clone().unwrap_or_else(|| "the two cannot be compared".to_owned());
            judge.undecided(applied.describe(), subject.path, value, &applied.span, note);
        }
        (false, Some(_), None) if !is_about_existence(tree) => {
            judge.absent(&applied.describe(), subject, &applied.span);
        }
        (false, ..) => {}
    }
}

/// Whether an expectation says itself what it wants of an absent value, as `not: {exists: true}` does.
fn is_about_existence(tree: &Tree<Known>) -> bool {
    matches!(&tree.kind, super::super::tree::Kind::Matchers(matchers) if matchers.iter().any(|applied| applied.matcher.name == "exists"))
}

pub(super) fn all_of(applied: &Applied<Known>, subject: Subject<'_>, judge: &mut Judge) {
    let Argument::Expectations(trees) = &applied.argument else { return };
    for tree in trees {
        judge.tree(tree, subject);
    }
}

pub(super) fn any_of(applied: &Applied<Known>, subject: Subject<'_>, judge: &mut Judge) {
    let Argument::Expectations(trees) = &applied.argument else { return };
    let mut notes = Vec::new();
    let mut undecided = false;
    for tree in trees {
        let trial = judge.trial(tree, subject);
        if trial.holds() {
            return;
        }
        undecided |= trial.mismatches.iter().any(|mismatch| mismatch.undecided);
        notes.extend(trial.mismatches.into_iter().take(1).filter_map(|mismatch| mismatch.note));
    }
    notes.dedup();
    let note = (!notes.is_empty()).then(|| notes.join("; "));
    match subject.value {
        None => judge.absent(&applied.describe(), subject, &applied.span),
        Some(value) if undecided => {
            let note = note.unwrap_or_else(|| "the two cannot be compared".to_owned());
            judge.undecided(applied.describe(), subject.path, value, &applied.span, note);
        }
        Some(value) => judge.mismatch(applied.describe(), subject.path, value, &applied.span, note),
    }
}

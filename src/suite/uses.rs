//! Which output fields anybody looks at: extra calls are made for these only.

use std::collections::{BTreeMap, BTreeSet};

use crate::actions::{Spec, Uses};
use crate::expect::Expectation;
use crate::expr::{Expression, Reference, Spanned};

use super::context::Part;
use super::model::{Case, Step};
use super::outline::Outline;

/// A suite's steps before they are shared.
#[derive(Debug, Default)]
pub(super) struct Drafts {
    /// `setup:`.
    pub setup: Vec<Step>,
    /// Each case, its steps still apart.
    pub cases: Vec<(Case, Vec<Step>)>,
    /// `cleanup:`.
    pub cleanup: Vec<Step>,
}

/// What is wanted of one step's output.
#[derive(Debug, Default)]
struct Wanted {
    everything: bool,
    fields: BTreeSet<String>,
}

/// What is wanted, by list and step id; no id stands for every step of the list.
type Wishes = BTreeMap<(PartKey, Option<String>), Wanted>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum PartKey {
    Setup,
    Case(usize),
    Cleanup,
}

impl From<Part> for PartKey {
    fn from(part: Part) -> Self {
        match part {
            Part::Setup => Self::Setup,
            Part::Case(index) => Self::Case(index),
            Part::Cleanup => Self::Cleanup,
        }
    }
}

/// The fields that a step itself looks at.
pub(super) fn own(step: &Step) -> Uses {
    let spec = step.action.spec();
    let mut wanted = Wanted::default();
    for key in step.expect.iter().flat_map(Expectation::top_level_keys) {
        wanted.everything |= key.starts_with('$');
        wanted.fields.insert(key.to_owned());
    }
    let judged = step.that.iter().chain(step.capture.values()).chain(&step.fail_when);
    wanted
        .fields
        .extend(judged.flat_map(Expression::references).filter_map(|reference| reference.path.into_iter().next()));
    select(spec, &wanted)
}

/// The fields of an action's output that are wanted.
fn select(spec: &Spec, wanted: &Wanted) -> Uses {
    let names = spec.outputs.iter().map(|output| output.name);
    Uses::new(names.filter(|name| wanted.everything || wanted.fields.contains(*name)).map(str::to_owned))
}

/// Adds to each step the fields that later ones look at.
pub(super) fn settle(drafts: &mut Drafts, outline: &Outline) {
    let wishes = wishes(drafts, outline);
    settle_list(&mut drafts.setup, Part::Setup, &wishes);
    settle_list(&mut drafts.cleanup, Part::Cleanup, &wishes);
    for (index, (_, steps)) in drafts.cases.iter_mut().enumerate() {
        settle_list(steps, Part::Case(index), &wishes);
    }
}

fn settle_list(steps: &mut [Step], part: Part, wishes: &Wishes) {
    let of_all = wishes.contains_key(&(part.into(), None));
    for step in steps {
        let asked = wishes.get(&(part.into(), Some(step.id.clone())));
        let mut wanted = Wanted { everything: of_all, fields: BTreeSet::new() };
        if let Some(asked) = asked {
            wanted.everything |= asked.everything;
            wanted.fields.extend(asked.fields.iter().cloned());
        }
        let spec = step.action.spec();
        wanted
            .fields
            .extend(spec.outputs.iter().map(|o| o.name).filter(|name| step.uses.contains(name)).map(str::to_owned));
        step.uses = select(spec, &wanted);
    }
}

fn wishes(drafts: &Drafts, outline: &Outline) -> Wishes {
    let mut wishes = Wishes::new();
    let mut add = |part: Part, references: Vec<Reference>| {
        for reference in references {
            wish(&reference, part, outline, &mut wishes);
        }
    };
    add(Part::Setup, drafts.setup.iter().flat_map(references).collect());
    add(Part::Cleanup, drafts.cleanup.iter().flat_map(references).collect());
    for (index, (case, steps)) in drafts.cases.iter().enumerate() {
        add(Part::Case(index), case.when.iter().flat_map(Expression::references).collect());
        add(Part::Case(index), steps.iter().flat_map(references).collect());
    }
    wishes
}

/// Every name that a step uses, its undo's too.
fn references(step: &Step) -> Vec<Reference> {
    let templates = step.arguments.values().chain(&step.name).flat_map(Spanned::references);
    let expected = step.expect.iter().chain(step.expectations.values()).flat_map(Expectation::references);
    let judged = step.that.iter().chain(step.capture.values()).chain(&step.fail_when).chain(&step.when);
    let mut all: Vec<Reference> = templates.chain(expected).chain(judged.flat_map(Expression::references)).collect();
    all.extend(step.undo.iter().flat_map(|undo| references(undo)));
    all
}

fn wish(reference: &Reference, part: Part, outline: &Outline, wishes: &mut Wishes) {
    let path: Vec<&str> = reference.path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["steps", rest @ ..] => wish_of(part.into(), rest, wishes),
        ["setup", rest @ ..] => wish_of(PartKey::Setup, rest, wishes),
        ["cases", id, "steps", rest @ ..] => {
            wish_of_case(id, rest, outline, wishes);
        }
        ["cases", id] => wish_of_case(id, &[], outline, wishes),
        ["cases"] => outline.case_ids().for_each(|id| wish_of_case(id, &[], outline, wishes)),
        _ => {}
    }
}

fn wish_of_case(id: &str, rest: &[&str], outline: &Outline, wishes: &mut Wishes) {
    if let Some(index) = outline.cases.iter().position(|case| case.id.as_deref() == Some(id)) {
        wish_of(PartKey::Case(index), rest, wishes);
    }
}

fn wish_of(part: PartKey, rest: &[&str], wishes: &mut Wishes) {
    let wanted = wishes.entry((part, rest.first().map(|id| (*id).to_owned()))).or_default();
    match rest.get(1) {
        Some(field) => {
            wanted.fields.insert((*field).to_owned());
        }
        None => wanted.everything = true,
    }
}

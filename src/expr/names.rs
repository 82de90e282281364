//! Which names exist: found at check, so that a typing error never waits for a run.

use std::collections::{BTreeMap, BTreeSet};

use super::Phase;
use crate::diagnostic::{Problem, Span, did_you_mean};

/// A name that an expression uses, as far as it is written out: `steps.etl.output` is `["steps", "etl", "output"]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// The name and its fields.
    pub path: Vec<String>,
    /// Where it stands.
    pub span: Span,
}

impl Reference {
    /// When the name has a value: vars at check, target, matrix and environment when planned, everything else when run.
    pub fn phase(&self) -> Phase {
        match self.path.first().map(String::as_str) {
            Some("vars") | None => Phase::Check,
            Some("target" | "matrix" | "env") => Phase::Plan,
            Some(_) => Phase::Run,
        }
    }
}

/// The names that exist at one place of a suite.
#[derive(Debug, Clone, Default)]
pub struct Names {
    roots: BTreeMap<String, Known>,
    refused: BTreeMap<String, String>,
}

#[derive(Debug, Clone)]
enum Known {
    /// Its fields are not known before the run.
    Anything,
    /// Just these.
    Fields(BTreeMap<String, Known>),
}

impl Names {
    /// No names at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a name below which anything may follow: `["steps", "etl"]`, or `["matrix"]`.
    pub fn allow(&mut self, path: &[&str]) {
        allow(&mut self.roots, path);
    }

    /// Adds a root that has just these fields: `fields("vars", ["day"])`; none is possible.
    pub fn fields<'a>(&mut self, root: &str, names: impl IntoIterator<Item = &'a str>) {
        let known = self.roots.entry(root.to_owned()).or_insert_with(|| Known::Fields(BTreeMap::new()));
        if let Known::Fields(fields) = known {
            fields.extend(names.into_iter().map(|name| (name.to_owned(), Known::Anything)));
        }
    }

    /// A root that exists elsewhere but not here, with the reason: "`matrix` is not in scope in `setup`".
    pub fn refuse(&mut self, root: &str, reason: &str) {
        self.refused.insert(root.to_owned(), reason.to_owned());
    }
}

fn allow(names: &mut BTreeMap<String, Known>, path: &[&str]) {
    let Some((first, rest)) = path.split_first() else { return };
    if rest.is_empty() {
        names.insert((*first).to_owned(), Known::Anything);
        return;
    }
    let known = names.entry((*first).to_owned()).or_insert_with(|| Known::Fields(BTreeMap::new()));
    if let Known::Fields(fields) = known {
        allow(fields, rest);
    }
}

/// Reports each reference to a name that is not known, once for each place.
pub fn check_names(references: &[Reference], known: &Names, problems: &mut Vec<Problem>) {
    let mut seen = BTreeSet::new();
    for reference in references {
        if seen.insert((reference.span.start, reference.path.clone()))
            && let Some(problem) = unknown(reference, known)
        {
            problems.push(problem);
        }
    }
}

fn unknown(reference: &Reference, known: &Names) -> Option<Problem> {
    let root = reference.path.first()?;
    if let Some(reason) = known.refused.get(root) {
        return Some(Problem::error(reason.clone(), &reference.span));
    }
    let mut level = &known.roots;
    for (depth, name) in reference.path.iter().enumerate() {
        match level.get(name) {
            Some(Known::Anything) => return None,
            Some(Known::Fields(fields)) => level = fields,
            None => return Some(problem(reference, depth, level)),
        }
    }
    None
}

fn problem(reference: &Reference, depth: usize, level: &BTreeMap<String, Known>) -> Problem {
    let name = reference.path[..=depth].join(".");
    let parent = reference.path[..depth].join(".");
    let problem = Problem::error(format!("unknown name `{name}`"), &reference.span);
    let candidates: Vec<&str> = level.keys().map(String::as_str).collect();
    match did_you_mean(&reference.path[depth], candidates.iter().copied()) {
        Some(near) if parent.is_empty() => problem.with_help(format!("did you mean `{near}`?")),
        Some(near) => problem.with_help(format!("did you mean `{parent}.{near}`?")),
        None if candidates.is_empty() && parent.is_empty() => problem,
        None if candidates.is_empty() => problem.with_help(format!("`{parent}` has no names here")),
        None => problem.with_help(format!("known here: {}", list(&candidates))),
    }
}

fn list(names: &[&str]) -> String {
    const SHOWN: usize = 12;
    let mut text = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text.push_str(" …");
    }
    text
}

//! `extends`: a target takes another one's keys where it has none of its own.

use indexmap::IndexMap;

use crate::diagnostic::{Problem, did_you_mean};
use crate::yaml::{Entry, Kind, Node};

/// Each target's mapping with what it inherits. Unknown and circular ones are problems.
pub(super) fn resolve(targets: &[Entry], problems: &mut Vec<Problem>) -> IndexMap<String, Node> {
    let resolved = targets.iter().map(|target| {
        let mut chain = vec![target.key.text.as_str()];
        (target.key.text.clone(), merged(&target.value, targets, &mut chain, problems))
    });
    resolved.collect()
}

fn merged<'a>(own: &'a Node, targets: &'a [Entry], chain: &mut Vec<&'a str>, problems: &mut Vec<Problem>) -> Node {
    let Some(extends) = own.get("extends") else { return own.clone() };
    let Some(name) = extends.as_text() else { return own.clone() };
    let Some(base) = targets.iter().find(|target| target.key.text == name) else {
        let best = did_you_mean(name, targets.iter().map(|target| target.key.text.as_str()));
        problems.push(Problem::error(format!("no target `{name}` to extend"), &extends.span).with_suggestion(best));
        return own.clone();
    };
    if chain.contains(&name) {
        let circle = format!("{} → {name}", chain.join(" → "));
        problems.push(Problem::error(format!("targets extend each other in a circle: {circle}"), &extends.span));
        return own.clone();
    }
    chain.push(name);
    overlay(&merged(&base.value, targets, chain, problems), own)
}

/// Mappings are merged key by key, everything else is replaced.
fn overlay(base: &Node, own: &Node) -> Node {
    let (Kind::Map(below), Kind::Map(above)) = (&base.kind, &own.kind) else { return own.clone() };
    let mut entries: Vec<Entry> = above.iter().filter(|entry| entry.key.text != "extends").cloned().collect();
    for inherited in below.iter().filter(|entry| entry.key.text != "extends") {
        match entries.iter_mut().find(|entry| entry.key.text == inherited.key.text) {
            Some(entry) => entry.value = overlay(&inherited.value, &entry.value),
            None => entries.push(inherited.clone()),
        }
    }
    Node { span: own.span.clone(), kind: Kind::Map(entries) }
}

//! Which steps and cases a suite has, read before anything is decoded: a reference may point anywhere.

use crate::actions::{Action, Spec, action};
use crate::diagnostic::Span;
use crate::yaml::Node;

/// A suite's steps and cases.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// Of `setup`.
    pub setup: Vec<OutlinedStep>,
    /// In file order, one for each element of `cases`.
    pub cases: Vec<OutlinedCase>,
    /// Of `cleanup`.
    pub cleanup: Vec<OutlinedStep>,
}

/// A case as others see it.
#[derive(Debug)]
pub(super) struct OutlinedCase {
    /// `id:`, where it is given.
    pub id: Option<String>,
    /// Its name as written.
    pub name: Option<String>,
    /// Whether it has a matrix.
    pub has_matrix: bool,
    /// `needs:`, each with its place.
    pub needs: Vec<(String, Span)>,
    /// Its steps.
    pub steps: Vec<OutlinedStep>,
}

/// A step as later ones see it.
#[derive(Debug, Clone)]
pub(super) struct OutlinedStep {
    /// `id:`, where it is given.
    pub id: Option<String>,
    /// What it does, where that is known.
    pub spec: Option<&'static Spec>,
    /// Whether it expects a refusal, so that its output may have `aws_error`.
    pub expects_refusal: bool,
    /// The names that it captures.
    pub captures: Vec<String>,
}

impl Outline {
    /// Reads what there is; what is malformed is left to the decoders.
    pub fn read(suite: &Node) -> Self {
        Self {
            setup: steps(suite.get("setup")),
            cases: items(suite.get("cases")).iter().map(case).collect(),
            cleanup: steps(suite.get("cleanup")),
        }
    }

    /// The case of this id.
    pub fn case(&self, id: &str) -> Option<&OutlinedCase> {
        self.cases.iter().find(|case| case.id.as_deref() == Some(id))
    }

    /// The ids that cases give themselves.
    pub fn case_ids(&self) -> impl Iterator<Item = &str> {
        self.cases.iter().filter_map(|case| case.id.as_deref())
    }
}

fn items(node: Option<&Node>) -> &[Node] {
    node.and_then(Node::as_list).unwrap_or(&[])
}

/// A text that is no template.
fn text(node: &Node, key: &str) -> Option<String> {
    node.get(key).filter(|value| !value.is_template()).and_then(Node::as_text).map(str::to_owned)
}

fn case(node: &Node) -> OutlinedCase {
    let needs = items(node.get("needs")).iter().filter(|need| !need.is_template());
    OutlinedCase {
        id: text(node, "id"),
        name: node.get("case").and_then(Node::as_text).map(str::to_owned),
        has_matrix: node.get("matrix").is_some(),
        needs: needs.filter_map(|need| Some((need.as_text()?.to_owned(), need.span.clone()))).collect(),
        steps: steps(node.get("steps")),
    }
}

fn steps(node: Option<&Node>) -> Vec<OutlinedStep> {
    items(node).iter().map(step).collect()
}

fn step(node: &Node) -> OutlinedStep {
    let mut keys = node.as_map().unwrap_or(&[]).iter().map(|entry| entry.key.text.as_str());
    let captures = node.get("capture").and_then(Node::as_map).unwrap_or(&[]);
    OutlinedStep {
        id: text(node, "id"),
        spec: keys.find_map(action).map(Action::spec),
        expects_refusal: node.get("expect").is_some_and(|expect| expect.get("aws_error").is_some()),
        captures: captures.iter().map(|entry| entry.key.text.clone()).collect(),
    }
}

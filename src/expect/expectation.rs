//! The expectation of a step: compiled, resolved, judged.

use std::sync::Arc;

use super::compile::Compiler;
use super::files::Files;
use super::judge::Judge;
use super::judgement::Judgement;
use super::matchers::{MatcherDoc, find};
use super::tree::{FieldKey, Kind, Known, Leaf, Prepared, Tree};
use crate::diagnostic::{Problem, Span, did_you_mean};
use crate::expr::{ErrorKind, EvalError, Phase, Reference, Scope, Spanned};
use crate::value::Value;
use crate::yaml::Node;

/// The documented fields of an action's output.
#[derive(Debug, Clone, Default)]
pub struct OutputFields {
    fields: Vec<(String, String)>,
}

impl OutputFields {
    /// The fields with their documentation; with none, any field may be expected.
    pub fn new<N: Into<String>, D: Into<String>>(fields: impl IntoIterator<Item = (N, D)>) -> Self {
        Self { fields: fields.into_iter().map(|(name, doc)| (name.into(), doc.into())).collect() }
    }

    /// The names of the fields.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|(name, _)| name.as_str())
    }

    /// Names and documentation.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, doc)| (name.as_str(), doc.as_str()))
    }

    fn knows(&self, name: &str) -> bool {
        self.fields.is_empty() || self.names().any(|known| known == name)
    }

    /// The problem with an unknown field.
    fn unknown(&self, name: &str, span: &Span) -> Problem {
        let problem = Problem::error(format!("the output has no field `{name}`"), span);
        let known = self.names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        if let Some(near) = did_you_mean(name, self.names()) {
            return problem.with_help(format!("did you mean `{near}`?"));
        }
        if find(name).is_some() {
            return problem.with_help(format!("a matcher stands below a field; the fields are {known}"));
        }
        problem.with_help(format!("the fields are {known}"))
    }
}

/// What a suite expects, compiled. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Expectation {
    pub(super) tree: Arc<Tree<Leaf>>,
    files: Arc<Files>,
}

impl Expectation {
    /// Compiles what stands under `expect`: a mapping whose keys are fields of the output, or a JSONPath into it.
    pub fn compile(node: &Node, outputs: &OutputFields, files: &Files, problems: &mut Vec<Problem>) -> Self {
        let Some(entries) = node.as_map().filter(|entries| !entries.is_empty()) else {
            let message = match node.as_map() {
                Some(_) => "`expect` is empty, so it judges nothing".to_owned(),
                None => format!("`expect` takes a mapping of output fields, found {}", node.describe()),
            };
            let problem = Problem::error(message, &node.span);
            let known = outputs.names().collect::<Vec<_>>().join(", ");
            problems.push(if known.is_empty() {
                problem
            } else {
                problem.with_help(format!("the fields are {known}"))
            });
            let nothing = Tree { span: node.span.clone(), kind: Kind::Fields(Vec::new()) };
            return Self { tree: Arc::new(nothing), files: Arc::new(files.clone()) };
        };
        let mut compiler = Compiler { files, problems };
        let kind = compiler.fields(entries);
        let tree = Tree { span: node.span.clone(), kind };
        for (name, span) in top_level(&tree).filter(|(name, _)| !outputs.knows(name) && !name.starts_with('$')) {
            problems.push(outputs.unknown(name, span));
        }
        Self { tree: Arc::new(tree), files: Arc::new(files.clone()) }
    }

    /// Compiles an expectation on one value, wherever it stands: `row_count: {gte: 1}`.
    pub fn compile_value(node: &Node, files: &Files, problems: &mut Vec<Problem>) -> Self {
        let tree = Compiler { files, problems }.tree(node);
        Self { tree: Arc::new(tree), files: Arc::new(files.clone()) }
    }

    /// The output fields it is about, which switch off default expectations. A JSONPath counts as the field it begins
    /// with; one that begins with a wildcard, as itself.
    pub fn top_level_keys(&self) -> impl Iterator<Item = &str> {
        top_level(&self.tree).map(|(name, _)| name)
    }

    /// The templates in it, in the order of the suite.
    pub fn templates(&self) -> Vec<&Spanned> {
        let mut templates = Vec::new();
        self.tree.leaves(&mut |leaf| templates.push(&leaf.template));
        templates
    }

    /// The names that its templates use.
    pub fn references(&self) -> Vec<Reference> {
        self.templates().into_iter().flat_map(Spanned::references).collect()
    }

    /// When it can be resolved: the latest phase of its templates.
    pub fn phase(&self) -> Phase {
        self.templates().into_iter().map(Spanned::phase).fold(Phase::Check, Phase::max)
    }

    /// Gives the templates their values.
    pub fn resolve(&self, scope: &Scope) -> Result<Resolved, EvalError> {
        let tree = self.tree.with_leaves(&mut |leaf: &Leaf, matcher| known(leaf, matcher, scope, &self.files))?;
        Ok(Resolved { tree: Arc::new(tree) })
    }
}

fn top_level(tree: &Tree<Leaf>) -> impl Iterator<Item = (&str, &Span)> {
    let fields = if let Kind::Fields(fields) = &tree.kind { fields.as_slice() } else { &[] };
    fields.iter().map(|field| match &field.key {
        FieldKey::Name(name) => (name.as_str(), &field.span),
        FieldKey::Path(path) => (path.root_field().unwrap_or_else(|| path.text()), &field.span),
    })
}

fn known(leaf: &Leaf, matcher: Option<&'static MatcherDoc>, scope: &Scope, files: &Files) -> Result<Known, EvalError> {
    let span = leaf.template.span.clone();
    let value = leaf.template.evaluate(scope)?;
    let prepared = match (&leaf.prepared, matcher) {
        (Some(prepared), _) => prepared.clone(),
        (None, None) => Prepared::Nothing,
        (None, Some(matcher)) => matcher.prepare(&value, files).map_err(|message| {
            EvalError::new(ErrorKind::Argument, format!("`{}`: {message}", matcher.name)).at(&span)
        })?,
    };
    Ok(Known { value, span, prepared })
}

/// An expectation whose templates have their values. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Resolved {
    tree: Arc<Tree<Known>>,
}

impl Resolved {
    /// Judges an output.
    pub fn judge(&self, actual: &Value) -> Judgement {
        Judge::judge(&self.tree, Some(actual))
    }

    /// What is expected, in words.
    pub fn describe(&self) -> String {
        self.tree.describe()
    }
}

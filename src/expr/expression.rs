//! One compiled expression.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Phase;
use super::compile::{CompileError, compile};
use super::error::EvalError;
use super::evaluate::Evaluator;
use super::explain::{Explained, explain};
use super::names::Reference;
use super::places::Places;
use super::scan;
use super::scope::Scope;
use super::tree::{Kind, Tree};
use crate::diagnostic::{Problem, Span};
use crate::value::Value;

/// A compiled expression. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Expression {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    text: String,
    span: Span,
    places: Places,
    tree: Tree,
}

impl Expression {
    /// Compiles a bare expression, as in `that`, `when` and `fail_when`; `span` is the scalar it stands in.
    #[allow(clippy::result_large_err, reason = "a problem is made once and handed on")]
    pub fn compile(text: &str, span: &Span) -> Result<Self, Problem> {
        let places = Places::align(text, span);
        if let Some(at) = scan::braces(text) {
            return Err(Problem::error("this is an expression already, without `{{ }}`", &places.span(&(at..at + 2)))
                .with_help("write it bare"));
        }
        Self::compile_at(text, places)
    }

    /// Compiles an expression whose places are known.
    #[allow(clippy::result_large_err, reason = "a problem is made once and handed on")]
    pub(super) fn compile_at(text: &str, places: Places) -> Result<Self, Problem> {
        match compile(text) {
            Ok(tree) => {
                let span = places.span(&(0..text.len()));
                Ok(Self { inner: Arc::new(Inner { text: text.to_owned(), span, places, tree }) })
            }
            Err(CompileError { message, range, help }) => {
                let problem = Problem::error(message, &places.span(&range));
                Err(match help {
                    Some(help) => problem.with_help(help),
                    None => problem,
                })
            }
        }
    }

    /// The expression as it was written.
    pub fn source(&self) -> &str {
        &self.inner.text
    }

    /// Where it stands.
    pub fn span(&self) -> &Span {
        &self.inner.span
    }

    /// The names it uses, with their fields as far as they are written out, in the order they are written.
    pub fn references(&self) -> Vec<Reference> {
        let mut references = Vec::new();
        collect(&self.inner.tree, &mut BTreeSet::new(), &self.inner.places, &mut references);
        references
    }

    /// The names of the functions it calls.
    pub fn functions(&self) -> BTreeSet<&'static str> {
        let mut names = BTreeSet::new();
        visit(&self.inner.tree, &mut |tree| {
            if let Kind::Call { function, .. } = &tree.kind {
                names.insert(function.name);
            }
        });
        names
    }

    /// When it has a value: the latest phase of its names and functions.
    pub fn phase(&self) -> Phase {
        self.phase_with(Reference::phase)
    }

    /// As [`Expression::phase`], with the phase of each name decided by the caller: a suite's variable may itself be a
    /// template of a later phase.
    pub fn phase_with(&self, phase_of: impl Fn(&Reference) -> Phase) -> Phase {
        let mut phase = Phase::Check;
        visit(&self.inner.tree, &mut |tree| {
            if let Kind::Call { function, .. } = &tree.kind {
                phase = phase.max(function.phase);
            }
        });
        self.references().iter().map(phase_of).fold(phase, Phase::max)
    }

    /// Its value in a scope.
    pub fn evaluate(&self, scope: &Scope) -> Result<Value, EvalError> {
        Evaluator::new(scope, &self.inner.places).value(&self.inner.tree, None).map(std::borrow::Cow::into_owned)
    }

    /// The value of each part, for a condition that is false: what was written, and what it came to.
    pub fn explain(&self, scope: &Scope) -> Explained {
        explain(&self.inner.text, &self.inner.tree, &Evaluator::new(scope, &self.inner.places))
    }
}

fn visit(tree: &Tree, found: &mut dyn FnMut(&Tree)) {
    found(tree);
    tree.children().into_iter().for_each(|child| visit(child, found));
}

/// Collects names; those bound by a loop are not references.
fn collect(tree: &Tree, bound: &mut BTreeSet<String>, places: &Places, out: &mut Vec<Reference>) {
    if let Some(path) = tree.path() {
        if !path.first().is_some_and(|root| bound.contains(*root)) {
            let path = path.into_iter().map(str::to_owned).collect();
            out.push(Reference { path, span: places.span(&tree.range) });
        }
        return;
    }
    match &tree.kind {
        Kind::Has { of, name } if of.path().is_some() => collect_has(of, name, bound, places, out),
        Kind::Loop(each) => {
            collect(&each.over, bound, places, out);
            let fresh = bound.insert(each.variable.clone());
            each.kind.parts().into_iter().for_each(|part| collect(part, bound, places, out));
            if fresh {
                bound.remove(&each.variable);
            }
        }
        _ => tree.children().into_iter().for_each(|child| collect(child, bound, places, out)),
    }
}

/// `has(a.b)` asks whether `b` is there: only `a` must be known.
fn collect_has(of: &Tree, _name: &str, bound: &mut BTreeSet<String>, places: &Places, out: &mut Vec<Reference>) {
    collect(of, bound, places, out);
}

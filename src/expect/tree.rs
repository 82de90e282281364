//! The tree of an expectation. Its leaves are templates when compiled, and values when resolved.

use std::path::PathBuf;
use std::sync::Arc;

use super::jsonpath::JsonPath;
use super::matchers::MatcherDoc;
use crate::diagnostic::Span;
use crate::expr::Spanned;
use crate::value::Value;

/// One node of an expectation.
#[derive(Debug, Clone)]
pub(super) struct Tree<L> {
    pub span: Span,
    pub kind: Kind<L>,
}

#[derive(Debug, Clone)]
pub(super) enum Kind<L> {
    /// The whole value is this one.
    Equal(L),
    /// A list of equal length, element by element.
    List(Vec<Tree<L>>),
    /// A mapping that has at least these fields.
    Fields(Vec<Field<L>>),
    /// All of these matchers hold.
    Matchers(Vec<Applied<L>>),
}

#[derive(Debug, Clone)]
pub(super) struct Field<L> {
    pub key: FieldKey,
    /// Where the key stands.
    pub span: Span,
    pub expect: Tree<L>,
}

#[derive(Debug, Clone)]
pub(super) enum FieldKey {
    Name(String),
    Path(Arc<JsonPath>),
}

/// A matcher with its argument.
#[derive(Debug, Clone)]
pub(super) struct Applied<L> {
    pub matcher: &'static MatcherDoc,
    pub span: Span,
    pub argument: Argument<L>,
}

#[derive(Debug, Clone)]
pub(super) enum Argument<L> {
    Value(L),
    Expectation(Box<Tree<L>>),
    Expectations(Vec<Tree<L>>),
}

/// A leaf before the run: a template, and what a literal has been made into already.
#[derive(Debug, Clone)]
pub(super) struct Leaf {
    pub template: Spanned,
    pub prepared: Option<Prepared>,
}

/// A leaf of a resolved expectation.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub value: Value,
    pub span: Span,
    pub prepared: Prepared,
}

/// A matcher's argument, read once.
#[derive(Debug, Clone)]
pub(super) enum Prepared {
    Nothing,
    Text(String),
    Regex(Arc<regex::Regex>),
    Values(Vec<Value>),
    Pair(Value, Value),
    Close {
        value: Value,
        abs: Option<Value>,
        rel: Option<bigdecimal::BigDecimal>,
    },
    Bool(bool),
    Types(Vec<String>),
    /// The keys that make an element unique or sort it (none: the element itself), and the direction.
    Keys {
        keys: Vec<String>,
        descending: bool,
    },
    Schema(Arc<jsonschema::Validator>),
    Golden {
        path: PathBuf,
        content: Option<Arc<str>>,
    },
}

/// Makes another leaf of a leaf; it is told the matcher whose argument the leaf is.
type Make<'m, L, M, E> = &'m mut dyn FnMut(&L, Option<&'static MatcherDoc>) -> Result<M, E>;

impl<L> Tree<L> {
    /// Calls `visit` with every leaf, in the order of the suite.
    pub(super) fn leaves<'t>(&'t self, visit: &mut dyn FnMut(&'t L)) {
        match &self.kind {
            Kind::Equal(leaf) => visit(leaf),
            Kind::List(items) => items.iter().for_each(|item| item.leaves(visit)),
            Kind::Fields(fields) => fields.iter().for_each(|field| field.expect.leaves(visit)),
            Kind::Matchers(matchers) => matchers.iter().for_each(|applied| match &applied.argument {
                Argument::Value(leaf) => visit(leaf),
                Argument::Expectation(tree) => tree.leaves(visit),
                Argument::Expectations(trees) => trees.iter().for_each(|tree| tree.leaves(visit)),
            }),
        }
    }

    /// The same tree with other leaves. `make` is told the matcher whose argument the leaf is.
    pub(super) fn with_leaves<M, E>(&self, make: Make<'_, L, M, E>) -> Result<Tree<M>, E> {
        let kind = match &self.kind {
            Kind::Equal(leaf) => Kind::Equal(make(leaf, None)?),
            Kind::List(items) => Kind::List(all(items, make)?),
            Kind::Fields(fields) => Kind::Fields(
                fields
                    .iter()
                    .map(|field| {
                        Ok(Field {
                            key: field.key.clone(),
                            span: field.span.clone(),
                            expect: field.expect.with_leaves(make)?,
                        })
                    })
                    .collect::<Result<_, E>>()?,
            ),
            Kind::Matchers(matchers) => {
                Kind::Matchers(matchers.iter().map(|applied| applied.with_leaves(make)).collect::<Result<_, E>>()?)
            }
        };
        Ok(Tree { span: self.span.clone(), kind })
    }
}

impl<L> Applied<L> {
    fn with_leaves<M, E>(&self, make: Make<'_, L, M, E>) -> Result<Applied<M>, E> {
        let argument = match &self.argument {
            Argument::Value(leaf) => Argument::Value(make(leaf, Some(self.matcher))?),
            Argument::Expectation(tree) => Argument::Expectation(Box::new(tree.with_leaves(make)?)),
            Argument::Expectations(trees) => Argument::Expectations(all(trees, make)?),
        };
        Ok(Applied { matcher: self.matcher, span: self.span.clone(), argument })
    }
}

fn all<L, M, E>(trees: &[Tree<L>], make: Make<'_, L, M, E>) -> Result<Vec<Tree<M>>, E> {
    trees.iter().map(|tree| tree.with_leaves(make)).collect()
}

impl Tree<Known> {
    /// What is expected, in words.
    pub(super) fn describe(&self) -> String {
        match &self.kind {
            Kind::Equal(known) => known.value.display().to_string(),
            Kind::List(items) => format!("[{}]", describe_all(items)),
            Kind::Fields(fields) => {
                let fields = fields.iter().map(|field| format!("{}: {}", field.key.text(), field.expect.describe()));
                format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
            }
            Kind::Matchers(matchers) => matchers.iter().map(Applied::describe).collect::<Vec<_>>().join(" and "),
        }
    }
}

impl Applied<Known> {
    /// What the matcher expects, in words: `at least 5`.
    pub(super) fn describe(&self) -> String {
        let argument = match &self.argument {
            Argument::Value(known) => match (&known.prepared, &known.value) {
                (Prepared::Bool(exists), _) => {
                    return if *exists { "a value".to_owned() } else { "nothing".to_owned() };
                }
                (Prepared::Pair(low, high), _) => format!("{} and {}", low.display(), high.display()),
                (Prepared::Types(types), _) => types.join(" or "),
                (Prepared::Regex(regex), _) => format!("/{regex}/"),
                (Prepared::Values(values), _) => {
                    values.iter().map(|value| value.display().to_string()).collect::<Vec<_>>().join(", ")
                }
                (Prepared::Keys { .. }, Value::Bool(_)) => String::new(),
                (_, value) => value.display().to_string(),
            },
            Argument::Expectation(tree) => tree.describe(),
            Argument::Expectations(trees) => format!("[{}]", describe_all(trees)),
        };
        self.matcher.phrase.replace("{}", &argument).trim().to_owned()
    }
}

fn describe_all(trees: &[Tree<Known>]) -> String {
    trees.iter().map(Tree::describe).collect::<Vec<_>>().join(", ")
}

impl FieldKey {
    /// The key as it is written.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Name(name) => name,
            Self::Path(path) => path.text(),
        }
    }
}

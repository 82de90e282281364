//! The syntax tree of an expression, with the place of every part.

use std::ops::Range;

use super::functions::FunctionDoc;
use crate::value::Value;

/// A part of an expression.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    /// The bytes of the expression's text that this part takes up, brackets included.
    pub range: Range<usize>,
    pub kind: Kind,
}

#[derive(Debug, Clone)]
pub(super) enum Kind {
    Literal(Value),
    Name(String),
    Field {
        of: Box<Tree>,
        name: String,
    },
    Index {
        of: Box<Tree>,
        index: Box<Tree>,
    },
    /// `has(a.b)`: whether the mapping `a` has the key `b`.
    Has {
        of: Box<Tree>,
        name: String,
    },
    Not(Box<Tree>),
    Negate(Box<Tree>),
    And(Box<Tree>, Box<Tree>),
    Or(Box<Tree>, Box<Tree>),
    Conditional {
        condition: Box<Tree>,
        yes: Box<Tree>,
        no: Box<Tree>,
    },
    Binary {
        operator: Operator,
        left: Box<Tree>,
        right: Box<Tree>,
    },
    Call {
        function: &'static FunctionDoc,
        arguments: Vec<Tree>,
    },
    Loop(Box<Loop>),
    List(Vec<Tree>),
    Map(Vec<(Tree, Tree)>),
}

/// `list.all(x, condition)` and its relatives. On a mapping the variable is the key.
#[derive(Debug, Clone)]
pub(super) struct Loop {
    pub over: Tree,
    pub variable: String,
    pub kind: LoopKind,
}

#[derive(Debug, Clone)]
pub(super) enum LoopKind {
    All(Tree),
    Exists(Tree),
    ExistsOne(Tree),
    Filter(Tree),
    Map { condition: Option<Tree>, value: Tree },
}

impl LoopKind {
    /// The parts that are evaluated for each element.
    pub(super) fn parts(&self) -> Vec<&Tree> {
        match self {
            Self::All(body) | Self::Exists(body) | Self::ExistsOne(body) | Self::Filter(body) => vec![body],
            Self::Map { condition, value } => condition.iter().chain([value]).collect(),
        }
    }
}

/// The operators that take two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
}

impl Operator {
    /// The operator as it is written.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::In => "in",
        }
    }
}

impl Tree {
    /// The parts one level below, in the order they are written.
    pub(super) fn children(&self) -> Vec<&Self> {
        match &self.kind {
            Kind::Literal(_) | Kind::Name(_) => Vec::new(),
            Kind::Field { of, .. } | Kind::Has { of, .. } | Kind::Not(of) | Kind::Negate(of) => vec![of],
            Kind::Index { of, index } => vec![of, index],
            Kind::And(left, right) | Kind::Or(left, right) | Kind::Binary { left, right, .. } => vec![left, right],
            Kind::Conditional { condition, yes, no } => vec![condition, yes, no],
            Kind::Call { arguments, .. } => arguments.iter().collect(),
            Kind::List(items) => items.iter().collect(),
            Kind::Map(entries) => entries.iter().flat_map(|(key, value)| [key, value]).collect(),
            Kind::Loop(each) => std::iter::once(&each.over).chain(each.kind.parts()).collect(),
        }
    }

    /// The dotted name that this part spells, if it is one: `a.b.c`.
    pub(super) fn path(&self) -> Option<Vec<&str>> {
        match &self.kind {
            Kind::Name(name) => Some(vec![name]),
            Kind::Field { of, name } => {
                let mut path = of.path()?;
                path.push(name);
                Some(path)
            }
            Kind::Index { of, index } => match &index.kind {
                Kind::Literal(Value::Text(name)) => {
                    let mut path = of.path()?;
                    path.push(name);
                    Some(path)
                }
                _ => None,
            },
            _ => None,
        }
    }
}

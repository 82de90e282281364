//! A pattern that is known to be sound.

use std::cmp::Ordering;

use serde_json::Value;

use super::network::Network;
use crate::sandbox::stepfunctions::Decimal;

/// What a rule asks of an event.
#[derive(Debug, Clone)]
pub struct Pattern(pub(super) Node);

/// What is asked of an object: every field, and one of each group of alternatives.
#[derive(Debug, Clone, Default)]
pub(super) struct Node {
    pub fields: Vec<(String, Condition)>,
    /// Each `$or`.
    pub alternatives: Vec<Vec<Node>>,
}

/// What is asked of a field.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    Nested(Node),
    /// Any of these.
    AnyOf(Vec<Matcher>),
}

/// What is asked of a value that is neither object nor array.
#[derive(Debug, Clone)]
pub(super) enum Matcher {
    /// Text, number (by its text), boolean or null.
    Equals(Value),
    EqualsNumber(Decimal),
    EqualsIgnoreCase(String),
    Prefix(String),
    PrefixIgnoreCase(String),
    Suffix(String),
    SuffixIgnoreCase(String),
    Wildcard(Vec<Piece>),
    /// All of these.
    Numeric(Vec<Bound>),
    Cidr(Network),
    /// A value that none of these matches.
    AnythingBut(Vec<Matcher>),
    Exists(bool),
}

/// A part of a wildcard pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    /// Any characters, also none.
    Star,
}

/// A limit of a number.
#[derive(Debug, Clone)]
pub(super) struct Bound {
    pub allowed: &'static [Ordering],
    pub limit: Decimal,
}

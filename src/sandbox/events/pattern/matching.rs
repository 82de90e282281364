//! Whether an event is what a pattern asks for.

use serde_json::{Map, Value};

use super::model::{Bound, Condition, Matcher, Node, Pattern, Piece};
use crate::sandbox::stepfunctions::Decimal;

impl Pattern {
    /// Whether the event matches.
    pub fn matches(&self, event: &Value) -> bool {
        self.0.matches(Some(event))
    }
}

impl Node {
    /// An object matches by its members, a list by one of its elements, and what has no members as if it had none: its absence may be
    /// what is asked for.
    fn matches(&self, value: Option<&Value>) -> bool {
        match value {
            Some(Value::Object(members)) => self.holds(members),
            Some(Value::Array(items)) if items.iter().any(has_members) => {
                items.iter().filter(|item| has_members(item)).any(|item| self.matches(Some(item)))
            }
            _ => self.holds(&Map::new()),
        }
    }

    fn holds(&self, members: &Map<String, Value>) -> bool {
        let field = |(name, condition): &(String, Condition)| condition.matches(members.get(name));
        let one_of = |group: &Vec<Self>| group.iter().any(|node| node.holds(members));
        self.fields.iter().all(field) && self.alternatives.iter().all(one_of)
    }
}

fn has_members(value: &Value) -> bool {
    matches!(value, Value::Object(_) | Value::Array(_))
}

impl Condition {
    fn matches(&self, value: Option<&Value>) -> bool {
        match self {
            Self::Nested(node) => node.matches(value),
            Self::AnyOf(matchers) => {
                let leaves = value.map(leaves).unwrap_or_default();
                matchers.iter().any(|matcher| matcher.matches_any(&leaves))
            }
        }
    }
}

/// The values without structure: a value itself, or what is in a list and the lists in it. Objects have none.
fn leaves(value: &Value) -> Vec<&Value> {
    match value {
        Value::Object(_) => Vec::new(),
        Value::Array(items) => items.iter().flat_map(leaves).collect(),
        leaf => vec![leaf],
    }
}

impl Matcher {
    fn matches_any(&self, leaves: &[&Value]) -> bool {
        match self {
            Self::Exists(wanted) => *wanted != leaves.is_empty(),
            _ => leaves.iter().any(|leaf| self.matches(leaf)),
        }
    }

    fn matches(&self, leaf: &Value) -> bool {
        match (self, leaf) {
            // Numbers keep the text that they were written with, and are equal if that is.
            (Self::Equals(wanted), leaf) => wanted == leaf,
            (Self::EqualsNumber(wanted), Value::Number(number)) => *wanted == Decimal::of(number),
            (Self::Numeric(bounds), Value::Number(number)) => {
                let number = Decimal::of(number);
                bounds.iter().all(|bound| bound.allows(&number))
            }
            (Self::AnythingBut(others), leaf) => !others.iter().any(|other| other.matches(leaf)),
            (Self::Exists(wanted), _) => *wanted,
            (matcher, Value::String(text)) => matcher.matches_text(text),
            _ => false,
        }
    }

    fn matches_text(&self, text: &str) -> bool {
        match self {
            Self::EqualsIgnoreCase(wanted) => text.to_lowercase() == *wanted,
            Self::Prefix(prefix) => text.starts_with(prefix),
            Self::PrefixIgnoreCase(prefix) => text.to_lowercase().starts_with(prefix),
            Self::Suffix(suffix) => text.ends_with(suffix),
            Self::SuffixIgnoreCase(suffix) => text.to_lowercase().ends_with(suffix),
            Self::Wildcard(pieces) => matches_wildcard(pieces, text),
            Self::Cidr(network) => network.holds(text),
            Self::Equals(_) | Self::EqualsNumber(_) | Self::Numeric(_) | Self::AnythingBut(_) | Self::Exists(_) => {
                false
            }
        }
    }
}

impl Bound {
    fn allows(&self, number: &Decimal) -> bool {
        self.allowed.contains(&number.cmp(&self.limit))
    }
}

/// A text between two stars is taken where it comes first, which is never too late for what follows; only the last one is bound to
/// the end.
fn matches_wildcard(pieces: &[Piece], text: &str) -> bool {
    let (mut rest, mut free) = (text, false);
    for (at, piece) in pieces.iter().enumerate() {
        let is_last = at + 1 == pieces.len();
        match piece {
            Piece::Star => free = true,
            Piece::Text(wanted) if free && is_last => return rest.ends_with(wanted.as_str()),
            Piece::Text(wanted) if free => match rest.split_once(wanted.as_str()) {
                Some((_, behind)) => (rest, free) = (behind, false),
                None => return false,
            },
            Piece::Text(wanted) => match rest.strip_prefix(wanted.as_str()) {
                Some(behind) => rest = behind,
                None => return false,
            },
        }
    }
    free || rest.is_empty()
}

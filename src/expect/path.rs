//! The way to a value, rendered only when something is wrong there.

use std::fmt;

/// A chain of steps from the output to a value inside of it.
#[derive(Clone, Copy)]
pub(super) enum Path<'p> {
    Root,
    Key(&'p Path<'p>, &'p str),
    Index(&'p Path<'p>, usize),
    /// Something made of the value: its length, what a JSONPath finds in it.
    Of(&'p Path<'p>, &'p str),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Key(parent, key) if is_word(key) => match parent {
                Path::Root => f.write_str(key),
                parent => write!(f, "{parent}.{key}"),
            },
            Self::Key(parent, key) => write!(f, "{parent}['{key}']"),
            Self::Index(parent, index) => write!(f, "{parent}[{index}]"),
            Self::Of(parent, what) => match parent {
                Path::Root => f.write_str(what),
                parent => write!(f, "{parent} {what}"),
            },
        }
    }
}

fn is_word(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|char| char.is_alphanumeric() || char == '_' || char == '-')
}

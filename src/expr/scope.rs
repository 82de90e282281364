//! The names an expression can see: layers of values, cheap to clone and to extend.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::functions::Functions;
use crate::value::{Map, Value};

/// The names in scope, and what the functions need to know.
///
/// Cloning is cheap (everything large is behind an `Arc`), and a child sees later changes of nobody: `set` on a clone
/// does not touch the original.
#[derive(Clone, Debug)]
pub struct Scope {
    functions: Arc<Functions>,
    names: Arc<BTreeMap<String, Slot>>,
    bare: Option<Arc<Value>>,
}

/// What a name stands for: a value, or a group of further names (`steps` holds one slot for each step).
#[derive(Clone, Debug)]
pub(super) enum Slot {
    Value(Arc<Value>),
    Group(Arc<BTreeMap<String, Slot>>),
    /// Nothing, and why: reading it is an error in these words.
    Absent(Arc<str>),
}

impl Slot {
    /// The slot as one value; a group becomes a mapping.
    pub(super) fn to_value(&self) -> Value {
        match self {
            Self::Value(value) => value.as_ref().clone(),
            Self::Group(group) => {
                let present = group.iter().filter(|(_, slot)| !slot.is_absent());
                Value::Map(present.map(|(name, slot)| (name.clone(), slot.to_value())).collect::<Map>())
            }
            Self::Absent(_) => Value::Null,
        }
    }

    pub(super) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent(_))
    }
}

impl Scope {
    /// A scope with functions and no names.
    pub fn new(functions: Functions) -> Self {
        Self { functions: Arc::new(functions), names: Arc::default(), bare: None }
    }

    /// Gives `name` (a root such as `vars`) a value; a later value replaces an earlier one.
    pub fn set(&mut self, name: &str, value: Value) {
        self.set_path(&[name], value);
    }

    /// Gives a dotted name a value, for example `["steps", "etl"]`, without copying its neighbours.
    pub fn set_path(&mut self, path: &[&str], value: Value) {
        insert(Arc::make_mut(&mut self.names), path, Slot::Value(Arc::new(value)));
    }

    /// Says of a dotted name that it has no value, and why: an expression that reads it ends in an error of these words.
    pub fn set_absent(&mut self, path: &[&str], why: &str) {
        insert(Arc::make_mut(&mut self.names), path, Slot::Absent(why.into()));
    }

    /// Gives a dotted name what a root name of another scope stands for, if it stands for anything there.
    pub fn set_from(&mut self, path: &[&str], other: &Self, root: &str) {
        if let Some(slot) = other.slot(root) {
            insert(Arc::make_mut(&mut self.names), path, slot.clone());
        }
    }

    /// A scope that begins with these names and can be extended on its own.
    #[must_use]
    pub fn child(&self) -> Self {
        self.clone()
    }

    /// The scope of `that`, `fail_when` and `capture`: the fields of `output` by their bare names.
    ///
    /// A name that is in scope already (`vars`, `target`, `run`, `steps` …) wins over a field of that name: an
    /// expression never changes its meaning because an output grew a field.
    #[must_use]
    pub fn bare(&self, output: &Value) -> Self {
        Self { bare: Some(Arc::new(output.clone())), ..self.clone() }
    }

    /// The value of a root name, if there is one.
    pub fn get(&self, name: &str) -> Option<Value> {
        self.slot(name).filter(|slot| !slot.is_absent()).map(Slot::to_value).or_else(|| self.bare_field(name).cloned())
    }

    /// The names in scope, in alphabetical order: those set, then those of the output.
    pub fn names(&self) -> Vec<&str> {
        let bare = match self.bare.as_deref() {
            Some(Value::Map(map)) => map.keys().map(String::as_str).collect(),
            _ => Vec::new(),
        };
        let mut names: Vec<_> = self.names.keys().map(String::as_str).chain(bare).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// What the functions need: the project's root, its time zone, its secrets.
    pub fn functions(&self) -> &Functions {
        &self.functions
    }

    pub(super) fn slot(&self, name: &str) -> Option<&Slot> {
        self.names.get(name)
    }

    pub(super) fn bare_field(&self, name: &str) -> Option<&Value> {
        match self.bare.as_deref()? {
            Value::Map(map) => map.get(name),
            _ => None,
        }
    }
}

fn insert(names: &mut BTreeMap<String, Slot>, path: &[&str], slot: Slot) {
    let Some((first, rest)) = path.split_first() else { return };
    if rest.is_empty() {
        names.insert((*first).to_owned(), slot);
        return;
    }
    let group = names.entry((*first).to_owned()).or_insert_with(|| Slot::Group(Arc::default()));
    match group {
        Slot::Value(value) => *group = Slot::Group(Arc::new(split(value))),
        Slot::Absent(_) => *group = Slot::Group(Arc::default()),
        Slot::Group(_) => {}
    }
    if let Slot::Group(group) = group {
        insert(Arc::make_mut(group), rest, slot);
    }
}

/// The entries of a mapping as slots, so that one can be added; other values have none.
fn split(value: &Value) -> BTreeMap<String, Slot> {
    match value {
        Value::Map(map) => map.iter().map(|(key, value)| (key.clone(), Slot::Value(Arc::new(value.clone())))).collect(),
        _ => BTreeMap::new(),
    }
}

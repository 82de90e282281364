//! A syntax tree and a scope to a value.

use std::borrow::Cow;
use std::cell::Cell;

use super::error::{ErrorKind, EvalError};
use super::functions::FunctionDoc;
use super::operators::{apply, guard, negate};
use super::places::Places;
use super::scope::{Scope, Slot};
use super::tree::{Kind, Loop, LoopKind, Operator, Tree};
use crate::diagnostic::did_you_mean;
use crate::value::{Map, Value};

/// Parts evaluated before an expression is given up: nested loops over thousands of rows would run for hours.
const MOST_STEPS: u32 = 20_000_000;

pub(super) type Found<'v> = Result<Cow<'v, Value>, EvalError>;

/// The variables of the loops around a part, innermost first.
#[derive(Clone, Copy)]
pub(super) struct Locals<'v> {
    name: &'v str,
    value: &'v Value,
    outer: Option<&'v Self>,
}

impl<'v> Locals<'v> {
    fn find(mut this: Option<&'v Self>, name: &str) -> Option<&'v Value> {
        while let Some(local) = this {
            if local.name == name {
                return Some(local.value);
            }
            this = local.outer;
        }
        None
    }
}

/// Evaluates the parts of one expression in one scope.
pub(super) struct Evaluator<'s> {
    scope: &'s Scope,
    places: &'s Places,
    steps: Cell<u32>,
}

impl<'s> Evaluator<'s> {
    pub(super) const fn new(scope: &'s Scope, places: &'s Places) -> Self {
        Self { scope, places, steps: Cell::new(0) }
    }

    /// The value of a part. It is borrowed from the scope where it can be: outputs may be large.
    pub(super) fn value<'v>(&'v self, tree: &'v Tree, locals: Option<&'v Locals<'v>>) -> Found<'v> {
        self.step(tree)?;
        self.kind(tree, locals).map_err(|error| error.at(&self.places.span(&tree.range)))
    }

    fn step(&self, tree: &Tree) -> Result<(), EvalError> {
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() > MOST_STEPS {
            let error = EvalError::new(ErrorKind::Range, "this expression does not end within 20 million steps");
            return Err(error.at(&self.places.span(&tree.range)));
        }
        Ok(())
    }

    /// Kept small, as it recurses: all that needs room is a function of its own.
    fn kind<'v>(&'v self, tree: &'v Tree, locals: Option<&'v Locals<'v>>) -> Found<'v> {
        match &tree.kind {
            Kind::Literal(value) => Ok(Cow::Borrowed(value)),
            Kind::Name(name) => self.name(name, locals),
            Kind::Field { of, name } => self.field(tree, of, name, locals),
            Kind::Index { of, index } => self.index(of, index, locals),
            Kind::Conditional { condition, yes, no } => {
                self.value(if self.boolean(condition, "?:", locals)? { yes } else { no }, locals)
            }
            Kind::Binary { operator, left, right } => self.binary(*operator, left, right, locals).map(Cow::Owned),
            Kind::Negate(of) => negate(self.value(of, locals)?.as_ref()).map(Cow::Owned),
            Kind::Call { function, arguments } => self.call(function, arguments, locals).map(Cow::Owned),
            Kind::Loop(each) => self.each(each, locals).map(Cow::Owned),
            Kind::List(items) => self.list(items, locals).map(Cow::Owned),
            Kind::Map(entries) => self.map(entries, locals).map(Cow::Owned),
            Kind::Has { of, name } => self.has(of, name, locals).map(truth),
            Kind::Not(of) => self.boolean(of, "!", locals).map(|bool| truth(!bool)),
            Kind::And(left, right) => {
                Ok(truth(self.boolean(left, "&&", locals)? && self.boolean(right, "&&", locals)?))
            }
            Kind::Or(left, right) => Ok(truth(self.boolean(left, "||", locals)? || self.boolean(right, "||", locals)?)),
        }
    }

    fn binary(
        &self,
        operator: Operator,
        left: &Tree,
        right: &Tree,
        locals: Option<&Locals<'_>>,
    ) -> Result<Value, EvalError> {
        apply(operator, self.value(left, locals)?.as_ref(), self.value(right, locals)?.as_ref())
    }

    fn call(&self, function: &FunctionDoc, parts: &[Tree], locals: Option<&Locals<'_>>) -> Result<Value, EvalError> {
        let arguments: Vec<_> = parts.iter().map(|part| self.value(part, locals)).collect::<Result<_, _>>()?;
        function.call(self.scope.functions(), &arguments)
    }

    fn list(&self, items: &[Tree], locals: Option<&Locals<'_>>) -> Result<Value, EvalError> {
        items
            .iter()
            .map(|item| self.value(item, locals).map(Cow::into_owned))
            .collect::<Result<_, _>>()
            .map(Value::List)
    }

    fn name<'v>(&'v self, name: &str, locals: Option<&'v Locals<'v>>) -> Found<'v> {
        if let Some(local) = Locals::find(locals, name) {
            return Ok(Cow::Borrowed(local));
        }
        if let Some(slot) = self.scope.slot(name) {
            return slot_value(slot);
        }
        if let Some(field) = self.scope.bare_field(name) {
            return Ok(Cow::Borrowed(field));
        }
        let known = self.scope.names();
        let error = EvalError::new(ErrorKind::Missing, format!("unknown name `{name}`"));
        Err(suggest(error, name, known.into_iter()))
    }

    fn field<'v>(&'v self, tree: &'v Tree, of: &'v Tree, name: &str, locals: Option<&'v Locals<'v>>) -> Found<'v> {
        if let Some(slot) = self.slot(tree, locals) {
            return slot_value(slot);
        }
        if let Some(Slot::Group(group)) = self.slot(of, locals) {
            return Err(missing(name, of, self.places, group.keys().map(String::as_str)));
        }
        match self.value(of, locals)? {
            Cow::Borrowed(value) => part(value, name, of, self.places).map(Cow::Borrowed),
            Cow::Owned(value) => part(&value, name, of, self.places).cloned().map(Cow::Owned),
        }
    }

    /// The slot of a dotted name, without making a mapping of the group it stands in.
    fn slot(&self, tree: &Tree, locals: Option<&Locals<'_>>) -> Option<&'s Slot> {
        let path = tree.path()?;
        let (first, fields) = path.split_first()?;
        if Locals::find(locals, first).is_some() {
            return None;
        }
        fields.iter().try_fold(self.scope.slot(first)?, |slot, name| match slot {
            Slot::Group(group) => group.get(*name),
            Slot::Value(_) | Slot::Absent(_) => None,
        })
    }

    fn index<'v>(&'v self, of: &'v Tree, index: &'v Tree, locals: Option<&'v Locals<'v>>) -> Found<'v> {
        let index = self.value(index, locals)?;
        match self.value(of, locals)? {
            Cow::Borrowed(value) => element(value, &index, of, self.places).map(Cow::Borrowed),
            Cow::Owned(value) => element(&value, &index, of, self.places).cloned().map(Cow::Owned),
        }
    }

    fn has(&self, of: &Tree, name: &str, locals: Option<&Locals<'_>>) -> Result<bool, EvalError> {
        match self.slot(of, locals) {
            Some(Slot::Group(group)) => return Ok(group.get(name).is_some_and(|slot| !slot.is_absent())),
            Some(Slot::Absent(_)) => return Ok(false),
            Some(Slot::Value(_)) | None => {}
        }
        match self.value(of, locals)?.as_ref() {
            Value::Map(map) => Ok(map.contains_key(name)),
            other => Err(EvalError::new(
                ErrorKind::Type,
                format!("{} has no fields: it is {}", written(of, self.places), kind_of(other)),
            )),
        }
    }

    pub(super) fn boolean(&self, tree: &Tree, operator: &str, locals: Option<&Locals<'_>>) -> Result<bool, EvalError> {
        match self.value(tree, locals)?.as_ref() {
            Value::Bool(bool) => Ok(*bool),
            other => {
                let message = format!("`{operator}` takes booleans, found {}", kind_of(other));
                Err(EvalError::new(ErrorKind::Type, message).at(&self.places.span(&tree.range)))
            }
        }
    }

    /// A condition about one element of a list.
    pub(super) fn boolean_with(&self, variable: &str, item: &Value, body: &Tree) -> Result<bool, EvalError> {
        self.boolean(body, "all", Some(&Locals { name: variable, value: item, outer: None }))
    }

    fn map(&self, entries: &[(Tree, Tree)], locals: Option<&Locals<'_>>) -> Result<Value, EvalError> {
        let mut map = Map::with_capacity(entries.len());
        for (key, value) in entries {
            let place = self.places.span(&key.range);
            let key = match self.value(key, locals)?.into_owned() {
                Value::Text(key) => key,
                other => {
                    let message = format!("the keys of a mapping are strings, found {}", kind_of(&other));
                    return Err(EvalError::new(ErrorKind::Type, message).at(&place));
                }
            };
            let value = self.value(value, locals)?.into_owned();
            if let Some(_twice) = map.insert(key, value) {
                return Err(EvalError::new(ErrorKind::Type, "this key is written twice").at(&place));
            }
        }
        Ok(Value::Map(map))
    }

    fn each(&self, each: &Loop, locals: Option<&Locals<'_>>) -> Result<Value, EvalError> {
        let over = self.value(&each.over, locals)?;
        let keys: Vec<Value>;
        let items: &[Value] = match over.as_ref() {
            Value::List(items) => items,
            Value::Map(map) => {
                keys = map.keys().map(Value::text).collect();
                &keys
            }
            other => {
                let message = format!("only lists and mappings have elements, found {}", kind_of(other));
                return Err(EvalError::new(ErrorKind::Type, message).at(&self.places.span(&each.over.range)));
            }
        };
        let with = |item| Locals { name: &each.variable, value: item, outer: locals };
        let holds = |item, body: &Tree| self.boolean(body, "this condition", Some(&with(item)));
        Ok(match &each.kind {
            LoopKind::All(body) => Value::Bool(self.count(items, body, &holds, Some(false))? == items.len()),
            LoopKind::Exists(body) => Value::Bool(self.count(items, body, &holds, Some(true))? > 0),
            LoopKind::ExistsOne(body) => Value::Bool(self.count(items, body, &holds, None)? == 1),
            LoopKind::Filter(body) => {
                let mut kept = Vec::new();
                for item in items {
                    if holds(item, body)? {
                        kept.push(item.clone());
                    }
                }
                Value::List(kept)
            }
            LoopKind::Map { condition, value } => {
                let mut mapped = Vec::new();
                for item in items {
                    if condition.as_ref().map_or(Ok(true), |condition| holds(item, condition))? {
                        mapped.push(self.value(value, Some(&with(item)))?.into_owned());
                    }
                }
                Value::List(mapped)
            }
        })
    }

    /// How many elements fulfil a condition, up to the first whose answer is `stop`.
    fn count<'i>(
        &self,
        items: &'i [Value],
        body: &Tree,
        holds: &dyn Fn(&'i Value, &Tree) -> Result<bool, EvalError>,
        stop: Option<bool>,
    ) -> Result<usize, EvalError> {
        let mut count = 0;
        for item in items {
            self.step(body)?;
            let held = holds(item, body)?;
            count += usize::from(held);
            if stop == Some(held) {
                break;
            }
        }
        Ok(count)
    }
}

const fn truth<'v>(bool: bool) -> Cow<'v, Value> {
    Cow::Owned(Value::Bool(bool))
}

fn slot_value(slot: &Slot) -> Found<'_> {
    match slot {
        Slot::Value(value) => Ok(Cow::Borrowed(value)),
        Slot::Group(_) => Ok(Cow::Owned(slot.to_value())),
        Slot::Absent(why) => Err(EvalError::new(ErrorKind::Missing, why.to_string())),
    }
}

/// A value with its type, for messages.
pub(super) fn kind_of(value: &Value) -> String {
    if value.is_null() { "null".to_owned() } else { format!("{} ({})", value.type_name(), value.display()) }
}

fn written(tree: &Tree, places: &Places) -> String {
    tree.path().map_or_else(|| format!("`{}`", places.span(&tree.range).text()), |path| format!("`{}`", path.join(".")))
}

fn suggest<'k>(error: EvalError, name: &str, known: impl Iterator<Item = &'k str>) -> EvalError {
    match did_you_mean(name, known) {
        Some(near) => error.with_help(format!("did you mean `{near}`?")),
        None => error,
    }
}

fn missing<'k>(name: &str, of: &Tree, places: &Places, known: impl Iterator<Item = &'k str>) -> EvalError {
    let error = EvalError::new(ErrorKind::Missing, format!("{} has no field `{name}`", written(of, places)));
    let known: Vec<&str> = known.collect();
    if let Some(near) = did_you_mean(name, known.iter().copied()) {
        return error.with_help(format!("did you mean `{near}`?"));
    }
    if known.is_empty() {
        return error;
    }
    let shown = known.iter().take(8).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    error.with_help(format!("it has {shown}{}", if known.len() > 8 { " …" } else { "" }))
}

fn part<'v>(value: &'v Value, name: &str, of: &Tree, places: &Places) -> Result<&'v Value, EvalError> {
    match value {
        Value::Map(map) => map.get(name).ok_or_else(|| missing(name, of, places, map.keys().map(String::as_str))),
        other => {
            let message = format!("{} has no field `{name}`: it is {}", written(of, places), kind_of(other));
            Err(EvalError::new(ErrorKind::Type, message))
        }
    }
}

fn element<'v>(value: &'v Value, index: &Value, of: &Tree, places: &Places) -> Result<&'v Value, EvalError> {
    match (value, index) {
        (Value::Map(_), Value::Text(name)) => part(value, name, of, places),
        (Value::List(items), Value::Number(_)) => {
            guard(index)?;
            let found = index.as_integer().and_then(|at| usize::try_from(at).ok()).and_then(|at| items.get(at));
            found.ok_or_else(|| {
                let message =
                    format!("{} has {} elements, none at {}", written(of, places), items.len(), index.display());
                EvalError::new(ErrorKind::Missing, message)
            })
        }
        _ => {
            let message =
                format!("{} is {}: it has no element {}", written(of, places), kind_of(value), index.display());
            Err(EvalError::new(ErrorKind::Type, message))
        }
    }
}

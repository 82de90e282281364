//! Reading the fields of one object of a definition, and noting what is wrong with them.

use std::{cell::RefCell, collections::HashSet};

use serde_json::{Map, Value};

use super::super::{
    jsonpath::{Path, ReferencePath},
    template::Template,
};
use super::model::{Amount, Placement, Selector};
use super::problem::Problem;

/// The problems found so far. Readers of nested objects share it.
#[derive(Debug, Default)]
pub struct Problems(RefCell<Vec<Problem>>);

impl Problems {
    /// Notes a problem of the schema kind.
    pub fn schema(&self, location: &str, message: impl Into<String>) {
        self.add("SCHEMA_VALIDATION_FAILED", location, message);
    }

    /// Notes a problem.
    pub fn add(&self, code: &'static str, location: &str, message: impl Into<String>) {
        let location = if location.is_empty() { "/".to_owned() } else { location.to_owned() };
        self.0.borrow_mut().push(Problem { code, message: message.into(), location });
    }

    /// Notes a problem that has no place.
    pub fn nowhere(&self, code: &'static str, message: &str) {
        self.0.borrow_mut().push(Problem { code, message: message.to_owned(), location: String::new() });
    }

    /// How many problems were found so far.
    pub fn count(&self) -> usize {
        self.0.borrow().len()
    }

    /// All problems, in the order they were found.
    pub fn into_list(self) -> Vec<Problem> {
        self.0.into_inner()
    }
}

/// One object of the definition. Every field that is asked for is known; [`Fields::finish`] reports the others.
pub struct Fields<'a> {
    object: &'a Map<String, Value>,
    /// The object's place, for example `/States/Load`; empty for the definition itself.
    pub location: String,
    problems: &'a Problems,
    known: RefCell<HashSet<&'static str>>,
}

impl<'a> Fields<'a> {
    /// Reads a value as an object; anything else is a problem.
    pub fn new(value: &'a Value, location: impl Into<String>, problems: &'a Problems) -> Option<Self> {
        let location = location.into();
        if let Value::Object(object) = value {
            return Some(Self { object, location, problems, known: RefCell::default() });
        }
        problems.schema(&location, "Expected value of type Object");
        None
    }

    /// The place of a field.
    pub fn at(&self, name: &str) -> String {
        format!("{}/{name}", self.location)
    }

    /// Notes that a field is wrong.
    pub fn wrong(&self, name: &str, message: impl Into<String>) {
        self.problems.schema(&self.at(name), message);
    }

    /// Notes that the object is wrong.
    pub fn wrong_here(&self, message: impl Into<String>) {
        self.problems.schema(&self.location, message);
    }

    /// A field as it is.
    pub fn value(&self, name: &'static str) -> Option<&'a Value> {
        self.known.borrow_mut().insert(name);
        self.object.get(name)
    }

    /// Whether a field is there, without asking for it.
    pub fn has(&self, name: &str) -> bool {
        self.object.contains_key(name)
    }

    /// Notes all of these fields that are missing, in one message as AWS does.
    pub fn require(&self, names: &[&str]) -> bool {
        let missing: Vec<&str> = names.iter().copied().filter(|name| !self.has(name)).collect();
        if !missing.is_empty() {
            self.wrong_here(format!("These fields are required: [{}]", missing.join(", ")));
        }
        missing.is_empty()
    }

    /// Notes that more than one of these fields is there, and says how many are.
    pub fn only_one(&self, names: &[&'static str]) -> usize {
        let given = names.iter().filter(|name| self.value(name).is_some()).count();
        if given > 1 {
            self.wrong_here(format!("There should only be one of the following fields: [{}]", names.join(", ")));
        }
        given
    }

    /// Notes that not exactly one of these fields is there.
    pub fn exactly_one(&self, names: &[&'static str]) {
        if self.only_one(names) == 0 {
            self.wrong_here(format!(
                "This object should have only one of the following fields: [{}]",
                names.join(", ")
            ));
        }
    }

    /// Notes the fields that JSONata alone has.
    pub fn refuse_jsonata(&self, names: &[&'static str]) {
        for name in names.iter().filter(|name| self.value(name).is_some()) {
            self.wrong_here(format!(
                "The QueryLanguage is set to 'JSONPath', but field '{name}' is only supported for the 'JSONata' \
                 QueryLanguage"
            ));
        }
    }

    /// Notes a problem of another code than the schema's.
    pub fn problem(&self, code: &'static str, name: &str, message: impl Into<String>) {
        self.problems.add(code, &self.at(name), message);
    }

    /// A text.
    pub fn text(&self, name: &'static str) -> Option<String> {
        let value = self.value(name)?;
        if let Value::String(text) = value {
            return Some(text.clone());
        }
        self.wrong(name, "Expected value of type String");
        None
    }

    /// A text of a few.
    pub fn one_of(&self, name: &'static str, allowed: &[&str]) -> Option<String> {
        let text = self.text(name)?;
        if allowed.contains(&text.as_str()) {
            return Some(text);
        }
        self.wrong(name, format!("Value should be one of the following: [{}]", allowed.join(", ")));
        None
    }

    /// A boolean; false when it is not there.
    pub fn flag(&self, name: &'static str) -> bool {
        match self.value(name) {
            None => false,
            Some(Value::Bool(flag)) => *flag,
            Some(_) => {
                self.wrong(name, "Expected value of type Boolean");
                false
            }
        }
    }

    /// A whole number from `least` to `most`.
    pub fn whole(&self, name: &'static str, least: u64, most: u64) -> Option<u64> {
        let value = self.value(name)?;
        let Value::Number(number) = value else {
            self.wrong(name, "Expected value of type Integer");
            return None;
        };
        match number.to_string().parse::<i128>() {
            Err(_) => self.wrong(name, "Expected value of type Integer"),
            Ok(number) if number < i128::from(least) => self.wrong(name, format!("Minimum value is {least}")),
            Ok(number) if number > i128::from(most) => self.wrong(name, format!("Maximum value is {most}")),
            Ok(number) => return u64::try_from(number).ok(),
        }
        None
    }

    /// A number that may have a fraction.
    pub fn number(&self, name: &'static str) -> Option<f64> {
        let value = self.value(name)?;
        let number = value.as_f64();
        if number.is_none() {
            self.wrong(name, "Expected value of type Number");
        }
        number
    }

    /// A path.
    pub fn path(&self, name: &'static str) -> Option<Path> {
        let text = self.text(name)?;
        Path::parse(&text).map_err(|_| self.wrong(name, "Value must be a valid JSONPath.")).ok()
    }

    /// `InputPath`, `OutputPath`: a path or null.
    pub fn selector(&self, name: &'static str) -> Selector {
        match self.value(name) {
            None => Selector::Whole,
            Some(Value::Null) => Selector::Nothing,
            Some(_) => self.path(name).map_or(Selector::Whole, Selector::Path),
        }
    }

    /// `ResultPath`: a reference path or null.
    pub fn placement(&self, name: &'static str) -> Placement {
        match self.value(name) {
            None => Placement::Replace,
            Some(Value::Null) => Placement::Discard,
            Some(_) => self.reference(name).map_or(Placement::Replace, Placement::At),
        }
    }

    fn reference(&self, name: &'static str) -> Option<ReferencePath> {
        let text = self.text(name)?;
        let wrong =
            if text.starts_with('$') { "Value is not a Reference Path" } else { "Value must be a valid JSONPath." };
        ReferencePath::parse(&text).map_err(|_| self.wrong(name, wrong)).ok()
    }

    /// A payload template.
    pub fn template(&self, name: &'static str) -> Option<Template> {
        let value = self.value(name)?;
        Template::parse(value).map_err(|message| self.wrong(name, message)).ok()
    }

    /// A number in `name` or its place in `path`. Both is a problem.
    pub fn amount(&self, name: &'static str, path: &'static str, range: (u64, u64)) -> Option<Amount> {
        self.only_one(&[name, path]);
        match self.value(name) {
            Some(_) => self.whole(name, range.0, range.1).map(Amount::Fixed),
            None => self.path(path).map(Amount::Path),
        }
    }

    /// Such a number of a Map, whose path may not read the context object.
    pub fn map_amount(&self, name: &'static str, path: &'static str, most: u64) -> Option<Amount> {
        let amount = self.amount(name, path, (0, most))?;
        if matches!(&amount, Amount::Path(found) if found.is_context()) {
            self.wrong(path, "Value is not a Reference Path");
            return None;
        }
        Some(amount)
    }

    /// A list.
    pub fn list(&self, name: &'static str) -> Option<&'a Vec<Value>> {
        let value = self.value(name)?;
        let list = value.as_array();
        if list.is_none() {
            self.wrong(name, "Expected value of type Array");
        }
        list
    }

    /// Reports every field that nobody asked for, as AWS does.
    pub fn finish(&self) {
        let known = self.known.borrow();
        for name in self.object.keys().filter(|name| !known.contains(name.as_str())) {
            let message = format!("Field '{name}' is not supported");
            self.problems.schema(&self.location, message);
        }
    }
}

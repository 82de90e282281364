//! The list of matchers: name, documentation, argument, code.

use std::fmt;

use super::super::files::Files;
use super::super::judge::{Call, Judge, Subject};
use super::super::tree::{Applied, Known, Prepared};
use super::{list, logic, order, outside, structure, text};
use crate::value::Value;

/// What a matcher takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgumentShape {
    /// Any value; it is compared whole.
    Any,
    /// A list of values.
    Values,
    /// A number, date, time, timestamp, duration or size.
    Ordered,
    /// A list of two such values.
    Range,
    /// `{value, abs, rel}`.
    Close,
    /// A string.
    Text,
    /// `true` or `false`.
    Boolean,
    /// The name of a type, or a list of them.
    Types,
    /// `true`, a key, or a list of keys.
    Keys,
    /// `true`, `ascending`, `descending`, a key, or `{by, order}`.
    Sorting,
    /// The path of a file of the project.
    Path,
    /// What may stand below a field: a value, fields, matchers.
    Expectation,
    /// A list of expectations.
    Expectations,
    /// A mapping of fields, whatever their names are.
    Fields,
}

type Prepare = fn(&Value, &Files) -> Result<Prepared, String>;
type Run = fn(&Call<'_>, &mut Judge);
type Absent = fn(&Applied<Known>, Subject<'_>, &mut Judge);

/// A matcher: its documentation and its code.
pub struct MatcherDoc {
    /// The key it is written as.
    pub name: &'static str,
    /// What it demands, in one sentence.
    pub doc: &'static str,
    /// An example in YAML.
    pub example: &'static str,
    /// What it takes.
    pub argument: ArgumentShape,
    /// How a mismatch says what was expected; `{}` stands for the argument.
    pub(in crate::expect) phrase: &'static str,
    /// Whether it has an answer when there is no value.
    pub(in crate::expect) takes_absence: bool,
    prepare: Prepare,
    run: Code,
}

/// Most matchers judge a value; a few also its absence.
enum Code {
    Present(Run),
    Absent(Absent),
}

impl MatcherDoc {
    /// Reads the argument, or says what is wrong with it.
    pub(in crate::expect) fn prepare(&self, value: &Value, files: &Files) -> Result<Prepared, String> {
        (self.prepare)(value, files)
    }

    pub(in crate::expect) fn judge(&self, applied: &Applied<Known>, subject: Subject<'_>, judge: &mut Judge) {
        match (&self.run, subject.value) {
            (Code::Absent(run), _) => run(applied, subject, judge),
            (Code::Present(run), Some(value)) => run(&Call { applied, subject, value }, judge),
            (Code::Present(_), None) => judge.absent(&applied.describe(), subject, &applied.span),
        }
    }
}

impl fmt::Debug for MatcherDoc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// All matchers, for the schema, the reference and "did you mean".
pub fn matchers() -> &'static [MatcherDoc] {
    &MATCHERS
}

pub(in crate::expect) fn find(name: &str) -> Option<&'static MatcherDoc> {
    MATCHERS.iter().find(|matcher| matcher.name == name)
}

pub(in crate::expect) fn names() -> impl Iterator<Item = &'static str> {
    MATCHERS.iter().map(|matcher| matcher.name)
}

/// For matchers whose argument is used as it is.
#[expect(clippy::unnecessary_wraps, reason = "the signature of all readers of arguments")]
fn plain(_: &Value, _: &Files) -> Result<Prepared, String> {
    Ok(Prepared::Nothing)
}

const fn value(
    name: &'static str,
    argument: ArgumentShape,
    prepare: Prepare,
    run: Run,
    phrase: &'static str,
) -> MatcherDoc {
    MatcherDoc { name, doc: "", example: "", argument, phrase, takes_absence: false, prepare, run: Code::Present(run) }
}

const fn nested(name: &'static str, argument: ArgumentShape, run: Run, phrase: &'static str) -> MatcherDoc {
    value(name, argument, plain, run, phrase)
}

const fn absent(
    name: &'static str,
    argument: ArgumentShape,
    prepare: Prepare,
    run: Absent,
    phrase: &'static str,
) -> MatcherDoc {
    MatcherDoc { name, doc: "", example: "", argument, phrase, takes_absence: true, prepare, run: Code::Absent(run) }
}

impl MatcherDoc {
    const fn about(self, example: &'static str, doc: &'static str) -> Self {
        Self { doc, example, ..self }
    }
}

use ArgumentShape::{
    Any, Boolean, Close, Expectation, Expectations, Fields, Keys, Ordered, Path, Range, Sorting, Text, Types, Values,
};

static MATCHERS: [MatcherDoc; 29] = [
    value("equals", Any, plain, logic::equals, "{}")
        .about("equals: {a: 1}", "The whole value is this one: a mapping has these keys and no others."),
    absent("not", Expectation, plain, logic::not, "not {}")
        .about("not: 5", "The expectation does not hold, and can be judged."),
    value("one_of", Values, logic::read_values, logic::one_of, "one of {}")
        .about("one_of: [NEW, PAID]", "The value is one of the list."),
    absent("all_of", Expectations, plain, logic::all_of, "all of {}")
        .about("all_of: [{gt: 1}, {not: 5}]", "Every expectation of the list holds."),
    absent("any_of", Expectations, plain, logic::any_of, "any of {}")
        .about("any_of: [{exists: false}, 5]", "At least one expectation of the list holds."),
    value("gt", Ordered, order::read_bound, order::gt, "greater than {}").about("gt: 5", "Greater or later than this."),
    value("gte", Ordered, order::read_bound, order::gte, "at least {}").about("gte: 5m", "At least this."),
    value("lt", Ordered, order::read_bound, order::lt, "less than {}").about("lt: 1GB", "Less or earlier than this."),
    value("lte", Ordered, order::read_bound, order::lte, "at most {}").about("lte: 2026-01-16", "At most this."),
    value("between", Range, order::read_range, order::between, "between {}")
        .about("between: [1, 5]", "In the range, both ends included."),
    value("close_to", Close, order::read_close, order::close_to, "close to {}")
        .about("close_to: {value: 10, abs: 0.1}", "No further away than `abs`, or than the share `rel` of the value."),
    value("matches", Text, text::read_regex, text::matches, "a match of {}")
        .about("matches: '^ord-[0-9]+$'", "A string in which the regular expression is found."),
    nested("contains", Expectation, text::contains, "something that contains {}")
        .about("contains: late", "A string with this in it, or a list with such an element."),
    value("starts_with", Text, text::read_text, text::starts_with, "a string that starts with {}")
        .about("starts_with: s3://", "A string that starts with this."),
    value("ends_with", Text, text::read_text, text::ends_with, "a string that ends with {}")
        .about("ends_with: .csv", "A string that ends with this."),
    nested("length", Expectation, list::length, "of length {}")
        .about("length: {gte: 1}", "The number of elements, keys, characters or bytes."),
    nested("contains_all", Expectations, list::contains_all, "a list that contains all of {}")
        .about("contains_all: [a, b]", "A list in which each of these is found."),
    nested("unordered", Expectations, list::unordered, "in any order {}")
        .about("unordered: [b, a]", "A list of these elements, in any order."),
    nested("each", Expectation, list::each, "each element {}")
        .about("each: {amount: {gt: 0}}", "Every element is like this, and there is one."),
    nested("any", Expectation, list::any, "any element {}")
        .about("any: {status: PAID}", "At least one element is like this."),
    nested("none", Expectation, list::none, "no element {}")
        .about("none: {status: FAILED}", "No element is like this, each can be judged, and there is one."),
    value("unique", Keys, list::read_unique, list::unique, "unique elements {}")
        .about("unique: order_id", "No two elements are equal, or equal in these keys."),
    value("sorted", Sorting, list::read_sorted, list::sorted, "sorted elements {}")
        .about("sorted: {by: day, order: descending}", "The elements are in order, equal ones in a row allowed."),
    absent("exists", Boolean, structure::read_bool, structure::exists, "{}")
        .about("exists: false", "Whether there is a value; null is one."),
    value("type", Types, structure::read_types, structure::kind, "of type {}")
        .about("type: integer", "The type of the value."),
    nested("json", Expectation, structure::json, "a JSON text: {}")
        .about("json: {ok: true}", "A string that is JSON, and what it holds."),
    value("schema", Path, outside::read_schema, outside::schema, "valid under the schema {}")
        .about("schema: schemas/order.json", "Valid under a JSON Schema of the project."),
    value("file", Path, outside::read_golden, outside::file, "the content of {}")
        .about("file: golden/orders.json", "The content of a golden file; `--update` accepts what was found."),
    nested("fields", Fields, structure::fields, "{}")
        .about("fields: {type: order}", "A partial match, even if fields have names of matchers."),
];

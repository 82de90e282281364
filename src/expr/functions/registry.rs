//! The list of functions, and what they may know of the outside.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use super::super::error::{ErrorKind, EvalError};
use super::{dates, numbers, outside, strings};
use crate::expr::Phase;
use crate::value::Value;

/// What functions may know of the outside.
#[derive(Clone)]
pub struct Functions {
    /// The project's root: `lines(path)` is relative to it and cannot leave it.
    pub root: PathBuf,
    /// The project's time zone, in which `at(date, '18:00')` is meant.
    pub timezone: chrono_tz::Tz,
    /// The values of the project's secrets by name, for `secret('name')`.
    pub secrets: BTreeMap<String, Value>,
}

impl fmt::Debug for Functions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Functions")
            .field("root", &self.root)
            .field("timezone", &self.timezone)
            .field("secrets", &self.secrets.keys().collect::<Vec<_>>())
            .finish()
    }
}

/// How a function is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `day(date, 1)`.
    Function,
    /// `text.contains('x')`.
    Method,
    /// Both.
    Either,
}

pub(in crate::expr) type Arguments<'a> = &'a [Cow<'a, Value>];
pub(in crate::expr) type Outcome = Result<Value, EvalError>;

/// A function: its documentation and its code.
pub struct FunctionDoc {
    /// Its name.
    pub name: &'static str,
    /// How it is written, with its arguments.
    pub usage: &'static str,
    /// What it yields, in one sentence.
    pub doc: &'static str,
    /// How it is called.
    pub style: Style,
    /// The earliest phase in which it has a value, if its arguments have theirs.
    pub phase: Phase,
    arguments: (usize, usize),
    run: for<'a> fn(&Functions, Arguments<'a>) -> Outcome,
}

impl FunctionDoc {
    /// Whether it can be called with so many arguments (a method's object is the first).
    pub(in crate::expr) const fn takes(&self, count: usize) -> bool {
        self.arguments.0 <= count && count <= self.arguments.1
    }

    /// Calls it; the number of arguments has been checked.
    pub(in crate::expr) fn call(&self, functions: &Functions, arguments: Arguments<'_>) -> Outcome {
        (self.run)(functions, arguments)
            .map_err(|error| EvalError { message: format!("{}: {}", self.name, error.message), ..error })
    }
}

impl fmt::Debug for FunctionDoc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}()", self.name)
    }
}

/// All functions, for the reference and for "did you mean".
pub fn functions() -> &'static [FunctionDoc] {
    &FUNCTIONS
}

pub(in crate::expr) fn find(name: &str) -> Option<&'static FunctionDoc> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

/// An argument that is not of the type the function takes.
pub(super) fn wrong(wanted: &str, found: &Value) -> EvalError {
    EvalError::new(ErrorKind::Type, format!("expected {wanted}, found {} ({})", found.type_name(), found.display()))
}

pub(super) fn text(arguments: Arguments<'_>, index: usize) -> Result<&str, EvalError> {
    match argument(arguments, index)? {
        Value::Text(text) => Ok(text),
        other => Err(wrong("a string", other)),
    }
}

pub(super) fn argument(arguments: Arguments<'_>, index: usize) -> Result<&Value, EvalError> {
    arguments.get(index).map(AsRef::as_ref).ok_or_else(|| EvalError::new(ErrorKind::Type, "an argument is missing"))
}

type Run = for<'a> fn(&Functions, Arguments<'a>) -> Outcome;

const fn entry(
    name: &'static str,
    style: Style,
    arguments: (usize, usize),
    run: Run,
    usage: &'static str,
    doc: &'static str,
) -> FunctionDoc {
    FunctionDoc { name, usage, doc, style, phase: Phase::Check, arguments, run }
}

static FUNCTIONS: [FunctionDoc; 38] = [
    entry("day", Style::Function, (2, 2), dates::day, "day(date, n)", "The date n days after the given one."),
    entry(
        "format",
        Style::Function,
        (2, 2),
        dates::format,
        "format(date, '%Y/%m/%d')",
        "A date, time or timestamp as text; the pattern is that of strftime.",
    ),
    entry(
        "at",
        Style::Function,
        (2, 2),
        dates::at,
        "at(date, '18:00')",
        "The instant of a time of day on a date, in the project's time zone.",
    ),
    entry("json", Style::Function, (1, 1), outside::json, "json(text)", "The value that a JSON text stands for."),
    entry(
        "lines",
        Style::Function,
        (1, 1),
        outside::lines,
        "lines(path)",
        "The lines of a file of the project, as a list of strings.",
    ),
    entry(
        "sha256",
        Style::Function,
        (1, 1),
        strings::sha256,
        "sha256(text)",
        "The SHA-256 of a string or bytes in hexadecimal.",
    ),
    entry(
        "base64",
        Style::Function,
        (1, 1),
        strings::base64,
        "base64(text)",
        "A string or bytes in base64 with padding.",
    ),
    entry(
        "url_encode",
        Style::Function,
        (1, 1),
        strings::url_encode,
        "url_encode(text)",
        "A string with everything but letters, digits and `-._~` percent-encoded.",
    ),
    FunctionDoc {
        phase: Phase::Run,
        ..entry(
            "secret",
            Style::Function,
            (1, 1),
            outside::secret,
            "secret('name')",
            "A secret that the project file names.",
        )
    },
    entry(
        "size",
        Style::Either,
        (1, 1),
        strings::size,
        "size(value)",
        "The number of characters, bytes, elements or keys.",
    ),
    entry(
        "contains",
        Style::Method,
        (2, 2),
        strings::contains,
        "text.contains('x')",
        "Whether a string contains another.",
    ),
    entry(
        "startsWith",
        Style::Method,
        (2, 2),
        strings::starts_with,
        "text.startsWith('x')",
        "Whether a string starts with another.",
    ),
    entry(
        "endsWith",
        Style::Method,
        (2, 2),
        strings::ends_with,
        "text.endsWith('x')",
        "Whether a string ends with another.",
    ),
    entry(
        "matches",
        Style::Either,
        (2, 2),
        strings::matches,
        "text.matches('^a+$')",
        "Whether a regular expression is found in a string.",
    ),
    entry(
        "lowerAscii",
        Style::Method,
        (1, 1),
        strings::lower,
        "text.lowerAscii()",
        "A string with the letters A to Z in lower case.",
    ),
    entry(
        "upperAscii",
        Style::Method,
        (1, 1),
        strings::upper,
        "text.upperAscii()",
        "A string with the letters a to z in upper case.",
    ),
    entry("trim", Style::Method, (1, 1), strings::trim, "text.trim()", "A string without the whitespace at its ends."),
    entry(
        "replace",
        Style::Method,
        (3, 3),
        strings::replace,
        "text.replace('old', 'new')",
        "A string with every occurrence replaced.",
    ),
    entry(
        "split",
        Style::Method,
        (2, 2),
        strings::split,
        "text.split(',')",
        "The parts of a string between separators.",
    ),
    entry("join", Style::Method, (1, 2), strings::join, "list.join(',')", "A list of strings as one string."),
    entry(
        "int",
        Style::Function,
        (1, 1),
        numbers::int,
        "int(value)",
        "An integer from a string, a decimal (cut towards zero), or a timestamp (seconds since 1970).",
    ),
    entry(
        "double",
        Style::Function,
        (1, 1),
        numbers::double,
        "double(value)",
        "A decimal from a string or an integer.",
    ),
    entry("string", Style::Function, (1, 1), strings::string, "string(value)", "A scalar as text."),
    entry("bool", Style::Function, (1, 1), strings::bool, "bool(value)", "A boolean from `true` or `false`."),
    entry("duration", Style::Function, (1, 1), dates::duration, "duration('5m')", "A duration from text."),
    entry(
        "timestamp",
        Style::Function,
        (1, 1),
        dates::timestamp,
        "timestamp('2026-01-16T18:00:00Z')",
        "A timestamp from text.",
    ),
    entry(
        "date",
        Style::Function,
        (1, 1),
        dates::date,
        "date('2026-01-16')",
        "A date from text, or the date of a timestamp.",
    ),
    entry("getFullYear", Style::Method, (1, 2), dates::year, "date.getFullYear()", "The year."),
    entry("getMonth", Style::Method, (1, 2), dates::month, "date.getMonth()", "The month, from 0."),
    entry(
        "getDate",
        Style::Method,
        (1, 2),
        dates::day_of_month_from_one,
        "date.getDate()",
        "The day of the month, from 1.",
    ),
    entry(
        "getDayOfMonth",
        Style::Method,
        (1, 2),
        dates::day_of_month,
        "date.getDayOfMonth()",
        "The day of the month, from 0.",
    ),
    entry(
        "getDayOfWeek",
        Style::Method,
        (1, 2),
        dates::day_of_week,
        "date.getDayOfWeek()",
        "The day of the week, from 0 for Sunday.",
    ),
    entry(
        "getDayOfYear",
        Style::Method,
        (1, 2),
        dates::day_of_year,
        "date.getDayOfYear()",
        "The day of the year, from 0.",
    ),
    entry(
        "getHours",
        Style::Method,
        (1, 2),
        dates::hours,
        "timestamp.getHours()",
        "The hour, or the whole hours of a duration.",
    ),
    entry(
        "getMinutes",
        Style::Method,
        (1, 2),
        dates::minutes,
        "timestamp.getMinutes()",
        "The minute, or the whole minutes of a duration.",
    ),
    entry(
        "getSeconds",
        Style::Method,
        (1, 2),
        dates::seconds,
        "timestamp.getSeconds()",
        "The second, or the whole seconds of a duration.",
    ),
    entry(
        "getMilliseconds",
        Style::Method,
        (1, 2),
        dates::milliseconds,
        "timestamp.getMilliseconds()",
        "The millisecond within the second.",
    ),
    entry("abs", Style::Function, (1, 1), numbers::abs, "abs(number)", "A number or duration without its sign."),
];
